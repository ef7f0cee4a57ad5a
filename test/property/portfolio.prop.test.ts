import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Trade } from '../../src/domain/book.ts'
import { clientOrderIdOf, decisionIdOf, deskIdOf, eventTickerOf, marketTickerOf } from '../../src/domain/ids.ts'
import { moneyOf, priceFromCents, priceOf, quantityFromContracts, quantityOf } from '../../src/domain/units.ts'
import { applyTrade, openPaperOrder, type PaperOrder } from '../../src/portfolio/paper-order.ts'
import { applyFill, type Execution, flatPosition, settlePosition } from '../../src/portfolio/position.ts'

const EVENT = eventTickerOf('KXHIGHCHI-24DEC17')
const MARKET = marketTickerOf(`${EVENT}-B38.5`)

const fills: fc.Arbitrary<Execution[]> = fc.array(
  fc.record({
    market: fc.constant(MARKET),
    side: fc.constantFrom('bid' as const, 'ask' as const),
    price: fc.integer({ min: 1, max: 9_999 }).map(priceOf),
    quantity: fc.integer({ min: 1, max: 1_000_000 }).map(quantityOf),
    fee: fc.integer({ min: 0, max: 1_000_000 }).map(moneyOf),
  }),
  { minLength: 1, maxLength: 20 },
)

/** Cash on the YES axis: what bids paid and asks received. */
const cashOf = (list: readonly Execution[]): bigint =>
  list.reduce((sum, { side, price, quantity, fee }) => {
    const amount = BigInt(price) * BigInt(quantity)
    return sum + (side === 'bid' ? -amount : amount) - BigInt(fee)
  }, 0n)

describe('money of a position', () => {
  it('is conserved to the millionth: cash in equals what is realised, open and paid in fees', () => {
    fc.assert(
      fc.property(fills, (list) => {
        const position = list.reduce(applyFill, flatPosition(MARKET))
        // Selling YES that is not held is buying NO: it pays the rest of the dollar instead of receiving the price.
        const collateral = BigInt(Math.max(0, -position.netQuantity)) * 10_000n
        const held = BigInt(position.realizedPnl) - BigInt(position.cost) - BigInt(position.fees)
        expect(cashOf(list) - collateral).toBe(held)
      }),
    )
  })

  it('does not depend on the order of the fills once the market is settled', () => {
    fc.assert(
      fc.property(fills, fc.integer({ min: 0, max: 100 }), fc.infiniteStream(fc.nat()), (list, cents, keys) => {
        const shuffled = list
          .map((fill) => ({ fill, key: keys.next().value ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ fill }) => fill)
        const settlement = { market: MARKET, settlementValue: priceFromCents(cents) }
        const one = settlePosition(list.reduce(applyFill, flatPosition(MARKET)), settlement)
        const other = settlePosition(shuffled.reduce(applyFill, flatPosition(MARKET)), settlement)
        expect(other.pnl).toBe(one.pnl)
        expect(other.payout).toBe(one.payout)
      }),
    )
  })

  it('settles to what was paid in and out, less a fraction of a cent at most', () => {
    fc.assert(
      fc.property(fills, fc.integer({ min: 0, max: 10_000 }), (list, value) => {
        const position = list.reduce(applyFill, flatPosition(MARKET))
        const { pnl } = settlePosition(position, { market: MARKET, settlementValue: priceOf(value) })
        const exact = cashOf(list) + BigInt(position.netQuantity) * BigInt(value)
        const unpaid = exact - BigInt(pnl)
        expect(unpaid >= 0n && unpaid < 10_000n).toBe(true)
      }),
    )
  })
})

const ORDER: PaperOrder = openPaperOrder({
  id: clientOrderIdOf('o'),
  decision: decisionIdOf('d'),
  event: EVENT,
  request: {
    desk: deskIdOf('weather-ev', EVENT),
    market: MARKET,
    side: 'bid',
    price: priceFromCents(46),
    quantity: quantityFromContracts(50),
    role: 'maker',
  },
  fees: { type: 'quadratic_with_maker_fees', multiplier: 1, source: 'series' },
  decidedMs: 1_000,
  latencyMs: 250,
  closeMs: 5_000,
})
const trades: fc.Arbitrary<Trade[]> = fc
  .array(
    fc.record({
      price: fc.integer({ min: 40, max: 50 }).map(priceFromCents),
      quantity: fc.integer({ min: 1, max: 2_000 }).map(quantityOf),
      takerSide: fc.constantFrom('bid' as const, 'ask' as const),
      tsVenueMs: fc.integer({ min: 1_000, max: 6_000 }),
    }),
    { maxLength: 15 },
  )
  .map((list) => list.map((trade, index) => ({ ...trade, market: MARKET, tradeId: `t-${index}` })))

const play = (list: readonly Trade[]): PaperOrder =>
  list.reduce((order, trade) => applyTrade(order, trade).order, ORDER)

describe('a paper order', () => {
  it('fills by exactly what is printed beyond its price while it rests, up to its size', () => {
    fc.assert(
      fc.property(trades, (list) => {
        const beyond = list
          .filter((trade) => trade.takerSide === 'ask' && trade.price < 4_600)
          .filter((trade) => trade.tsVenueMs >= 1_250 && trade.tsVenueMs < 5_000)
          .reduce((sum, trade) => sum + trade.quantity, 0)
        expect(play(list).filledQuantity).toBe(Math.min(5_000, beyond))
      }),
    )
  })

  it('fills by the same amount in whatever order the frames arrive, also where they arrive twice', () => {
    fc.assert(
      fc.property(trades, (list) => {
        const filled = play(list).filledQuantity
        expect(play([...list].reverse()).filledQuantity).toBe(filled)
        expect(play([...list, ...list]).filledQuantity).toBe(filled)
      }),
    )
  })
})
