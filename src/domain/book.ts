import type { MarketTicker } from './ids.ts'
import type { Price, Quantity } from './units.ts'

/** The YES leg only: `bid` buys YES, `ask` sells YES (= buys NO). */
export type BookSide = 'bid' | 'ask'
export type OutcomeSide = 'yes' | 'no'
export type Action = 'buy' | 'sell'
export type LiquiditySide = 'maker' | 'taker'

export interface Level {
  readonly price: Price
  readonly quantity: Quantity
}

/** Best prices at one instant; immutable, the only form in which a book leaves the data plane. A missing side is undefined. */
export interface TopOfBook {
  readonly market: MarketTicker
  readonly bid?: Level
  readonly ask?: Level
  /** Which connection of this process, which stream on it, and the frame of that stream that last changed this book. */
  readonly connection: number
  readonly sid: number
  readonly seq: number
  /** Venue time of the frame that made it so. */
  readonly tsVenueMs: number
  /** Monotonic nanoseconds at which that frame left the socket. */
  readonly tsReceivedNs: number
}

/** A public print on the YES axis. */
export interface Trade {
  readonly market: MarketTicker
  readonly tradeId: string
  readonly price: Price
  readonly quantity: Quantity
  /** The taker's order on the YES leg. */
  readonly takerSide: BookSide
  readonly tsVenueMs: number
}

/** The one mapping from what a person says to the book order (trading rules §1). */
export function bookSideOf(action: Action, outcome: OutcomeSide): BookSide {
  return (action === 'buy') === (outcome === 'yes') ? 'bid' : 'ask'
}
