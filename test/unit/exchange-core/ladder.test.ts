import { describe, expect, test } from 'vitest'
import type { BookSide } from '../../../src/domain/book.ts'
import { marketTickerOf } from '../../../src/domain/ids.ts'
import { priceFromCents, quantityFromContracts } from '../../../src/domain/units.ts'
import { createLadder, LADDER_DEFAULTS, type LadderConfig, type LadderQuotes } from '../../../src/exchange/ladder.ts'
import { drawSpreadCents, FITTED_SPREADS, spreadQuantile } from '../../../src/exchange/spread.ts'

const MARKET = marketTickerOf('KXHIGHNY-24DEC17-B57.5')
const print = (cents: number, contracts = 10, takerSide: BookSide = 'bid') => ({
  price: priceFromCents(cents),
  quantity: quantityFromContracts(contracts),
  takerSide,
})
const quotesOf = (seed: string, prices: readonly number[], config: Partial<LadderConfig> = {}): LadderQuotes[] => {
  const ladder = createLadder(MARKET, seed, { ...LADDER_DEFAULTS, ...config })
  return prices.map((cents) => ladder.requote(print(cents)))
}
const oneSpread = (cents: number) => [{ fromCents: 0, toCents: 100, rows: [[cents, 1]] as const }]
const prices = (levels: LadderQuotes['bids']): number[] => levels.map((level) => level.price / 100)
const WALK = [50, 51, 49, 60, 58, 40, 41, 12, 3, 1, 2, 97, 99, 98, 50]

describe('the reconstructed ladder', () => {
  test('the same seed and past prints give the same quotes, and another seed gives others', () => {
    expect(quotesOf('a', WALK)).toEqual(quotesOf('a', WALK))
    expect(quotesOf('a', WALK)).not.toEqual(quotesOf('b', WALK))
  })

  test('quotes never know the prints that follow', () => {
    const known = quotesOf('a', [50, 51, 49])
    expect(quotesOf('a', [50, 51, 49, 90]).slice(0, 3)).toEqual(known)
    expect(quotesOf('a', [50, 51, 49, 10]).slice(0, 3)).toEqual(known)
  })

  test('both sides stand uncrossed on whole cents between 1 and 99, best first, within the configured depth', () => {
    for (const { bids, asks } of quotesOf('a', [...WALK, ...WALK, ...WALK])) {
      expect(prices(bids)).toEqual(prices(bids).toSorted((a, b) => b - a))
      expect(prices(asks)).toEqual(prices(asks).toSorted((a, b) => a - b))
      for (const level of [...bids, ...asks]) {
        expect(level.price % 100).toBe(0)
        expect(level.price).toBeGreaterThanOrEqual(100)
        expect(level.price).toBeLessThanOrEqual(9_900)
        expect(level.quantity).toBeGreaterThanOrEqual(100)
      }
      expect(Math.max(bids.length, asks.length)).toBeLessThanOrEqual(LADDER_DEFAULTS.levels)
      expect(bids[0]?.price ?? 0).toBeLessThan(asks[0]?.price ?? 10_000)
    }
  })

  test('the side that was hit stands at the last price and the other a spread away', () => {
    const ladder = createLadder(MARKET, 'a', { ...LADDER_DEFAULTS, spreads: oneSpread(5) })
    const best = (takerSide: BookSide) => {
      const { bids, asks } = ladder.requote(print(50, 10, takerSide))
      return [bids[0]?.price, asks[0]?.price]
    }
    expect(best('bid')).toEqual([4_500, 5_000])
    expect(best('ask')).toEqual([5_000, 5_500])
  })

  test('the spread scale widens and narrows, to no less than a cent', () => {
    const wide = quotesOf('a', [50], { spreads: oneSpread(4), spreadScale: 2 })[0]
    expect([wide?.bids[0]?.price, wide?.asks[0]?.price]).toEqual([4_200, 5_000])
    const narrow = quotesOf('a', [50], { spreads: oneSpread(4), spreadScale: 0.01 })[0]
    expect((narrow?.asks[0]?.price ?? 0) - (narrow?.bids[0]?.price ?? 0)).toBe(100)
  })

  test('a best price beyond 1 or 99 cents leaves its side empty', () => {
    const ladder = createLadder(MARKET, 'a', { ...LADDER_DEFAULTS, spreads: oneSpread(4) })
    expect(ladder.requote(print(4, 10, 'bid')).bids).toEqual([])
    expect(ladder.requote(print(96, 10, 'ask')).asks).toEqual([])
  })

  test('a level keeps its size while its price stays on the ladder', () => {
    const [before, after] = quotesOf('a', [50, 50], { spreads: oneSpread(4) })
    expect(after).toEqual(before)
  })

  test('sizes follow the market’s own past taker orders', () => {
    const total = (contracts: number): number => {
      const ladder = createLadder(MARKET, 'a', LADDER_DEFAULTS)
      return ladder.requote(print(50, contracts)).bids.reduce((sum, level) => sum + level.quantity, 0)
    }
    expect(total(100)).toBeGreaterThan(50 * total(1))
  })
})

describe('the spread distribution', () => {
  test('its median is 4 c over all prices and 5 c between 20 and 80', () => {
    const middle = FITTED_SPREADS.filter((band) => band.fromCents >= 20 && band.toCents <= 80)
    expect([spreadQuantile(FITTED_SPREADS, 0.5), spreadQuantile(middle, 0.5)]).toEqual([4, 5])
  })

  test('its bands cover every price from 1 to 99 once, and hold no locked or crossed quote', () => {
    for (let cents = 1; cents <= 99; cents++) {
      expect(FITTED_SPREADS.filter((band) => cents >= band.fromCents && cents < band.toCents)).toHaveLength(1)
    }
    expect(Math.min(...FITTED_SPREADS.flatMap((band) => band.rows.map(([spread]) => spread)))).toBe(1)
  })

  test('draws hit every row in proportion to its count', () => {
    const bands = [
      {
        fromCents: 0,
        toCents: 100,
        rows: [
          [2, 1],
          [4, 3],
        ] as const,
      },
    ]
    const drawn = [0, 0.24, 0.25, 0.5, 0.99].map((uniform) => drawSpreadCents(bands, 50, uniform))
    expect(drawn).toEqual([2, 2, 4, 4, 4])
  })
})
