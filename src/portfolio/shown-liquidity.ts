import type { BookSide, Level } from '../domain/book.ts'
import type { MarketTicker } from '../domain/ids.ts'
import { addQuantity, type Price, type Quantity, quantityOf, ZERO_QUANTITY } from '../domain/units.ts'

/**
 * What paper takers have taken of the shown book. A paper fill removes nothing at the venue, so the same contracts are
 * still shown afterwards; without this memory a second order would take them again. It holds as long as the best price
 * of that side stays: another price is another offer.
 */
export interface ShownLiquidity {
  take(market: MarketTicker, side: BookSide, price: Price, quantity: Quantity): void
  /** The level less what was taken of it; undefined where nothing is left or nothing is shown. */
  remaining(market: MarketTicker, side: BookSide, level: Level | undefined): Level | undefined
}

/** `side` is the side of the book that shows the level. */
export function createShownLiquidity(): ShownLiquidity {
  const taken = new Map<string, { price: Price; quantity: Quantity }>()
  const keyOf = (market: MarketTicker, side: BookSide): string => `${market} ${side}`
  return {
    take(market, side, price, quantity) {
      const key = keyOf(market, side)
      const before = taken.get(key)
      const carried = before?.price === price ? before.quantity : ZERO_QUANTITY
      taken.set(key, { price, quantity: addQuantity(carried, quantity) })
    },
    remaining(market, side, level) {
      const key = keyOf(market, side)
      const entry = taken.get(key)
      if (!entry || !level) return level
      if (entry.price !== level.price) {
        taken.delete(key)
        return level
      }
      const left = level.quantity - entry.quantity
      return left > 0 ? { price: level.price, quantity: quantityOf(left) } : undefined
    },
  }
}
