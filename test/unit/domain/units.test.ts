import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bookSideOf } from '../../../src/domain/book.ts'
import { isValidPrice, nextPrice, type PriceRange } from '../../../src/domain/market.ts'
import {
  complement,
  formatCents,
  formatDollars,
  formatMoney,
  formatPrice,
  formatQuantity,
  type Money,
  moneyOf,
  notional,
  parseDecimal,
  parseMoney,
  parsePrice,
  parseQuantity,
  priceOf,
  quantityOf,
} from '../../../src/domain/units.ts'

describe('decimal strings', () => {
  it('are read and written without loss', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10_000 }),
        fc.maxSafeInteger(),
        fc.maxSafeInteger(),
        (price, quantity, money) => {
          expect(parsePrice(formatPrice(priceOf(price)))).toBe(price)
          expect(parseQuantity(formatQuantity(quantityOf(quantity)))).toBe(quantity)
          expect(parseMoney(formatMoney(moneyOf(money)))).toBe(money)
        },
      ),
    )
  })

  it.each([
    ['0.32', 3_200],
    ['0.3200', 3_200],
    ['0.320000', 3_200],
    ['1', 10_000],
    ['0', 0],
    ['.5', 5_000],
  ])('%s is a price', (text, price) => {
    expect(parsePrice(text)).toBe(price)
  })

  it.each([
    '',
    '.',
    '-',
    '0.32001',
    '1.0001',
    '-0.1',
    '1e-1',
    '0,32',
    ' 0.32',
    '0.32 ',
    '+0.3',
    '0.3.2',
    '3.',
    'NaN',
    '0x1',
  ])('"%s" is no price', (text) => {
    expect(parsePrice(text)).toBeUndefined()
  })

  it('beyond the safe integers are refused, never rounded', () => {
    expect(parseDecimal('9007199254740993', 0)).toBeUndefined()
    expect(parseDecimal('90071992547409.93', 6)).toBeUndefined()
  })

  it('have no negative zero', () => {
    expect(Object.is(parseQuantity('-0.00'), 0)).toBe(true)
  })
})

describe('money', () => {
  it('is price × quantity exactly, and YES and NO add up to a dollar', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000 }), fc.integer({ min: 0, max: 100_000_000 }), (cents, count) => {
        const [price, quantity] = [priceOf(cents), quantityOf(count)]
        const whole: Money = notional(priceOf(10_000), quantity)
        expect(notional(price, quantity) + notional(complement(price), quantity)).toBe(whole)
      }),
    )
  })

  it('reads well', () => {
    expect(formatDollars(moneyOf(49_680_000))).toBe('$49.68')
    expect(formatDollars(moneyOf(-3_200_000))).toBe('−$3.20')
    expect(formatCents(priceOf(4_650))).toBe('46.5¢')
  })

  it.each([1.5, Number.NaN, 2 ** 53])('%s is none', (value) => {
    expect(() => moneyOf(value)).toThrow('Invariant')
  })
})

describe('what a person says', () => {
  it.each([
    ['buy', 'yes', 'bid'],
    ['sell', 'no', 'bid'],
    ['sell', 'yes', 'ask'],
    ['buy', 'no', 'ask'],
  ] as const)('%s %s is a %s on the YES axis', (action, outcome, side) => {
    expect(bookSideOf(action, outcome)).toBe(side)
  })
})

describe('ticks', () => {
  const tapered: readonly PriceRange[] = [
    { start: priceOf(0), end: priceOf(1_000), step: priceOf(10) },
    { start: priceOf(1_000), end: priceOf(9_000), step: priceOf(100) },
    { start: priceOf(9_000), end: priceOf(10_000), step: priceOf(10) },
  ]
  const naive = (direction: 1 | -1, from: number): number | undefined => {
    for (let price = from + direction; price > 0 && price < 10_000; price += direction) {
      if (isValidPrice(tapered, price)) return price
    }
    return undefined
  }

  it('the next price is the nearest valid one, across bands and off the grid', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000 }), fc.constantFrom(1 as const, -1 as const), (price, direction) => {
        expect(nextPrice(tapered, price, direction)).toBe(naive(direction, price))
      }),
    )
  })

  it('a price outside 0..1 or off every grid is not valid', () => {
    for (const price of [0, 10_000, -100, 1_050, 999.5]) expect(isValidPrice(tapered, price)).toBe(false)
    for (const price of [10, 990, 1_000, 1_100, 9_000, 9_010, 9_990]) expect(isValidPrice(tapered, price)).toBe(true)
  })
})
