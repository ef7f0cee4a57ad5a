import { describe, expect, it } from 'vitest'
import type { FeeSchedule, FeeType } from '../../../src/domain/market.ts'
import {
  formatMoney,
  type Price,
  parsePrice,
  parseQuantity,
  priceOf,
  type Quantity,
} from '../../../src/domain/units.ts'
import { feeScheduleOf } from '../../../src/pricing/fee-schedule.ts'
import {
  centsPerContract,
  EMPTY_FEE_ACCUMULATOR,
  FEE_GRID_NON_DIRECT,
  fillFee,
  multiplierFraction,
  orderFee,
  tradeFee,
  unroundedFeeCents,
} from '../../../src/pricing/fees.ts'

const schedule = (type: FeeType = 'quadratic', multiplier = 1): FeeSchedule => ({ type, multiplier, source: 'series' })
const price = (text: string): Price => parsePrice(text) as Price
const count = (text: string): Quantity => parseQuantity(text) as Quantity

/** kalshi-api.md §5.3: price, count, model fee, direct members, other members, maker of a series with maker fees. */
const TABLE = [
  ['0.01', '1', '0.000693', '0.000700', '0.010000', '0.000200'],
  ['0.05', '1', '0.003325', '0.003400', '0.010000', '0.000900'],
  ['0.10', '1', '0.006300', '0.006300', '0.010000', '0.001600'],
  ['0.25', '1', '0.013125', '0.013200', '0.020000', '0.003300'],
  ['0.50', '1', '0.017500', '0.017500', '0.020000', '0.004400'],
  ['0.52', '1', '0.017472', '0.017500', '0.020000', '0.004400'],
  ['0.90', '1', '0.006300', '0.006300', '0.010000', '0.001600'],
  ['0.37', '25', '0.407925', '0.408000', '0.410000', '0.102000'],
  ['0.333', '7.5', '0.116609', '0.116700', '0.122500', '0.029200'],
  ['0.10', '100', '0.630000', '0.630000', '0.630000', '0.157500'],
  ['0.40', '100', '1.680000', '1.680000', '1.680000', '0.420000'],
  ['0.50', '100', '1.750000', '1.750000', '1.750000', '0.437500'],
] as const

describe('fees of one fill', () => {
  it.each(TABLE)('%s × %s costs what the venue charges', (p, c, model, direct, other, maker) => {
    const taker = { schedule: schedule(), role: 'taker', price: price(p), quantity: count(c) } as const
    expect(formatMoney(tradeFee(taker))).toBe(model)
    expect(formatMoney(orderFee(taker))).toBe(direct)
    expect(formatMoney(orderFee({ ...taker, grid: FEE_GRID_NON_DIRECT }))).toBe(other)
    const making = { ...taker, schedule: schedule('quadratic_with_maker_fees'), role: 'maker' } as const
    expect(formatMoney(orderFee(making))).toBe(maker)
  })

  it("follows the venue's own example of a sub-cent price on whole cents", () => {
    const terms = { schedule: schedule(), role: 'taker', price: price('0.055'), quantity: count('1') } as const
    expect(formatMoney(tradeFee(terms))).toBe('0.003639')
    const { fee, accumulator } = fillFee(EMPTY_FEE_ACCUMULATOR, { ...terms, grid: FEE_GRID_NON_DIRECT })
    expect(formatMoney(fee)).toBe('0.005000')
    expect(formatMoney(accumulator.rounding)).toBe('0.001361')
  })

  it('charges the weather maker nothing, and a combo maker half of the taker', () => {
    const terms = { role: 'maker', price: price('0.50'), quantity: count('100') } as const
    expect(orderFee({ ...terms, schedule: schedule() })).toBe(0)
    expect(formatMoney(orderFee({ ...terms, schedule: schedule('quadratic_with_combo_maker_fees') }))).toBe('0.875000')
  })

  it('charges the rounding of a fractional fill even where the model fee is nothing', () => {
    const terms = {
      schedule: schedule('quadratic', 0),
      role: 'taker',
      price: price('0.3333'),
      quantity: count('0.01'),
    } as const
    expect(formatMoney(orderFee(terms))).toBe('0.000067')
  })

  it('rounds a fractional sale by the sign of its revenue', () => {
    const terms = {
      schedule: schedule('quadratic', 0),
      role: 'taker',
      price: price('0.3333'),
      quantity: count('0.01'),
    } as const
    expect(formatMoney(orderFee({ ...terms, side: 'ask' }))).toBe('0.000033')
  })
})

