import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { CityKey } from '../domain/city.ts'
import { CITIES } from '../domain/city.ts'
import { type ClimateDate, climateDateOf, climateDay, hoursIntoDay, parseClimateDate } from '../domain/climate-day.ts'
import { EXIT, OperatingError } from '../domain/operating-error.ts'
import type { Forecast, OfficialHigh } from '../domain/weather.ts'
import { ARCHIVE_CITY, BULLETIN_CITIES, HIGH_SOURCE, WIDENED_CITIES } from './stations.ts'
import { type ArchiveDay, widenCity } from './widened.ts'

/** Reads the public archives that the training table and the bundled day are made of (models.md §3, §4). */
export interface WeatherArchive {
  readonly highs: readonly (OfficialHigh & { readonly source: string })[]
  readonly forecasts: readonly Forecast[]
}

const BULLETIN_DELAY_MS = 5 * 60_000
/** Before this no forecast of ours exists; its highs are only trailing ones. */
const HIGHS_FROM = '2017-11-01'
const ARCHIVE_COLUMNS = {
  fcst_gfs_seamless: 'GFS_SEAMLESS',
  fcst_ecmwf_ifs025: 'ECMWF_IFS025',
  fcst_icon_seamless: 'ICON_SEAMLESS',
  fcst_gem_seamless: 'GEM_SEAMLESS',
  fcst_jma_seamless: 'JMA_SEAMLESS',
} as const
// `fcst_hrrr` repeats GFS on 99 % of its rows: no opinion of its own.

export type CsvRow = Readonly<Record<string, string>>

export function readArchiveCsv(folder: string, file: string): readonly CsvRow[] {
  const path = join(folder, file)
  let text: string
  try {
    text = gunzipSync(readFileSync(path)).toString('utf8')
  } catch (error) {
    throw new OperatingError(
      `${path} cannot be read as a gzip file. Name the folder with the public weather archives by --weather.`,
      EXIT.usage,
      { cause: error },
    )
  }
  const [header = '', ...lines] = text.trimEnd().split('\n')
  const columns = header.split(',')
  const check = lineCheck(path, columns)
  return lines.map((line, index) => {
    const cells = line.includes('"') ? quotedCells(line) : line.split(',')
    check(cells, index + 2)
    return Object.fromEntries(columns.map((column, position) => [column, cells[position] ?? '']))
  })
}

const QUOTED_CELL = /"((?:[^"]|"")*)"(?:,|$)|([^,]*)(?:,|$)/gy

/** A cell with a comma in it stands in quotes, as RFC 4180 has it. */
function quotedCells(line: string): readonly string[] {
  const cells: string[] = []
  for (const match of line.matchAll(QUOTED_CELL)) {
    cells.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '')
    if (match.index + match[0].length === line.length && !match[0].endsWith(',')) break
  }
  return cells
}

/** As many cells as the header has, dates that are dates, times that are times: else the line names itself. */
function lineCheck(path: string, columns: readonly string[]): (cells: readonly string[], line: number) => void {
  const dates = [...columns.keys()].filter((index) => /^(valid_)?date$/.test(columns[index] ?? ''))
  const times = [...columns.keys()].filter((index) => /_utc(_est)?$/.test(columns[index] ?? ''))
  const realDates = new Set<string>()
  return (cells, line) => {
    const refuse = (found: string): never => {
      throw new OperatingError(`${path}, line ${line}: ${found}. Correct the line or restore the file.`)
    }
    if (cells.length !== columns.length) refuse(`${cells.length} cells under ${columns.length} columns`)
    for (const index of dates) {
      const text = cells[index] ?? ''
      if (realDates.has(text)) continue
      if (parseClimateDate(text) === undefined) refuse(`the ${columns[index]} "${text}" is no date such as 2024-12-17`)
      realDates.add(text)
    }
    for (const index of times) {
      const text = cells[index] ?? ''
      if (Number.isNaN(Date.parse(text))) refuse(`the ${columns[index]} "${text}" is no UTC time`)
    }
  }
}

/** The files that official highs and forecasts are read from. */
export const ARCHIVE_FILES = {
  official: 'ghcnd_official_daily_4stations.csv.gz',
  daily: 'daily_high_obs_and_forecasts_7cities.csv.gz',
  modelOutput: 'forecasts_asof_mos_dayahead.csv.gz',
  openMeteo: 'forecasts_asof_openmeteo_nyc_hourly.csv.gz',
  bulletins: 'forecasts_asof_nws_scs_2021_7cities.csv.gz',
} as const

/**
 * Everything that is honest to know, sorted by nobody yet: as-of forecasts, widened ones, official highs.
 *
 * @param isPresent where it says no, the file is not looked for, and what it would give is not there
 */
