import { createDesk } from '../../../actors/desk.ts'
import type { Desk, DeskAnnouncement, DeskOptions } from '../../../actors/desk-options.ts'
import { createTradingGate } from '../../../actors/trading-gate.ts'
import { type SimulatedClock, simulatedClock } from '../../../src/clock/simulated-clock.ts'
import type { BookSide, TopOfBook, Trade } from '../../../src/domain/book.ts'
import { climateDateOf, climateDay } from '../../../src/domain/climate-day.ts'
import {
  accountIdOf,
  eventTickerOf,
  type MarketTicker,
  marketTickerOf,
  predictionIdOf,
  seriesTickerOf,
  sessionIdOf,
} from '../../../src/domain/ids.ts'
import { invariant } from '../../../src/domain/invariant.ts'
import type { Market, MarketEvent } from '../../../src/domain/market.ts'
import type { Strike } from '../../../src/domain/strike.ts'
import { priceFromCents, priceOf, quantityFromContracts } from '../../../src/domain/units.ts'
import type { Prediction, PredictionResult } from '../../../src/domain/weather.ts'
import type {
  DecisionRecord,
  FillRecord,
  LedgerRecord,
  OrderRecord,
  SettlementRecord,
} from '../../../src/ledger/records.ts'
import { createPortfolio, type Portfolio, type RestoredPosition } from '../../../src/portfolio/portfolio.ts'
import { DEFAULT_RISK_LIMITS } from '../../../src/risk/limits.ts'
import { DEFAULT_WEATHER_EV_SETTINGS, type WeatherEvSettings } from '../../../src/strategy/settings.ts'

export const DAY = climateDay('chicago', climateDateOf('2024-12-17'))
const HOUR_MS = 3_600_000
/** 22:00 local standard time of the day before: served hours, and no reading is due yet. */
export const START_MS = DAY.startMs - 2 * HOUR_MS
export const CLOSE_MS = DAY.endMs - 60_000
export const EVENT = eventTickerOf('KXHIGHCHI-24DEC17')

const STRIKES: readonly (readonly [string, Strike])[] = [
  ['T36', { kind: 'less', cap: 36 }],
  ['B36.5', { kind: 'between', floor: 36, cap: 37 }],
  ['B38.5', { kind: 'between', floor: 38, cap: 39 }],
  ['B40.5', { kind: 'between', floor: 40, cap: 41 }],
  ['B42.5', { kind: 'between', floor: 42, cap: 43 }],
  ['T43', { kind: 'greater', floor: 43 }],
]
export const MARKETS: readonly Market[] = STRIKES.map(([suffix, strike]) => ({
  ticker: marketTickerOf(`${EVENT}-${suffix}`),
  event: EVENT,
  series: seriesTickerOf('KXHIGHCHI'),
  strike,
  status: 'active',
  openMs: START_MS - HOUR_MS,
  closeMs: CLOSE_MS,
  priceRanges: [{ start: priceOf(0), end: priceOf(10_000), step: priceOf(100) }],
  exchangeIndex: 0,
}))
const MARKET_EVENT: MarketEvent = {
  ticker: EVENT,
  series: seriesTickerOf('KXHIGHCHI'),
  markets: MARKETS,
  mutuallyExclusive: true,
}

/** The market of a bracket by its place in strike order. */
export function marketAt(index: number): MarketTicker {
  const market = MARKETS[index]
  invariant(market, 'the event has six markets')
  return market.ticker
}

const FAIR_CENTS = [5, 10, 60, 15, 6, 4] as const

export function predictionOf(change: Partial<Prediction> = {}): Prediction {
  return {
    kind: 'prediction',
    id: predictionIdOf('p-1'),
    city: 'chicago',
    date: DAY.date,
    baseF: 39,
    firstHighF: 34,
    probabilities: [1],
    brackets: [0.05, 0.1, 0.6, 0.15, 0.06, 0.04],
    expectedHighF: 39,
    stdF: 2.5,
    q05F: 35,
    q95F: 43,
    observationCount: 0,
    coveredMinutes: 0,
    forecastIssuedMs: START_MS - HOUR_MS,
    forecastKind: 'asOf',
    features: [],
    modelId: 'high',
    modelVersion: '1',
    snapshotHour: -2,
    isServed: true,
    asOfMs: START_MS,
    computedMs: START_MS,
    confirmedMs: START_MS,
    confirmedNs: 0,
    inputsHash: 'h',
    ...change,
  }
}

export interface Harness {
  readonly desk: Desk
  readonly clock: SimulatedClock
  readonly portfolio: Portfolio
  readonly gate: DeskOptions['gate']
  readonly announcements: readonly DeskAnnouncement[]
  /** Both sides in whole cents and contracts; sent to the desk as a changed top. */
  quote(index: number, bid: number | undefined, ask: number | undefined, contracts?: number): void
  /** Quotes around the prediction, so that no candidate is worth anything; told to nobody. */
  quoteAll(): void
  predict(result: PredictionResult): void
  /** Held by the predictor without being told: a confirmation. */
  hold(result: PredictionResult): void
  print(index: number, takerSide: BookSide, cents: number, contracts: number, atMs?: number): void
  setLive(index: number, isLive: boolean): void
  setFeed(change: { silenceMs?: number; lagMs?: number; acceptsOrders?: boolean }): void
  nowMs(): number
  decisions(): readonly DecisionRecord[]
  lastDecision(): DecisionRecord | undefined
  /** Last state of each order. */
  orders(): readonly OrderRecord[]
  fills(): readonly FillRecord[]
  settlements(): readonly SettlementRecord[]
  records(): readonly LedgerRecord[]
  readonly restingCalls: readonly boolean[]
}

