import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { moneyOf, notional, priceOf, quantityOf } from '../../src/domain/units.ts'
import { unroundedFeeCents } from '../../src/pricing/fees.ts'
import { DEFAULT_RISK_LIMITS } from '../../src/risk/limits.ts'
import { collateralPrice, fullKelly, sizeOrder } from '../../src/risk/sizing.ts'
import { DEFAULT_WEATHER_EV_SETTINGS } from '../../src/strategy/settings.ts'

const schedule = { type: 'quadratic_with_maker_fees', multiplier: 1, source: 'series' } as const
const orders = fc.record({
  side: fc.constantFrom('bid' as const, 'ask' as const),
  role: fc.constantFrom('maker' as const, 'taker' as const),
  price: fc.integer({ min: 1, max: 9_999 }).map(priceOf),
  probability: fc.double({ min: 0, max: 1, noNaN: true }),
})
const withFee = (order: { role: 'maker' | 'taker'; price: ReturnType<typeof priceOf> }) =>
  unroundedFeeCents({ schedule, role: order.role, price: order.price })

describe('Kelly', () => {
  it('stakes a part of the bankroll between nothing and all of it, and something only with an edge after fees', () => {
    fc.assert(
      fc.property(orders, (order) => {
        const unrounded = withFee(order)
        const fraction = fullKelly({ ...order, unroundedFeeCents: unrounded })
        const win = order.side === 'bid' ? order.probability : 1 - order.probability
        const cost = (collateralPrice(order.side, order.price) / 100 + unrounded) / 100
        expect(fraction).toBeGreaterThanOrEqual(0)
        expect(fraction).toBeLessThanOrEqual(1)
        expect(fraction > 0).toBe(win > cost && cost < 1)
      }),
    )
  })

  it('maximises the expected logarithm of wealth', () => {
    fc.assert(
      fc.property(orders, fc.double({ min: 0.001, max: 0.999, noNaN: true }), (order, other) => {
        const terms = { ...order, unroundedFeeCents: withFee(order) }
        const best = fullKelly(terms)
        const win = order.side === 'bid' ? order.probability : 1 - order.probability
        const cost = (collateralPrice(order.side, order.price) / 100 + terms.unroundedFeeCents) / 100
        if (cost >= 1 || win <= 0 || win >= 1 || best >= 1) return
        const growth = (stake: number): number =>
          win * Math.log(1 + (stake * (1 - cost)) / cost) + (1 - win) * Math.log(1 - stake)
        expect(growth(best)).toBeGreaterThanOrEqual(growth(other) - 1e-9)
      }),
    )
  })

  it('never sizes an order beyond any limit', () => {
    fc.assert(
      fc.property(
        orders,
        fc.nat(10_000),
        fc.nat(2_000_000_000),
        fc.double({ min: 0, max: 8, noNaN: true }),
        (...of) => {
          const [order, shown, room, stdF] = of
          const sizing = sizeOrder(DEFAULT_WEATHER_EV_SETTINGS, DEFAULT_RISK_LIMITS, {
            ...order,
            unroundedFeeCents: withFee(order),
            stdF,
            shownQuantity: quantityOf(shown),
            exposureRoom: moneyOf(room),
          })
          if (!sizing.ok) return
          const { quantity, locked } = sizing.size
          expect(quantity % 100).toBe(0)
          expect(quantity).toBeGreaterThanOrEqual(100)
          expect(locked).toBe(notional(collateralPrice(order.side, order.price), quantity))
          expect(locked).toBeLessThanOrEqual(Math.min(DEFAULT_RISK_LIMITS.maxOrderRisk, room))
          if (order.role === 'taker') expect(quantity).toBeLessThanOrEqual(Math.min(5_000, shown))
        },
      ),
    )
  })
})