export function readArchive(folder: string, isPresent: (file: string) => boolean = () => true): WeatherArchive {
  const highs = readHighs((file) => (isPresent(file) ? readArchiveCsv(folder, file) : []))
  const highByKey = new Map(highs.map((high) => [`${high.city} ${high.date}`, high.highF]))
  const stored = isPresent(ARCHIVE_FILES.daily)
    ? readStoredForecasts(folder)
    : new Map<CityKey, readonly ArchiveDay[]>()
  return {
    highs,
    forecasts: [
      ...(isPresent(ARCHIVE_FILES.modelOutput) ? readModelOutputStatistics(folder) : []),
      ...(isPresent(ARCHIVE_FILES.openMeteo) ? readOpenMeteo(folder) : []),
      ...(isPresent(ARCHIVE_FILES.bulletins) ? readBulletins(folder) : []),
      ...WIDENED_CITIES.flatMap((city) =>
        widenCity(city, stored.get(city) ?? [], (date) => highByKey.get(`${city} ${date}`)),
      ),
    ],
  }
}

function readHighs(read: (file: string) => readonly CsvRow[]): WeatherArchive['highs'] {
  const highs: (OfficialHigh & { readonly source: string })[] = []
  const add = (
    row: CsvRow,
    dateColumn: string,
    highColumn: string,
    source: 'GHCND' | 'ACIS',
    label = source as string,
  ): void => {
    const city = cityOf(row)
    const highF = numberOf(row[highColumn])
    const date = row[dateColumn] ?? ''
    if (city === undefined || highF === undefined || HIGH_SOURCE[city] !== source || date < HIGHS_FROM) return
    highs.push({ city, date: climateDateOf(date), highF: Math.round(highF), source: label })
  }
  for (const row of read(ARCHIVE_FILES.official)) add(row, 'date', 'tmax_f', 'GHCND')
  for (const row of read(ARCHIVE_FILES.daily)) add(row, 'date', 'nws_high', 'ACIS')
  // Miami's high of before 2022 came with its forecasts.
  for (const row of read(ARCHIVE_FILES.modelOutput)) {
    const isMissing = row.station === 'KMIA' && row.model === 'GFS_MOS' && (row.valid_date ?? '') < '2022-01-01'
    if (isMissing) add(row, 'valid_date', 'obs_high_f', 'ACIS', 'MOS_OBS')
  }
  return highs
}

/** @param isWanted the file also has stations that settle nothing */
export function readModelOutputStatistics(
  folder: string,
  isWanted: (station: string, city: CityKey) => boolean = (station, city) => CITIES[city].station === station,
): readonly Forecast[] {
  return readArchiveCsv(folder, 'forecasts_asof_mos_dayahead.csv.gz').flatMap((row) => {
    const city = cityOf(row)
    if (city === undefined || !isWanted(row.station ?? '', city)) return []
    return asOfRow(row, { city, source: row.model ?? '', availableMs: Date.parse(row.available_utc_est ?? '') })
  })
}

function readOpenMeteo(folder: string): readonly Forecast[] {
  return readArchiveCsv(folder, 'forecasts_asof_openmeteo_nyc_hourly.csv.gz').flatMap((row) => {
    const city = cityOf(row)
    if (city === undefined) return []
    const availableMs = Date.parse(row.issued_utc ?? '')
    const hour = hoursIntoDay(climateDay(city, climateDateOf(row.valid_date ?? '')), availableMs)
    return hour >= -24 && hour < 24 ? asOfRow(row, { city, source: 'OPENMETEO_BEST_MATCH', availableMs }) : []
  })
}

function readBulletins(folder: string): readonly Forecast[] {
  return readArchiveCsv(folder, 'forecasts_asof_nws_scs_2021_7cities.csv.gz').flatMap((row) => {
    const city = cityOf(row)
    if (city === undefined || !BULLETIN_CITIES.includes(city)) return []
    return asOfRow(row, { city, source: 'NWS', availableMs: Date.parse(row.issued_utc ?? '') + BULLETIN_DELAY_MS })
  })
}

function asOfRow(row: CsvRow, given: Pick<Forecast, 'city' | 'source' | 'availableMs'>): readonly Forecast[] {
  const highF = numberOf(row.high_f)
  if (highF === undefined) return []
  const date = climateDateOf(row.valid_date ?? '')
  return [{ ...given, date, kind: 'asOf', highF, issuedMs: Date.parse(row.issued_utc ?? '') }]
}

/** The archive as it is, by city: it has no issue times and knows the first hours of its day. */
export function readStoredForecasts(folder: string): ReadonlyMap<CityKey, readonly ArchiveDay[]> {
  const days = new Map<CityKey, ArchiveDay[]>()
  for (const row of readArchiveCsv(folder, ARCHIVE_FILES.daily)) {
    const city = cityOf(row)
    if (city === undefined) continue
    const highs = Object.entries(ARCHIVE_COLUMNS).flatMap(([column, source]) => {
      const highF = numberOf(row[column])
      return highF === undefined ? [] : [{ source, highF }]
    })
    const date: ClimateDate = climateDateOf(row.date ?? '')
    const held = days.get(city)
    if (held) held.push({ date, highs })
    else days.set(city, [{ date, highs }])
  }
  return days
}

const cityOf = (row: CsvRow): CityKey | undefined => ARCHIVE_CITY[row.city ?? '']

/** A blank is missing, never 0. */
export function numberOf(text: string | undefined): number | undefined {
  if (text === undefined || text.trim() === '') return undefined
  const value = Number(text)
  return Number.isFinite(value) ? value : undefined
}
