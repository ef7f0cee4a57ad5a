import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { climateDateOf, climateDay } from '../../src/domain/climate-day.ts'
import type { Strike } from '../../src/domain/strike.ts'
import { assertNothingLater } from '../../src/weather/features.ts'
import { gatherPast } from '../../src/weather/features-past.ts'
import { bracketProbabilities, distributionAbove, summariseHigh } from '../../src/weather/predict.ts'

const CLASSES = Array.from({ length: 41 }, (_, index) => index - 20)

const delta = fc
  .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 41, maxLength: 41 })
  .filter((weights) => weights.some((weight) => weight > 0.01))
  .map((weights) => {
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    return { classes: CLASSES, probabilities: weights.map((weight) => weight / total) }
  })
const baseF = fc.integer({ min: -30, max: 120 })

/** Six brackets of two degrees with open tails, as the venue makes them. */
const ladder = fc
  .integer({ min: -40, max: 130 })
  .map((first): readonly Strike[] => [
    { kind: 'less', cap: first },
    ...[0, 2, 4, 6].map((step): Strike => ({ kind: 'between', floor: first + step, cap: first + step + 1 })),
    { kind: 'greater', floor: first + 7 },
  ])

describe('the posterior of a daily high', () => {
  it('gives brackets that sum to 1, with and without a floor', () => {
    fc.assert(
      fc.property(
        delta,
        baseF,
        ladder,
        fc.option(fc.integer({ min: -60, max: 160 }), { nil: undefined }),
        (d, base, strikes, floorF) => {
          const brackets = bracketProbabilities(distributionAbove(base, d, floorF), strikes)
          expect(brackets.reduce((sum, probability) => sum + probability, 0)).toBeCloseTo(1, 9)
          expect(brackets.every((probability) => probability >= 0)).toBe(true)
        },
      ),
    )
  })

  it('loses exactly the highs below the floor: the rest keeps its proportions', () => {
    fc.assert(
      fc.property(delta, baseF, fc.integer({ min: -20, max: 20 }), (d, base, above) => {
        const floorF = base + above
        const before = distributionAbove(base, d, undefined)
        const after = distributionAbove(base, d, floorF)
        const left = before.probabilities.reduce(
          (sum, p, index) => sum + (before.firstHighF + index < floorF ? 0 : p),
          0,
        )
        fc.pre(left > 1e-6)
        for (const [index, probability] of before.probabilities.entries()) {
          const isBelow = before.firstHighF + index < floorF
          expect(after.probabilities[index]).toBeCloseTo(isBelow ? 0 : probability / left, 9)
        }
      }),
    )
  })

  it('has an interval in order, inside what is possible, and an expectation between its ends', () => {
    fc.assert(
      fc.property(
        delta,
        baseF,
        fc.option(fc.integer({ min: -60, max: 160 }), { nil: undefined }),
        (d, base, floorF) => {
          const high = distributionAbove(base, d, floorF)
          const { q05F, q95F, expectedHighF, stdF } = summariseHigh(high)
          expect(q05F).toBeLessThanOrEqual(q95F)
          if (floorF !== undefined) expect(q05F).toBeGreaterThanOrEqual(floorF)
          expect(expectedHighF).toBeGreaterThanOrEqual(high.firstHighF - 1e-9)
          expect(expectedHighF).toBeLessThanOrEqual(high.firstHighF + high.probabilities.length - 1 + 1e-9)
          expect(stdF).toBeGreaterThanOrEqual(0)
        },
      ),
    )
  })
})

describe('the gathered past', () => {
  it('never holds what was not known at the decision, at any minute of any hour', () => {
    const date = climateDateOf('2024-11-03')
    const startMs = climateDay('denver', date).startMs
    fc.assert(
      fc.property(
        fc.integer({ min: -24 * 60, max: 24 * 60 }),
        fc.integer({ min: -40, max: 20 }),
        (minutes, issueHour) => {
          const asOfMs = startMs + minutes * 60_000
          const past = gatherPast('denver', date, asOfMs, {
            highF: () => 50,
            forecasts: (earlier) => {
              const issuedMs = climateDay('denver', earlier).startMs + issueHour * 3_600_000
              return [
                {
                  city: 'denver',
                  date: earlier,
                  source: 'S',
                  kind: 'asOf',
                  highF: 50,
                  issuedMs,
                  availableMs: issuedMs,
                },
              ]
            },
          })
          expect(past.length).toBeGreaterThanOrEqual(58)
          const inputs = { city: 'denver', date, asOfMs, forecasts: [], observations: [], past } as const
          expect(() => assertNothingLater(inputs)).not.toThrow()
        },
      ),
    )
  })
})
