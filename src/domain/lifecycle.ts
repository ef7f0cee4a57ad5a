import type { MarketTicker } from './ids.ts'
import type { Price } from './units.ts'

/**
 * What the venue tells of a market's life, on our units. It says nothing when a market merely opens or closes: those two
 * instants are timers of our own. Times are market time.
 */
export type MarketLifecycle =
  | { readonly type: 'activated'; readonly market: MarketTicker; readonly tsVenueMs: number }
  | { readonly type: 'deactivated'; readonly market: MarketTicker; readonly tsVenueMs: number }
  | {
      readonly type: 'closeDateUpdated'
      readonly market: MarketTicker
      readonly closeMs: number
      readonly tsVenueMs: number
    }
  | {
      readonly type: 'determined'
      readonly market: MarketTicker
      readonly result: 'yes' | 'no' | 'scalar'
      /** Paid per YES contract. */
      readonly settlementValue: Price
      /** The settled figure as the venue writes it, e.g. `39.00`. */
      readonly expirationValue?: string
      readonly determinedMs: number
    }
  | { readonly type: 'settled'; readonly market: MarketTicker; readonly settledMs: number }
