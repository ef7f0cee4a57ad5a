import type { Level } from '../../../src/domain/book.ts'
import { invariant } from '../../../src/domain/invariant.ts'
import { complement, type Price, parsePrice, parseQuantity, type Quantity } from '../../../src/domain/units.ts'
import type { BookPoint } from '../../../src/exchange/book-log.ts'

/** One book as text, best levels first: `4500:1200 4400:300|4700:500`. Two books are equal where their texts are. */
export type BookText = string

export interface BookSides {
  readonly bids: ReadonlyMap<Price, Quantity>
  readonly asks: ReadonlyMap<Price, Quantity>
}

type WireLevels = readonly (readonly [price: string, quantity: string])[]

export const textOfLevels = (bids: readonly Level[], asks: readonly Level[]): BookText =>
  `${bids.map(levelText).join(' ')}|${asks.map(levelText).join(' ')}`

export const textOfSides = ({ bids, asks }: BookSides): BookText =>
  textOfLevels(
    levelsOf(bids).sort((a, b) => b.price - a.price),
    levelsOf(asks).sort((a, b) => a.price - b.price),
  )

export const textOfPoint = ({ bids, asks }: BookPoint): BookText =>
  textOfSides({ bids: sideOfWire(bids, false), asks: sideOfWire(asks, false) })

export const levelCount = (book: BookText): number => book.split(/[ |]/).filter((level) => level !== '').length

export function priceOfWire(text: string): Price {
  const price = parsePrice(text)
  invariant(price !== undefined, 'the exchange writes prices that can be read')
  return price
}

export function quantityOfWire(text: string): Quantity {
  const quantity = parseQuantity(text)
  invariant(quantity !== undefined, 'the exchange writes quantities that can be read')
  return quantity
}

/** `isNoPrice`: the levels of the NO ladder, written in NO price. */
export const sideOfWire = (levels: WireLevels, isNoPrice: boolean): Map<Price, Quantity> =>
  new Map(
    levels.map(([price, quantity]) => {
      const own = priceOfWire(price)
      return [isNoPrice ? complement(own) : own, quantityOfWire(quantity)]
    }),
  )

const levelText = ({ price, quantity }: Level): string => `${price}:${quantity}`

const levelsOf = (side: ReadonlyMap<Price, Quantity>): Level[] =>
  [...side].map(([price, quantity]) => ({ price, quantity }))
