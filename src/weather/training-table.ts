import { PAST_DAYS_MAX } from '../config/limits.ts'
import { addDays, type ClimateDate, climateDay, hoursIntoDay } from '../domain/climate-day.ts'
import type { Forecast } from '../domain/weather.ts'
import { readArchive } from './training-archive.ts'
import { TRAINING_HOURS } from './training-matrix.ts'
import { TRAINING_FROM, TRAINING_TO } from './training-window.ts'
import { compareForecasts, compareHighs, formatForecasts, formatHighs } from './weather-files.ts'

const LAST_TRAINING_HOUR = Math.max(...TRAINING_HOURS)

/**
 * The training table: official highs and the as-of and widened forecasts that were available by the last training hour
 * of their day. The matrix is derived from it alone, so that a clone can train without the archives.
 *
 * @param folder the public weather archives
 */
export function trainingTable(folder: string): Record<'forecasts.csv.gz' | 'highs.csv.gz', Uint8Array> {
  const { forecasts, highs } = readArchive(folder)
  const firstHigh: ClimateDate = addDays(TRAINING_FROM, -PAST_DAYS_MAX)
  const isInTime = (row: Forecast): boolean =>
    row.date >= TRAINING_FROM &&
    row.date <= TRAINING_TO &&
    hoursIntoDay(climateDay(row.city, row.date), row.availableMs) <= LAST_TRAINING_HOUR
  return {
    'forecasts.csv.gz': formatForecasts(newestByHour(forecasts.filter(isInTime)).sort(compareForecasts)),
    'highs.csv.gz': formatHighs(
      highs.filter((row) => row.date >= firstHigh && row.date <= TRAINING_TO).sort(compareHighs),
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
