import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addDays } from '../../../src/domain/climate-day.ts'
import {
  type BlendEstimate,
  type BlendReport,
  blendReport,
  EMBARGO_DAYS,
  WARM_UP_DAYS,
} from '../../../src/evaluation/blend.ts'
import { blendData } from '../../../src/evaluation/blend-group.ts'
import { type BlendSample, lossCurve, samplesOf, WEIGHTS } from '../../../src/evaluation/blend-sample.ts'
import { blendText } from '../../../src/evaluation/blend-text.ts'
import { walkForward } from '../../../src/evaluation/blend-weight.ts'
import { scoreBrackets } from '../../../src/evaluation/scoring.ts'
import { sketchRow } from '../evaluation/sample-rows.ts'
import { FIRST_DATE, mangledFrom, mixtureSamples } from './sample-blend.ts'

const estimateOf = ({ estimates }: BlendReport, name: string): BlendEstimate => {
  const found = estimates.find(({ group }) => `${group.city} ${group.hour}` === name)
  expect(found, name).toBeDefined()
  return found as BlendEstimate
}

describe('the weight of the model', () => {
  it.each([
    [1, 0.9, 1],
    [0.4, 0.3, 0.5],
    [0, 0, 0.1],
  ])('is found where the truth is a blend of weight %d', (trueWeight, low, high) => {
    const { weight } = estimateOf(blendReport(mixtureSamples({ seed: 'found', days: 400, trueWeight })), 'all all')
    expect(weight.value).toBeGreaterThanOrEqual(low)
    expect(weight.value).toBeLessThanOrEqual(high)
    expect(weight.low).toBeLessThanOrEqual(trueWeight)
    expect(weight.high).toBeGreaterThanOrEqual(trueWeight)
  })

  it('is that of the market where nothing tells them apart', () => {
    const same = mixtureSamples({ seed: 'same', days: 40, trueWeight: 1 }).map((sample) => ({
      ...sample,
      market: sample.model,
    }))
    // Blending a list with itself only clamps it, so every weight between is as good.
    expect(estimateOf(blendReport(same), 'all all').weight.value).toBe(0)
  })

  it('of a city with few days leans on that of its hour', () => {
    const many = mixtureSamples({ seed: 'many', days: 200, trueWeight: 1 })
    const chicago = (days: number) => mixtureSamples({ seed: 'chicago', days, trueWeight: 0, cities: ['chicago'] })
    const weightOf = (samples: readonly BlendSample[]): number =>
      estimateOf(blendReport(samples), 'chicago -4').weight.value ?? Number.NaN
    const few = weightOf([...many, ...chicago(20)])
    expect(few).toBeGreaterThan(weightOf(chicago(20)) + 0.2)
    expect(few).toBeGreaterThan(weightOf([...many, ...chicago(200)]))
  })

  it('has the same interval whenever it is asked', () => {
    const samples = mixtureSamples({ seed: 'again', days: 60, trueWeight: 0.4, cities: ['new_york', 'chicago'] })
    expect(blendReport(samples)).toEqual(blendReport([...samples]))
  })

  it('is proposed by whole hour, with one for the others', () => {
    const report = blendReport(mixtureSamples({ seed: 'hours', days: 50, trueWeight: 0.5, hours: [-4, 8.5] }))
    expect(report.proposal).toEqual({
      default: estimateOf(report, 'all all').weight.value,
      '-4': estimateOf(report, 'all -4').weight.value,
      '8': estimateOf(report, 'all 8.5').weight.value,
    })
    expect(blendReport([])).toMatchObject({ days: 0, proposal: null, estimates: [] })
  })
})

describe('few days', () => {
  it('give a figure, but no interval and no proposal', () => {
    const days = (count: number) => blendReport(mixtureSamples({ seed: 'short', days: count, trueWeight: 0.4 }))
    const [short, long] = [days(WARM_UP_DAYS - 1), days(WARM_UP_DAYS)]
    expect(short.proposal).toBeNull()
    expect(estimateOf(short, 'new_york -4').weight).toEqual({ value: expect.any(Number), low: null, high: null })
    expect(long.proposal).not.toBeNull()
    expect(estimateOf(long, 'new_york -4').weight.low).not.toBeNull()
  })
})

describe('walk-forward', () => {
  const terms = { embargoDays: EMBARGO_DAYS, warmUpDays: WARM_UP_DAYS }
  const samples = mixtureSamples({ seed: 'forward', days: 90, trueWeight: 0.4, cities: ['new_york', 'denver'] })
  const weightsOf = (of: readonly BlendSample[]): readonly (readonly (number | undefined)[])[] => {
    const { series, dates } = blendData(of)
    const chosen = walkForward(series, dates, terms)
    return series.map((one) => chosen.get(one) ?? [])
  }
  const changedAt = 60

  it('reads no day that was not settled when it decided', () => {
    const before = weightsOf(samples)
    const after = weightsOf(mangledFrom(samples, addDays(FIRST_DATE, changedAt)))
    for (const [group, weights] of before.entries()) {
      // The changed day itself and the day after it, whose evening decision comes before the high is known.
      expect(after[group]?.slice(0, changedAt + 2)).toEqual(weights.slice(0, changedAt + 2))
      expect(after[group]?.slice(changedAt + 2)).not.toEqual(weights.slice(changedAt + 2))
    }
  })

  it('does not try a weight before there are days enough', () => {
    const [all = []] = weightsOf(samples)
    expect(all.findIndex((weight) => weight !== undefined)).toBe(WARM_UP_DAYS + EMBARGO_DAYS)
    expect(blendReport(samples.slice(0, 40)).estimates.map((estimate) => estimate.walkForward)).toEqual(
      blendReport(samples.slice(0, 40)).estimates.map(() => null),
    )
  })

  it('improves on the market by about what the true weight does, and by nothing where the market is right', () => {
    const informed = mixtureSamples({ seed: 'improve', days: 400, trueWeight: 0.4 })
    const tried = estimateOf(blendReport(informed), 'all all').walkForward
    expect(tried?.days).toBe(400 - WARM_UP_DAYS - EMBARGO_DAYS)
    expect(tried?.logLossImprovement.low).toBeGreaterThan(0)
    expect(tried?.brierImprovement.value).toBeCloseTo((tried?.market.brier ?? 0) - (tried?.blend.brier ?? 0), 12)
    const useless = estimateOf(blendReport(mixtureSamples({ seed: 'none', days: 400, trueWeight: 0 })), 'all all')
    expect(useless.walkForward?.logLossImprovement.low).toBeLessThanOrEqual(0)
  })
})

