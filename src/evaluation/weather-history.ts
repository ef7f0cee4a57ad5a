import { CITIES, CITY_KEYS, type CityKey } from '../domain/city.ts'
import { type ClimateDate, climateDay, climateDayAt } from '../domain/climate-day.ts'
import type { Forecast, Observation, OfficialHigh } from '../domain/weather.ts'
import { READING_DELAY_MS } from '../weather/observed-day.ts'
import { extrasOf, readingOf, readStationReports } from '../weather/station-reports.ts'
import { ARCHIVE_FILES, readArchive, readStoredForecasts } from '../weather/training-archive.ts'
import type { DataFolder } from './data-files.ts'

const READINGS_FILE = 'asos_metar_readings.csv.gz'
/** The file also has stations that settle nothing: they are left out. */
const SETTLEMENT_STATIONS = Object.fromEntries(CITY_KEYS.map((city) => [CITIES[city].station, city]))

/** Forecasts, readings and official highs by city and climate day, whenever they became available. */
export interface WeatherHistory {
  /** Days with an official high of any city, ascending. */
  readonly dates: readonly ClimateDate[]
  highF(city: CityKey, date: ClimateDate): number | undefined
  forecasts(kind: Forecast['kind'], city: CityKey, date: ClimateDate): readonly Forecast[]
  readings(city: CityKey, date: ClimateDate): readonly Observation[]
}

export interface WeatherRows {
  readonly highs: readonly OfficialHigh[]
  readonly forecasts: readonly Forecast[]
  readonly readings: readonly Observation[]
}

/**
 * Reads what the folder has. A file that is absent takes away only what it would give.
 *
 * @throws OperatingError naming file and line of what is broken
 */
export function readWeatherHistory(data: DataFolder): WeatherHistory {
  const folder = data.path('weather')
  const isPresent = (file: string): boolean => data.has('weather', file)
  const archive = readArchive(folder, isPresent)
  const stored = isPresent(ARCHIVE_FILES.daily) ? [...readStoredForecasts(folder)] : []
  const reports = isPresent(READINGS_FILE) ? readStationReports(folder, SETTLEMENT_STATIONS) : []
  const readings = reports.map((report) => ({ ...readingOf(report, READING_DELAY_MS), ...extrasOf(report) }))
  const asIs = stored.flatMap(([city, days]) =>
    days.flatMap(({ date, highs }) => {
      const startMs = climateDay(city, date).startMs
      return highs.map(({ source, highF }): Forecast => {
        return { city, date, source, kind: 'archive', highF, issuedMs: startMs, availableMs: startMs }
      })
    }),
  )
  return weatherHistory({ highs: archive.highs, forecasts: [...archive.forecasts, ...asIs], readings })
}

export function weatherHistory({ highs, forecasts, readings }: WeatherRows): WeatherHistory {
  const highByKey = new Map(highs.map((high) => [`${high.city} ${high.date}`, high.highF]))
  const forecastsByKey = Map.groupBy(forecasts, (row) => `${row.kind} ${row.city} ${row.date}`)
  const readingsByKey = Map.groupBy(readings, (row) => `${row.city} ${climateDayAt(row.city, row.validMs).date}`)
  return {
    dates: [...new Set(highs.map((high) => high.date))].sort(),
    highF: (city, date) => highByKey.get(`${city} ${date}`),
    forecasts: (kind, city, date) => forecastsByKey.get(`${kind} ${city} ${date}`) ?? [],
    readings: (city, date) => readingsByKey.get(`${city} ${date}`) ?? [],
  }
}
