import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OrderBook } from '../../src/book/order-book.ts'
import type { BookSide, Level } from '../../src/domain/book.ts'
import { type Price, priceOf, type Quantity, quantityOf } from '../../src/domain/units.ts'

/** The book as anyone would write it first: two Maps and a sort. */
class NaiveBook {
  readonly sides: Record<BookSide, Map<Price, number>> = { bid: new Map(), ask: new Map() }

  apply(side: BookSide, price: Price, delta: number): 'negativeLevel' | 'crossed' | undefined {
    const ladder = this.sides[side]
    const quantity = (ladder.get(price) ?? 0) + delta
    if (quantity < 0) return 'negativeLevel'
    if (quantity === 0) ladder.delete(price)
    else ladder.set(price, quantity)
    const bid = Math.max(0, ...this.sides.bid.keys())
    const ask = Math.min(10_000, ...this.sides.ask.keys())
    return delta > 0 && bid >= ask && this.sides.bid.size > 0 && this.sides.ask.size > 0 ? 'crossed' : undefined
  }

  levels(): { bids: Level[]; asks: Level[] } {
    const list = (side: BookSide) =>
      [...this.sides[side]].map(([price, quantity]) => ({ price, quantity: quantity as Quantity }))
    return {
      bids: list('bid').sort((a, b) => b.price - a.price),
      asks: list('ask').sort((a, b) => a.price - b.price),
    }
  }
}

const side = fc.constantFrom<BookSide>('bid', 'ask')
/** Mostly a narrow band, so that levels are hit again; sometimes the whole axis. */
const price = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 4980, max: 5020 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 9999 }) },
)
const delta = fc.oneof(fc.integer({ min: -300, max: 300 }), fc.integer({ min: -5e12, max: 5e12 }))

describe('the order book against two Maps', () => {
  it('any sequence of changes gives the same levels, the same best prices and the same faults', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ side, price, delta, empty: fc.boolean() }), { maxLength: 300 }), (changes) => {
        const book = new OrderBook()
        const naive = new NaiveBook()
        for (const change of changes) {
          const at = priceOf(change.price)
          const held = naive.sides[change.side].get(at) ?? 0
          const amount = quantityOf(change.empty && held > 0 ? -held : change.delta)
          const fault = book.applyDelta(change.side, at, amount)
          expect(fault).toBe(naive.apply(change.side, at, amount))
          const expected = naive.levels()
          expect(book.levels()).toEqual(expected)
          expect(book.bidPrice).toBe(expected.bids[0]?.price ?? 0)
          expect(book.bidQuantity).toBe(expected.bids[0]?.quantity ?? 0)
          expect(book.askPrice).toBe(expected.asks[0]?.price ?? 0)
          expect(book.askQuantity).toBe(expected.asks[0]?.quantity ?? 0)
          // What a fault leaves behind is not to be read: the caller starts from a snapshot.
          if (fault === 'crossed') return
        }
      }),
      { numRuns: 300 },
    )
  })

  it('a snapshot in any order gives the book that its levels give one by one', () => {
    const levels = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 9999 }), fc.integer({ min: 1, max: 1e9 })), {
      selector: ([at]) => at,
      maxLength: 120,
    })
    fc.assert(
      fc.property(levels, fc.integer({ min: 1, max: 9999 }), (all, middle) => {
        const asLevel = ([at, amount]: [number, number]): Level => ({
          price: priceOf(at),
          quantity: quantityOf(amount),
        })
        const bids = all.filter(([at]) => at < middle).map(asLevel)
        const asks = all.filter(([at]) => at > middle).map(asLevel)
        const whole = new OrderBook()
        expect(whole.applySnapshot(bids, asks)).toBeUndefined()
        const single = new OrderBook()
        for (const { price: at, quantity } of bids) single.applyDelta('bid', at, quantity)
        for (const { price: at, quantity } of asks) single.applyDelta('ask', at, quantity)
        expect(whole.levels()).toEqual(single.levels())
      }),
    )
  })
})
