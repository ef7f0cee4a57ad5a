import { beforeEach, describe, expect, it } from 'vitest'
import { seededRandom } from '../../../src/clock/seeded-random.ts'
import { simulatedClock } from '../../../src/clock/simulated-clock.ts'
import { accountIdOf } from '../../../src/domain/ids.ts'
import { createKeyPair } from '../../../src/exchange/api-keys.ts'
import { rateBuckets, TIERS } from '../../../src/exchange/rate-buckets.ts'
import { type HandlerScope, handleRequest } from '../../../src/exchange/rest/handle-request.ts'
import { PortfolioViews } from '../../../src/exchange/trading/portfolio-views.ts'
import { TradingFaults } from '../../../src/exchange/trading-faults.ts'
import {
  FAKE_EVENT,
  FAKE_NOW_MS,
  type FakeExchangeCore,
  fakeExchangeCore,
  LOW,
  MIDDLE,
} from '../../support/fake-exchange-core.ts'
import { signedHeaders } from '../../support/signed-headers.ts'
import { newOrder } from '../../support/trading-floor.ts'

const pair = createKeyPair('ed25519', seededRandom('portfolio'))
const US = accountIdOf(pair.key.id)

let core: FakeExchangeCore
let clock: ReturnType<typeof simulatedClock>
let scope: HandlerScope

beforeEach(() => {
  core = fakeExchangeCore()
  clock = simulatedClock({ startMs: FAKE_NOW_MS })
  const limits = TIERS.prestige
  if (!limits) throw new RangeError('prestige is a tier')
  const { startingCash } = core
  const faults = new TradingFaults({ random: seededRandom('sound'), clock: clock.transport })
  const portfolios = new PortfolioViews({ startingCash, clock: clock.transport, lagMs: () => faults.knobs.readLagMs })
  core.listenAccounts((happening) => portfolios.take(happening))
  const buckets = rateBuckets(limits, clock.transport)
  const keys = new Map([[pair.key.id, pair.key]])
  const attestation = { expirationTs: undefined }
  scope = { core, tier: 'prestige', limits, keys, portfolios, faults, attestation, buckets }
})

function get(path: string): { status: number; body: Record<string, unknown> } {
  const target = `/trade-api/v2${path}`
  const signed = signedHeaders(pair, FAKE_NOW_MS, 'GET', target.split('?')[0] ?? '')
  // As Node's server hands them over.
  const headers = Object.fromEntries(Object.entries(signed).map(([name, value]) => [name.toLowerCase(), value]))
  const { status, body } = handleRequest(scope, { method: 'GET', target, headers, body: '' }, FAKE_NOW_MS)
  return { status, body: JSON.parse(body) }
}

const listed = (path: string, list: string, field: string): unknown[] => {
  const { body } = get(path)
  return (body[list] as Record<string, unknown>[]).map((item) => item[field])
}

function place(market: typeof LOW, side: 'bid' | 'ask', cents: number, contracts: number): string {
  const result = core.trading.create(US, newOrder(market, side, cents, contracts))
  if (!result.ok) throw new RangeError(result.code)
  return result.order.id
}

