import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { binomialTest, pitHistogram, reliability, scoreBrackets, scoreHigh } from '../../../src/evaluation/scoring.ts'

/** 50 °F: .1, 51: .2, 52: .4, 53: .3. */
const HIGH = { firstHighF: 50, probabilities: [0.1, 0.2, 0.4, 0.3] }

const distribution = fc
  .array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: 2, maxLength: 12 })
  .map((weights) => {
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    return weights.map((weight) => weight / total)
  })

const expectedUnder = (truth: readonly number[], scoreOf: (outcome: number) => number): number =>
  truth.reduce((sum, probability, outcome) => sum + probability * scoreOf(outcome), 0)

describe('the scores of a distribution of the high', () => {
  it.each([
    // By hand: Σ (F(k) − 1{high ≤ k})² over 50, 51, 52.
    [52, { logLoss: -Math.log(0.4), crps: 0.1 ** 2 + 0.3 ** 2 + 0.3 ** 2, absoluteError: 0, pit: [0.3, 0.7] }],
    [50, { logLoss: -Math.log(0.1), crps: 0.9 ** 2 + 0.7 ** 2 + 0.3 ** 2, absoluteError: 2, pit: [0, 0.1] }],
    [53, { logLoss: -Math.log(0.3), crps: 0.1 ** 2 + 0.3 ** 2 + 0.7 ** 2, absoluteError: 1, pit: [0.7, 1] }],
    // Beyond the outermost class, which is open: its probability, and two degrees more of distance.
    [55, { logLoss: -Math.log(0.3), crps: 0.1 ** 2 + 0.3 ** 2 + 0.7 ** 2 + 2, absoluteError: 3, pit: [0.7, 1] }],
    [48, { logLoss: -Math.log(0.1), crps: 0.9 ** 2 + 0.7 ** 2 + 0.3 ** 2 + 2, absoluteError: 4, pit: [0, 0.1] }],
  ])('at %i °F are those of the table', (highF, expected) => {
    const scores = scoreHigh(HIGH, highF)
    expect(scores.logLoss).toBeCloseTo(expected.logLoss, 12)
    expect(scores.crps).toBeCloseTo(expected.crps, 12)
    expect(scores.absoluteError).toBe(expected.absoluteError)
    expect(scores.pit[0]).toBeCloseTo(expected.pit[0] ?? 0, 12)
    expect(scores.pit[1]).toBeCloseTo(expected.pit[1] ?? 0, 12)
  })

  it('know the 90 % interval, what it promised, and whether it holds the high', () => {
    const wide = { firstHighF: 50, probabilities: [0.04, 0.3, 0.4, 0.22, 0.04] }
    expect(scoreHigh(wide, 51)).toMatchObject({ isCovered: true, width: 2 })
    expect(scoreHigh(wide, 51).intervalMass).toBeCloseTo(0.92, 12)
    expect(scoreHigh(wide, 54).isCovered).toBe(false)
    expect(scoreHigh(wide, 50).isCovered).toBe(false)
  })

  it('are never infinite', () => {
    expect(scoreHigh({ firstHighF: 50, probabilities: [0, 1] }, 50).logLoss).toBeCloseTo(-Math.log(1e-6), 9)
  })

  it('of a certain forecast are its distance', () => {
    const certain = fc.record({ at: fc.integer({ min: -20, max: 120 }), highF: fc.integer({ min: -20, max: 120 }) })
    fc.assert(
      fc.property(certain, ({ at, highF }) => {
        expect(scoreHigh({ firstHighF: at, probabilities: [1] }, highF).crps).toBe(Math.abs(at - highF))
      }),
    )
  })

  it('are least, in expectation, for who says the truth', () => {
    fc.assert(
      fc.property(distribution, distribution, (truth, other) => {
        const said = truth.map((_, index) => other[index % other.length] ?? 0)
        const total = said.reduce((sum, value) => sum + value, 0)
        const stated = { firstHighF: 40, probabilities: said.map((value) => value / total) }
        const honest = { firstHighF: 40, probabilities: truth }
        for (const key of ['logLoss', 'crps'] as const) {
          const lie = expectedUnder(truth, (outcome) => scoreHigh(stated, 40 + outcome)[key])
          const candour = expectedUnder(truth, (outcome) => scoreHigh(honest, 40 + outcome)[key])
          expect(candour).toBeLessThanOrEqual(lie + 1e-9)
        }
      }),
    )
  })
})

