import { invariant } from '../domain/invariant.ts'

const CAPACITY_INITIAL = 32

/**
 * HOT PATH: one side of a book as two parallel typed arrays, best level last, so that the busy end moves the fewest
 * elements. Bench: test/bench/book.bench.ts.
 *
 * A dense array over all 9,999 prices would make a change one store, but costs 160 kB a book (320 MB for 2,000 markets)
 * and a scan for the next best; real ladders hold tens of levels, which fit two cache lines here.
 * Prices are 1/10,000 $ (1..9,999), quantities 1/100 contract, always positive.
 */
export class Ladder {
  /** +1 sorts ascending (bids), −1 descending (asks): the best is the greatest `direction × price`. */
  readonly #direction: 1 | -1
  #prices = new Int32Array(CAPACITY_INITIAL)
  #quantities = new Float64Array(CAPACITY_INITIAL)
  #count = 0

  constructor(bestIs: 'highest' | 'lowest') {
    this.#direction = bestIs === 'highest' ? 1 : -1
  }

  get count(): number {
    return this.#count
  }

  /** 0 where the side is empty. */
  get bestPrice(): number {
    return this.#count === 0 ? 0 : (this.#prices[this.#count - 1] ?? 0)
  }

  /** 0 where the side is empty. */
  get bestQuantity(): number {
    return this.#count === 0 ? 0 : (this.#quantities[this.#count - 1] ?? 0)
  }

  /** The quantity at a price, 0 where there is none. */
  quantityAt(price: number): number {
    const index = this.#find(price)
    return this.#prices[index] === price && index < this.#count ? (this.#quantities[index] ?? 0) : 0
  }

  /** Adds a signed change to one level. Returns what the level then holds; a negative result was not applied. */
  change(price: number, delta: number): number {
    const index = this.#find(price)
    const exists = index < this.#count && this.#prices[index] === price
    const quantity = (exists ? (this.#quantities[index] ?? 0) : 0) + delta
    if (quantity < 0) return quantity
    invariant(Number.isSafeInteger(quantity), 'the quantity of a level is a safe integer')
    if (exists) {
      if (quantity === 0) this.#removeAt(index)
      else this.#quantities[index] = quantity
    } else if (quantity > 0) {
      this.#insertAt(index, price, quantity)
    }
    return quantity
  }

  clear(): void {
    this.#count = 0
  }

  /** Best first. */
  forEach(visit: (price: number, quantity: number) => void): void {
    for (let index = this.#count - 1; index >= 0; index--) {
      visit(this.#prices[index] ?? 0, this.#quantities[index] ?? 0)
    }
  }

  /** The first index whose price is at or beyond `price` towards the best end. */
  #find(price: number): number {
    const prices = this.#prices
    const key = price * this.#direction
    let low = 0
    let high = this.#count
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((prices[middle] ?? 0) * this.#direction < key) low = middle + 1
      else high = middle
    }
    return low
  }

  #insertAt(index: number, price: number, quantity: number): void {
    if (this.#count === this.#prices.length) this.#grow()
    this.#prices.copyWithin(index + 1, index, this.#count)
    this.#quantities.copyWithin(index + 1, index, this.#count)
    this.#prices[index] = price
    this.#quantities[index] = quantity
    this.#count++
  }

  #removeAt(index: number): void {
    this.#prices.copyWithin(index, index + 1, this.#count)
    this.#quantities.copyWithin(index, index + 1, this.#count)
    this.#count--
  }

  #grow(): void {
    const prices = new Int32Array(this.#prices.length * 2)
    const quantities = new Float64Array(this.#quantities.length * 2)
    prices.set(this.#prices)
    quantities.set(this.#quantities)
    this.#prices = prices
    this.#quantities = quantities
  }
}
