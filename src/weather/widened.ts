import { createHash } from 'node:crypto'
import type { CityKey } from '../domain/city.ts'
import { addDays, type ClimateDate, climateDay } from '../domain/climate-day.ts'
import { invariant } from '../domain/invariant.ts'
import type { Forecast } from '../domain/weather.ts'
import { mean, standardDeviation, summariseSources } from './features-sources.ts'
import { isWidenedCity, type WidenedCity } from './stations.ts'
import { TRAINING_TO } from './training-window.ts'

/**
 * The forecast archive of Austin, Denver and Los Angeles has no issue times and knows the first hours of its day. Widened,
 * it gets noise until its error equals that of real NWS forecasts of the same lead (models.md §3): one shift per city,
 * day and issue for all sources, so that their own differences stay. The two issues share an error, and what the evening
 * has beyond the morning is the news in between.
 */
const HOUR_MS = 3_600_000
const EVENING_HOUR = -4
const MORNING_HOUR = 5
const TRAILING_DAYS = 30

/** 1.253 × mean absolute centred error of real NWS forecasts, February to September 2021, °F (models.md §3). */
export const REAL_FORECAST_SIGMA: Readonly<
  Record<WidenedCity, { readonly evening: number; readonly morning: number }>
> = {
  austin: { evening: 3.01, morning: 2.68 },
  denver: { evening: 3.06, morning: 2.7 },
  los_angeles: { evening: 2.94, morning: 2.76 },
}

/**
 * Standard deviation of the archive mean's error, measured up to the end of the training window on the archive that the
 * training table was made of: for archives that have too few days of it. °F.
 */
const TRAINED_ARCHIVE_SIGMA: Readonly<Record<WidenedCity, number>> = {
  austin: 1.7057914960555849,
  denver: 2.3500405330733787,
  los_angeles: 3.5001055650961397,
}
/** Errors of less than a year do not tell how wide an archive is: summers are narrower than winters. */
const MEASURED_DAYS_MIN = 365

export interface ArchiveDay {
  readonly date: ClimateDate
  readonly highs: readonly { readonly source: string; readonly highF: number }[]
}

export interface Widening {
  /** Standard deviation of the archive mean's error after a trailing bias, °F. */
  readonly archiveSigma: number
  /** Of the shift that both issues share; 0 where the archive is already as wide as a real forecast. */
  readonly sharedSigma: number
  /** Of what the evening issue has beyond it. */
  readonly revisionSigma: number
}

/** How much noise a city's archive needs, from its days up to the end of the training window. */
export function measureWidening(
  city: WidenedCity,
  archive: readonly ArchiveDay[],
  officialHighF: (date: ClimateDate) => number | undefined,
): Widening {
  const errorByDate = new Map<ClimateDate, number>()
  for (const day of archive) {
    const highF = officialHighF(day.date)
    const summary = summariseSources(rowsOf(city, day, 0, EVENING_HOUR))
    if (day.date <= TRAINING_TO && highF !== undefined && summary) errorByDate.set(day.date, highF - summary.meanF)
  }
  const remaining: number[] = []
  for (const [date, error] of errorByDate) {
    const trailing = trailingOf(errorByDate, date)
    if (trailing.length >= TRAILING_DAYS - 3) remaining.push(error - mean(trailing))
  }
  const archiveSigma = remaining.length < MEASURED_DAYS_MIN ? TRAINED_ARCHIVE_SIGMA[city] : standardDeviation(remaining)
  const { evening, morning } = REAL_FORECAST_SIGMA[city]
  return {
    archiveSigma,
    sharedSigma: Math.sqrt(Math.max(0, morning ** 2 - archiveSigma ** 2)),
    revisionSigma: Math.sqrt(Math.max(0, evening ** 2 - Math.max(morning, archiveSigma) ** 2)),
  }
}

function trailingOf(errorByDate: ReadonlyMap<ClimateDate, number>, date: ClimateDate): readonly number[] {
  const errors: number[] = []
  for (let back = 1; back <= TRAILING_DAYS; back++) {
    const error = errorByDate.get(addDays(date, -back))
    if (error !== undefined) errors.push(error)
  }
  return errors
}

/** Both issues of one day, every source, in tenths of °F. */
export function widenDay(city: WidenedCity, day: ArchiveDay, widening: Widening): readonly Forecast[] {
  const sharedF = widening.sharedSigma * standardNormal(city, day.date, 'shared')
  const revisionF = widening.revisionSigma * standardNormal(city, day.date, 'revision')
  return [...rowsOf(city, day, sharedF + revisionF, EVENING_HOUR), ...rowsOf(city, day, sharedF, MORNING_HOUR)]
}

export function widenCity(
  city: CityKey,
  archive: readonly ArchiveDay[],
  officialHighF: (date: ClimateDate) => number | undefined,
): readonly Forecast[] {
  invariant(isWidenedCity(city), 'only a city without as-of forecasts is widened')
  const widening = measureWidening(city, archive, officialHighF)
  return archive.flatMap((day) => widenDay(city, day, widening))
}

function rowsOf(city: CityKey, day: ArchiveDay, shiftF: number, issueHour: number): readonly Forecast[] {
  const issuedMs = climateDay(city, day.date).startMs + issueHour * HOUR_MS
  return day.highs.map(({ source, highF }) => ({
    city,
    date: day.date,
    source,
    kind: 'widened',
    highF: Math.round((highF + shiftF) * 10) / 10,
    issuedMs,
    availableMs: issuedMs,
  }))
}

const UNIT_48_BITS = 2 ** 48

/**
 * A draw that depends on nothing but its name: SHA-256 of `city,date,draw`, two 48-bit numbers of it, Box-Muller. No
 * other seed was tried, and none can be: there is no seed.
 */
export function standardNormal(city: CityKey, date: ClimateDate, draw: 'shared' | 'revision'): number {
  const digest = createHash('sha256').update(`${city},${date},${draw}`).digest()
  const radius = (digest.readUIntBE(0, 6) + 0.5) / UNIT_48_BITS
  const angle = (digest.readUIntBE(6, 6) + 0.5) / UNIT_48_BITS
  return Math.sqrt(-2 * Math.log(radius)) * Math.cos(2 * Math.PI * angle)
}
