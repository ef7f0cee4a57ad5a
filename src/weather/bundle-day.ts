import { PAST_DAYS_MAX } from '../config/limits.ts'
import { CITIES, type CityKey } from '../domain/city.ts'
import { addDays, type ClimateDate, climateDay } from '../domain/climate-day.ts'
import { EXIT, OperatingError } from '../domain/operating-error.ts'
import type { Observation } from '../domain/weather.ts'
import { readReanalysis } from './reanalysis.ts'
import { reconstructReadings } from './reconstructed.ts'
import { readingOf, readStationReports } from './station-reports.ts'
import { readArchive } from './training-archive.ts'
import { compareForecasts, compareHighs, formatForecasts, formatHighs, formatObservations } from './weather-files.ts'

/** The cities of the recorded market day. */
export const BUNDLED_CITIES: readonly CityKey[] = ['new_york', 'chicago', 'austin', 'denver']
/** The one of them whose real readings are in the archive; the others' are reconstructed. */
const STATION_CITIES: readonly CityKey[] = ['new_york']
const STATION_DELAY_MS = 5 * 60_000

export interface WeatherFiles {
  readonly 'forecasts.csv.gz': Uint8Array
  readonly 'observations.csv.gz': Uint8Array
  readonly 'highs.csv.gz': Uint8Array
}

/**
 * The weather of one played day: the day's forecasts and readings, and the forecasts and highs of the 60 days before it
 * for the trailing errors. The high of the day itself is not in it. Same archives, same bytes.
 *
 * @param folder the public weather archives
 */
export function bundleDay(folder: string, date: ClimateDate): WeatherFiles {
  const { forecasts, highs } = readArchive(folder)
  const from = addDays(date, -PAST_DAYS_MAX)
  const isBundled = (row: { readonly city: CityKey; readonly date: ClimateDate }): boolean =>
    BUNDLED_CITIES.includes(row.city) && row.date >= from && row.date <= date
  const observations = BUNDLED_CITIES.flatMap((city) => {
    if (STATION_CITIES.includes(city)) return stationReadings(folder, city, date)
    const high = highs.find((row) => row.city === city && row.date === date)
    if (high === undefined) throw missing(`no official high of ${city} on ${date}`, folder)
    return reconstructReadings(city, date, readReanalysis(folder, city), high.highF)
  })
  return {
    'forecasts.csv.gz': formatForecasts(forecasts.filter(isBundled).sort(compareForecasts)),
    'observations.csv.gz': formatObservations(observations),
    'highs.csv.gz': formatHighs(highs.filter((row) => isBundled(row) && row.date < date).sort(compareHighs)),
  }
}

function stationReadings(folder: string, city: CityKey, date: ClimateDate): readonly Observation[] {
  const day = climateDay(city, date)
  const { station } = CITIES[city]
  const readings = readStationReports(folder, { [station]: city })
    .map((report) => readingOf(report, STATION_DELAY_MS))
    .filter((reading) => reading.validMs >= day.startMs && reading.validMs < day.endMs)
    .sort((a, b) => a.validMs - b.validMs)
  if (readings.length === 0) throw missing(`no readings of ${station} on ${date}`, folder)
  return readings
}

const missing = (what: string, folder: string): OperatingError =>
  new OperatingError(`The weather archives in ${folder} have ${what}, so that day cannot be bundled.`, EXIT.usage)
