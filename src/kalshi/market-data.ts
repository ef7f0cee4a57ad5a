import type { TopOfBook, Trade } from '../domain/book.ts'
import type { EventTicker, MarketTicker } from '../domain/ids.ts'
import type { Market, MarketEvent } from '../domain/market.ts'
import type { LifecycleChange } from './frame.ts'

/** Why a book must not be read. */
export type NotLiveReason =
  | 'gap'
  | 'malformed'
  | 'negativeLevel'
  | 'duplicateLevel'
  | 'crossed'
  | 'disconnected'
  | 'streamEnded'
  | 'noSnapshot'
  | 'settled'

export type LifecycleEvent =
  | { readonly kind: 'market'; readonly market: MarketTicker; readonly change: LifecycleChange }
  | {
      readonly kind: 'eventFee'
      readonly event: EventTicker
      /** Undefined where the override is cleared and the series' fee applies again. */
      readonly feeType: string | undefined
      readonly feeMultiplier: number | undefined
    }

/**
 * What the feed tells the rest of the program: conditions, never single ticks. Called synchronously on the main thread;
 * an implementation must not await and must not throw.
 */
export interface MarketDataListener {
  /** Known to the feed from now on; its book is not live yet. */
  marketAdded(market: Market, event: MarketEvent): void
  /** Its snapshot has come: the book equals the venue's as of `top.seq`. */
  marketLive(market: MarketTicker, top: TopOfBook): void
  /** From now on its book must not be read, until `marketLive`. */
  marketNotLive(market: MarketTicker, reason: NotLiveReason): void
  /** Best prices or their quantities have changed: at most once per market and turn of the loop, only while it is live. */
  topChanged(top: TopOfBook): void
  trade(trade: Trade): void
  lifecycle(event: LifecycleEvent): void
  /** Venue time of a frame, before its effects: pulls market time forward in a play. */
  onFrameTime(tsVenueMs: number): void
}
