import { describe, expect, test } from 'vitest'
import type { BookSide } from '../../../src/domain/book.ts'
import { accountIdOf } from '../../../src/domain/ids.ts'
import { priceFromCents, quantityFromContracts } from '../../../src/domain/units.ts'
import type { Ladder, LadderQuotes } from '../../../src/exchange/ladder.ts'
import { createLadderStep } from '../../../src/exchange/ladder-step.ts'
import { MatchingBook } from '../../../src/exchange/matching.ts'
import { tapeOrders } from '../../../src/exchange/play-agenda.ts'
import type { TapeTrade } from '../../../src/exchange/tape-trades.ts'
import { tapePrint } from './tape-print.ts'

const OURS = accountIdOf('ours')

type Row = readonly [cents: number, contracts: number]
const level = ([cents, contracts]: Row) => ({
  price: priceFromCents(cents),
  quantity: quantityFromContracts(contracts),
})
const quotes = (bids: readonly Row[], asks: readonly Row[]): LadderQuotes => ({
  bids: bids.map(level),
  asks: asks.map(level),
})

/** A book of one market whose ladder after each step is written down by the test. */
function played(script: readonly LadderQuotes[]) {
  const book = new MatchingBook()
  const seen: { price: number; quantity: number }[] = []
  const ladder: Ladder = {
    requote: (print) => script[seen.push(print) - 1] ?? quotes([], []),
  }
  let made = 0
  const step = createLadderStep({ book, ladder, newTradeId: () => `made-${++made}` })
  const rows = (side: BookSide) => book.levels(side).map(({ price, quantity }) => [price / 100, quantity / 100])
  return {
    book,
    seen,
    step,
    bids: () => rows('bid'),
    asks: () => rows('ask'),
    ours: (id: string, side: BookSide, cents: number, contracts: number) =>
      book.submit({ id, owner: OURS, side, ...level([cents, contracts]) }),
    play: (...prints: TapeTrade[]) =>
      tapeOrders(prints)
        .flatMap((order) => step.play(order))
        .map(({ trade: { tradeId, price, quantity, takerSide } }) => [tradeId, price / 100, quantity / 100, takerSide]),
  }
}

const STANDING = quotes(
  [[48, 10]],
  [
    [52, 10],
    [53, 20],
  ],
)

