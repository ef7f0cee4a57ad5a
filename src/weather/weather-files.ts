import { gunzipSync, gzipSync } from 'node:zlib'
import { z } from 'zod'
import { isCityKey } from '../domain/city.ts'
import { type ClimateDate, parseClimateDate } from '../domain/climate-day.ts'
import { OperatingError } from '../domain/operating-error.ts'
import type { Forecast, Observation, OfficialHigh } from '../domain/weather.ts'

/**
 * The weather files of the bundled days and of the training table: gzip of comma-separated lines with a header, UTC times to
 * the minute (`2024-12-16T12:00Z`), °F. One row a fact.
 */
export const FORECAST_COLUMNS = ['city', 'date', 'source', 'kind', 'high_f', 'issued_utc', 'available_utc'] as const
export const OBSERVATION_COLUMNS = [
  'city',
  'station',
  'kind',
  'valid_utc',
  'available_utc',
  'temperature_f',
  'precision',
] as const
/** Written where some row has one of them: files from before they existed have none of these columns. */
export const OBSERVATION_EXTRA_COLUMNS = ['dewpoint_f', 'pressure_hpa', 'wind_ms'] as const
export const HIGH_COLUMNS = ['city', 'date', 'high_f', 'source'] as const

const cityKey = z.string().refine(isCityKey, 'a city key')
const climateDate = z.string().transform((text, context): ClimateDate => {
  const parsed = parseClimateDate(text)
  if (parsed !== undefined) return parsed
  context.addIssue({ code: 'custom', message: 'a calendar date' })
  return z.NEVER
})
const utcMinute = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}Z$/, 'a UTC time such as 2024-12-16T12:00Z')
  .transform((text) => Date.parse(text))
  .refine(Number.isFinite, 'a real time')
const degrees = z
  .string()
  .regex(/^-?\d+(\.\d+)?$/, 'a temperature in °F')
  .transform(Number)
/** An empty cell is missing, never 0. */
const optionalNumber = z
  .string()
  .regex(/^(-?\d+(\.\d+)?)?$/, 'a number, or nothing')
  .transform((text) => (text === '' ? undefined : Number(text)))
  .optional()

const forecastRow = z
  .object({
    city: cityKey,
    date: climateDate,
    source: z.string().min(1),
    kind: z.enum(['asOf', 'widened', 'archive']),
    high_f: degrees,
    issued_utc: utcMinute,
    available_utc: utcMinute,
  })
  .transform((row): Forecast => {
    const { city, date, source, kind } = row
    return { city, date, source, kind, highF: row.high_f, issuedMs: row.issued_utc, availableMs: row.available_utc }
  })

const observationRow = z
  .object({
    city: cityKey,
    station: z.string().min(1),
    kind: z.enum(['station', 'reanalysis', 'reconstructed']),
    valid_utc: utcMinute,
    available_utc: utcMinute,
    temperature_f: degrees,
    precision: z.enum(['0.1C', '1C', '1F']),
    dewpoint_f: optionalNumber,
    pressure_hpa: optionalNumber,
    wind_ms: optionalNumber,
  })
  .transform((row): Observation => {
    const { city, station, kind, precision, temperature_f: temperatureF } = row
    return {
      ...{ city, station, kind, validMs: row.valid_utc, availableMs: row.available_utc, temperatureF, precision },
      ...(row.dewpoint_f === undefined ? {} : { dewpointF: row.dewpoint_f }),
      ...(row.pressure_hpa === undefined ? {} : { pressureHpa: row.pressure_hpa }),
      ...(row.wind_ms === undefined ? {} : { windMs: row.wind_ms }),
    }
  })

const highRow = z
  .object({ city: cityKey, date: climateDate, high_f: degrees, source: z.string() })
  .transform((row): OfficialHigh => ({ city: row.city, date: row.date, highF: row.high_f }))

/** `file` is named in the error of a broken line. */
export const parseForecasts = (bytes: Uint8Array, file: string): readonly Forecast[] =>
  parseRows(bytes, file, FORECAST_COLUMNS, forecastRow)
export const parseObservations = (bytes: Uint8Array, file: string): readonly Observation[] =>
  parseRows(bytes, file, OBSERVATION_COLUMNS, observationRow, OBSERVATION_EXTRA_COLUMNS)
