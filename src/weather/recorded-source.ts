import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FORECASTS_PER_DAY_MAX, OBSERVATIONS_PER_DAY_MAX } from '../config/limits.ts'
import type { City } from '../domain/city.ts'
import { type ClimateDate, climateDayAt } from '../domain/climate-day.ts'
import { OperatingError } from '../domain/operating-error.ts'
import type { Forecast, Observation, OfficialHigh } from '../domain/weather.ts'
import { hourlyPast } from './hourly-past.ts'
import type { WeatherAnswer, WeatherSource } from './source.ts'
import { parseForecasts, parseHighs, parseObservations } from './weather-files.ts'

/** All that a folder of recorded weather holds. */
export interface RecordedWeather {
  readonly forecasts: readonly Forecast[]
  readonly observations: readonly Observation[]
  readonly highs: readonly OfficialHigh[]
}

async function readRecorded(folder: string, name: string): Promise<{ bytes: Uint8Array; file: string }> {
  const file = join(folder, name)
  try {
    return { bytes: await readFile(file), file }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new OperatingError(
      `${file} cannot be read (${code}). A folder of recorded weather holds forecasts.csv.gz, observations.csv.gz and highs.csv.gz: name such a folder, or restore the file.`,
    )
  }
}

/**
 * Reads `forecasts.csv.gz`, `observations.csv.gz` and `highs.csv.gz`.
 *
 * @throws OperatingError naming file and line
 */
export async function loadRecordedWeather(folder: string): Promise<RecordedWeather> {
  const forecasts = await readRecorded(folder, 'forecasts.csv.gz')
  const observations = await readRecorded(folder, 'observations.csv.gz')
  const highs = await readRecorded(folder, 'highs.csv.gz')
  const recorded: RecordedWeather = {
    forecasts: parseForecasts(forecasts.bytes, forecasts.file),
    observations: parseObservations(observations.bytes, observations.file),
    highs: parseHighs(highs.bytes, highs.file),
  }
  checkTimes(recorded, folder)
  return recorded
}

/** What would let a decision look ahead, or make its inputs depend on the order of the file. */
function checkTimes({ forecasts, observations, highs }: RecordedWeather, folder: string): void {
  const refuse = (file: string, index: number, what: string): never => {
    throw new OperatingError(`${join(folder, file)}, line ${index + 2}: ${what}. Restore the file.`)
  }
  for (const [index, row] of forecasts.entries()) {
    if (row.availableMs < row.issuedMs) refuse('forecasts.csv.gz', index, 'available before it was issued')
  }
  for (const [index, row] of observations.entries()) {
    if (row.availableMs < row.validMs) refuse('observations.csv.gz', index, 'available before its own time')
  }
  const seen = new Set<string>()
  for (const [index, row] of highs.entries()) {
    const key = `${row.city} ${row.date}`
    if (seen.has(key)) refuse('highs.csv.gz', index, `a second high for ${key}`)
    seen.add(key)
  }
}

const dayKey = (city: string, date: ClimateDate): string => `${city} ${date}`

function group<Row extends { readonly availableMs: number }>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  limit: number,
): ReadonlyMap<string, readonly Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const key = keyOf(row)
    const held = groups.get(key)
    if (held) held.push(row)
    else groups.set(key, [row])
  }
  for (const [key, held] of groups) {
    if (held.length > limit) {
      throw new OperatingError(`The recorded weather has ${held.length} rows for ${key}; at most ${limit} are kept.`)
    }
    held.sort((a, b) => a.availableMs - b.availableMs)
  }
  return groups
}

/** Rows are in order of availability: the first that is later ends the search. */
function countAvailable(rows: readonly { readonly availableMs: number }[], asOfMs: number): number {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((rows[middle]?.availableMs ?? Number.POSITIVE_INFINITY) <= asOfMs) low = middle + 1
    else high = middle
  }
  return low
}

/** Recorded weather as it became known: nothing is handed out before its `availableMs`. */
export function recordedSource(recorded: RecordedWeather): WeatherSource {
  const forecasts = group(recorded.forecasts, (row) => dayKey(row.city, row.date), FORECASTS_PER_DAY_MAX)
  const observations = group(
    recorded.observations,
    (row) => dayKey(row.city, climateDayAt(row.city, row.validMs).date),
    OBSERVATIONS_PER_DAY_MAX,
  )
  const highs = new Map(recorded.highs.map((high) => [dayKey(high.city, high.date), high.highF]))
  const hourly = hourlyPast((city) => ({
    highF: (date) => highs.get(dayKey(city, date)),
    forecasts: (date) => forecasts.get(dayKey(city, date)) ?? [],
  }))

  const available = <Row extends { readonly availableMs: number }>(
    rows: readonly Row[] = [],
    asOfMs: number,
  ): WeatherAnswer<Row> => ({ ok: true, rows: rows.slice(0, countAvailable(rows, asOfMs)) })

  return {
    name: 'recorded',
    forecasts: async (city, date, asOfMs) => available(forecasts.get(dayKey(city.key, date)), asOfMs),
    observations: async (city, date, asOfMs) => available(observations.get(dayKey(city.key, date)), asOfMs),
    past: async (city, date, asOfMs) => ({ ok: true, rows: hourly.past(city, date, asOfMs) }),
    nextAvailableMs(city: City, date, asOfMs) {
      const nextOf = (rows: readonly { readonly availableMs: number }[] = []): number =>
        rows[countAvailable(rows, asOfMs)]?.availableMs ?? Number.POSITIVE_INFINITY
      return Math.min(nextOf(forecasts.get(dayKey(city.key, date))), nextOf(observations.get(dayKey(city.key, date))))
    },
  }
}

/** @throws OperatingError naming file and line */
export const openRecordedSource = async (folder: string): Promise<WeatherSource> =>
  recordedSource(await loadRecordedWeather(folder))
