import { describe, expect, it } from 'vitest'
import { invariant } from '../../../src/domain/invariant.ts'
import { buildFeatures, FEATURE_NAMES, hasFeatures, unknownFeatures } from '../../../src/weather/features.ts'
import type { WeatherInputs } from '../../../src/weather/inputs.ts'
import { at, forecast, inputs, pastDay, reading } from './sample-inputs.ts'

function featuresOf(given: WeatherInputs): Record<string, number> & { baseF: number } {
  const row = buildFeatures(given, FEATURE_NAMES)
  invariant(hasFeatures(row), 'the sample has a forecast')
  const named = Object.fromEntries(FEATURE_NAMES.map((name, index) => [name, row.values[index] ?? Number.NaN]))
  return { ...named, baseF: row.baseF }
}

describe('base', () => {
  it.each([
    [[50, 53], 52],
    [[50, 51], 51],
    [[-3, -4], -3],
    [[41.2, 41.8], 42],
    [[50.2, 50.2, 50.2], 50],
  ])('is the mean of the sources %j in whole °F, halves up: %d', (highs, expected) => {
    const forecasts = highs.map((highF, index) => forecast(`S${index}`, highF))
    expect(featuresOf(inputs({ forecasts })).baseF).toBe(expected)
  })

  it('counts only the newest issue of a source', () => {
    const newest = forecast('GFS_MOS', 60, { issuedMs: at(-5) })
    expect(featuresOf(inputs({ forecasts: [newest, forecast('GFS_MOS', 40)] })).baseF).toBe(60)
  })

  it('leaves out the one source of three that is far from the others, and says so', () => {
    const forecasts = [forecast('GFS_SEAMLESS', 70), forecast('ICON_SEAMLESS', 50), forecast('ECMWF_IFS025', 51)]
    const row = featuresOf(inputs({ forecasts }))
    expect(row.baseF).toBe(51)
    expect(row).toMatchObject({ source_count: 2, source_excluded_count: 1, from_base_gfs_seamless: Number.NaN })
  })

  it('keeps two sources that disagree: nobody says which is wrong', () => {
    const row = featuresOf(inputs({ forecasts: [forecast('GFS_MOS', 40), forecast('NAM_MOS', 60)] }))
    expect(row).toMatchObject({ baseF: 50, source_count: 2, source_excluded_count: 0 })
  })

  it('keeps four sources that form two far camps', () => {
    const highs = [40, 41, 60, 61]
    const forecasts = highs.map((highF, index) => forecast(`S${index}`, highF))
    expect(featuresOf(inputs({ forecasts }))).toMatchObject({ source_count: 4, source_excluded_count: 0 })
  })
})

describe('a feature', () => {
  it('has the value that its name says', () => {
    const row = featuresOf(inputs())
    expect(row).toMatchObject({
      base_f: 52,
      mean_minus_base: -0.5,
      source_range: 3,
      trailing_bias: 2,
      trailing_mean_absolute_error: 2,
      newest_error: 1,
      trailing_day_count: 2,
      lead_hours: 32,
      snapshot_hour: 5,
      newest_high_minus_base: -4,
      recent_highs_minus_base: -2.5,
      city_new_york: 1,
      city_chicago: 0,
      from_base_gfs_mos: -2,
      from_base_nam_mos: 1,
      from_base_nbm: Number.NaN,
      is_widened: 0,
    })
  })

  it('is missing where it rests on a past that there is none of', () => {
    const row = featuresOf(inputs({ past: [] }))
    expect(row.trailing_bias).toBeNaN()
    expect(row.corrected_mean_minus_base).toBeNaN()
    expect(row.trailing_day_count).toBe(0)
  })

  it('moves the corrected mean towards what each source got wrong', () => {
    const past = Array.from({ length: 30 }, (_, index) => pastDay(index + 1, 50, 4))
    const row = featuresOf(inputs({ forecasts: [forecast('GFS_MOS', 50)], past }))
    expect(row.corrected_mean_minus_base).toBeCloseTo((4 * 30) / 35, 5)
  })

  it('is the same at every minute of one hour', () => {
    const early = featuresOf(inputs({ asOfMs: at(5) }))
    expect(featuresOf(inputs({ asOfMs: at(5) + 3_599_999 }))).toEqual(early)
  })

  it('comes in the order asked for', () => {
    const row = buildFeatures(inputs(), ['snapshot_hour', 'base_f'])
    expect(hasFeatures(row) && [...row.values]).toEqual([5, 52])
  })

  it('that does not exist is found before a package is used, and refused', () => {
    expect(unknownFeatures(['base_f', 'moon_phase'])).toEqual(['moon_phase'])
    expect(() => buildFeatures(inputs(), ['moon_phase'])).toThrow(/only features that exist/)
  })

  it('names the least honest kind of the forecasts that it rests on', () => {
    const forecasts = [forecast('GFS_MOS', 50), forecast('ICON_SEAMLESS', 51, { kind: 'widened' })]
    expect(buildFeatures(inputs({ forecasts }), [])).toMatchObject({ forecastKind: 'widened' })
  })
})

describe('look-ahead', () => {
  it('gives no features before the first forecast', () => {
    expect(buildFeatures(inputs({ forecasts: [] }), FEATURE_NAMES)).toEqual({ reason: 'beforeFirstForecast' })
  })

  it.each<[string, Partial<WeatherInputs>]>([
    ['forecast', { forecasts: [forecast('NWS', 50, { availableMs: at(5) + 1 })] }],
    ['reading', { observations: [reading(4, 40, { availableMs: at(5) + 1 })] }],
    ['high of yesterday before 03:00', { asOfMs: at(3) - 1, past: [pastDay(1, 48, 1)] }],
    ['high of today', { past: [pastDay(0, 48, 1)] }],
    ['reading of another day', { observations: [reading(-1, 40)] }],
    ['forecast available before its issue', { forecasts: [forecast('NWS', 50, { availableMs: at(-18) })] }],
    ['forecast of another city', { forecasts: [forecast('NWS', 50, { city: 'denver' })] }],
    ['past in another order', { past: [pastDay(2, 48, 1), pastDay(1, 48, 1)] }],
  ])('a %s stops the program', (_, changes) => {
    expect(() => buildFeatures(inputs(changes), FEATURE_NAMES)).toThrow(/Invariant/)
  })

  it('takes the high of yesterday from 03:00 on', () => {
    const given = inputs({ asOfMs: at(3), past: [pastDay(1, 48, 1)] })
    expect(featuresOf(given).newest_high_minus_base).toBe(-4)
  })
})
