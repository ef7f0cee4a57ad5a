import { describe, expect, it } from 'vitest'
import type { Predictor } from '../../../actors/predictor.ts'
import { DeskRouter, type FollowedEvent } from '../../../src/app/desk-router.ts'
import { followHeldEvents, heldEvents } from '../../../src/app/held-events.ts'
import { type MarketTicker, marketTickerOf } from '../../../src/domain/ids.ts'
import type { MarketEvent } from '../../../src/domain/market.ts'
import { moneyOf, priceOf, quantityFromContracts, ZERO_MONEY } from '../../../src/domain/units.ts'
import type { PredictionResult } from '../../../src/domain/weather.ts'
import type { OrderRecord, PositionRecord } from '../../../src/ledger/records.ts'
import { type LogFields, silentLog } from '../../../src/telemetry/log.ts'
import { CLOSE_MS, deskHarness, EVENT, MARKETS, marketAt, START_MS } from '../machines-desk/desk-harness.ts'

const WINNER = 2
const DETERMINED_MS = CLOSE_MS + 300_000
const SETTLED_MS = DETERMINED_MS + 60_000

const position: PositionRecord & { readonly market: MarketTicker } = {
  market: marketAt(WINNER),
  netQuantity: quantityFromContracts(10),
  cost: moneyOf(4_800_000),
  fees: moneyOf(174_800),
  realizedPnl: ZERO_MONEY,
  updatedMs: START_MS,
}

const order = {
  id: 'abc' as OrderRecord['id'],
  decision: 's:1' as OrderRecord['decision'],
  event: EVENT,
  market: marketAt(3),
  side: 'bid',
  role: 'maker',
  price: priceOf(4_600),
  quantity: quantityFromContracts(100),
  filledQuantity: quantityFromContracts(0),
  status: 'resting',
  createdMs: START_MS,
  history: [{ status: 'resting', atMs: START_MS }],
} as const satisfies OrderRecord

/** Of the venue: the event after its end. */
const ENDED: MarketEvent = {
  ticker: EVENT,
  series: MARKETS[0]?.series as MarketEvent['series'],
  mutuallyExclusive: true,
  markets: MARKETS.map((market, index) => ({
    ...market,
    status: 'finalized',
    expirationValue: '39.00',
    outcome: {
      result: index === WINNER ? 'yes' : 'no',
      settlementValue: priceOf(index === WINNER ? 10_000 : 0),
      determinedMs: DETERMINED_MS,
      settledMs: SETTLED_MS,
    },
  })),
}

const NONE: PredictionResult = {
  kind: 'noPrediction',
  city: 'chicago',
  date: '2024-12-17' as never,
  reason: 'notRequested',
  asOfMs: 0,
}

/** A router over the harness's parts: what a restarted daemon has when its feed has found nothing. */
function restarted(event: MarketEvent, { isHeld = true } = {}) {
  const positions = isHeld ? [position] : []
  const workingOrders = isHeld ? [order] : []
  const harness = deskHarness({ positions, startMs: SETTLED_MS + 3_600_000 })
  const settled: FollowedEvent[] = []
  const errors: LogFields[] = []
  const log = { ...silentLog, error: (fields: LogFields) => void errors.push(fields) }
  const predictor = { add: () => undefined, latest: () => NONE, request: () => NONE, setResting: () => undefined }
  const router = new DeskRouter({
    desk: { ...harness.shared, workingOrders },
    feed: harness.feed,
    predictor: predictor as unknown as Predictor,
    fees: {
      load: async () => undefined,
      loadEvent: async () => undefined,
      override: () => undefined,
      scheduleOf: () => ({ type: 'quadratic', multiplier: 1, source: 'series' }),
      forget: () => undefined,
    },
    readExpirationValue: async () => undefined,
    onFollowed: () => undefined,
    onSettled: (followed) => void settled.push(followed),
    advanceMarketTime: () => undefined,
    log,
  })
  const account = { positions, workingOrders, settledMarkets: [], unsettledEvents: [EVENT] }
  const rest = {
    restUrl: 'http://venue',
    event: async () => ({ ok: true as const, value: { event, leftOut: [], unknownFeeType: undefined } }),
  }
  return { harness, router, settled, errors, follow: () => followHeldEvents({ account, rest, router, log }) }
}

describe('events that an account holds', () => {
  it('are those with contracts or orders in a market that is not settled', () => {
    const flat = { ...position, market: marketTickerOf('KXHIGHNY-24DEC17-T50'), netQuantity: quantityFromContracts(0) }
    const other = { ...position, market: marketTickerOf('KXHIGHDEN-24DEC16-T50') }
    const account = { positions: [position, flat, other], workingOrders: [order], settledMarkets: [other.market] }
    expect(heldEvents(account)).toEqual([EVENT])
  })

  it('are settled at the start where they ended while nobody listened', async () => {
    const { harness, router, settled, follow } = restarted(ENDED)
    await follow()
    expect(harness.portfolio.position(position.market)).toMatchObject({
      netQuantity: 0,
      realizedPnl: 10_000_000 - 4_800_000,
    })
    const row = harness.settlements().findLast(({ market }) => market === position.market)
    expect(row).toMatchObject({
      result: 'yes',
      expirationValue: '39.00',
      payout: 10_000_000,
      pnl: 5_200_000 - 174_800,
      determinedMs: DETERMINED_MS,
      settledMs: SETTLED_MS,
    })
    expect(harness.orders().at(-1)).toMatchObject({ id: 'abc', status: 'canceled', cancelReason: 'marketClosed' })
    expect(harness.portfolio.exposure()).toBe(0)
    expect(settled).toHaveLength(1)
    expect(router.of(EVENT)).toMatchObject({ winner: WINNER, expirationValue: '39.00' })
  })

  it('are settled in part where some of their markets are still undecided', async () => {
    const [first, ...rest] = ENDED.markets
    const { outcome: _, ...undecided } = first as (typeof ENDED.markets)[number]
    const { harness, router, settled, follow } = restarted({
      ...ENDED,
      markets: [{ ...undecided, status: 'determined' }, ...rest],
    })
    await follow()
    expect(harness.portfolio.position(position.market).netQuantity).toBe(0)
    expect([...(router.of(EVENT)?.unsettled ?? [])]).toEqual([marketAt(0)])
    expect(settled).toEqual([])
  })

  it('are settled for their figure alone where they were only predicted', async () => {
    const { harness, settled, follow } = restarted(ENDED, { isHeld: false })
    await follow()
    expect(settled).toHaveLength(1)
    const rows = harness.settlements()
    expect(new Set(rows.map(({ market }) => market)).size).toBe(MARKETS.length)
    expect(rows.every(({ expirationValue, pnl }) => expirationValue === '39.00' && pnl === 0)).toBe(true)
  })

  it('are left to the feed where they were only predicted and still trade', async () => {
    const markets = ENDED.markets.map(({ outcome: _, ...market }) => ({ ...market, status: 'active' as const }))
    const { harness, router, errors, follow } = restarted({ ...ENDED, markets }, { isHeld: false })
    await follow()
    expect([router.of(EVENT), harness.settlements(), errors]).toEqual([undefined, [], []])
  })

  it('are named where the venue does not know them, and nothing is booked', async () => {
    const { harness, errors, follow } = restarted({ ...ENDED, markets: [] })
    await follow()
    expect(errors).toEqual([{ event: EVENT }])
    expect(harness.portfolio.position(position.market).netQuantity).toBe(1_000)
  })
})
