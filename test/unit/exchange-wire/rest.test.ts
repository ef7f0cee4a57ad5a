import { beforeEach, describe, expect, it } from 'vitest'
import { seededRandom } from '../../../src/clock/seeded-random.ts'
import { simulatedClock } from '../../../src/clock/simulated-clock.ts'
import type { ApiKey } from '../../../src/exchange/api-keys.ts'
import { rateBuckets, TIERS } from '../../../src/exchange/rate-buckets.ts'
import { handleRequest } from '../../../src/exchange/rest/handle-request.ts'
import { PortfolioViews } from '../../../src/exchange/trading/portfolio-views.ts'
import { TradingFaults } from '../../../src/exchange/trading-faults.ts'
import * as schemas from '../../../src/kalshi/schemas/rest.ts'
import {
  FAKE_EVENT,
  FAKE_NOW_MS,
  type FakeExchangeCore,
  fakeExchangeCore,
  HIGH,
  LOW,
  MIDDLE,
} from '../../support/fake-exchange-core.ts'

let core: FakeExchangeCore
let clock: ReturnType<typeof simulatedClock>
let scope: Parameters<typeof handleRequest>[0]

beforeEach(() => {
  core = fakeExchangeCore()
  clock = simulatedClock({ startMs: FAKE_NOW_MS })
  const limits = TIERS.advanced ?? {
    read: { refillRate: 0, bucketCapacity: 0 },
    write: { refillRate: 0, bucketCapacity: 0 },
  }
  const keys = new Map<string, ApiKey>()
  const { startingCash } = core
  const portfolios = new PortfolioViews({ startingCash, clock: clock.transport, lagMs: () => 0 })
  const faults = new TradingFaults({ random: seededRandom('sound'), clock: clock.transport })
  scope = {
    core,
    tier: 'advanced',
    limits,
    keys,
    portfolios,
    faults,
    attestation: { expirationTs: undefined },
    buckets: rateBuckets(limits, clock.transport),
  }
})

const request = (path: string, method = 'GET') =>
  handleRequest(scope, { method, target: `/trade-api/v2${path}`, headers: {}, body: '' }, FAKE_NOW_MS)

const get = (path: string): { status: number; body: Record<string, unknown> } => {
  const { status, body } = request(path)
  return { status, body: JSON.parse(body) }
}
const tickersAt = (path: string): unknown[] => {
  const { body } = get(path)
  return (body.markets as { ticker: string }[]).map((market) => market.ticker)
}

describe('objects', () => {
  it.each([
    ['/exchange/status', schemas.exchangeStatusResponse],
    ['/exchange/schedule', schemas.exchangeScheduleResponse],
    ['/exchange/user_data_timestamp', schemas.userDataTimestampResponse],
    ['/series', schemas.seriesListResponse],
    ['/series/KXHIGHCHI', schemas.seriesResponse],
    ['/series/fee_changes?series_ticker=KXHIGHCHI&show_historical=true', schemas.seriesFeeChangesResponse],
    ['/events/fee_changes', schemas.eventFeeChangesResponse],
    ['/events', schemas.eventsResponse],
    [`/events/${FAKE_EVENT}`, schemas.eventResponse],
    ['/markets', schemas.marketsResponse],
    [`/markets/${LOW}`, schemas.marketResponse],
    [`/markets/${LOW}/orderbook`, schemas.orderbookResponse],
    [`/markets/orderbooks?tickers=${LOW}&tickers=${HIGH}`, schemas.orderbooksResponse],
    ['/markets/trades', schemas.tradesResponse],
    ['/historical/cutoff', schemas.historicalCutoffResponse],
    ['/account/endpoint_costs', schemas.endpointCostsResponse],
  ])('%s answers in the venue’s shape', (path, schema) => {
    core.trade(LOW, '0.3500', '4.00', 'bid')
    const { status, body } = get(path)
    expect(status).toBe(200)
    expect(schema.safeParse(body).error).toBeUndefined()
  })

  it('a market shows its quotes on both axes, and an empty book as 0 and 1', () => {
    core.change(LOW, [
      ['bid', '0.3200', '45.50'],
      ['ask', '0.3500', '10.00'],
    ])
    expect(get(`/markets/${LOW}`).body.market).toMatchObject({
      status: 'active',
      yes_bid_dollars: '0.3200',
      yes_bid_size_fp: '45.50',
      yes_ask_dollars: '0.3500',
      yes_ask_size_fp: '10.00',
      no_bid_dollars: '0.6500',
      no_ask_dollars: '0.6800',
      strike_type: 'less',
      cap_strike: 38,
      open_time: '2024-12-16T15:00:00Z',
    })
    expect(get(`/markets/${HIGH}`).body.market).toMatchObject({
      yes_bid_dollars: '0.0000',
      yes_ask_dollars: '1.0000',
      no_bid_dollars: '0.0000',
      no_ask_dollars: '1.0000',
    })
  })

  it('an order book has NO in NO price, ascending, and keeps the best levels of a depth', () => {
    core.change(LOW, [
      ['bid', '0.3100', '120.00'],
      ['bid', '0.3200', '45.50'],
      ['ask', '0.3500', '10.00'],
      ['ask', '0.3700', '80.00'],
    ])
    expect(get(`/markets/${LOW}/orderbook`).body).toEqual({
      orderbook_fp: {
        yes_dollars: [
          ['0.3100', '120.00'],
          ['0.3200', '45.50'],
        ],
        no_dollars: [
          ['0.6300', '80.00'],
          ['0.6500', '10.00'],
        ],
      },
    })
    expect(get(`/markets/${LOW}/orderbook?depth=1`).body).toEqual({
      orderbook_fp: { yes_dollars: [['0.3200', '45.50']], no_dollars: [['0.6500', '10.00']] },
    })
  })

  it('nested markets are in the event, and the list beside it is empty then', () => {
    const plain = get(`/events/${FAKE_EVENT}`).body as { event: object; markets: unknown[] }
    const nested = get(`/events/${FAKE_EVENT}?with_nested_markets=true`).body as {
      event: { markets: unknown[] }
      markets: unknown[]
    }
    expect(plain.event).not.toHaveProperty('markets')
    expect([plain.markets.length, nested.event.markets.length, nested.markets.length]).toEqual([3, 3, 0])
  })
})