describe('the accumulator of an order', () => {
  it('gives back whole steps once the roundings of its fills amount to them', () => {
    // A rounding of $0.004 a fill: nothing back, nothing back, one cent back, 0.002 left (kalshi-api.md §5.2).
    const terms = {
      schedule: schedule('quadratic', 0.4),
      role: 'taker',
      price: price('0.50'),
      quantity: count('8'),
      grid: FEE_GRID_NON_DIRECT,
    } as const
    expect(formatMoney(tradeFee(terms))).toBe('0.056000')
    const fees: string[] = []
    let accumulator = EMPTY_FEE_ACCUMULATOR
    for (let fill = 0; fill < 3; fill++) {
      const step = fillFee(accumulator, terms)
      fees.push(formatMoney(step.fee))
      accumulator = step.accumulator
    }
    expect(fees).toEqual(['0.060000', '0.060000', '0.050000'])
    expect(formatMoney(accumulator.rounding)).toBe('0.002000')
  })

  it('gives back no more than a fill costs', () => {
    const terms = {
      schedule: schedule('quadratic', 0),
      role: 'taker',
      price: price('0.3660'),
      quantity: count('1'),
      grid: FEE_GRID_NON_DIRECT,
    } as const
    let accumulator = EMPTY_FEE_ACCUMULATOR
    for (let fill = 0; fill < 3; fill++) accumulator = fillFee(accumulator, terms).accumulator
    expect(formatMoney(accumulator.rounding)).toBe('0.012000')
  })

  it('makes many small fills cost about as much as one', () => {
    const terms = { schedule: schedule(), role: 'taker', price: price('0.52') } as const
    let accumulator = EMPTY_FEE_ACCUMULATOR
    let total = 0
    for (const quantity of ['3', '3', '4']) {
      const step = fillFee(accumulator, { ...terms, quantity: count(quantity) })
      total += step.fee
      accumulator = step.accumulator
    }
    const whole = orderFee({ ...terms, quantity: count('10') })
    expect(Math.abs(total - whole)).toBeLessThanOrEqual(100)
  })
})

describe('the multiplier', () => {
  it.each([
    [1, 1n, 1n],
    [0, 0n, 1n],
    [0.5, 5n, 10n],
    [0.1, 1n, 10n],
    [1.000001, 1000001n, 1000000n],
  ])('%s is the decimal that was written', (multiplier, numerator, denominator) => {
    expect(multiplierFraction(multiplier)).toEqual({ numerator, denominator })
  })

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 101, 1e-10])('%s is none', (multiplier) => {
    expect(multiplierFraction(multiplier)).toBeUndefined()
  })

  it('does not turn a tenth into its binary neighbour', () => {
    // 0.1 × 0.07 × 100 × 0.5 × 0.5 is exactly 17.5 cents; a float product is above it and would be rounded up.
    const terms = {
      schedule: schedule('quadratic', 0.1),
      role: 'taker',
      price: price('0.5'),
      quantity: count('100'),
    } as const
    expect(tradeFee(terms)).toBe(175_000)
  })

  it('survives a product beyond the safe integers', () => {
    const terms = { schedule: schedule(), role: 'taker', price: price('0.5'), quantity: count('100000000') } as const
    expect(formatMoney(tradeFee(terms))).toBe('1750000.000000')
  })
})

describe('per contract', () => {
  it('spreads the fee of ten contracts at 52 cents', () => {
    const fee = orderFee({ schedule: schedule(), role: 'taker', price: price('0.52'), quantity: count('10') })
    expect(formatMoney(fee)).toBe('0.174800')
    expect(centsPerContract(fee, count('10'))).toBeCloseTo(1.748, 12)
  })

  it('gives Kelly the fee before rounding', () => {
    expect(unroundedFeeCents({ schedule: schedule(), role: 'taker', price: priceOf(4800) })).toBeCloseTo(1.7472, 12)
  })
})

describe('the schedule in force', () => {
  const series = { type: 'quadratic', multiplier: 1 } as const
  it.each([
    ['the series', {}, {}, series, { type: 'quadratic', multiplier: 1, source: 'series' }],
    [
      "the event's multiplier before the series",
      {},
      { feeMultiplier: 0.5 },
      series,
      { type: 'quadratic', multiplier: 0.5, source: 'event' },
    ],
    [
      "the event's type before the series",
      {},
      { feeType: 'quadratic_with_maker_fees' as const },
      series,
      { type: 'quadratic_with_maker_fees', multiplier: 1, source: 'event' },
    ],
    [
      'a waiver before everything',
      { feeWaiverExpirationMs: 11 },
      { feeMultiplier: 2 },
      series,
      { type: 'quadratic', multiplier: 0, source: 'waiver' },
    ],
    [
      'no waiver that has expired',
      { feeWaiverExpirationMs: 10 },
      {},
      series,
      { type: 'quadratic', multiplier: 1, source: 'series' },
    ],
    ['the fallback, named as such', {}, {}, undefined, { type: 'quadratic', multiplier: 1, source: 'fallback' }],
  ])('is that of %s', (_, market, event, fees, expected) => {
    expect(feeScheduleOf(market, event, fees, 10)).toEqual(expected)
  })
})
