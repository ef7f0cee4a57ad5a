import type { DeskActorRef } from '../machines/desk.machine.ts'
import type { World } from '../src/clock/clock.ts'
import type { TopOfBook, Trade } from '../src/domain/book.ts'
import type { AccountId, DeskId, EventTicker, MarketTicker, SessionId } from '../src/domain/ids.ts'
import type { MarketLifecycle } from '../src/domain/lifecycle.ts'
import type { FeeSchedule, Market, MarketEvent } from '../src/domain/market.ts'
import type { CancelReason, Fill } from '../src/domain/order.ts'
import type { Refusal } from '../src/domain/refusal.ts'
import type { PredictionResult } from '../src/domain/weather.ts'
import type { DecisionRecord, LedgerRecord, OrderRecord, SettlementRecord } from '../src/ledger/records.ts'
import type { PaperOrder } from '../src/portfolio/paper-order.ts'
import type { Portfolio } from '../src/portfolio/portfolio.ts'
import type { RiskLimits } from '../src/risk/limits.ts'
import type { WeatherEvSettings } from '../src/strategy/settings.ts'
import type { TradingGate } from './trading-gate.ts'

/** The data plane as a desk asks it, synchronously. */
export interface DeskFeed {
  /** Undefined while the market is not live. */
  top(market: MarketTicker): TopOfBook | undefined
  isLive(market: MarketTicker): boolean
  /** Number of the last frame accepted on the market's stream. */
  streamSeq(market: MarketTicker): number
  /** Limit 3, transport time: since the last frame or ping; and the lag of the feed. */
  silenceMs(): number
  lagMs(): number
}

export interface DeskPredictor {
  latest(event: EventTicker): PredictionResult
  request(event: EventTicker): PredictionResult
  setResting(event: EventTicker, isResting: boolean): void
}

export interface DeskOptions {
  /** Markets in strike order: the order of the prediction's brackets. */
  readonly event: MarketEvent
  /** In force at that market time. */
  readonly feesOf: (market: Market, nowMs: number) => FeeSchedule
  readonly settings: WeatherEvSettings
  readonly limits: RiskLimits
  readonly world: Pick<World, 'transport' | 'market'>
  readonly account: AccountId
  readonly session: SessionId
  readonly predictor: DeskPredictor
  readonly feed: DeskFeed
  readonly portfolio: Portfolio
  readonly gate: TradingGate
  /** Strictly increasing over all desks of the session. */
  readonly nextSequence: () => number
  readonly write: (record: LedgerRecord) => void
  /** False while the ledger's backlog is above its bound. */
  readonly acceptsOrders: () => boolean
  readonly announce: (announcement: DeskAnnouncement) => void
  /** From a frame's arrival to the decision that it caused. */
  readonly onLatency?: (latencyNs: number) => void
  /** Orders that the account brings along; those of other events are ignored. */
  readonly workingOrders?: readonly OrderRecord[]
}

/** What a person may want to hear of at once. `text` is one line. */
export type DeskAnnouncement =
  | { readonly kind: 'decision'; readonly event: EventTicker; readonly text: string; readonly decision: DecisionRecord }
  | { readonly kind: 'fill'; readonly event: EventTicker; readonly text: string; readonly fill: Fill }
  | {
      readonly kind: 'cancel'
      readonly event: EventTicker
      readonly text: string
      readonly order: PaperOrder
      readonly reason: CancelReason
    }
  | {
      readonly kind: 'settlement'
      readonly event: EventTicker
      readonly text: string
      readonly settlement: SettlementRecord
    }

export interface DeskStats {
  /** All of them, repetitions included. */
  readonly decisions: number
  /** Of those, counted on the row of the first instead of written. */
  readonly repeats: number
  readonly trades: number
  readonly refusals: Readonly<Partial<Record<Refusal, number>>>
  readonly fills: number
  readonly cancels: Readonly<Partial<Record<CancelReason, number>>>
}

/** One strategy on one event, in dry-run: what it is told, it judges; what it decides, it books. */
export interface Desk {
  readonly id: DeskId
  readonly event: EventTicker
  readonly actorRef: DeskActorRef
  /** Conflated upstream: at most once per market and turn of the loop. */
  topChanged(top: TopOfBook): void
  marketLive(market: MarketTicker): void
  marketNotLive(market: MarketTicker): void
  trade(trade: Trade): void
  /** A newly computed prediction of the event, or a change in why there is none. */
  prediction(result: PredictionResult): void
  lifecycle(event: MarketLifecycle): void
  /** No more orders; what works is cancelled, what is counted is written. */
  shutdown(): void
  stats(): DeskStats
}