describe('the scores of brackets', () => {
  it('are those of the table', () => {
    const scores = scoreBrackets([0.2, 0.5, 0.3], 1)
    expect(scores.brier).toBeCloseTo((0.2 ** 2 + 0.5 ** 2 + 0.3 ** 2) / 3, 12)
    expect(scores.logLoss).toBeCloseTo(-Math.log(0.5), 12)
    expect(scores.rps).toBeCloseTo((0.2 ** 2 + 0.3 ** 2) / 2, 12)
    const equal = new Array<number>(6).fill(1 / 6)
    expect(scoreBrackets(equal, 0).brier).toBeCloseTo(5 / 36, 12)
  })

  it('are least, in expectation, for who says the truth', () => {
    fc.assert(
      fc.property(distribution, fc.nat(100), (truth, turn) => {
        const stated = truth.map((_, index) => truth[(index + turn) % truth.length] ?? 0)
        for (const key of ['brier', 'logLoss', 'rps'] as const) {
          const lie = expectedUnder(truth, (winner) => scoreBrackets(stated, winner)[key])
          expect(expectedUnder(truth, (winner) => scoreBrackets(truth, winner)[key])).toBeLessThanOrEqual(lie + 1e-9)
        }
      }),
    )
  })
})

describe('calibration', () => {
  it('spreads the one count of an outcome over the span that its probability takes', () => {
    const shares = pitHistogram([
      [0.05, 0.25],
      [1, 1],
    ])
    expect(shares.map((share) => Math.round(share * 1e9) / 1e9)).toEqual([0.125, 0.25, 0.125, 0, 0, 0, 0, 0, 0, 0.5])
  })

  it('is flat where the outcomes have their probabilities', () => {
    fc.assert(
      fc.property(distribution, (truth) => {
        // Each outcome as often as its probability says, in thousandths.
        const cumulative = truth.map((_, index) => truth.slice(0, index + 1).reduce((sum, value) => sum + value, 0))
        const spans = Array.from({ length: 1_000 }, (_, draw) => {
          const outcome = cumulative.findIndex((upTo) => (draw + 0.5) / 1_000 < upTo)
          const index = outcome < 0 ? truth.length - 1 : outcome
          return [cumulative[index - 1] ?? 0, Math.min(1, cumulative[index] ?? 1)] as const
        })
        for (const share of pitHistogram(spans)) expect(Math.abs(share - 0.1)).toBeLessThan(0.02)
      }),
    )
  })

  it('counts brackets by what was said of them', () => {
    const bins = reliability([
      { probabilities: [0.05, 0.95], winner: 1 },
      { probabilities: [0.3, 0.7], winner: 0 },
      { probabilities: [0, 1], winner: 1 },
    ])
    expect(bins[0]).toEqual({ from: 0, to: 0.1, count: 2, meanProbability: 0.025, frequency: 0 })
    expect(bins[3]).toMatchObject({ count: 1, frequency: 1 })
    expect(bins[9]).toMatchObject({ count: 2, frequency: 1 })
    expect(bins[5]).toEqual({ from: 0.5, to: 0.6, count: 0, meanProbability: null, frequency: null })
  })

  it('is tested by the exact two-sided binomial test', () => {
    // By hand for three trials at one half: 1/8, 3/8, 3/8, 1/8.
    expect(binomialTest(0, 3, 0.5)).toBeCloseTo(0.25, 9)
    expect(binomialTest(1, 3, 0.5)).toBe(1)
    // 92 days at .9: 83 expected.
    expect(binomialTest(73, 92, 0.9)).toBeLessThan(0.01)
    expect(binomialTest(77, 92, 0.9)).toBeGreaterThan(0.01)
    expect(binomialTest(83, 92, 0.9)).toBeGreaterThan(0.9)
  })
})
