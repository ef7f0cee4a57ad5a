import { describe, expect, it } from 'vitest'
import { addDays, type ClimateDate } from '../../../src/domain/climate-day.ts'
import { buildFeatures, COLUMN_SOURCES, FEATURE_NAMES, hasFeatures } from '../../../src/weather/features.ts'
import { PERSISTENCE, persistenceForecast } from '../../../src/weather/persistence.ts'
import { at, DATE, inputs } from './sample-inputs.ts'

const CITY = 'new_york'
/** 60 °F on the newest days, 50 before; `newest` days back from the predicted one. */
const highsWith = (newest: number) => (date: ClimateDate) => (date === addDays(DATE, -newest) ? 80 : 50)

describe('persistence', () => {
  it('moves the mean of the 30 newest known highs towards yesterday’s, from 03:00 on', () => {
    const meanF = 50 + 30 / 30
    expect(persistenceForecast(CITY, DATE, at(5), highsWith(1))).toEqual({
      city: CITY,
      date: DATE,
      source: PERSISTENCE,
      kind: 'asOf',
      highF: expect.closeTo(meanF + 0.65 * (80 - meanF), 12),
      issuedMs: at(3),
      availableMs: at(3),
    })
  })

  it('has the high of the day before yesterday as its newest on the evening before', () => {
    const meanF = 50 + 30 / 30
    expect(persistenceForecast(CITY, DATE, at(-4), highsWith(2))).toMatchObject({
      highF: expect.closeTo(meanF + 0.4 * (80 - meanF), 12),
      issuedMs: at(-21),
      availableMs: at(-21),
    })
  })

  it('never asks for a high that is not known yet', () => {
    const asked: ClimateDate[] = []
    const record = (date: ClimateDate): number => {
      asked.push(date)
      return 50
    }
    persistenceForecast(CITY, DATE, at(-4), record)
    expect(asked[0]).toBe(addDays(DATE, -2))
    expect(asked.every((date) => date <= addDays(DATE, -2))).toBe(true)
  })

  it('is the plain mean where the newest known high is older', () => {
    const highs = (date: ClimateDate) => (date > addDays(DATE, -3) ? undefined : highsWith(3)(date))
    expect(persistenceForecast(CITY, DATE, at(5), highs)?.highF).toBe(51)
  })

  it('needs ten known highs', () => {
    const since = (days: number) => (date: ClimateDate) => (date < addDays(DATE, -days) ? undefined : 50)
    expect(persistenceForecast(CITY, DATE, at(5), since(9))).toBeUndefined()
    expect(persistenceForecast(CITY, DATE, at(5), since(10))?.highF).toBe(50)
  })

  it('shows as one source without a column, and by its flag', () => {
    const forecast = persistenceForecast(CITY, DATE, at(5), () => 50)
    const names = ['source_count', 'is_persistence', ...COLUMN_SOURCES.map((name) => `from_base_${name.toLowerCase()}`)]
    const row = buildFeatures(inputs({ forecasts: forecast ? [forecast] : [] }), names)
    expect(hasFeatures(row) && [...row.values]).toEqual([1, 1, ...COLUMN_SOURCES.map(() => Number.NaN)])
    const usual = buildFeatures(inputs(), FEATURE_NAMES)
    expect(hasFeatures(usual) && usual.values[FEATURE_NAMES.indexOf('is_persistence')]).toBe(0)
    expect(COLUMN_SOURCES).not.toContain(PERSISTENCE)
  })
})
