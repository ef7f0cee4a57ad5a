import { describe, expect, it } from 'vitest'
import { OrderBook } from '../../../src/book/order-book.ts'
import type { Level } from '../../../src/domain/book.ts'
import { priceOf, quantityOf } from '../../../src/domain/units.ts'

const level = (price: number, quantity: number): Level => ({ price: priceOf(price), quantity: quantityOf(quantity) })
const loaded = (bids: Level[], asks: Level[]) => {
  const book = new OrderBook()
  expect(book.applySnapshot(bids, asks)).toBeUndefined()
  return book
}

describe('the order book', () => {
  it('sorts the levels of a snapshot, whatever their order', () => {
    const book = loaded([level(3100, 5), level(3300, 7), level(3200, 6)], [level(3700, 2), level(3500, 1)])
    expect(book.levels()).toEqual({
      bids: [level(3300, 7), level(3200, 6), level(3100, 5)],
      asks: [level(3500, 1), level(3700, 2)],
    })
    expect([book.bidPrice, book.bidQuantity, book.askPrice, book.askQuantity]).toEqual([3300, 7, 3500, 1])
  })

  it('takes a delta as a change, not as the new size, and deletes a level at 0', () => {
    const book = loaded([level(3200, 4550)], [])
    expect(book.applyDelta('bid', priceOf(3200), quantityOf(50))).toBeUndefined()
    expect(book.quantityAt('bid', priceOf(3200))).toBe(4600)
    expect(book.applyDelta('bid', priceOf(3200), quantityOf(-4600))).toBeUndefined()
    expect(book.levels().bids).toEqual([])
    expect(book.bidPrice).toBe(0)
  })

  it('a snapshot replaces everything', () => {
    const book = loaded([level(3200, 1)], [level(3500, 1)])
    book.applySnapshot([], [level(9999, 3)])
    expect(book.levels()).toEqual({ bids: [], asks: [level(9999, 3)] })
  })

  it('reports a level that would become negative, also one that does not exist', () => {
    const book = loaded([level(3200, 10)], [])
    expect(book.applyDelta('bid', priceOf(3200), quantityOf(-11))).toBe('negativeLevel')
    expect(book.applyDelta('ask', priceOf(5000), quantityOf(-1))).toBe('negativeLevel')
  })

  it('reports a crossed and a locked book', () => {
    const book = loaded([level(3200, 10)], [level(3500, 10)])
    expect(book.applyDelta('bid', priceOf(3500), quantityOf(1))).toBe('crossed')
    expect(new OrderBook().applySnapshot([level(3600, 1)], [level(3500, 1)])).toBe('crossed')
  })

  it('reports a snapshot that names a price twice', () => {
    expect(new OrderBook().applySnapshot([level(3200, 1), level(3200, 2)], [])).toBe('duplicateLevel')
  })

  it('holds every price of the axis on both sides', () => {
    const book = new OrderBook()
    for (let price = 1; price < 5000; price++) book.applyDelta('bid', priceOf(price), quantityOf(price))
    for (let price = 9999; price >= 5000; price--) book.applyDelta('ask', priceOf(price), quantityOf(price))
    expect([book.bidPrice, book.askPrice]).toEqual([4999, 5000])
    expect(book.levels().bids).toHaveLength(4999)
    expect(book.levels().asks).toHaveLength(5000)
  })
})
