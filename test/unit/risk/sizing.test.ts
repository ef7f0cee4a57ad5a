import { describe, expect, it } from 'vitest'
import { moneyOf, priceFromCents, quantityFromContracts } from '../../../src/domain/units.ts'
import { DEFAULT_RISK_LIMITS } from '../../../src/risk/limits.ts'
import { fullKelly, kellySize, sizeOrder, uncertaintyFactor } from '../../../src/risk/sizing.ts'
import { DEFAULT_WEATHER_EV_SETTINGS } from '../../../src/strategy/settings.ts'

const KELLY = DEFAULT_WEATHER_EV_SETTINGS
const buy = { side: 'bid', price: priceFromCents(46), probability: 0.6, unroundedFeeCents: 0 } as const

describe('Kelly', () => {
  it('is (w − c)/(1 − c) of the side bought, on the price with its fee', () => {
    expect(fullKelly(buy)).toBeCloseTo((0.6 - 0.46) / 0.54, 12)
    expect(fullKelly({ ...buy, unroundedFeeCents: 1.5 })).toBeCloseTo((0.6 - 0.475) / 0.525, 12)
    expect(fullKelly({ side: 'ask', price: priceFromCents(70), probability: 0.6, unroundedFeeCents: 0 })).toBeCloseTo(
      (0.4 - 0.3) / 0.7,
      12,
    )
  })

  it('stakes nothing without an edge', () => {
    expect(fullKelly({ ...buy, probability: 0.4 })).toBe(0)
  })

  it('buys whole contracts for a quarter of it', () => {
    const { kellyFraction, contracts } = kellySize(KELLY, buy, 2.5)
    expect(kellyFraction).toBeCloseTo(0.25 * 0.259_259_259, 8)
    expect(contracts).toBe(1_409)
  })

  it.each([
    [0, 1],
    [3, 1],
    [3.4, 0.9],
    [4, 0.75],
    [7, 0],
    [9, 0],
  ])('takes a quarter off per degree above three: std %s → %s', (stdF, factor) => {
    expect(uncertaintyFactor(KELLY, stdF)).toBeCloseTo(factor, 12)
  })
})

describe('the size of an order', () => {
  const terms = { ...buy, stdF: 2.5, exposureRoom: moneyOf(1_000_000_000) } as const

  it('is cut to $50 at risk: 108 contracts at 46 cents', () => {
    expect(sizeOrder(KELLY, DEFAULT_RISK_LIMITS, { ...terms, role: 'maker' })).toMatchObject({
      ok: true,
      size: { quantity: 10_800, locked: 49_680_000 },
    })
  })

  it('holds only takers to the contracts per market and to the size shown', () => {
    const shownQuantity = quantityFromContracts(30)
    expect(sizeOrder(KELLY, DEFAULT_RISK_LIMITS, { ...terms, role: 'taker', shownQuantity })).toMatchObject({
      size: { quantity: 3_000 },
    })
    expect(sizeOrder(KELLY, DEFAULT_RISK_LIMITS, { ...terms, role: 'maker', shownQuantity })).toMatchObject({
      size: { quantity: 10_800 },
    })
  })

  it('counts the fee as money at risk', () => {
    const sized = sizeOrder(KELLY, DEFAULT_RISK_LIMITS, { ...terms, role: 'maker', unroundedFeeCents: 0.5 })
    expect(sized).toMatchObject({ size: { quantity: 10_700 } })
  })

  it('takes nothing where nothing is shown', () => {
    const sized = sizeOrder(KELLY, DEFAULT_RISK_LIMITS, { ...terms, role: 'taker', shownQuantity: undefined })
    expect(sized).toMatchObject({ ok: false, refusal: 'belowOneContractByShownSize' })
  })
})
