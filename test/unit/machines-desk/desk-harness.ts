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

export interface HarnessSetup {
  readonly settings?: Partial<WeatherEvSettings>
  readonly limits?: Partial<DeskOptions['limits']>
  readonly positions?: readonly RestoredPosition[]
  readonly settledMarkets?: readonly MarketTicker[]
  readonly workingOrders?: readonly OrderRecord[]
  readonly startMs?: number
  readonly notLive?: readonly number[]
}

export const deskHarness = (setup: HarnessSetup = {}): Harness => new Harness(setup)

/** A desk with hand-made books, predictions and trades, on a clock that moves when the test says so. */
export class Harness {
  readonly clock: SimulatedClock
  readonly portfolio: Portfolio
  readonly gate: DeskOptions['gate']
  readonly desk: Desk
  readonly feed: DeskOptions['feed']
  /** What desks of one session share. */
  readonly shared: Omit<DeskOptions, 'event' | 'feesOf' | 'feed' | 'predictor'>
  readonly records: LedgerRecord[] = []
  readonly announcements: DeskAnnouncement[] = []
  readonly restingCalls: boolean[] = []
  readonly #tops = new Map<MarketTicker, TopOfBook>()
  readonly #notLive: Set<MarketTicker>
  #held: PredictionResult = NO_PREDICTION
  #feed = { silenceMs: 0, lagMs: 0, acceptsOrders: true }
  #sequence = 0
  #seq = 0
  #tradeNumber = 0

  constructor(setup: HarnessSetup) {
    this.clock = simulatedClock({ startMs: setup.startMs ?? START_MS })
    this.#notLive = new Set((setup.notLive ?? []).map(marketAt))
    const write = (record: LedgerRecord): void => void this.records.push(record)
    this.portfolio = createPortfolio({
      nowMs: this.nowMs(),
      ...(setup.positions ? { positions: setup.positions } : {}),
      ...(setup.settledMarkets ? { settledMarkets: setup.settledMarkets } : {}),
    })
    this.gate = createTradingGate({ isHalted: false, market: this.clock.market, write })
    this.feed = {
      top: (market) => (this.#notLive.has(market) ? undefined : this.#tops.get(market)),
      isLive: (market) => !this.#notLive.has(market),
      streamSeq: () => this.#seq,
      silenceMs: () => this.#feed.silenceMs,
      lagMs: () => this.#feed.lagMs,
    }
    this.shared = {
      settings: { ...DEFAULT_WEATHER_EV_SETTINGS, ...setup.settings },
      limits: { ...DEFAULT_RISK_LIMITS, ...setup.limits },
      world: this.clock,
      account: accountIdOf('account'),
      session: sessionIdOf('session'),
      portfolio: this.portfolio,
      gate: this.gate,
      nextSequence: () => ++this.#sequence,
      write,
      acceptsOrders: () => this.#feed.acceptsOrders,
      announce: (announcement) => void this.announcements.push(announcement),
    }
    this.desk = createDesk({
      ...this.shared,
      event: MARKET_EVENT,
      feesOf: () => ({ type: 'quadratic', multiplier: 1, source: 'series' }),
      predictor: {
        latest: () => this.#held,
        request: () => this.#held,
        setResting: (_, isResting) => void this.restingCalls.push(isResting),
      },
      feed: this.feed,
      ...(setup.workingOrders ? { workingOrders: setup.workingOrders } : {}),
    })
  }

  nowMs(): number {
    return this.clock.market.nowMs()
  }

  /** State of the desk's machine. */
  state(): unknown {
    return this.desk.actorRef.getSnapshot().value
  }

  /** Both sides in whole cents and contracts; sent to the desk as a changed top. */
  quote(index: number, bid: number | undefined, ask: number | undefined, contracts = 100): void {
    this.desk.topChanged(this.#setTop(index, bid, ask, contracts))
  }

  /** Quotes around the prediction, so that no candidate is worth anything; told to nobody. */
  quoteAll(): void {
    for (const [index, cents] of FAIR_CENTS.entries()) this.#setTop(index, cents - 1, cents + 1, 100)
  }

  predict(result: PredictionResult): void {
    this.#held = result
    this.desk.prediction(result)
  }

  /** Held by the predictor without being told: a confirmation. */
  hold(result: PredictionResult): void {
    this.#held = result
  }

  print(index: number, takerSide: BookSide, cents: number, contracts: number, atMs = this.nowMs()): void {
    const trade: Trade = {
      market: marketAt(index),
      tradeId: `t-${++this.#tradeNumber}`,
      price: priceFromCents(cents),
      quantity: quantityFromContracts(contracts),
      takerSide,
      tsVenueMs: atMs,
    }
    this.desk.trade(trade)
  }

  setLive(index: number, isLive: boolean): void {
    const market = marketAt(index)
    if (isLive) this.#notLive.delete(market)
    else this.#notLive.add(market)
    if (isLive) this.desk.marketLive(market)
    else this.desk.marketNotLive(market)
  }

  setFeed(change: { silenceMs?: number; lagMs?: number; acceptsOrders?: boolean }): void {
    this.#feed = { ...this.#feed, ...change }
  }

  decisions(): readonly DecisionRecord[] {
    return this.#rowsOf('decision').map(({ row }) => row)
  }

  lastDecision(): DecisionRecord | undefined {
    return this.decisions().at(-1)
  }

  /** Last state of each order. */
  orders(): readonly OrderRecord[] {
    return [...new Map(this.#rowsOf('order').map(({ row }) => [row.id, row])).values()]
  }

  fills(): readonly FillRecord[] {
    return this.#rowsOf('fill').map(({ row }) => row)
  }

  settlements(): readonly SettlementRecord[] {
    return this.#rowsOf('settlement').map(({ row }) => row)
  }

  #rowsOf<Kind extends LedgerRecord['kind']>(kind: Kind) {
    return this.records.filter((record): record is Extract<LedgerRecord, { kind: Kind }> => record.kind === kind)
  }

  #setTop(index: number, bid: number | undefined, ask: number | undefined, contracts: number): TopOfBook {
    const level = (cents: number) => ({ price: priceFromCents(cents), quantity: quantityFromContracts(contracts) })
    const top: TopOfBook = {
      market: marketAt(index),
      ...(bid === undefined ? {} : { bid: level(bid) }),
      ...(ask === undefined ? {} : { ask: level(ask) }),
      connection: 1,
      sid: 1,
      seq: ++this.#seq,
      tsVenueMs: this.nowMs(),
      tsReceivedNs: this.clock.transport.monotonicNs(),
    }
    this.#tops.set(top.market, top)
    return top
  }
}

const NO_PREDICTION: PredictionResult = {
  kind: 'noPrediction',
  city: 'chicago',
  date: DAY.date,
  reason: 'beforeFirstForecast',
  asOfMs: START_MS,
}

/** A desk with a prediction and a maker's spread in the bracket of 38-39. */
export function withMakerOrder(setup: HarnessSetup = {}): Harness {
  const harness = deskHarness(setup)
  harness.quoteAll()
  harness.predict(predictionOf())
  harness.quote(2, 45, 48)
  return harness
}

/** The maker's own expected value is below the taker's where its fill is unlikely. */
export const withTakerPosition = (setup: HarnessSetup = {}): Harness =>
  withMakerOrder({ ...setup, settings: { makerFillProbability: 0.1, ...setup.settings } })
