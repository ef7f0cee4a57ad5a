import type { BookSide, Level } from '../domain/book.ts'
import { invariant } from '../domain/invariant.ts'
import type { Price, Quantity } from '../domain/units.ts'
import { Ladder } from './ladder.ts'

/** What makes a book unusable: the caller takes a new snapshot. */
export type BookFault = 'negativeLevel' | 'duplicateLevel' | 'crossed'

/**
 * HOT PATH: the book of one market on the YES axis. Bench: test/bench/book.bench.ts.
 *
 * The venue's own book is never crossed nor locked (best YES bid + best NO bid < 1), so one that is here has missed
 * something. After a fault the contents are not to be read until the next snapshot.
 */
export class OrderBook {
  readonly #bids = new Ladder('highest')
  readonly #asks = new Ladder('lowest')

  /** Best prices and their quantities as plain numbers; 0 where a side is empty. */
  get bidPrice(): number {
    return this.#bids.bestPrice
  }

  get bidQuantity(): number {
    return this.#bids.bestQuantity
  }

  get askPrice(): number {
    return this.#asks.bestPrice
  }

  get askQuantity(): number {
    return this.#asks.bestQuantity
  }

  /** Replaces everything. Levels may come in any order. */
  applySnapshot(bids: readonly Level[], asks: readonly Level[]): BookFault | undefined {
    this.clear()
    return load(this.#bids, bids) ?? load(this.#asks, asks) ?? this.#checkCrossed()
  }

  /** Adds a signed change to one level; the level goes when it reaches 0. */
  applyDelta(side: BookSide, price: Price, delta: Quantity): BookFault | undefined {
    const ladder = side === 'bid' ? this.#bids : this.#asks
    if (ladder.change(price, delta) < 0) return 'negativeLevel'
    return delta > 0 ? this.#checkCrossed() : undefined
  }

  clear(): void {
    this.#bids.clear()
    this.#asks.clear()
  }

  quantityAt(side: BookSide, price: Price): Quantity {
    return (side === 'bid' ? this.#bids : this.#asks).quantityAt(price) as Quantity
  }

  /** All levels, best first. A copy. */
  levels(): { readonly bids: readonly Level[]; readonly asks: readonly Level[] } {
    return { bids: copyOf(this.#bids), asks: copyOf(this.#asks) }
  }

  #checkCrossed(): BookFault | undefined {
    const bid = this.#bids.bestPrice
    const ask = this.#asks.bestPrice
    return bid !== 0 && ask !== 0 && bid >= ask ? 'crossed' : undefined
  }
}

function load(ladder: Ladder, levels: readonly Level[]): BookFault | undefined {
  for (const { price, quantity } of levels) {
    invariant(quantity > 0, 'a level of a snapshot holds something')
    if (ladder.change(price, quantity) !== quantity) return 'duplicateLevel'
  }
  return undefined
}

function copyOf(ladder: Ladder): readonly Level[] {
  const levels: Level[] = []
  ladder.forEach((price, quantity) => {
    levels.push({ price: price as Price, quantity: quantity as Quantity })
  })
  return levels
}
