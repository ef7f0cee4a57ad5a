import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FeeSchedule, FeeType } from '../../src/domain/market.ts'
import { complement, priceOf, quantityFromContracts, quantityOf } from '../../src/domain/units.ts'
import {
  EMPTY_FEE_ACCUMULATOR,
  FEE_GRID_DIRECT,
  FEE_GRID_NON_DIRECT,
  fillFee,
  orderFee,
  tradeFee,
} from '../../src/pricing/fees.ts'

const types: readonly FeeType[] = ['quadratic', 'quadratic_with_maker_fees', 'quadratic_with_combo_maker_fees']
const schedules = fc.record({
  type: fc.constantFrom(...types),
  multiplier: fc.constantFrom(0, 0.1, 0.5, 1, 2),
  source: fc.constant('series' as const),
}) satisfies fc.Arbitrary<FeeSchedule>
const terms = fc.record({
  schedule: schedules,
  role: fc.constantFrom('maker' as const, 'taker' as const),
  price: fc.integer({ min: 1, max: 9_999 }).map(priceOf),
  quantity: fc.integer({ min: 1, max: 10_000_000 }).map(quantityOf),
  side: fc.constantFrom('bid' as const, 'ask' as const),
  grid: fc.constantFrom(FEE_GRID_DIRECT, FEE_GRID_NON_DIRECT),
})

describe('fees', () => {
  it('leave every balance on the grid', () => {
    fc.assert(
      fc.property(terms, (of) => {
        const cost = of.price * of.quantity
        const change = (of.side === 'bid' ? -cost : cost) - orderFee(of)
        expect(Math.abs(change % of.grid)).toBe(0)
      }),
    )
  })

  it('cost less than one step of the grid above the model, and never less than nothing', () => {
    fc.assert(
      fc.property(terms, (of) => {
        const fee = orderFee(of)
        expect(fee).toBeGreaterThanOrEqual(0)
        expect(fee - tradeFee(of)).toBeLessThan(of.grid)
      }),
    )
  })

  it('keep less than one step in the accumulator unless fees are too small to give it back', () => {
    fc.assert(
      fc.property(fc.array(terms, { minLength: 1, maxLength: 20 }), (fills) => {
        const grid = fills[0]?.grid ?? FEE_GRID_DIRECT
        let accumulator = EMPTY_FEE_ACCUMULATOR
        for (const of of fills) {
          const step = fillFee(accumulator, { ...of, grid })
          expect(step.fee).toBeGreaterThanOrEqual(0)
          expect(step.accumulator.rounding).toBeGreaterThanOrEqual(0)
          if (step.fee >= grid) expect(step.accumulator.rounding).toBeLessThan(grid)
          accumulator = step.accumulator
        }
      }),
    )
  })

  it('are the same for buying YES and selling NO: one book order, seen from the other outcome', () => {
    fc.assert(
      fc.property(terms, fc.integer({ min: 1, max: 10_000 }), (of, contracts) => {
        const quantity = quantityFromContracts(contracts)
        const mirrored = { ...of, quantity, price: complement(of.price) }
        expect(orderFee({ ...of, quantity })).toBe(orderFee({ ...mirrored, side: of.side === 'bid' ? 'ask' : 'bid' }))
      }),
    )
  })
})