describe('filters of markets', () => {
  it('use words of their own: open is active, settled is finalized', () => {
    core.setStatus(LOW, 'finalized')
    core.setStatus(MIDDLE, 'determined')
    expect(tickersAt('/markets?status=open')).toEqual([HIGH])
    expect(tickersAt('/markets?status=settled')).toEqual([LOW])
    expect(tickersAt('/markets?status=closed')).toEqual([MIDDLE])
    expect(tickersAt('/markets?status=unopened')).toEqual([])
  })

  it('a status word of the market object is refused', () => {
    expect(get('/markets?status=active')).toMatchObject({ status: 400, body: { code: 'bad_request' } })
  })

  it('select by series, event and tickers', () => {
    expect(tickersAt(`/markets?tickers=${HIGH},${LOW}`)).toEqual([LOW, HIGH])
    expect(tickersAt(`/markets?event_ticker=${FAKE_EVENT}&series_ticker=KXHIGHCHI`)).toHaveLength(3)
    expect(tickersAt('/markets?series_ticker=KXHIGHNY')).toEqual([])
    expect(tickersAt('/markets?mve_filter=only')).toEqual([])
  })

  it('select by close time, and refuse to mix kinds of times', () => {
    const closeTs = Math.floor((FAKE_NOW_MS + 17 * 3_600_000) / 1000)
    expect(tickersAt(`/markets?min_close_ts=${closeTs}&max_close_ts=${closeTs}`)).toHaveLength(3)
    expect(tickersAt(`/markets?max_close_ts=${closeTs - 1}`)).toEqual([])
    expect(get(`/markets?min_close_ts=1&min_created_ts=1`).status).toBe(400)
    expect(get(`/markets?min_close_ts=1&status=open`).status).toBe(400)
    expect(get(`/markets?min_updated_ts=1&series_ticker=KXHIGHCHI`).status).toBe(400)
    expect(get(`/markets?min_updated_ts=1&series_ticker=KXHIGHCHI&mve_filter=exclude`).status).toBe(200)
  })
})

describe('pages', () => {
  it('follow the cursor to the last, which has none', () => {
    const seen: unknown[] = []
    let cursor = ''
    do {
      const { body } = get(`/markets?limit=2&cursor=${cursor}`)
      seen.push(...(body.markets as { ticker: string }[]).map((market) => market.ticker))
      cursor = String(body.cursor)
    } while (cursor !== '')
    expect(seen).toEqual([LOW, MIDDLE, HIGH])
  })

  it('trades are newest first, and a new one moves no page', () => {
    const first = core.trade(LOW, '0.3000', '1.00', 'bid')
    const second = core.trade(LOW, '0.3100', '1.00', 'bid')
    const page = get('/markets/trades?limit=1').body
    expect(page.trades).toMatchObject([{ trade_id: second.tradeId }])
    core.trade(HIGH, '0.5000', '1.00', 'ask')
    const next = get(`/markets/trades?limit=1&cursor=${page.cursor}`).body
    expect(next).toMatchObject({ trades: [{ trade_id: first.tradeId }], cursor: '' })
    expect(get(`/markets/trades?ticker=${HIGH}`).body.trades).toHaveLength(1)
  })

  it.each([
    ['/markets?limit=1001', { msg: 'limit must be at most 1000' }],
    ['/events?limit=201', { msg: 'limit must be at most 200' }],
    ['/markets/trades?limit=1001', { msg: 'limit must be at most 1000' }],
  ])('%s is beyond the maximum', (path, body) => {
    expect(get(path)).toEqual({ status: 400, body })
  })

  it.each(['limit=0', 'limit=x', 'limit=-1', 'min_close_ts=1.5', 'mve_filter=all'])('%s cannot be read', (query) => {
    expect(get(`/markets?${query}`)).toMatchObject({ status: 400, body: { code: 'bad_request' } })
  })

  it('a cursor that names nothing is a first page', () => {
    expect(tickersAt('/markets?limit=1&cursor=garbage')).toEqual([LOW])
  })
})

describe('what is not there', () => {
  it.each(['/markets/NOPE', '/markets/NOPE/orderbook', '/events/NOPE', '/series/NOPE', '/nope', '/markets/%E0%A4%A'])(
    '%s is not found',
    (path) => {
      expect(get(path)).toEqual({ status: 404, body: { error: { code: 'not_found', message: 'not found' } } })
    },
  )

  it.each(['/portfolio/balance', '/account/limits', '/api_keys', '/portfolio/nope'])(
    '%s asks for a signature first',
    (path) => {
      expect(get(path)).toMatchObject({ status: 401, body: { error: { code: 'authentication_error' } } })
    },
  )

  it('another method on a known path is not allowed', () => {
    expect(request('/markets', 'POST').status).toBe(405)
  })
})

describe('rate limits', () => {
  it('answer a bare 429 once the bucket is empty, and go on as it refills in wall time', () => {
    const statuses = Array.from({ length: 91 }, () => request('/exchange/status').status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(90)
    expect(get('/exchange/status')).toEqual({ status: 429, body: { error: 'too many requests' } })
    clock.advance(34)
    expect(request('/exchange/status').status).toBe(200)
    expect(request('/exchange/status').status).toBe(429)
  })
})
