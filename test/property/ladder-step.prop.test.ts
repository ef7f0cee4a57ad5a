import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { BookSide } from '../../src/domain/book.ts'
import { accountIdOf, eventTickerOf, marketTickerOf } from '../../src/domain/ids.ts'
import { priceFromCents, quantityFromContracts } from '../../src/domain/units.ts'
import { createLadder } from '../../src/exchange/ladder.ts'
import { createLadderStep } from '../../src/exchange/ladder-step.ts'
import { MatchingBook, opposite } from '../../src/exchange/matching.ts'
import { tapeOrders } from '../../src/exchange/play-agenda.ts'
import type { TapeTrade } from '../../src/exchange/tape-trades.ts'

const MARKET = marketTickerOf('KXHIGHNY-24DEC17-B57.5')
const OURS = accountIdOf('ours')

const side = fc.constantFrom<BookSide>('bid', 'ask')
const cents = fc.integer({ min: 1, max: 99 })
const contracts = fc.integer({ min: 1, max: 300 })
const print = fc.record({ cents, contracts })
const move = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('tape' as const),
      side,
      prints: fc.array(print, { minLength: 1, maxLength: 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('ours' as const), side, cents, contracts }) },
)

test('with any prints and any orders of ours, nothing crosses, the recorded taker never pays more than recorded, and ours fill at their own price', () => {
  const run = (seed: string, moves: readonly (typeof move extends fc.Arbitrary<infer Move> ? Move : never)[]): void => {
    const book = new MatchingBook()
    let made = 0
    const ladder = createLadder(MARKET, seed)
    const step = createLadderStep({ book, ladder, newTradeId: () => `made-${++made}` })
    const followed: Record<BookSide, Map<number, number>> = { bid: new Map(), ask: new Map() }
    const ours = new Map<string, number>()
    for (const [index, each] of moves.entries()) {
      if (each.kind === 'ours') {
        const order = { id: `ours-${index}`, owner: OURS, side: each.side, price: priceFromCents(each.cents) }
        const matches = book.submit({ ...order, quantity: quantityFromContracts(each.contracts) })
        expect(matches.every((match) => match.makerOwner === 'tape' || match.makerOwner === OURS)).toBe(true)
        ours.set(order.id, each.cents * 100)
      } else {
        const prints = each.prints.map(
          (one, number): TapeTrade => ({
            tradeId: `${index}-${number}`,
            market: MARKET,
            event: eventTickerOf('KXHIGHNY-24DEC17'),
            price: priceFromCents(one.cents),
            quantity: quantityFromContracts(one.contracts),
            takerSide: each.side,
            tsUs: index,
            createdTime: '',
          }),
        )
        const recorded = new Map(prints.map((one) => [one.tradeId, one]))
        const oursBefore = new Map(book.orders(opposite(each.side)).map((order) => [order.id, order]))
        const [order] = tapeOrders(prints)
        if (!order) throw new RangeError('prints make an order')
        const trades = step.play(order).map(({ trade }) => trade)
        const taken = trades.filter((trade) => trade.takerSide === each.side)
        const wanted = prints.reduce((sum, one) => sum + one.quantity, 0)
        expect(taken.reduce((sum, trade) => sum + trade.quantity, 0)).toBeLessThanOrEqual(wanted)
        const limit = order.prints.at(-1)?.price ?? 0
        for (const trade of taken) {
          expect(each.side === 'bid' ? trade.price <= limit : trade.price >= limit).toBe(true)
          const known = recorded.get(trade.tradeId)
          if (known) expect(trade.price).toBe(known.price)
          else expect([...oursBefore.values()].some((mine) => mine.price === trade.price)).toBe(true)
        }
        if (ours.size === 0)
          expect(trades.map((trade) => trade.quantity)).toEqual(order.prints.map((one) => one.quantity))
        expect([...book.orders('bid'), ...book.orders('ask')].some((one) => one.id.startsWith('tape:'))).toBe(false)
      }
      for (const { side: at, price, delta } of book.drainChanges()) {
        const size = (followed[at].get(price) ?? 0) + delta
        expect(size).toBeGreaterThanOrEqual(0)
        if (size === 0) followed[at].delete(price)
        else followed[at].set(price, size)
        expect(Math.max(0, ...followed.bid.keys())).toBeLessThan(Math.min(10_000, ...followed.ask.keys()))
      }
      for (const at of ['bid', 'ask'] as const) {
        for (const order of book.orders(at)) if (order.owner === OURS) expect(order.price).toBe(ours.get(order.id))
      }
    }
  }
  fc.assert(fc.property(fc.string({ maxLength: 4 }), fc.array(move, { maxLength: 30 }), run), { numRuns: 200 })
})
