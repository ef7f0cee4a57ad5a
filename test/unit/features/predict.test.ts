import { describe, expect, it } from 'vitest'
import { invariant } from '../../../src/domain/invariant.ts'
import type { Strike } from '../../../src/domain/strike.ts'
import type { Forecast } from '../../../src/domain/weather.ts'
import { buildFeatures, hasFeatures } from '../../../src/weather/features.ts'
import type { WeatherInputs } from '../../../src/weather/inputs.ts'
import {
  applyTemperature,
  bracketProbabilities,
  distributionAbove,
  hashInputs,
  isServedAt,
  predictEvent,
  summariseHigh,
} from '../../../src/weather/predict.ts'
import { at, forecast, inputs, reading } from './sample-inputs.ts'

const delta = { classes: [-2, -1, 0, 1, 2], probabilities: [0.1, 0.2, 0.4, 0.2, 0.1] }
const strikes: readonly Strike[] = [
  { kind: 'less', cap: 51 },
  { kind: 'between', floor: 51, cap: 52 },
  { kind: 'greater', floor: 52 },
]

function predict(given: WeatherInputs, validUntil?: string) {
  const features = buildFeatures(given, ['base_f', 'from_base_nbm'])
  invariant(hasFeatures(features), 'the sample has a forecast')
  const model = { id: 'm', version: '1', servedHours: { from: -4, to: 11 }, validUntil }
  return predictEvent({ inputs: given, features, delta, strikes, model })
}

describe('the distribution of the high', () => {
  it('stands on base, and the strict tails and closed bands share it out', () => {
    expect(predict(inputs())).toMatchObject({
      baseF: 52,
      firstHighF: 50,
      expectedHighF: expect.closeTo(52, 12),
      q05F: 50,
      q95F: 54,
      observationCount: 0,
      coveredMinutes: 0,
      features: [52, null],
      isServed: true,
      snapshotHour: 5,
    })
    const { brackets, stdF } = predict(inputs())
    expect(brackets).toEqual([expect.closeTo(0.1, 12), expect.closeTo(0.6, 12), expect.closeTo(0.3, 12)])
    expect(stdF).toBeCloseTo(Math.sqrt(1.2), 12)
  })

  it('loses what a reading rules out and keeps the proportions of the rest', () => {
    const output = predict(inputs({ observations: [reading(4, 53)] }))
    expect(output.probabilities).toEqual([0, 0, 0, expect.closeTo(2 / 3, 12), expect.closeTo(1 / 3, 12)])
    expect(output.brackets).toEqual([0, 0, expect.closeTo(1, 12)])
    expect(output).toMatchObject({ floorF: 53, observedMaxF: 53, observationKind: 'station', observationCount: 1 })
  })

  it('stands on the floor alone where the readings passed every class: the upper one is open', () => {
    expect(distributionAbove(52, delta, 70)).toEqual({ firstHighF: 70, probabilities: [1] })
  })

  it.each([
    ['too short', { classes: [0, 1], probabilities: [1] }],
    ['negative', { classes: [0, 1], probabilities: [1.1, -0.1] }],
    ['not a number', { classes: [0, 1], probabilities: [Number.NaN, 1] }],
    ['not a whole', { classes: [0, 1], probabilities: [0.5, 0.4] }],
  ])('refuses class probabilities that are %s', (_, broken) => {
    expect(() => distributionAbove(52, broken, undefined)).toThrow(/Invariant/)
  })

  it('has the smallest whole °F whose cumulative probability reaches .05 and .95 as its interval', () => {
    const exact = { firstHighF: 10, probabilities: [0.05, 0.9, 0.05] }
    expect(summariseHigh(exact)).toMatchObject({ q05F: 10, q95F: 11 })
    const wide = { firstHighF: 10, probabilities: [0.04, 0.9, 0.06] }
    expect(summariseHigh(wide)).toMatchObject({ q05F: 11, q95F: 12 })
  })

  it('may be asked for without strikes, and refuses strikes with a hole', () => {
    expect(bracketProbabilities({ firstHighF: 10, probabilities: [1] }, [])).toEqual([])
    const features = buildFeatures(inputs(), [])
    invariant(hasFeatures(features), 'the sample has a forecast')
    const request = { inputs: inputs(), features, delta, model: { id: 'm', version: '1' } }
    expect(() => predictEvent({ ...request, strikes: strikes.slice(1) })).toThrow(/every whole °F once/)
  })
})

describe('temperature', () => {
  it('of 1 changes nothing, above 1 flattens, and always sums to 1', () => {
    expect(applyTemperature([0.25, 0.75], 1)).toEqual([0.25, 0.75])
    const flat = applyTemperature([0.1, 0.9], 2)
    expect(flat[0]).toBeCloseTo(0.25, 12)
    expect(flat[1]).toBeCloseTo(0.75, 12)
  })
})

describe('a package past its date', () => {
  it('still predicts, but is not served for trading', () => {
    const { date } = inputs()
    expect(predict(inputs(), date).isServed).toBe(true)
    expect(predict(inputs(), '2000-01-01').isServed).toBe(false)
  })
})

describe('the served hours', () => {
  it.each([
    [-5, false],
    [-4, true],
    [11, true],
    [12, false],
  ])('20:00 of the day before to 12:00: hour %d is served: %s', (hour, isServed) => {
    expect(isServedAt({ from: -4, to: 11 }, hour)).toBe(isServed)
  })

  it('still predict outside, for display', () => {
    expect(predict(inputs({ asOfMs: at(12) }))).toMatchObject({ isServed: false, baseF: 52 })
  })

  it('are all of them where a package names none', () => {
    expect(isServedAt(undefined, 20)).toBe(true)
  })
})

const availableLater = (rows: readonly Forecast[]): readonly Forecast[] =>
  rows.map((row) => ({ ...row, availableMs: row.availableMs + 1 }))

describe('the hash of the inputs', () => {
  it('is the same within one hour and for equal inputs', () => {
    expect(hashInputs(inputs({ asOfMs: at(5) + 60_000 }))).toBe(hashInputs(inputs()))
  })

  it.each<[string, Partial<WeatherInputs>]>([
    ['the hour', { asOfMs: at(6) }],
    ['a forecast', { forecasts: [forecast('GFS_MOS', 50)] }],
    ['a reading', { observations: [reading(4, 40)] }],
    ['the past', { past: [] }],
    ['when a forecast became available', { forecasts: availableLater(inputs().forecasts) }],
    [
      'when an earlier forecast did',
      { past: inputs().past.map((day) => ({ ...day, forecasts: availableLater(day.forecasts) })) },
    ],
    ['the city', { city: 'philadelphia' }],
  ])('changes with %s', (_, changes) => {
    expect(hashInputs(inputs(changes))).not.toBe(hashInputs(inputs()))
  })

  it.each(['dewpointF', 'pressureHpa', 'windMs'] as const)('changes with %s of a reading', (field) => {
    const hashes = [{}, { [field]: 0 }, { [field]: 1 }].map((extra) =>
      hashInputs(inputs({ observations: [reading(4, 40, extra)] })),
    )
    expect(new Set(hashes).size).toBe(3)
  })
})
