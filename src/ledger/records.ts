import type { BookSide, LiquiditySide } from '../domain/book.ts'
import type {
  AccountId,
  ClientOrderId,
  DecisionId,
  EventTicker,
  MarketTicker,
  PredictionId,
  SessionId,
  StrategyName,
} from '../domain/ids.ts'
import type { CancelReason, OrderStatus } from '../domain/order.ts'
import type { NoPredictionReason, Refusal } from '../domain/refusal.ts'
import type { Money, Price, Quantity } from '../domain/units.ts'
import type { Forecast, Observation, Prediction } from '../domain/weather.ts'

/** What the rest of the system hands to the ledger: plain data, integers at the domain's scales, milliseconds of market time. */

export interface SessionRecord {
  readonly id: SessionId
  readonly account: AccountId
  readonly mode: 'dry-run' | 'paper' | 'live'
  readonly venueUrl: string
  readonly keyId: string
  /** Run id of a play. */
  readonly runId?: string
  readonly startedWallMs: number
  readonly startedMarketMs: number
  readonly codeVersion: string
  readonly configHash: string
  /** Without secrets. */
  readonly config: unknown
}

export interface SessionEnd {
  readonly endedWallMs: number
  readonly endedMarketMs: number
  readonly status: 'completed' | 'interrupted' | 'failed'
  readonly totals: unknown
}

/** One market of the event as the decision saw it. */
export interface DecisionBook {
  readonly market: MarketTicker
  readonly isLive: boolean
  readonly bid?: Price
  readonly bidQuantity?: Quantity
  readonly ask?: Price
  readonly askQuantity?: Quantity
  /** Which connection of the process, which stream on it, the frame that last changed this book, the last frame of the stream. */
  readonly connection: number
  readonly sid: number
  readonly seq: number
  readonly streamSeq: number
  readonly tsVenueMs: number
  /** Of YES; undefined where there is none. */
  readonly modelProbability?: number
  readonly marketProbability?: number
  readonly tradedProbability?: number
}

/** One evaluated candidate; cents per contract are floats, money and prices are integers. */
export interface CandidateRecord {
  readonly market: MarketTicker
  readonly side: BookSide
  readonly role: LiquiditySide
  readonly price: Price
  readonly feeCents: number
  readonly evCents: number
  readonly fillProbability: number
  readonly expectedValueCents: number
  readonly edgePoints: number
  readonly refusal?: Refusal
}

export interface DecisionRecord {
  readonly id: DecisionId
  /** Strictly increasing within the session. */
  readonly sequence: number
  readonly strategy: StrategyName
  readonly event: EventTicker
  /** The chosen market, or the one of the best candidate; undefined where no candidate existed. */
  readonly market?: MarketTicker
  readonly cause: 'book' | 'prediction' | 'timer' | 'lifecycle'
  /** Market time: the causing frame's `ts_ms` where a frame caused it. */
  readonly decidedMs: number
  readonly decidedWallMs: number
  /** From the causing frame's arrival to the decision. */
  readonly latencyNs?: number
  readonly books: readonly DecisionBook[]
  readonly candidates: readonly CandidateRecord[]
  readonly choice?: CandidateRecord & {
    readonly quantity: Quantity
    readonly locked: Money
    readonly kellyFraction: number
  }
  readonly refusal?: Refusal
  readonly noPredictionReason?: NoPredictionReason
  readonly predictionId?: PredictionId
  readonly modelVersion?: string
  readonly order?: ClientOrderId
}

export interface OrderRecord {
  readonly id: ClientOrderId
  readonly decision: DecisionId
  readonly event: EventTicker
  readonly market: MarketTicker
  readonly side: BookSide
  readonly role: LiquiditySide
  readonly price: Price
  readonly quantity: Quantity
  readonly filledQuantity: Quantity
  readonly status: OrderStatus
  readonly createdMs: number
  readonly cancelReason?: CancelReason
  /** Every status with its time; the last one is `status`. */
  readonly history: readonly { readonly status: OrderStatus; readonly atMs: number }[]
}

export interface FillRecord {
  /** Unique with the order. */
  readonly tradeId: string
  readonly order: ClientOrderId
  readonly market: MarketTicker
  readonly side: BookSide
  readonly liquidity: LiquiditySide
  readonly price: Price
  readonly quantity: Quantity
  readonly fee: Money
  readonly filledMs: number
}

export interface PositionRecord {
  readonly market: MarketTicker
  readonly netQuantity: Quantity
  readonly cost: Money
  readonly fees: Money
  readonly realizedPnl: Money
  readonly updatedMs: number
}

export interface SettlementRecord {
  readonly market: MarketTicker
  readonly event: EventTicker
  readonly result: 'yes' | 'no' | 'scalar'
  readonly settlementValue: Price
  readonly expirationValue?: string
  readonly determinedMs: number
  readonly settledMs?: number
  /** Cash that the position received, and what the market earned after all costs and fees. */
  readonly netQuantity: Quantity
  readonly payout: Money
  readonly pnl: Money
}

/** From now on the strategy decides and fills on paper only, whatever the session's mode. */
export interface DemotionRecord {
  readonly strategy: StrategyName
  readonly modelId: string
  readonly modelVersion: string
  /** Market time. */
  readonly demotedMs: number
  /** For a person. */
  readonly reason: string
  /** What was measured; plain data. */
  readonly figures: unknown
}

export type LedgerRecord =
  | { readonly kind: 'decision'; readonly row: DecisionRecord }
  /** A decision that repeats unchanged is counted on the row of the first; `count` is the repeats so far, not an increment. */
  | { readonly kind: 'decisionRepeated'; readonly id: DecisionId; readonly count: number; readonly lastMs: number }
  | { readonly kind: 'order'; readonly row: OrderRecord }
  | { readonly kind: 'fill'; readonly row: FillRecord }
  | { readonly kind: 'position'; readonly row: PositionRecord }
  | { readonly kind: 'settlement'; readonly row: SettlementRecord }
  | { readonly kind: 'forecast'; readonly row: Forecast }
  /** `source`: who delivered it, a `WeatherSource.name`. */
  | { readonly kind: 'observation'; readonly row: Observation; readonly source: string }
  | { readonly kind: 'prediction'; readonly row: Prediction }
  | { readonly kind: 'halt'; readonly reason: string; readonly atMs: number }
  | { readonly kind: 'demotion'; readonly row: DemotionRecord }
