import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PAST_DAYS_MAX } from '../../../src/config/limits.ts'
import { CITIES, type CityKey } from '../../../src/domain/city.ts'
import { addDays, type ClimateDate, climateDateOf, climateDay, hoursIntoDay } from '../../../src/domain/climate-day.ts'
import { BUNDLED_CITIES } from '../../../src/weather/bundle-day.ts'
import { buildFeatures, FEATURE_NAMES, hasFeatures } from '../../../src/weather/features.ts'
import { gatherPast } from '../../../src/weather/features-past.ts'
import { summariseObservations } from '../../../src/weather/predict-floor.ts'
import { parseForecasts, parseHighs, parseObservations } from '../../../src/weather/weather-files.ts'

const DATE = climateDateOf('2024-12-17')
const FOLDER = join(import.meta.dirname, '../../../src/weather/recorded', DATE)
const read = (file: string): Uint8Array => readFileSync(join(FOLDER, file))

const forecasts = parseForecasts(read('forecasts.csv.gz'), 'forecasts.csv.gz')
const observations = parseObservations(read('observations.csv.gz'), 'observations.csv.gz')
const highs = parseHighs(read('highs.csv.gz'), 'highs.csv.gz')

/** What the exchange settled that day. */
const SETTLED: Readonly<Record<string, number>> = { new_york: 59, chicago: 39, austin: 80, denver: 53 }
const WIDENED: readonly CityKey[] = ['austin', 'denver']

const archiveOf = (city: CityKey) => ({
  highF: (date: ClimateDate) => highs.find((row) => row.city === city && row.date === date)?.highF,
  forecasts: (date: ClimateDate) => forecasts.filter((row) => row.city === city && row.date === date),
})

function inputsAt(city: CityKey, hour: number) {
  const asOfMs = climateDay(city, DATE).startMs + hour * 3_600_000
  return {
    city,
    date: DATE,
    asOfMs,
    forecasts: archiveOf(city)
      .forecasts(DATE)
      .filter((row) => row.availableMs <= asOfMs),
    observations: observations.filter((row) => row.city === city && row.availableMs <= asOfMs),
    past: gatherPast(city, DATE, asOfMs, archiveOf(city)),
  }
}

describe('the forecasts of the bundled day', () => {
  it('are never available before their issue', () => {
    expect(forecasts.length).toBeGreaterThan(1_000)
    expect(forecasts.filter((row) => row.availableMs < row.issuedMs)).toEqual([])
  })

  it('are as-of in New York and Chicago, widened in Austin and Denver, and of no other kind', () => {
    const kinds = new Set(forecasts.map((row) => `${row.city} ${row.kind}`))
    expect([...kinds].sort()).toEqual(['austin widened', 'chicago asOf', 'denver widened', 'new_york asOf'])
  })

  it('come in two issues where widened: 20:00 local standard the day before and 05:00 on the day', () => {
    const hours = forecasts
      .filter((row) => row.kind === 'widened')
      .map((row) => hoursIntoDay(climateDay(row.city, row.date), row.issuedMs))
    expect(new Set(hours)).toEqual(new Set([-4, 5]))
  })

  it('of Chicago are for Midway, from the noon before', () => {
    const issues = archiveOf('chicago').forecasts(DATE)
    expect(issues.map((row) => [row.source, row.highF])).toEqual([
      ['GFS_MOS', 43],
      ['NAM_MOS', 44],
    ])
    expect(issues.every((row) => row.issuedMs === Date.parse('2024-12-16T12:00Z'))).toBe(true)
  })

  it.each(WIDENED)('leave %s without a prediction before 20:00 of the evening before', (city) => {
    const before = inputsAt(city, -4)
    const justBefore = { ...before, asOfMs: before.asOfMs - 1, forecasts: [] }
    expect(before.forecasts.every((row) => row.availableMs > justBefore.asOfMs)).toBe(true)
    expect(buildFeatures(justBefore, FEATURE_NAMES)).toEqual({ reason: 'beforeFirstForecast' })
    expect(hasFeatures(buildFeatures(before, FEATURE_NAMES))).toBe(true)
  })

  it.each(BUNDLED_CITIES)('and highs of %s reach back 60 days, without the day itself', (city) => {
    const days = highs.filter((row) => row.city === city).map((row) => row.date)
    expect(days).toEqual(Array.from({ length: PAST_DAYS_MAX }, (_, index) => addDays(DATE, index - PAST_DAYS_MAX)))
    const past = gatherPast(city, DATE, climateDay(city, DATE).startMs + 5 * 3_600_000, archiveOf(city))
    expect(past).toHaveLength(PAST_DAYS_MAX)
    expect(past.filter((day) => day.forecasts.length === 0)).toEqual([])
  })

  it('give features in every hour that the package serves', () => {
    for (const city of BUNDLED_CITIES) {
      for (let hour = -4; hour < 24; hour++) {
        expect(hasFeatures(buildFeatures(inputsAt(city, hour), FEATURE_NAMES))).toBe(true)
      }
    }
  })
})

describe('the readings of the bundled day', () => {
  it('belong to the climate day and to the station that settles', () => {
    for (const row of observations) {
      const day = climateDay(row.city, DATE)
      expect(row.validMs >= day.startMs && row.validMs < day.endMs).toBe(true)
      expect(row.station).toBe(CITIES[row.city].station)
      expect(row.availableMs).toBeGreaterThan(row.validMs)
    }
  })

  it.each(['chicago', 'austin', 'denver'] as const)('of %s are reconstructed up to the official high', (city) => {
    const ours = observations.filter((row) => row.city === city)
    expect(ours).toHaveLength(24)
    expect(ours.every((row) => row.kind === 'reconstructed')).toBe(true)
    expect(Math.max(...ours.map((row) => row.temperatureF))).toBe(SETTLED[city])
  })

  it('of New York are real, to a tenth of a degree Celsius, and stay at or below the official high', () => {
    const ours = observations.filter((row) => row.city === 'new_york')
    expect(ours.every((row) => row.kind === 'station' && row.precision === '0.1C')).toBe(true)
    expect(Math.max(...ours.map((row) => row.temperatureF))).toBe(57.92)
    expect(summariseObservations(ours, climateDay('new_york', DATE)).floorF).toBe(58)
  })

  it('never rule out the settled high', () => {
    for (const city of BUNDLED_CITIES) {
      const ours = observations.filter((row) => row.city === city)
      const { floorF = Number.NaN } = summariseObservations(ours, climateDay(city, DATE))
      expect(floorF).toBeLessThanOrEqual(SETTLED[city] ?? Number.NaN)
    }
  })
})