export const parseHighs = (bytes: Uint8Array, file: string): readonly OfficialHigh[] =>
  parseRows(bytes, file, HIGH_COLUMNS, highRow)

function parseRows<Row>(
  bytes: Uint8Array,
  file: string,
  required: readonly string[],
  schema: z.ZodType<Row>,
  extra: readonly string[] = [],
): readonly Row[] {
  const lines = unzip(bytes, file).trimEnd().split('\n')
  const columns = [required, [...required, ...extra]].find((names) => names.join(',') === lines[0])
  if (columns === undefined) {
    throw new OperatingError(`${file}: the first line is not the header ${required.join(',')}. Restore the file.`)
  }
  return lines.slice(1).map((line, index) => {
    const cells = line.split(',')
    const record = Object.fromEntries(columns.map((column, position) => [column, cells[position]]))
    const parsed = schema.safeParse(record)
    if (parsed.success && cells.length === columns.length) return parsed.data
    const problem = parsed.success ? `expected ${columns.length} columns` : z.prettifyError(parsed.error)
    throw new OperatingError(`${file}, line ${index + 2}: ${problem.replaceAll('\n', ' ')}. Restore the file.`)
  })
}

function unzip(bytes: Uint8Array, file: string): string {
  try {
    return gunzipSync(bytes).toString('utf8')
  } catch (error) {
    throw new OperatingError(`${file}: not a whole gzip file. Restore it.`, 1, { cause: error })
  }
}

const GZIP_SYSTEM_BYTE = 9
const GZIP_SYSTEM_UNKNOWN = 255

/** The same rows give the same bytes on every machine: modification time 0 is Node's own, the system is not named. */
export function formatTable(columns: readonly string[], lines: readonly string[]): Uint8Array {
  const bytes = gzipSync(`${[columns.join(','), ...lines].join('\n')}\n`, { level: 9 })
  bytes[GZIP_SYSTEM_BYTE] = GZIP_SYSTEM_UNKNOWN
  return bytes
}

export const formatForecasts = (rows: readonly Forecast[]): Uint8Array =>
  formatTable(
    FORECAST_COLUMNS,
    rows.map((row) =>
      [row.city, row.date, row.source, row.kind, row.highF, utc(row.issuedMs), utc(row.availableMs)].join(','),
    ),
  )

export function formatObservations(rows: readonly Observation[]): Uint8Array {
  const extrasOf = (row: Observation) => [row.dewpointF, row.pressureHpa, row.windMs]
  const hasExtras = rows.some((row) => extrasOf(row).some((value) => value !== undefined))
  return formatTable(
    hasExtras ? [...OBSERVATION_COLUMNS, ...OBSERVATION_EXTRA_COLUMNS] : OBSERVATION_COLUMNS,
    rows.map((row) => {
      const times = [utc(row.validMs), utc(row.availableMs)]
      const cells = [row.city, row.station, row.kind, ...times, row.temperatureF, row.precision]
      return [...cells, ...(hasExtras ? extrasOf(row) : [])].join(',')
    }),
  )
}

export const formatHighs = (rows: readonly (OfficialHigh & { readonly source: string })[]): Uint8Array =>
  formatTable(
    HIGH_COLUMNS,
    rows.map((row) => [row.city, row.date, row.highF, row.source].join(',')),
  )

/** `2024-12-16T12:00Z` */
export const utc = (ms: number): string => `${Temporal.Instant.fromEpochMilliseconds(ms).toString().slice(0, 16)}Z`

/** In the order of the files: city, day, then time. */
export function compareForecasts(a: Forecast, b: Forecast): number {
  return (
    compareText(a.city, b.city) ||
    compareText(a.date, b.date) ||
    a.issuedMs - b.issuedMs ||
    compareText(a.source, b.source)
  )
}

export const compareObservations = (a: Observation, b: Observation): number =>
  compareText(a.station, b.station) || a.validMs - b.validMs || a.temperatureF - b.temperatureF

export const compareHighs = (a: OfficialHigh, b: OfficialHigh): number =>
  compareText(a.city, b.city) || compareText(a.date, b.date)

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