export function deskHarness(
  setup: {
    readonly settings?: Partial<WeatherEvSettings>
    readonly limits?: Partial<DeskOptions['limits']>
    readonly positions?: readonly RestoredPosition[]
    readonly settledMarkets?: readonly MarketTicker[]
    readonly workingOrders?: readonly OrderRecord[]
    readonly startMs?: number
    readonly notLive?: readonly number[]
  } = {},
): Harness {
  const clock = simulatedClock({ startMs: setup.startMs ?? START_MS })
  const records: LedgerRecord[] = []
  const announcements: DeskAnnouncement[] = []
  const tops = new Map<MarketTicker, TopOfBook>()
  const notLive = new Set<MarketTicker>((setup.notLive ?? []).map(marketAt))
  const restingCalls: boolean[] = []
  const write = (record: LedgerRecord): void => void records.push(record)
  const portfolio = createPortfolio({
    nowMs: clock.market.nowMs(),
    ...(setup.positions ? { positions: setup.positions } : {}),
    ...(setup.settledMarkets ? { settledMarkets: setup.settledMarkets } : {}),
  })
  const gate = createTradingGate({ isHalted: false, market: clock.market, write })
  let held: PredictionResult = {
    kind: 'noPrediction',
    city: 'chicago',
    date: DAY.date,
    reason: 'beforeFirstForecast',
    asOfMs: START_MS,
  }
  let feedState = { silenceMs: 0, lagMs: 0, acceptsOrders: true }
  let sequence = 0
  let seq = 0
  let tradeNumber = 0
  const desk = createDesk({
    event: MARKET_EVENT,
    feesOf: () => ({ type: 'quadratic', multiplier: 1, source: 'series' }),
    settings: { ...DEFAULT_WEATHER_EV_SETTINGS, ...setup.settings },
    limits: { ...DEFAULT_RISK_LIMITS, ...setup.limits },
    world: clock,
    account: accountIdOf('account'),
    session: sessionIdOf('session'),
    predictor: {
      latest: () => held,
      request: () => held,
      setResting: (_, isResting) => void restingCalls.push(isResting),
    },
    feed: {
      top: (market) => (notLive.has(market) ? undefined : tops.get(market)),
      isLive: (market) => !notLive.has(market),
      streamSeq: () => seq,
      silenceMs: () => feedState.silenceMs,
      lagMs: () => feedState.lagMs,
    },
    portfolio,
    gate,
    nextSequence: () => ++sequence,
    write,
    acceptsOrders: () => feedState.acceptsOrders,
    announce: (announcement) => void announcements.push(announcement),
    ...(setup.workingOrders ? { workingOrders: setup.workingOrders } : {}),
  })

  const topOf = (index: number, bid: number | undefined, ask: number | undefined, contracts: number): TopOfBook => {
    const level = (cents: number) => ({ price: priceFromCents(cents), quantity: quantityFromContracts(contracts) })
    const top: TopOfBook = {
      market: marketAt(index),
      ...(bid === undefined ? {} : { bid: level(bid) }),
      ...(ask === undefined ? {} : { ask: level(ask) }),
      connection: 1,
      sid: 1,
      seq: ++seq,
      tsVenueMs: clock.market.nowMs(),
      tsReceivedNs: clock.transport.monotonicNs(),
    }
    tops.set(top.market, top)
    return top
  }
  const rowsOf = <Kind extends LedgerRecord['kind']>(kind: Kind) =>
    records.filter((record): record is Extract<LedgerRecord, { kind: Kind }> => record.kind === kind)
  const harness: Harness = {
    desk,
    clock,
    portfolio,
    gate,
    announcements,
    quote: (index, bid, ask, contracts = 100) => desk.topChanged(topOf(index, bid, ask, contracts)),
    quoteAll() {
      for (const [index, cents] of FAIR_CENTS.entries()) topOf(index, cents - 1, cents + 1, 100)
    },
    predict(result) {
      held = result
      desk.prediction(result)
    },
    hold(result) {
      held = result
    },
    print(index, takerSide, cents, contracts, atMs = clock.market.nowMs()) {
      const trade: Trade = {
        market: marketAt(index),
        tradeId: `t-${++tradeNumber}`,
        price: priceFromCents(cents),
        quantity: quantityFromContracts(contracts),
        takerSide,
        tsVenueMs: atMs,
      }
      desk.trade(trade)
    },
    setLive(index, isLive) {
      const market = marketAt(index)
      if (isLive) notLive.delete(market)
      else notLive.add(market)
      if (isLive) desk.marketLive(market)
      else desk.marketNotLive(market)
    },
    setFeed(change) {
      feedState = { ...feedState, ...change }
    },
    nowMs: () => clock.market.nowMs(),
    decisions: () => rowsOf('decision').map(({ row }) => row),
    lastDecision: () => rowsOf('decision').at(-1)?.row,
    orders: () => [...new Map(rowsOf('order').map(({ row }) => [row.id, row])).values()],
    fills: () => rowsOf('fill').map(({ row }) => row),
    settlements: () => rowsOf('settlement').map(({ row }) => row),
    records: () => records,
    restingCalls,
  }
  return harness
}
