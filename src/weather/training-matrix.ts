import { CITIES, CITY_KEYS, type CityKey } from '../domain/city.ts'
import { addDays, type ClimateDate, climateDay, climateDayAt } from '../domain/climate-day.ts'
import type { Forecast, Observation, OfficialHigh } from '../domain/weather.ts'
import { buildFeatures, FEATURE_NAMES, hasFeatures } from './features.ts'
import type { PastArchive } from './features-past.ts'
import type { PastDay } from './inputs.ts'
import { persistenceForecast } from './persistence.ts'
import { NEIGHBOUR_STATIONS } from './stations.ts'
import { pastByDate } from './training-past.ts'

/** Decision hours of the climate day's clock that the model learns from: from 20:00 of the day before to 17:00. */
export const TRAINING_HOURS = [-4, 2, 5, 8, 11, 14, 17] as const
type TrainingHour = (typeof TRAINING_HOURS)[number]
/** Without any forecast of the day: the evening before and the early morning. */
const STRICT_HOURS: readonly TrainingHour[] = [-4, 5]
const HOUR_MS = 3_600_000

/**
 * What a row teaches. `settlement`: the station that settles. `neighbour`: another station with readings and forecasts of its
 * own, under the key of the city that it lies in. `strict`: persistence as the only forecast, no readings.
 */
export type TrainingRole = 'settlement' | 'neighbour' | 'strict'

export interface TrainingRow {
  readonly city: CityKey
  readonly station: string
  readonly role: TrainingRole
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
  /** Of any station; each is used by its own rows alone. */
  readonly readings: readonly Observation[]
  readonly neighbourHighs: readonly OfficialHigh[]
  readonly neighbourForecasts: readonly Forecast[]
  /** Inclusive. */
  readonly from: ClimateDate
  readonly to: ClimateDate
}

/** Where the rows of one role and station come from. */
interface Series {
  readonly city: CityKey
  readonly station: string
  readonly role: TrainingRole
  readonly highF: (date: ClimateDate) => number | undefined
  readonly forecasts: (date: ClimateDate, hour: TrainingHour) => readonly Forecast[]
  readonly readings: (date: ClimateDate) => readonly Observation[]
  readonly hours: readonly TrainingHour[]
}

/**
 * One row per role, station, day and training hour at which a forecast was available and whose high is known, ordered by day.
 * Built by the code that serves, with the same look-ahead assertions.
 */
export function* trainingRows(input: MatrixInput): Generator<TrainingRow> {
  const series = seriesOf(input).map((row) => ({ row, pasts: pastsOf(row, input) }))
  for (let date = input.from; date <= input.to; date = addDays(date, 1)) {
    for (const { row, pasts } of series) {
      for (const hour of row.hours) {
        const built = rowAt(row, date, hour, pasts.get(hour)?.get(date) ?? [])
        if (built) yield built
      }
    }
  }
}

function pastsOf(
  series: Series,
  input: MatrixInput,
): ReadonlyMap<TrainingHour, ReadonlyMap<ClimateDate, readonly PastDay[]>> {
  const { city, highF, forecasts } = series
  return new Map(
    series.hours.map((hour) => {
      const archive: PastArchive = { highF, forecasts: (date) => forecasts(date, hour) }
      return [hour, pastByDate(city, hour, archive, input)]
    }),
  )
}

function rowAt(
  { city, station, role, ...series }: Series,
  date: ClimateDate,
  hour: TrainingHour,
  past: readonly PastDay[],
): TrainingRow | undefined {
  const highF = series.highF(date)
  if (highF === undefined) return undefined
  const asOfMs = climateDay(city, date).startMs + hour * HOUR_MS
  const isAvailable = (row: { readonly availableMs: number }): boolean => row.availableMs <= asOfMs
  const forecasts = series.forecasts(date, hour).filter(isAvailable)
  if (forecasts.length === 0) return undefined
  const observations = series.readings(date).filter(isAvailable)
  const row = buildFeatures({ city, date, asOfMs, forecasts, observations, past }, FEATURE_NAMES)
  if (!hasFeatures(row)) return undefined
  const { forecastKind: kind, baseF, values, snapshotHour } = row
  return { city, station, role, date, snapshotHour, kind, baseF, highF, values }
}

function seriesOf(input: MatrixInput): readonly Series[] {
  const highs = highsByDate(input.highs)
  const forecasts = forecastsByDate(input.forecasts)
  const neighbourHighs = highsByDate(input.neighbourHighs)
  const neighbourForecasts = forecastsByDate(input.neighbourForecasts)
  const readings = Map.groupBy(input.readings, (row) => `${row.station} ${climateDayAt(row.city, row.validMs).date}`)
  const readingsOf = (station: string) => (date: ClimateDate) => readings.get(`${station} ${date}`) ?? []
  const settlement = CITY_KEYS.map((city): Series => {
    const { station } = CITIES[city]
    const ofCity = { city, station, hours: TRAINING_HOURS, readings: readingsOf(station) }
    return { ...ofCity, role: 'settlement', highF: highs(city), forecasts: forecasts(city) }
  })
  const neighbours = Object.entries(NEIGHBOUR_STATIONS).map(([station, city]): Series => {
    const ofStation = { city, station, hours: TRAINING_HOURS, readings: readingsOf(station) }
    return { ...ofStation, role: 'neighbour', highF: neighbourHighs(city), forecasts: neighbourForecasts(city) }
  })
  const strict = settlement.map((series): Series => {
    const persistence = persistenceOf(series)
    return { ...series, role: 'strict', hours: STRICT_HOURS, forecasts: persistence, readings: () => [] }
  })
  return [...settlement, ...neighbours, ...strict]
}

const highsByDate = (rows: readonly OfficialHigh[]) => {
  const held = new Map(rows.map((row) => [`${row.city} ${row.date}`, row.highF]))
  return (city: CityKey) => (date: ClimateDate) => held.get(`${city} ${date}`)
}

const forecastsByDate = (rows: readonly Forecast[]) => {
  const held = Map.groupBy(rows, (row) => `${row.city} ${row.date}`)
  return (city: CityKey) => (date: ClimateDate) => held.get(`${city} ${date}`) ?? []
}

/** Persistence as of each hour of the day's own clock, computed once. */
function persistenceOf({ city, highF }: Series): Series['forecasts'] {
  const held = new Map<string, readonly Forecast[]>()
  return (date, hour) => {
    const key = `${date} ${hour}`
    let forecasts = held.get(key)
    if (!forecasts) {
      const forecast = persistenceForecast(city, date, climateDay(city, date).startMs + hour * HOUR_MS, highF)
      forecasts = forecast ? [forecast] : []
      held.set(key, forecasts)
    }
    return forecasts
  }
}

export const MATRIX_KEYS = ['city', 'station', 'role', 'date', 'hour', 'kind', 'base', 'high'] as const

/** Float32 in its shortest form that reads back as the same float32; a missing value is an empty cell. */
export function matrixLine(row: TrainingRow): string {
  const keys = [row.city, row.station, row.role, row.date, row.snapshotHour, row.kind, row.baseF, row.highF]
  return [...keys, ...Array.from(row.values, (value) => (Number.isNaN(value) ? '' : shortest(value)))].join(',')
}

function shortest(value: number): string {
  if (Number.isInteger(value)) return String(value)
  for (let digits = 1; digits < 9; digits++) {
    const text = value.toPrecision(digits)
    if (Math.fround(Number(text)) === value) return String(Number(text))
  }
  return String(value)
}
