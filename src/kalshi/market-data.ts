import type { TopOfBook, Trade } from '../domain/book.ts'
import type { EventTicker, MarketTicker } from '../domain/ids.ts'
import type { MarketLifecycle } from '../domain/lifecycle.ts'
import type { FeeType, Market, MarketEvent, PriceRange } from '../domain/market.ts'

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
  | 'reactivated'
  | 'settled'

/** Overrides of an event's fees; undefined where the series' own applies again. */
export interface EventFeeOverride {
  readonly event: EventTicker
  readonly feeType: FeeType | undefined
  /** Named by the venue, with rates that are not public. */
  readonly unknownFeeType: string | undefined
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
  lifecycle(event: MarketLifecycle): void
  /** The valid prices of a market have changed while it trades. */
  priceRangesChanged(market: MarketTicker, priceRanges: readonly PriceRange[]): void
  eventFeesChanged(override: EventFeeOverride): void
  /** Venue time of a frame, before its effects: pulls market time forward in a play. */
  onFrameTime(tsVenueMs: number): void
}