describe('an account reads', () => {
  it('its orders newest first, in pages, by market, event, status and time', () => {
    const first = place(LOW, 'bid', 20, 1)
    core.advance(10_000)
    const second = place(MIDDLE, 'bid', 20, 1)
    core.trading.cancel(US, second)
    expect(listed('/portfolio/orders', 'orders', 'order_id')).toEqual([second, first])
    const page = get('/portfolio/orders?limit=1').body
    expect([(page.orders as unknown[]).length, page.cursor]).not.toContain('')
    expect(listed(`/portfolio/orders?limit=1&cursor=${page.cursor}`, 'orders', 'order_id')).toEqual([first])
    expect(listed(`/portfolio/orders?ticker=${LOW}`, 'orders', 'order_id')).toEqual([first])
    expect(listed('/portfolio/orders?status=canceled', 'orders', 'order_id')).toEqual([second])
    expect(listed(`/portfolio/orders?event_ticker=NOPE,${FAKE_EVENT}`, 'orders', 'order_id')).toHaveLength(2)
    const afterTs = Math.ceil(FAKE_NOW_MS / 1000) + 5
    expect(listed(`/portfolio/orders?min_ts=${afterTs}`, 'orders', 'order_id')).toEqual([second])
    expect(listed(`/portfolio/orders?max_ts=${afterTs}`, 'orders', 'order_id')).toEqual([first])
    expect(get(`/portfolio/orders?event_ticker=${Array(11).fill('E').join()}`).status).toBe(400)
    expect(get('/portfolio/orders?status=open').status).toBe(400)
  })

  it('its fills by order, and its positions open or ever traded', () => {
    core.floor.tape(LOW, 'ask', 30, 5)
    core.floor.tape(LOW, 'bid', 28, 5)
    core.floor.tape(MIDDLE, 'ask', 30, 5)
    const bought = place(LOW, 'bid', 30, 2)
    const sold = place(LOW, 'ask', 28, 2)
    place(MIDDLE, 'bid', 30, 3)
    expect(listed(`/portfolio/fills?order_id=${bought}`, 'fills', 'order_id')).toEqual([bought])
    expect(listed(`/portfolio/fills?ticker=${LOW}`, 'fills', 'order_id')).toEqual([sold, bought])
    expect(listed('/portfolio/positions', 'market_positions', 'position_fp')).toEqual(['0.00', '3.00'])
    expect(listed('/portfolio/positions?count_filter=position', 'market_positions', 'ticker')).toEqual([MIDDLE])
    expect(listed('/portfolio/positions?count_filter=total_traded', 'market_positions', 'ticker')).toHaveLength(2)
    expect(get('/portfolio/positions?count_filter=nonsense').status).toBe(400)
    // Bought at 30, sold at 28: two cents on two contracts.
    expect(get('/portfolio/positions').body.event_positions).toMatchObject([
      { event_ticker: FAKE_EVENT, realized_pnl_dollars: '-0.040000', event_exposure_dollars: '0.900000' },
    ])
  })

  it('its queue positions, only of what is in the book', () => {
    core.floor.tape(LOW, 'bid', 20, 7)
    const order = place(LOW, 'bid', 20, 1)
    expect(get(`/portfolio/orders/${order}/queue_position`).body).toEqual({ queue_position_fp: '7.00' })
    core.trading.cancel(US, order)
    expect(get(`/portfolio/orders/${order}/queue_position`).status).toBe(404)
    expect(get('/portfolio/orders/queue_positions').status).toBe(400)
    expect(get(`/portfolio/orders/queue_positions?event_ticker=${FAKE_EVENT}`).body).toEqual({ queue_positions: [] })
  })

  it('cash that its resting orders hold back apart from the rest', () => {
    place(LOW, 'ask', 40, 10)
    expect(get('/portfolio/balance').body).toMatchObject({ balance_dollars: '9994.0000', updated_ts: 1_734_436_800 })
    expect(get('/portfolio/summary/total_resting_order_value').body).toMatchObject({ total_resting_order_value: 600 })
  })

  it('how old all this is, in market time', () => {
    scope.faults.set({ readLagMs: 10 })
    // The fake plays at 1600.
    expect(get('/exchange/user_data_timestamp').body).toEqual({ as_of_time: '2024-12-17T11:59:44Z' })
  })

  it('its money shard by shard: all of it is on the default one', () => {
    const series = core.series().map((one) => ({ ...one, exchangeIndex: 2 }))
    scope = { ...scope, core: { ...core, series: () => series } }
    expect(get('/portfolio/balance').body.balance_breakdown).toEqual([
      { exchange_index: 0, balance: '10000.0000' },
      { exchange_index: 2, balance: '0.0000' },
    ])
    const { body } = get('/exchange/status')
    expect(body.exchange_index_statuses).toMatchObject([{ exchange_index: 0 }, { exchange_index: 2 }])
  })

  it('an empty past: a play is one day, which is live', () => {
    expect(get('/historical/fills').body).toEqual({ fills: [], cursor: '' })
    expect(get('/historical/orders').body).toEqual({ orders: [], cursor: '' })
    expect(get('/historical/positions').body).toMatchObject({ market_positions: [] })
  })

  it('nothing of a subaccount or shard that it does not have', () => {
    expect(get('/portfolio/balance?subaccount=1')).toMatchObject({ status: 400 })
    expect(get('/portfolio/balance?exchange_index=1')).toMatchObject({
      status: 404,
      body: { error: { code: 'user_not_found' } },
    })
    expect(get('/portfolio/balance?exchange_index=-1').status).toBe(200)
  })
})
