import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { climateDateOf } from '../../../src/domain/climate-day.ts'
import type { Strike } from '../../../src/domain/strike.ts'
import {
  EDGE_FEATURES,
  type EdgeView,
  edgeSignal,
  forecastBracket,
  impliedTemperature,
  representativeF,
  signalWins,
} from '../../../src/strategy/weather-edge-signal.ts'

const STRIKES: readonly Strike[] = [
  { kind: 'less', cap: 50 },
  { kind: 'between', floor: 50, cap: 51 },
  { kind: 'between', floor: 52, cap: 53 },
  { kind: 'greater', floor: 53 },
]

const view = (given: Partial<EdgeView> = {}): EdgeView => ({
  snapshotHour: -4,
  date: climateDateOf('2024-03-01'),
  expectedHighF: 52.6,
  stdF: 2,
  strikes: STRIKES,
  model: [0.1, 0.2, 0.4, 0.3],
  market: [0.4, 0.3, 0.2, 0.1],
  ...given,
})

describe('the market-implied temperature', () => {
  test('takes the middle of a band and one degree outside the strike of a tail', () => {
    expect(STRIKES.map(representativeF)).toEqual([49, 50.5, 52.5, 54])
    const implied = impliedTemperature(STRIKES, [0.4, 0.3, 0.2, 0.1])
    expect(implied.meanF).toBeCloseTo(0.4 * 49 + 0.3 * 50.5 + 0.2 * 52.5 + 0.1 * 54, 12)
  })

  test('lies between the lowest and the highest bracket, and is certain where the market is', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 }),
        (weights) => {
          const total = weights.reduce((sum, weight) => sum + weight, 0)
          const implied = impliedTemperature(
            STRIKES,
            weights.map((weight) => weight / total),
          )
          return implied.meanF >= 49 && implied.meanF <= 54 && implied.stdF >= 0
        },
      ),
    )
    expect(impliedTemperature(STRIKES, [0, 0, 1, 0])).toEqual({ meanF: 52.5, stdF: 0 })
  })
})

describe('the signal', () => {
  test('buys the side on which the model is', () => {
    const marketF = 0.4 * 49 + 0.3 * 50.5 + 0.2 * 52.5 + 0.1 * 54
    const high = edgeSignal(view(), 1)
    expect(high?.side).toBe('buyHigh')
    expect(high?.edgeF).toBeCloseTo(52.6 - marketF, 12)
    expect(edgeSignal(view({ expectedHighF: 48 }), 1)?.side).toBe('buyLow')
  })

  test('needs the threshold', () => {
    expect(edgeSignal(view(), 3)).toBeUndefined()
    expect(edgeSignal(view(), 2.5)?.side).toBeUndefined()
    expect(edgeSignal(view(), 1.9)?.side).toBe('buyHigh')
  })

  test('has the features that their list names, in its order', () => {
    const features = edgeSignal(view(), 1)?.features ?? []
    expect(features).toHaveLength(EDGE_FEATURES.length)
    const byName = Object.fromEntries(EDGE_FEATURES.map(({ name }, index) => [name, features[index]]))
    expect(byName).toMatchObject({
      snapshot_hour: -4,
      model_deviation: 2,
      forecast_bracket_model: 0.4,
      forecast_bracket_market: 0.2,
    })
  })

  test('finds the bracket of the forecast, halves up, tails included', () => {
    expect([40, 49.4, 49.5, 51.5, 53.4, 53.5, 70].map((f) => forecastBracket(STRIKES, f))).toEqual([
      0, 0, 1, 2, 2, 3, 3,
    ])
  })

  test('wins on its own side of the market, and on neither at the market', () => {
    const buyHigh = { side: 'buyHigh', marketImpliedF: 51 } as const
    const buyLow = { side: 'buyLow', marketImpliedF: 51 } as const
    expect([50, 51, 52].map((f) => signalWins(buyHigh, f))).toEqual([false, false, true])
    expect([50, 51, 52].map((f) => signalWins(buyLow, f))).toEqual([true, false, false])
  })
})
