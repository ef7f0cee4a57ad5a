import { PAST_DAYS_MAX } from '../config/limits.ts'
import type { CityKey } from '../domain/city.ts'
import { addDays, type ClimateDate, climateDay } from '../domain/climate-day.ts'
import type { Forecast } from '../domain/weather.ts'
import { mean, newestPerSource, type SourceSummary, standardDeviation, summariseSources } from './features-sources.ts'
import type { PastDay } from './inputs.ts'

/** The official high of a day is known at 03:00 local standard time of the day after (models.md §3). */
const HIGH_KNOWN_AFTER_END_MS = 3 * 3_600_000
/** How many days of errors make a bias. */
const TRAILING_DAYS = 30
const SHORT_TRAILING_DAYS = 7
/** Pseudo-days at zero that keep a bias of few days small. */
const SHRINKAGE_DAYS = 5
/** Added to a source's squared error, °F², so that a lucky month does not silence the others. */
const WEIGHT_VARIANCE_FLOOR = 2
const ASSUMED_VARIANCE = 16

export const highKnownMs = (city: CityKey, date: ClimateDate): number =>
  climateDay(city, date).endMs + HIGH_KNOWN_AFTER_END_MS

export interface PastArchive {
  highF(date: ClimateDate): number | undefined
  /** Everything stored for that climate day, whenever it became available. */
  forecasts(date: ClimateDate): readonly Forecast[]
}

/**
 * The earlier days that a decision may look at, newest first: those whose high was known at `asOfMs`, each with what was
 * available at the same hour of its own clock. Days without a high are left out.
 */
export function gatherPast(city: CityKey, date: ClimateDate, asOfMs: number, archive: PastArchive): readonly PastDay[] {
  const intoDayMs = asOfMs - climateDay(city, date).startMs
  const past: PastDay[] = []
  for (let back = 1; back <= PAST_DAYS_MAX; back++) {
    const earlier = addDays(date, -back)
    if (highKnownMs(city, earlier) > asOfMs) continue
    const day = pastDayAt(city, earlier, intoDayMs, archive)
    if (day !== undefined) past.push(day)
  }
  return past
}

/** One earlier day with what was available `intoDayMs` after its start; undefined where it has no high. */
export function pastDayAt(
  city: CityKey,
  date: ClimateDate,
  intoDayMs: number,
  archive: PastArchive,
): PastDay | undefined {
  const highF = archive.highF(date)
  if (highF === undefined) return undefined
  const cutMs = climateDay(city, date).startMs + intoDayMs
  const available = archive.forecasts(date).filter((forecast) => forecast.availableMs <= cutMs)
  return { date, highF, forecasts: newestPerSource(available) }
}

export interface TrailingErrors {
  /** High minus mean of sources, °F; NaN where no earlier day has both. */
  readonly biasF: number
  readonly shortBiasF: number
  readonly meanAbsoluteF: number
  readonly deviationF: number
  readonly newestErrorF: number
  readonly count: number
}

export function trailingErrors(past: readonly PastDay[]): TrailingErrors {
  const errors: number[] = []
  for (const day of past) {
    if (errors.length === TRAILING_DAYS) break
    const summary = summariseSources(day.forecasts)
    if (summary) errors.push(day.highF - summary.meanF)
  }
  return {
    biasF: mean(errors),
    shortBiasF: mean(errors.slice(0, SHORT_TRAILING_DAYS)),
    meanAbsoluteF: mean(errors.map(Math.abs)),
    deviationF: standardDeviation(errors),
    newestErrorF: errors[0] ?? Number.NaN,
    count: errors.length,
  }
}

/**
 * Mean of the sources, each moved by its own trailing bias and weighted by the inverse of its trailing squared error
 * around it. NaN where no source has a past.
 */
export function correctedMean(summary: SourceSummary, past: readonly PastDay[]): number {
  let weightSum = 0
  let weighted = 0
  let known = 0
  for (const forecast of summary.kept) {
    const errors = errorsOfSource(forecast.source, past)
    known += errors.length
    const biasF = shrunkBias(errors)
    const spread = errors.reduce((sum, error) => sum + (error - biasF) ** 2, SHRINKAGE_DAYS * ASSUMED_VARIANCE)
    const weight = 1 / (spread / (errors.length + SHRINKAGE_DAYS) + WEIGHT_VARIANCE_FLOOR)
    weightSum += weight
    weighted += weight * (forecast.highF + biasF)
  }
  return known === 0 ? Number.NaN : weighted / weightSum
}

const shrunkBias = (errors: readonly number[]): number =>
  errors.reduce((sum, error) => sum + error, 0) / (errors.length + SHRINKAGE_DAYS)

/** Mean of the source's errors, kept small where they are few; NaN where there is none. */
export function sourceBias(source: string, past: readonly PastDay[]): number {
  const errors = errorsOfSource(source, past)
  return errors.length === 0 ? Number.NaN : shrunkBias(errors)
}

/** High minus the source's forecast on the newest day known; NaN where the source had none for it. */
export function newestErrorOf(source: string, past: readonly PastDay[]): number {
  return errorsOfSource(source, past.slice(0, 1))[0] ?? Number.NaN
}

function errorsOfSource(source: string, past: readonly PastDay[]): readonly number[] {
  const errors: number[] = []
  for (const day of past) {
    if (errors.length === TRAILING_DAYS) break
    const forecast = day.forecasts.find((candidate) => candidate.source === source)
    if (forecast) errors.push(day.highF - forecast.highF)
  }
  return errors
}