describe('one step of the tape', () => {
  test('the first trade of an empty book executes as recorded and leaves the ladder behind', () => {
    const market = played([STANDING])
    expect(market.play(tapePrint('yes', 50, 7, 0, 'a'))).toEqual([['a', 50, 7, 'bid']])
    expect(market.bids()).toEqual([[48, 10]])
    expect(market.asks()).toEqual([
      [52, 10],
      [53, 20],
    ])
  })

  test('levels that the taker would have met first and levels its makers would cross are gone before it executes', () => {
    const market = played([STANDING, quotes([], [])])
    market.play(tapePrint('yes', 50, 7))
    expect(market.play(tapePrint('yes', 60, 5, 1, 'far'))).toEqual([['far', 60, 5, 'bid']])
    const below = played([STANDING, quotes([], [])])
    below.play(tapePrint('yes', 50, 7))
    expect(below.play(tapePrint('yes', 40, 5, 1, 'below'))).toEqual([['below', 40, 5, 'bid']])
  })

  test('the recorded maker stands before the ladder at its own price, so the ladder there keeps its size', () => {
    const market = played([STANDING, STANDING])
    market.play(tapePrint('yes', 50, 7))
    market.book.drainChanges()
    expect(market.play(tapePrint('yes', 52, 4, 1, 'a'))).toEqual([['a', 52, 4, 'bid']])
    expect(market.book.drainChanges()).toEqual([])
  })

  test('trades of one microsecond are one taker order: YES walks up, NO walks down, whatever the order in the file', () => {
    const up = played([STANDING])
    const yes = [tapePrint('yes', 53, 2, 0, 'c'), tapePrint('yes', 51, 1, 0, 'a'), tapePrint('yes', 51, 9, 0, 'b')]
    expect(up.play(...yes).map(([id]) => id)).toEqual(['a', 'b', 'c'])
    expect(up.seen).toEqual([{ price: 5_300, quantity: 1_200, takerSide: 'bid' }])
    const down = played([STANDING])
    expect(down.play(tapePrint('no', 40, 2, 0, 'b'), tapePrint('no', 44, 1, 0, 'a')).map(([id]) => id)).toEqual([
      'a',
      'b',
    ])
    expect(down.seen).toEqual([{ price: 4_000, quantity: 300, takerSide: 'ask' }])
  })

  test('takers of both sides in one microsecond are two orders', () => {
    const market = played([STANDING, STANDING])
    expect(market.play(tapePrint('yes', 51, 1, 0, 'a'), tapePrint('no', 50, 1, 0, 'b'))).toEqual([
      ['a', 51, 1, 'bid'],
      ['b', 50, 1, 'ask'],
    ])
  })

  test('the taker meets our orders first at strictly better prices and pays our price', () => {
    const market = played([STANDING, STANDING])
    market.play(tapePrint('yes', 50, 7))
    market.ours('mine', 'ask', 51, 3)
    expect(market.play(tapePrint('yes', 52, 5, 1, 'a'))).toEqual([
      ['made-1', 51, 3, 'bid'],
      ['a', 52, 2, 'bid'],
    ])
    expect(market.asks()).toEqual([
      [52, 10],
      [53, 20],
    ])
  })

  test('at its own price the recorded maker stands ahead of ours', () => {
    const market = played([STANDING, STANDING])
    market.play(tapePrint('yes', 50, 7))
    market.ours('mine', 'ask', 51, 3)
    expect(market.play(tapePrint('yes', 51, 5, 1, 'a'))).toEqual([['a', 51, 5, 'bid']])
    expect(market.book.order('mine')?.quantity).toBe(300)
  })

  test('a taker that walks past our price meets us between the recorded makers', () => {
    const market = played([STANDING, STANDING])
    market.play(tapePrint('yes', 50, 7))
    market.ours('mine', 'ask', 51, 3)
    const walk = [tapePrint('yes', 51, 2, 1, 'a'), tapePrint('yes', 53, 9, 1, 'b')]
    expect(market.play(...walk)).toEqual([
      ['a', 51, 2, 'bid'],
      ['made-1', 51, 3, 'bid'],
      ['b', 53, 6, 'bid'],
    ])
  })

  test('a recorded maker that would cross our order trades with it first, at our price', () => {
    const market = played([STANDING, quotes([[40, 1]], [[45, 1]])])
    market.play(tapePrint('yes', 50, 7))
    market.ours('mine', 'bid', 49, 3)
    expect(market.play(tapePrint('yes', 43, 5, 1, 'a'))).toEqual([
      ['made-1', 49, 3, 'ask'],
      ['a', 43, 2, 'bid'],
    ])
    expect(market.bids()).toEqual([[40, 1]])
  })

  test('the ladder is not quoted at or across our orders’ prices', () => {
    const market = played([
      STANDING,
      quotes(
        [
          [50, 1],
          [49, 1],
        ],
        [
          [51, 1],
          [52, 1],
        ],
      ),
    ])
    market.play(tapePrint('yes', 50, 7))
    market.ours('mine', 'bid', 51, 3)
    market.play(tapePrint('yes', 52, 1, 1))
    expect(market.asks()).toEqual([[52, 1]])
    expect(market.bids()).toEqual([
      [51, 3],
      [50, 1],
      [49, 1],
    ])
  })

  test('what our taker consumed comes back with the next recorded trade and not before', () => {
    const market = played([STANDING, STANDING])
    market.play(tapePrint('yes', 50, 7))
    market.book.take({ side: 'bid', limit: priceFromCents(52), quantity: quantityFromContracts(4) })
    expect(market.asks()).toEqual([
      [52, 6],
      [53, 20],
    ])
    market.play(tapePrint('no', 48, 1, 1))
    expect(market.asks()).toEqual([
      [52, 10],
      [53, 20],
    ])
  })

  test('at the close the tape leaves the book and our orders stay for the venue to cancel', () => {
    const market = played([STANDING])
    market.play(tapePrint('yes', 50, 7))
    market.ours('mine', 'bid', 49, 3)
    market.step.withdrawAll()
    expect([market.bids(), market.asks()]).toEqual([[[49, 3]], []])
  })
})
