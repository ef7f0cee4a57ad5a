import { describe, expect, test } from 'vitest'
import type { BookSide } from '../../../src/domain/book.ts'
import { accountIdOf } from '../../../src/domain/ids.ts'
import { priceFromCents, quantityFromContracts } from '../../../src/domain/units.ts'
import { MatchingBook, type OrderOwner } from '../../../src/exchange/matching.ts'

const OURS = accountIdOf('account')

const order = (id: string, side: BookSide, cents: number, contracts: number, owner: OrderOwner = 'tape') => ({
  id,
  owner,
  side,
  price: priceFromCents(cents),
  quantity: quantityFromContracts(contracts),
})

const take = (book: MatchingBook, side: BookSide, cents: number, contracts: number) =>
  book
    .take({ side, limit: priceFromCents(cents), quantity: quantityFromContracts(contracts) })
    .map((match) => [match.makerId, match.price / 100, match.quantity / 100, match.makerRemaining / 100])

const levels = (book: MatchingBook, side: BookSide) =>
  book.levels(side).map((level) => [level.price / 100, level.quantity / 100])

describe('matching', () => {
  test('a taker meets the best price first and within a price the order that waited longest, at the makers’ prices', () => {
    const book = new MatchingBook()
    for (const [id, cents] of [
      ['late', 42],
      ['first', 41],
      ['second', 41],
      ['far', 45],
    ] as const) {
      book.submit(order(id, 'ask', cents, 10))
    }
    expect(take(book, 'bid', 42, 25)).toEqual([
      ['first', 41, 10, 0],
      ['second', 41, 10, 0],
      ['late', 42, 5, 5],
    ])
    expect(levels(book, 'ask')).toEqual([
      [42, 5],
      [45, 10],
    ])
  })

  test('what a taker finds no price for is dropped, what an order finds none for rests', () => {
    const book = new MatchingBook()
    book.submit(order('maker', 'bid', 40, 3))
    expect(take(book, 'ask', 40, 5)).toEqual([['maker', 40, 3, 0]])
    expect(levels(book, 'ask')).toEqual([])
    book.submit(order('maker2', 'bid', 40, 3))
    expect(book.submit(order('seller', 'ask', 39, 5))).toHaveLength(1)
    expect(levels(book, 'bid')).toEqual([])
    expect(levels(book, 'ask')).toEqual([[39, 2]])
  })

  test('an order placed in front is met before those that waited at its price, and after better prices', () => {
    const book = new MatchingBook()
    book.submit(order('better', 'ask', 40, 1, OURS))
    book.submit(order('waiting', 'ask', 41, 1, OURS))
    book.submit(order('recorded', 'ask', 41, 1), 'front')
    expect(take(book, 'bid', 41, 3).map(([id]) => id)).toEqual(['better', 'recorded', 'waiting'])
  })

  test('quantity ahead counts better prices and earlier orders only', () => {
    const book = new MatchingBook()
    book.submit(order('better', 'bid', 41, 7))
    book.submit(order('earlier', 'bid', 40, 5))
    book.submit(order('mine', 'bid', 40, 1, OURS))
    book.submit(order('later', 'bid', 40, 9))
    expect(book.quantityAhead('mine')).toBe(1_200)
    expect(book.quantityAhead('nobody')).toBeUndefined()
  })

  test('withdrawing takes from one owner only, newest orders first', () => {
    const book = new MatchingBook()
    book.submit(order('old', 'bid', 40, 5))
    book.submit(order('mine', 'bid', 40, 5, OURS))
    book.submit(order('new', 'bid', 40, 5))
    const at = { owner: 'tape', side: 'bid', price: priceFromCents(40) } as const
    expect(book.withdraw(at, quantityFromContracts(7))).toBe(700)
    expect(book.orders('bid').map(({ id, quantity }) => [id, quantity])).toEqual([
      ['old', 300],
      ['mine', 500],
    ])
    expect(book.withdraw(at, quantityFromContracts(7))).toBe(300)
    expect(book.bestPriceOfOthers('tape', 'bid')).toBe(4_000)
  })

  test('a taker that stops at an owner leaves its orders and all behind them alone', () => {
    const book = new MatchingBook()
    book.submit(order('first', 'ask', 40, 2))
    book.submit(order('mine', 'ask', 41, 2, OURS))
    book.submit(order('last', 'ask', 41, 2))
    const request = { side: 'bid', limit: priceFromCents(45), quantity: quantityFromContracts(9) } as const
    expect(book.take({ ...request, stopAt: OURS }).map((match) => match.makerId)).toEqual(['first'])
    expect([...book.reachable('bid', priceFromCents(41))].map(({ id }) => id)).toEqual(['mine', 'last'])
    expect([...book.reachable('bid', priceFromCents(40))]).toEqual([])
  })

  test('a reduced order keeps its place', () => {
    const book = new MatchingBook()
    book.submit(order('mine', 'bid', 40, 5, OURS))
    book.submit(order('other', 'bid', 40, 5))
    book.reduce('mine', quantityFromContracts(2))
    expect(book.orders('bid').map(({ id, quantity }) => [id, quantity])).toEqual([
      ['mine', 300],
      ['other', 500],
    ])
  })

  test('a cancelled order leaves the book once', () => {
    const book = new MatchingBook()
    book.submit(order('mine', 'bid', 40, 5, OURS))
    expect(book.cancel('mine')).toBe(500)
    expect(book.cancel('mine')).toBeUndefined()
    expect(book.order('mine')).toBeUndefined()
    expect(levels(book, 'bid')).toEqual([])
  })

  test('changes are netted per level, withdrawals before additions', () => {
    const book = new MatchingBook()
    book.submit(order('a', 'ask', 41, 5))
    book.submit(order('b', 'ask', 42, 5))
    expect(book.drainChanges()).toHaveLength(2)
    book.submit(order('c', 'bid', 40, 2))
    book.submit(order('d', 'ask', 43, 2))
    book.cancel('d')
    take(book, 'bid', 41, 5)
    expect(book.drainChanges()).toEqual([
      { side: 'ask', price: 4_100, delta: -500 },
      { side: 'bid', price: 4_000, delta: 200 },
    ])
    expect(book.drainChanges()).toEqual([])
  })
})
