import { PAST_DAYS_MAX } from '../config/limits.ts'
import {
  addDays,
  type ClimateDate,
  climateDateOf,
  climateDay,
  climateDayAt,
  hoursIntoDay,
} from '../domain/climate-day.ts'
import type { Forecast } from '../domain/weather.ts'
import { READING_DELAY_MS } from './observed-day.ts'
import { extrasOf, readingOf, readStationReports } from './station-reports.ts'
import { READING_STATIONS } from './stations.ts'
import { readArchive } from './training-archive.ts'
import { TRAINING_HOURS } from './training-matrix.ts'
import { readNeighbourForecasts, readNeighbourHighs } from './training-neighbours.ts'
import { TRAINING_FROM, TRAINING_TO } from './training-window.ts'
import {
  compareForecasts,
  compareHighs,
  compareObservations,
  formatForecasts,
  formatHighs,
  formatObservations,
} from './weather-files.ts'

/** The files of the table, in the order in which they are hashed together. */
export const TABLE_FILES = [
  'forecasts.csv.gz',
  'highs.csv.gz',
  'readings.csv.gz',
  'neighbour-forecasts.csv.gz',
  'neighbour-highs.csv.gz',
] as const
export type TableFile = (typeof TABLE_FILES)[number]

const LAST_TRAINING_HOUR = Math.max(...TRAINING_HOURS)
/** The archive's readings begin here. */
const READINGS_FROM = climateDateOf('2022-01-01')
/** A report is taken to be known this long after its time; the archive does not say when it came. */

/**
 * The training table: official highs, the as-of and widened forecasts that were available by the last training hour of their
 * day, station readings, and the same of neighbour stations in files of their own. The matrix is derived from it alone, so
 * that a clone can train without the archives.
 *
 * @param folder the public weather archives
 */
export function trainingTable(folder: string): Readonly<Record<TableFile, Uint8Array>> {
  const { forecasts, highs } = readArchive(folder)
  const reports = readStationReports(folder, READING_STATIONS)
  const firstHigh: ClimateDate = addDays(TRAINING_FROM, -PAST_DAYS_MAX)
  const isWithin = (from: ClimateDate) => (row: { readonly date: ClimateDate }) =>
    row.date >= from && row.date <= TRAINING_TO
  const isInTime = (row: Forecast): boolean =>
    hoursIntoDay(climateDay(row.city, row.date), row.availableMs) <= LAST_TRAINING_HOUR
  const tableOf = (rows: readonly Forecast[], from: ClimateDate): Uint8Array =>
    formatForecasts(newestByHour(rows.filter(isWithin(from)).filter(isInTime)).sort(compareForecasts))
  const readings = reports
    .filter(({ city, validMs }) => isWithin(READINGS_FROM)(climateDayAt(city, validMs)))
    .map((report) => ({ ...readingOf(report, READING_DELAY_MS), ...extrasOf(report) }))
  return {
    'forecasts.csv.gz': tableOf(forecasts, TRAINING_FROM),
    'highs.csv.gz': formatHighs(highs.filter(isWithin(firstHigh)).sort(compareHighs)),
    'readings.csv.gz': formatObservations(readings.sort(compareObservations)),
    'neighbour-forecasts.csv.gz': tableOf(readNeighbourForecasts(folder), READINGS_FROM),
    'neighbour-highs.csv.gz': formatHighs(
      readNeighbourHighs(folder, reports).filter(isWithin(READINGS_FROM)).sort(compareHighs),
    ),
  }
}

/** Of an hourly source, the issues that some training hour sees as the newest: the rest changes no row of the matrix. */
function newestByHour(forecasts: readonly Forecast[]): Forecast[] {
  const kept = new Set<Forecast>()
  for (const hour of TRAINING_HOURS) {
    const newest = new Map<string, Forecast>()
    for (const row of forecasts) {
      if (hoursIntoDay(climateDay(row.city, row.date), row.availableMs) > hour) continue
      const key = `${row.city} ${row.date} ${row.source}`
      const held = newest.get(key)
      if (held === undefined || row.issuedMs > held.issuedMs) newest.set(key, row)
    }
    for (const row of newest.values()) kept.add(row)
  }
  return [...kept]
}
