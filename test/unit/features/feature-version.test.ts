import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { RISE_TABLE } from '../../../src/weather/diurnal-rise.ts'
import { buildFeatures, FEATURE_NAMES, FEATURE_VERSION, hasFeatures } from '../../../src/weather/features.ts'
import { at, inputs, pastDay, reading } from './sample-inputs.ts'

/** Of the inputs below, by weather-features-2; null is missing. */
const PINNED = {
  base_f: 52,
  mean_minus_base: -0.5,
  median_minus_base: -0.5,
  corrected_mean_minus_base: -0.3865,
  source_count: 2,
  source_excluded_count: 0,
  source_deviation: 2.1213,
  source_range: 3,
  trailing_bias: 0.8333,
  trailing_bias_short: 0.8333,
  trailing_mean_absolute_error: 1.8333,
  trailing_error_deviation: 2.2546,
  newest_error: 1,
  trailing_day_count: 3,
  lead_hours: 32,
  snapshot_hour: 14,
  season_sin: 0.9272,
  season_cos: 0.3745,
  is_widened: 0,
  newest_high_minus_base: -4,
  recent_highs_minus_base: -3.3333,
  city_new_york: 1,
  city_chicago: 0,
  city_austin: 0,
  city_denver: 0,
  city_los_angeles: 0,
  city_miami: 0,
  city_philadelphia: 0,
  from_base_gfs_mos: -2,
  from_base_nam_mos: 1,
  from_base_nbm: null,
  from_base_hrrr: null,
  from_base_rap: null,
  from_base_gefs_mean: null,
  from_base_openmeteo_best_match: null,
  from_base_nws: null,
  from_base_gfs_seamless: null,
  from_base_ecmwf_ifs025: null,
  from_base_icon_seamless: null,
  from_base_gem_seamless: null,
  from_base_jma_seamless: null,
  observed_max_minus_base: -0.92,
  observed_latest_minus_base: -2,
  observed_trend: 1.5429,
  observed_hours_since_latest: 1.15,
  observed_hours_since_max: 2.15,
  observed_covered_hours: 3,
  observed_floor_minus_base: -1,
  implied_high_minus_base: -0.6085,
  rise_deviation: 1.384,
  dewpoint_depression: 16.02,
  pressure_trend: -1.8947,
  wind_speed: 4.6,
  lag_error_gfs_mos: 1,
  lag_error_nam_mos: null,
  lag_error_nbm: null,
  lag_error_hrrr: null,
  lag_error_rap: null,
  lag_error_gefs_mean: null,
  lag_error_openmeteo_best_match: null,
  lag_error_nws: null,
  lag_error_gfs_seamless: null,
  lag_error_ecmwf_ifs025: null,
  lag_error_icon_seamless: null,
  lag_error_gem_seamless: null,
  lag_error_jma_seamless: null,
  trailing_bias_gfs_mos: 0.5714,
  trailing_bias_nam_mos: -0.25,
  trailing_bias_nbm: null,
  trailing_bias_hrrr: null,
  trailing_bias_rap: null,
  trailing_bias_gefs_mean: null,
  trailing_bias_openmeteo_best_match: null,
  trailing_bias_nws: null,
  trailing_bias_gfs_seamless: null,
  trailing_bias_ecmwf_ifs025: null,
  trailing_bias_icon_seamless: null,
  trailing_bias_gem_seamless: null,
  trailing_bias_jma_seamless: null,
  is_persistence: 0,
}

const past = [pastDay(1, 48, 1), pastDay(2, 51, 3), pastDay(3, 47, -1.5, 'NAM_MOS')]
const observations = [
  reading(9, 44.06, { precision: '0.1C', dewpointF: 33.98, pressureHpa: 1_014.2, windMs: 3.1 }),
  reading(11.85, 51.08, { precision: '0.1C', dewpointF: 35.06, pressureHpa: 1_012.4, windMs: 4.6 }),
  reading(12.85, 50, { precision: '1C' }),
]

test('FEATURE_VERSION is raised with every change of what a feature means', () => {
  const row = buildFeatures(inputs({ asOfMs: at(14), observations, past }), FEATURE_NAMES)
  const values = hasFeatures(row) ? row.values : new Float32Array()
  const named = Array.from(values, (value, index) => [
    FEATURE_NAMES[index],
    Number.isNaN(value) ? null : Number(value.toFixed(4)),
  ])
  expect(Object.fromEntries(named)).toEqual(PINNED)
  expect(FEATURE_VERSION).toBe('weather-features-2')
})

test('FEATURE_VERSION is raised with every change of the table of the typical rise', () => {
  const hash = createHash('sha256').update(JSON.stringify(RISE_TABLE)).digest('hex')
  expect(hash).toBe('0b6e17f28d60ce602c84fdeae8679021cdbbbd94d97edad6ae8ec760e42bc440')
})
