import { describe, expect, it } from 'vitest'
import { climateDay } from '../../../src/domain/climate-day.ts'
import { invariant } from '../../../src/domain/invariant.ts'
import type { Observation } from '../../../src/domain/weather.ts'
import { typicalRise } from '../../../src/weather/diurnal-rise.ts'
import { buildFeatures, FEATURE_NAMES, hasFeatures } from '../../../src/weather/features.ts'
import { OBSERVED_FEATURES } from '../../../src/weather/features-observed.ts'
import { at, DATE, inputs, reading } from './sample-inputs.ts'

/** At 14:00 with base 52. */
function observedAt14(observations: readonly Observation[]): Record<string, number> {
  const row = buildFeatures(inputs({ asOfMs: at(14), observations }), FEATURE_NAMES)
  invariant(hasFeatures(row), 'the sample has a forecast')
  expect(row.baseF).toBe(52)
  return Object.fromEntries(FEATURE_NAMES.map((name, index) => [name, row.values[index] ?? Number.NaN]))
}

const MISSING = Object.fromEntries(
  OBSERVED_FEATURES.map(({ name, missingAllowed }) => [name, missingAllowed ? Number.NaN : 0]),
)

describe('features of readings', () => {
  it('are missing without any, and no hour is covered', () => {
    expect(observedAt14([])).toMatchObject(MISSING)
  })

  it('are missing where all there is is reanalysis: it is no reading, at any temperature', () => {
    const reanalysis = [9, 12, 13].map((hour) =>
      reading(hour, 95, { kind: 'reanalysis', dewpointF: 40, pressureHpa: 1_010, windMs: 4 }),
    )
    expect(observedAt14(reanalysis)).toMatchObject(MISSING)
  })

  it('do not change with reanalysis beside readings', () => {
    const readings = [reading(10, 48), reading(13, 50, { dewpointF: 40, pressureHpa: 1_010, windMs: 4 })]
    const reanalysis = reading(13.5, 95, { kind: 'reanalysis', dewpointF: 90, pressureHpa: 990, windMs: 40 })
    expect(observedAt14([...readings, reanalysis])).toEqual(observedAt14(readings))
  })

  it('do not depend on the order of the readings', () => {
    const readings = [reading(10, 48), reading(12, 53), reading(13, 50), reading(13, 51)]
    expect(observedAt14([...readings].reverse())).toEqual(observedAt14(readings))
  })

  it.each<[string, readonly Observation[], Record<string, number>]>([
    [
      'maximum and latest are not the same',
      [reading(12, 56), reading(13, 54)],
      {
        observed_max_minus_base: 4,
        observed_latest_minus_base: 2,
        observed_hours_since_latest: 1,
        observed_hours_since_max: 2,
        observed_floor_minus_base: 4,
        observed_covered_hours: 2,
      },
    ],
    [
      'a maximum reached twice counts from the later time',
      [reading(9, 56), reading(12, 56), reading(13, 50)],
      {
        observed_hours_since_max: 2,
      },
    ],
    [
      'a reading in whole °C leaves half a step open below',
      [reading(13, 50, { precision: '1C' })],
      {
        observed_max_minus_base: -2,
        observed_floor_minus_base: -3,
      },
    ],
    [
      'a reconstructed reading is one',
      [reading(13, 53, { kind: 'reconstructed' })],
      {
        observed_max_minus_base: 1,
        observed_floor_minus_base: 1,
      },
    ],
    [
      'a trend spans three hours where there is such a reading',
      [reading(9, 40), reading(10, 44), reading(13, 50)],
      {
        observed_trend: 2,
      },
    ],
    ['and two to four hours otherwise', [reading(9, 40), reading(13, 50)], { observed_trend: 2.5 }],
    ['one hour is no trend', [reading(12, 40), reading(13, 50)], { observed_trend: Number.NaN }],
    ['nor are five', [reading(8, 40), reading(13, 50)], { observed_trend: Number.NaN }],
    [
      'dew point and wind are of the latest reading that has them, with its own temperature',
      [reading(11, 50, { dewpointF: 41, windMs: 3.1 }), reading(12, 52, { dewpointF: 44 }), reading(13, 54)],
      { dewpoint_depression: 8, wind_speed: Math.fround(3.1), pressure_trend: Number.NaN },
    ],
    [
      'pressure falls by so much in three hours',
      [reading(9, 50, { pressureHpa: 1_014 }), reading(11, 50, { pressureHpa: 1_012 }), reading(13, 50)],
      { pressure_trend: -3 },
    ],
    ['calm is 0, not missing', [reading(13, 50, { windMs: 0 })], { wind_speed: 0 }],
  ])('%s', (_, observations, expected) => {
    expect(observedAt14(observations)).toMatchObject(expected)
  })

  it('know a reading at the whole hour that begins ten minutes after it, as the training does', () => {
    const latestAt = (asOfHour: number, hour: number) => {
      const row = buildFeatures(inputs({ asOfMs: at(asOfHour), observations: [reading(9, 40), reading(hour, 50)] }), [
        'observed_latest_minus_base',
      ])
      invariant(hasFeatures(row), 'the sample has a forecast')
      return row.values[0]
    }
    expect(latestAt(14.9, 14.3)).toBe(40 - 52)
    expect(latestAt(15, 14.3)).toBe(50 - 52)
    expect(latestAt(15.9, 14.9)).toBe(40 - 52)
    expect(latestAt(16, 14.9)).toBe(50 - 52)
  })

  it('are the same at every minute of one hour', () => {
    const observations = [reading(10, 48, { pressureHpa: 1_010 }), reading(13.2, 50, { pressureHpa: 1_011 })]
    const early = buildFeatures(inputs({ asOfMs: at(14), observations }), FEATURE_NAMES)
    expect(buildFeatures(inputs({ asOfMs: at(15) - 1, observations }), FEATURE_NAMES)).toEqual(early)
  })
})

describe('the implied high', () => {
  const day = climateDay('new_york', DATE)

  it('is the latest reading plus what is typical to come from its own hour, not from the decision’s', () => {
    const rise = typicalRise(day, 9.5)
    const row = observedAt14([reading(9.5, 50)])
    expect(row.implied_high_minus_base).toBeCloseTo(50 + rise.meanF - 52, 5)
    expect(row.rise_deviation).toBeCloseTo(rise.deviationF, 5)
  })

  it('lies between those of the whole hours around it, and at 23:00 and later nothing more comes', () => {
    const [from, to] = [typicalRise(day, 9), typicalRise(day, 10)]
    expect(typicalRise(day, 9.25).meanF).toBeCloseTo(0.75 * from.meanF + 0.25 * to.meanF, 12)
    expect(typicalRise(day, 23.9)).toEqual({ meanF: 0, deviationF: 0 })
  })

  it('stops the program for an hour of another day', () => {
    expect(() => typicalRise(day, 24)).toThrow(/Invariant/)
    expect(() => typicalRise(day, -0.1)).toThrow(/Invariant/)
  })
})
