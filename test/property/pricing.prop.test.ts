import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bookSideOf, type Level } from '../../src/domain/book.ts'
import { complement, priceFromCents, priceOf, quantityFromContracts } from '../../src/domain/units.ts'
import { namedCandidates, orderNames } from '../../src/pricing/candidate-names.ts'
import { candidatesOf, compareCandidates, makerPrice } from '../../src/pricing/candidates.ts'
import { blendProbabilities, marketProbabilities } from '../../src/pricing/market-probability.ts'

const CENTS = [{ start: priceOf(0), end: priceOf(10_000), step: priceOf(100) }]
const spread = fc
  .tuple(fc.integer({ min: 1, max: 98 }), fc.integer({ min: 1, max: 98 }))
  .map(([a, b]) => ({ bid: Math.min(a, b), ask: Math.max(a, b) + 1 }))
const level = (cents: number): Level => ({ price: priceFromCents(cents), quantity: quantityFromContracts(10) })
const common = {
  fees: { type: 'quadratic_with_maker_fees', multiplier: 1, source: 'series' },
  priceRanges: CENTS,
  quantity: quantityFromContracts(100),
  makerFillProbability: 0.75,
  netQuantity: quantityFromContracts(0),
} as const

describe('candidates', () => {
  it('buying YES is selling NO and selling YES is buying NO: same order, same money', () => {
    fc.assert(
      fc.property(spread, fc.double({ min: 0, max: 1, noNaN: true }), ({ bid, ask }, probability) => {
        const yes = candidatesOf({ ...common, bid: level(bid), ask: level(ask), probability })
        // The same market seen from NO: prices and probability are complements, and the sides change places.
        const no = candidatesOf({
          ...common,
          bid: level(100 - ask),
          ask: level(100 - bid),
          probability: 1 - probability,
        })
        for (const candidate of yes) {
          const mirror = no.find((other) => other.role === candidate.role && other.side !== candidate.side)
          expect(mirror?.price).toBe(complement(candidate.price))
          expect(mirror?.evCents).toBeCloseTo(candidate.evCents, 9)
          expect(mirror?.lockedPerContract).toBe(candidate.lockedPerContract)
        }
      }),
    )
  })

  it('each name maps back to the book order that it names', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('bid' as const, 'ask' as const),
        fc.integer({ min: 1, max: 9_999 }),
        (side, price) => {
          for (const name of orderNames(side, priceOf(price))) {
            expect(bookSideOf(name.action, name.outcome)).toBe(side)
            expect(name.outcome === 'yes' ? name.price : complement(name.price)).toBe(price)
          }
        },
      ),
    )
  })

  it('a maker price never takes and never worsens its own side', () => {
    fc.assert(
      fc.property(spread, ({ bid, ask }) => {
        const quotes = { bid: level(bid), ask: level(ask), priceRanges: CENTS }
        const buy = makerPrice(quotes, 'bid') ?? 0
        const sell = makerPrice(quotes, 'ask') ?? 0
        expect(buy).toBeGreaterThanOrEqual(bid * 100)
        expect(buy).toBeLessThan(ask * 100)
        expect(sell).toBeLessThanOrEqual(ask * 100)
        expect(sell).toBeGreaterThan(bid * 100)
      }),
    )
  })

  it('rank the same in whatever order they come', () => {
    fc.assert(
      fc.property(spread, fc.double({ min: 0, max: 1, noNaN: true }), ({ bid, ask }, probability) => {
        const found = candidatesOf({ ...common, bid: level(bid), ask: level(ask), probability })
        const forward = [...found].sort(compareCandidates)
        const backward = [...found].reverse().sort(compareCandidates)
        expect(backward.map(({ side, role }) => [side, role])).toEqual(forward.map(({ side, role }) => [side, role]))
        expect(namedCandidates(found)).toHaveLength(2 * found.length)
      }),
    )
  })
})

describe('probabilities of an event', () => {
  const optionalSpread = fc.option(fc.record({ spread, sides: fc.constantFrom('both', 'bid', 'ask') }), {
    nil: undefined,
    freq: 6,
  })
  it('sum to 1 wherever the market has one, blended or not', () => {
    fc.assert(
      fc.property(
        fc.array(optionalSpread, { minLength: 6, maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 6, maxLength: 6 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (books, weights, modelWeight) => {
          const market = marketProbabilities(
            books.map((book) => ({
              bid: book && book.sides !== 'ask' ? level(book.spread.bid) : undefined,
              ask: book && book.sides !== 'bid' ? level(book.spread.ask) : undefined,
            })),
          )
          const empties = books.filter((book) => book === undefined).length
          expect(market === undefined).toBe(empties >= 3)
          if (!market) return
          const total = weights.reduce((sum, weight) => sum + weight, 0)
          const model = weights.map((weight) => weight / total)
          const traded = blendProbabilities({ model, market, modelWeight, isRuledOut: weights.map(() => false) }) ?? []
          for (const values of [market, traded]) {
            expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 9)
            for (const value of values) expect(value).toBeGreaterThan(0)
          }
        },
      ),
    )
  })
})