describe('what each weight would have done', () => {
  it('is the market at 0 and the model at 1, and the blend that trades between', () => {
    const probabilities = fc
      .array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 })
      .map((odds) => odds.map((value) => value / odds.reduce((sum, one) => sum + one, 0)))
    fc.assert(
      fc.property(probabilities, probabilities, fc.nat(2), (model, market, winner) => {
        const isRuledOut = [false, false, false]
        const { logLoss, brier } = lossCurve({
          city: 'miami',
          date: FIRST_DATE,
          hour: 5,
          model,
          market,
          isRuledOut,
          winner,
        })
        expect(brier[0]).toBeCloseTo(scoreBrackets(market, winner).brier, 12)
        expect(logLoss[0]).toBeCloseTo(scoreBrackets(market, winner).logLoss, 12)
        expect(brier.at(-1)).toBe(scoreBrackets(model, winner).brier)
        const worst = Math.max(logLoss[0] ?? 0, logLoss.at(-1) ?? 0)
        for (const loss of logLoss) expect(loss).toBeLessThanOrEqual(worst + Math.log(3))
      }),
    )
    expect([WEIGHTS[0], WEIGHTS[20], WEIGHTS.at(-1)]).toEqual([0, 0.4, 1])
  })

  it('is told for every tenth', () => {
    const [first] = blendReport(mixtureSamples({ seed: 'tenths', days: 5, trueWeight: 0.5 })).estimates
    expect(first?.weights.map(({ weight }) => weight)).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1])
  })
})

describe('decisions of history', () => {
  const market = [0.2, 0.5, 0.3]

  it('are those at which model and market both spoke', () => {
    const rows = [sketchRow({ market }), sketchRow({ market: undefined })]
    expect(samplesOf(rows, 'model')).toMatchObject([{ city: 'new_york', hour: -4, market, winner: 1 }])
    expect(samplesOf(rows, 'another')).toEqual([])
  })

  it('keep at nothing what the readings had ruled out', () => {
    const [sample] = samplesOf(
      [{ ...sketchRow({ market, packages: { model: [0, 0, 0.6, 0.4] } }), floorF: 52 }],
      'model',
    )
    expect(sample?.isRuledOut).toEqual([true, false, false])
    const curve = lossCurve({ ...(sample as BlendSample), winner: 0 })
    // 13.8 nats: nothing, however much weight the market has.
    expect(new Set(curve.logLoss)).toEqual(new Set([-Math.log(1e-6)]))
  })
})

describe('the text', () => {
  const subject = { packageId: 'tiny-1', source: 'honest inputs', from: '2025-01-01', to: '2025-04-10' }

  it('says that nothing is applied, and how to apply it', () => {
    const text = blendText(blendReport(mixtureSamples({ seed: 'text', days: 100, trueWeight: 0.4 })), subject)
    expect(text).toContain('tiny-1, honest inputs, 2025-01-01 to 2025-04-10')
    expect(text).toMatch(/A proposal: nothing is applied.*"modelWeight": \{"default":0\.\d+,"-4":0\.\d+\}/)
    expect(text).toMatch(/New York \| 20:00 before \| 100 \| 0\.\d+ \[0\.\d+, [01]\.\d+\] \| 69/)
  })

  it('proposes nothing of inputs that trading does not have', () => {
    const report = blendReport(mixtureSamples({ seed: 'text', days: 100, trueWeight: 0.4 }))
    const text = blendText(report, { ...subject, unfit: 'they know the future' })
    expect(text).toContain('No proposal: they know the future.')
    expect(text).not.toContain('"modelWeight"')
  })

  it('claims nothing by the interval of a few days', () => {
    // One day is tried walk-forward: all draws of it are alike, and lie on one side of nothing.
    const samples = mixtureSamples({ seed: 'text', days: WARM_UP_DAYS + EMBARGO_DAYS + 1, trueWeight: 0.4 })
    const report = blendReport(samples)
    expect(estimateOf(report, 'all all').walkForward).toMatchObject({ days: 1 })
    expect(blendText(report, subject)).toMatch(
      /better than the market .*: nowhere\.\n\nThe market was better .*: nowhere\./,
    )
  })

  it('says that there is nothing to tell, or too little to propose', () => {
    const few = blendReport(mixtureSamples({ seed: 'text', days: 3, trueWeight: 0.4 }))
    expect(blendText(few, subject)).toMatch(/No proposal: it takes 30 days, and there are 3\./)
    expect(blendText(blendReport([]), subject)).toMatch(/No day has both/)
  })
})
