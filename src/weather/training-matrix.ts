import { CITY_KEYS, type CityKey } from '../domain/city.ts'
import { addDays, type ClimateDate, climateDay } from '../domain/climate-day.ts'
import type { Forecast, OfficialHigh } from '../domain/weather.ts'
import { buildFeatures, FEATURE_NAMES, hasFeatures } from './features.ts'
import { gatherPast } from './features-past.ts'

/** Decision hours of the climate day's clock that the model learns from: 20:00 of the day before and 05:00. */
export const TRAINING_HOURS = [-4, 5] as const
const HOUR_MS = 3_600_000

export interface TrainingRow {
  readonly city: CityKey
  readonly date: ClimateDate
  readonly snapshotHour: number
  readonly kind: Forecast['kind']
  readonly baseF: number
  readonly highF: number
  readonly values: Float32Array
}

export interface MatrixInput {
  readonly highs: readonly OfficialHigh[]
  readonly forecasts: readonly Forecast[]
  /** Inclusive. */
  readonly from: ClimateDate
  readonly to: ClimateDate
}

/**
 * One row per city, day and training hour at which a forecast was available and whose high is known, ordered by day.
 * Built by the code that serves, with the same look-ahead assertions.
 */
export function* trainingRows(input: MatrixInput): Generator<TrainingRow> {
  const highs = new Map(input.highs.map((row) => [`${row.city} ${row.date}`, row.highF]))
  const forecasts = Map.groupBy(input.forecasts, (row) => `${row.city} ${row.date}`)
  for (let date = input.from; date <= input.to; date = addDays(date, 1)) {
    for (const city of CITY_KEYS) {
      const archive = {
        highF: (day: ClimateDate) => highs.get(`${city} ${day}`),
        forecasts: (day: ClimateDate) => forecasts.get(`${city} ${day}`) ?? [],
      }
      const highF = archive.highF(date)
      if (highF === undefined) continue
      for (const snapshotHour of TRAINING_HOURS) {
        const asOfMs = climateDay(city, date).startMs + snapshotHour * HOUR_MS
        const available = archive.forecasts(date).filter((row) => row.availableMs <= asOfMs)
        if (available.length === 0) continue
        const past = gatherPast(city, date, asOfMs, archive)
        const row = buildFeatures({ city, date, asOfMs, forecasts: available, observations: [], past }, FEATURE_NAMES)
        if (!hasFeatures(row)) continue
        yield { city, date, snapshotHour, kind: row.forecastKind, baseF: row.baseF, highF, values: row.values }
      }
    }
  }
}

export const MATRIX_KEYS = ['city', 'date', 'hour', 'kind', 'base', 'high'] as const

/** Float32 in its shortest form that reads back as the same float32; a missing value is an empty cell. */
export function matrixLine(row: TrainingRow): string {
  const keys = [row.city, row.date, row.snapshotHour, row.kind, row.baseF, row.highF]
  return [...keys, ...Array.from(row.values, (value) => (Number.isNaN(value) ? '' : shortest(value)))].join(',')
}

function shortest(value: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const text = value.toPrecision(digits)
    if (Math.fround(Number(text)) === value) return String(Number(text))
  }
  return String(value)
}
