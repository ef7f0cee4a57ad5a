import { describe, expect, it } from 'vitest'
import type { Level } from '../../../src/domain/book.ts'
import type { FeeSchedule, PriceRange } from '../../../src/domain/market.ts'
import { priceFromCents, priceOf, quantityFromContracts } from '../../../src/domain/units.ts'
import { namedCandidates } from '../../../src/pricing/candidate-names.ts'
import {
  type Candidate,
  type CandidateInputs,
  candidatesOf,
  compareCandidates,
  lockedPerContractOf,
  makerPrice,
} from '../../../src/pricing/candidates.ts'

const CENTS: readonly PriceRange[] = [{ start: priceOf(0), end: priceOf(10_000), step: priceOf(100) }]
const WEATHER: FeeSchedule = { type: 'quadratic', multiplier: 1, source: 'series' }
const level = (cents: number, contracts = 100): Level => ({
  price: priceOf(Math.round(cents * 100)),
  quantity: quantityFromContracts(contracts),
})
const inputs = (change: Partial<CandidateInputs> = {}): CandidateInputs => ({
  bid: level(45),
  ask: level(48),
  probability: 0.6,
  fees: WEATHER,
  priceRanges: CENTS,
  quantity: quantityFromContracts(100),
  makerFillProbability: 0.75,
  netQuantity: quantityFromContracts(0),
  ...change,
})
const row = (candidates: readonly Candidate[], side: 'bid' | 'ask', role: 'maker' | 'taker') =>
  candidates.find((candidate) => candidate.side === side && candidate.role === role)

describe('the worked example of the trading rules: p = 60 %, bid 45, ask 48, weather fees', () => {
  const candidates = candidatesOf(inputs())
  it.each([
    ['bid', 'taker', 4800, 1.7472, 10.2528, 10.2528, 12],
    ['bid', 'maker', 4600, 0, 14, 10.5, 14],
    ['ask', 'taker', 4500, 1.7325, -16.7325, -16.7325, -15],
    ['ask', 'maker', 4700, 0, -13, -9.75, -13],
  ] as const)('%s %s at %s', (side, role, price, fee, ev, expected, edge) => {
    const found = row(candidates, side, role)
    expect(found?.price).toBe(price)
    expect(found?.feeCents).toBeCloseTo(fee, 10)
    expect(found?.evCents).toBeCloseTo(ev, 10)
    expect(found?.expectedValueCents).toBeCloseTo(expected, 10)
    expect(found?.edgePoints).toBeCloseTo(edge, 10)
  })

  it('is won by buying YES as a maker at 46', () => {
    const [best] = [...candidates].sort(compareCandidates)
    expect(best).toMatchObject({ side: 'bid', role: 'maker', price: 4600 })
  })

  it('has eight named rows, each naming the other name of the same order', () => {
    const rows = namedCandidates(candidates)
    expect(rows).toHaveLength(8)
    const takerSale = rows.find(
      ({ name, candidate }) => name.action === 'sell' && name.outcome === 'no' && candidate.role === 'taker',
    )
    expect(takerSale).toMatchObject({
      name: { price: priceFromCents(52) },
      sameOrderAs: { action: 'buy', outcome: 'yes', price: priceFromCents(48) },
      candidate: { side: 'bid' },
    })
  })
})

describe('where an order that means to make rests', () => {
  it.each([
    ['one tick better than its own side', 45, 48, 'bid', 4600],
    ['one tick better than its own side', 45, 48, 'ask', 4700],
    ['at the best price where the spread is one tick', 45, 46, 'bid', 4500],
    ['at the best price where the spread is one tick', 45, 46, 'ask', 4600],
    ['in the middle where the spread is two ticks', 45, 47, 'bid', 4600],
    ['one tick better where the other side is empty', 45, undefined, 'bid', 4600],
    ['nowhere where its own side is empty', undefined, 46, 'bid', undefined],
    ['nowhere where its own side is empty', 45, undefined, 'ask', undefined],
    ['at the best price at the end of the axis', 99, undefined, 'bid', 9900],
    ['at the best price at the end of the axis', undefined, 1, 'ask', 100],
  ] as const)('%s: bid %s, ask %s, %s', (_, bid, ask, side, expected) => {
    const quotes = {
      bid: bid === undefined ? undefined : level(bid),
      ask: ask === undefined ? undefined : level(ask),
      priceRanges: CENTS,
    }
    expect(makerPrice(quotes, side)).toBe(expected)
  })

  it('uses the tick of the range that its price lies in', () => {
    const tapered: readonly PriceRange[] = [
      { start: priceOf(0), end: priceOf(1_000), step: priceOf(10) },
      { start: priceOf(1_000), end: priceOf(9_000), step: priceOf(100) },
      { start: priceOf(9_000), end: priceOf(10_000), step: priceOf(10) },
    ]
    expect(makerPrice({ bid: level(9.9), ask: level(12), priceRanges: tapered }, 'bid')).toBe(1_000)
    expect(makerPrice({ bid: level(10), ask: level(12), priceRanges: tapered }, 'bid')).toBe(1_100)
    expect(makerPrice({ bid: level(8), ask: level(90), priceRanges: tapered }, 'ask')).toBe(8_900)
    expect(makerPrice({ bid: level(8), ask: level(90.1), priceRanges: tapered }, 'ask')).toBe(9_000)
  })
})

describe('missing sides', () => {
  it('no ask: nothing to buy from and no maker sale', () => {
    const names = candidatesOf(inputs({ ask: undefined })).map(({ side, role }) => `${side} ${role}`)
    expect(names).toEqual(['bid maker', 'ask taker'])
  })

  it('no bid: nothing to sell to and no maker purchase', () => {
    const names = candidatesOf(inputs({ bid: undefined })).map(({ side, role }) => `${side} ${role}`)
    expect(names).toEqual(['bid taker', 'ask maker'])
  })

  it('an empty book offers nothing', () => {
    expect(candidatesOf(inputs({ bid: undefined, ask: undefined }))).toEqual([])
  })
})

describe('ties of expected value', () => {
  const tie = (change: Partial<Candidate>): Candidate => ({
    side: 'bid',
    role: 'taker',
    price: priceOf(4_000),
    feeCents: 0,
    evCents: 5,
    fillProbability: 1,
    expectedValueCents: 5,
    edgePoints: 5,
    lockedPerContract: 4_000,
    ...change,
  })

  it.each([
    ['less capital locked', tie({ lockedPerContract: 3_999, price: priceOf(5_000) }), tie({ role: 'maker' })],
    ['releasing before locking', tie({ lockedPerContract: -1 }), tie({ lockedPerContract: 1 })],
    ['then the maker', tie({ role: 'maker', price: priceOf(5_000) }), tie({})],
    ['then the lower price', tie({ price: priceOf(3_900) }), tie({})],
  ])('go to %s', (_, first, second) => {
    expect([second, first].sort(compareCandidates)[0]).toBe(first)
    expect([first, second].sort(compareCandidates)[0]).toBe(first)
  })

  it('an order against a position releases collateral instead of locking it', () => {
    expect(lockedPerContractOf('bid', priceOf(4_000), quantityFromContracts(0))).toBe(4_000)
    expect(lockedPerContractOf('ask', priceOf(4_000), quantityFromContracts(0))).toBe(6_000)
    expect(lockedPerContractOf('ask', priceOf(4_000), quantityFromContracts(5))).toBe(-4_000)
    expect(lockedPerContractOf('bid', priceOf(4_000), quantityFromContracts(-5))).toBe(-6_000)
  })
})
