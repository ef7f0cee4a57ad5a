import { describe, expect, it } from 'vitest'
import type { Level } from '../../../src/domain/book.ts'
import { priceFromCents, quantityFromContracts } from '../../../src/domain/units.ts'
import { blendProbabilities, marketProbabilities, type Quotes } from '../../../src/pricing/market-probability.ts'

const level = (cents: number): Level => ({ price: priceFromCents(cents), quantity: quantityFromContracts(1) })
const quotes = (bid?: number, ask?: number): Quotes => ({
  bid: bid === undefined ? undefined : level(bid),
  ask: ask === undefined ? undefined : level(ask),
})
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

describe('the market’s probability', () => {
  it('is the mean of both sides, normalised over the event', () => {
    const found = marketProbabilities([quotes(10, 14), quotes(40, 44), quotes(46, 50)]) ?? []
    expect(found[0]).toBeCloseTo(0.12 / 1.02, 12)
    expect(found[1]).toBeCloseTo(0.42 / 1.02, 12)
    expect(sum(found)).toBeCloseTo(1, 12)
  })

  it('takes half of a lone ask, and half way from a lone bid to 1', () => {
    const found = marketProbabilities([quotes(undefined, 4), quotes(80, undefined), quotes(7, 9)]) ?? []
    const total = 0.02 + 0.9 + 0.08
    expect(found[0]).toBeCloseTo(0.02 / total, 12)
    expect(found[1]).toBeCloseTo(0.9 / total, 12)
  })

  it('shares what the others leave of 1 among empty books', () => {
    const found = marketProbabilities([quotes(), quotes(60, 62), quotes(18, 20), quotes()]) ?? []
    expect(found).toHaveLength(4)
    expect(found[0]).toBeCloseTo(0.1, 12)
    expect(found[3]).toBeCloseTo(0.1, 12)
  })

  it('gives an empty book half a cent where the others leave nothing', () => {
    const found = marketProbabilities([quotes(), quotes(60, 62), quotes(40, 42)]) ?? []
    expect(found[0]).toBeCloseTo(0.005 / (0.005 + 0.61 + 0.41), 12)
  })

  it('is undefined with three or more empty books, or with none but empty ones', () => {
    expect(marketProbabilities([quotes(), quotes(), quotes(), quotes(50, 52)])).toBeUndefined()
    expect(marketProbabilities([quotes(), quotes()])).toBeUndefined()
  })
})

describe('the probability that is traded', () => {
  const model = [0.2, 0.5, 0.3]
  const market = [0.4, 0.4, 0.2]
  const none = [false, false, false]

  it('is the model alone at weight 1, and does not read the market', () => {
    expect(blendProbabilities({ model, market: undefined, modelWeight: 1, isRuledOut: none })).toBe(model)
  })

  it('is the normalised market at weight 0', () => {
    const found = blendProbabilities({ model, market, modelWeight: 0, isRuledOut: none }) ?? []
    for (const [index, value] of market.entries()) expect(found[index]).toBeCloseTo(value, 12)
  })

  it('mixes logits in between and sums to 1', () => {
    const found = blendProbabilities({ model, market, modelWeight: 0.5, isRuledOut: none }) ?? []
    expect(sum(found)).toBeCloseTo(1, 12)
    const odds = (p: number): number => p / (1 - p)
    const first = Math.sqrt(odds(0.2) * odds(0.4))
    const second = Math.sqrt(odds(0.5) * odds(0.4))
    const third = Math.sqrt(odds(0.3) * odds(0.2))
    const raw = [first, second, third].map((value) => value / (1 + value))
    expect(found[0]).toBeCloseTo((raw[0] ?? 0) / sum(raw), 12)
  })

  it('keeps a bracket that the readings rule out at 0, whatever the market says', () => {
    const found = blendProbabilities({
      model: [0, 0.6, 0.4],
      market: [0.9, 0.05, 0.05],
      modelWeight: 0.5,
      isRuledOut: [true, false, false],
    })
    expect(found?.[0]).toBe(0)
    expect(sum(found ?? [])).toBeCloseTo(1, 12)
  })

  it('clamps certainty, so that a probability of 0 that is not ruled out can still be moved', () => {
    const found = blendProbabilities({
      model: [0, 1],
      market: [0.5, 0.5],
      modelWeight: 0.5,
      isRuledOut: [false, false],
    })
    expect(found?.[0]).toBeGreaterThan(0)
    expect(found?.[0]).toBeLessThan(0.05)
  })

  it('is undefined where the market is needed and has no probability', () => {
    expect(blendProbabilities({ model, market: undefined, modelWeight: 0.9, isRuledOut: none })).toBeUndefined()
  })
})
