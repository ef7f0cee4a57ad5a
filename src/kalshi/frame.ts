import type { BookSide, Level, Trade } from '../domain/book.ts'
import type { EventTicker, MarketTicker, SeriesTicker } from '../domain/ids.ts'
import type { PriceRange } from '../domain/market.ts'
import type { Price, Quantity } from '../domain/units.ts'

/** Stands for an absent `sid`, `seq` or `id`: the venue numbers all three from 1. */
export const NONE = 0

interface Envelope {
  /** Stream on this connection, or NONE. */
  readonly sid: number
  /** Number of the frame in its stream, or NONE for frames that carry none (`ticker`, `subscribed`). */
  readonly seq: number
}

/** All levels of one market, unordered, on the YES axis. */
export interface BookSnapshotFrame extends Envelope {
  readonly kind: 'bookSnapshot'
  readonly market: MarketTicker
  readonly bids: readonly Level[]
  readonly asks: readonly Level[]
}

/** A signed change of one level on the YES axis. */
export interface BookDeltaFrame extends Envelope {
  readonly kind: 'bookDelta'
  readonly market: MarketTicker
  readonly side: BookSide
  readonly price: Price
  readonly delta: Quantity
  readonly tsVenueMs: number | undefined
}

export interface TradeFrame extends Envelope {
  readonly kind: 'trade'
  readonly trade: Trade
  readonly isBlockTrade: boolean
}

export interface TickerFrame extends Envelope {
  readonly kind: 'ticker'
  readonly market: MarketTicker
  readonly bid: Level | undefined
  readonly ask: Level | undefined
  readonly tsVenueMs: number
}

export type LifecycleChange =
  | { readonly type: 'created'; readonly event: EventTicker }
  | { readonly type: 'activated' }
  | { readonly type: 'deactivated' }
  | { readonly type: 'closeDateUpdated'; readonly closeMs: number }
  | {
      readonly type: 'determined'
      readonly result: 'yes' | 'no' | 'scalar'
      readonly settlementValue: Price
      readonly atMs: number
    }
  | { readonly type: 'settled'; readonly atMs: number }
  | { readonly type: 'priceRangesUpdated'; readonly priceRanges: readonly PriceRange[] }
  | { readonly type: 'metadataUpdated' }

export interface LifecycleFrame extends Envelope {
  readonly kind: 'lifecycle'
  readonly market: MarketTicker
  readonly change: LifecycleChange
}

export interface EventLifecycleFrame extends Envelope {
  readonly kind: 'eventLifecycle'
  readonly event: EventTicker
  readonly series: SeriesTicker
}

/** Overrides are undefined where the series fee applies again. */
export interface EventFeeFrame extends Envelope {
  readonly kind: 'eventFee'
  readonly event: EventTicker
  readonly feeType: string | undefined
  readonly feeMultiplier: number | undefined
}

export interface SubscribedFrame extends Envelope {
  readonly kind: 'subscribed'
  readonly id: number
  readonly channel: string
}

/** `ok`: the answer to update_subscription (the resulting markets) or to list_subscriptions. */
export interface OkFrame extends Envelope {
  readonly kind: 'ok'
  readonly id: number
  readonly markets: readonly MarketTicker[]
}

export interface UnsubscribedFrame extends Envelope {
  readonly kind: 'unsubscribed'
  readonly id: number
}

export interface ErrorFrame extends Envelope {
  readonly kind: 'error'
  readonly id: number
  readonly code: number
  readonly text: string
  /** Those that the error is about, where the venue names them. */
  readonly markets: readonly MarketTicker[]
}

/** A type that this program does not know: tolerated and counted. It may well consume a number of its stream. */
export interface UnknownFrame extends Envelope {
  readonly kind: 'unknown'
  readonly type: string
}

/** A frame of a known type that breaks the protocol. `reason` names the field, e.g. `orderbook_delta.price_dollars`. */
export interface MalformedFrame extends Envelope {
  readonly kind: 'malformed'
  readonly reason: string
}

export type Frame =
  | BookSnapshotFrame
  | BookDeltaFrame
  | TradeFrame
  | TickerFrame
  | LifecycleFrame
  | EventLifecycleFrame
  | EventFeeFrame
  | SubscribedFrame
  | OkFrame
  | UnsubscribedFrame
  | ErrorFrame
  | UnknownFrame
  | MalformedFrame
