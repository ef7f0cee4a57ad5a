import { CITIES, type CityKey } from './city.ts'
import { invariant } from './invariant.ts'

/**
 * A climate day runs from midnight to midnight local *standard* time all year (in summer 01:00 to 01:00 on the wall
 * clock), so every one of them has 24 hours, also on the two days of the year on which the wall clock is changed.
 */
declare const date: unique symbol
/** ISO date of a climate day, `2024-12-17`. */
export type ClimateDate = string & { readonly [date]: 'ClimateDate' }

const HOUR_MS = 3_600_000
export const DAY_MS = 24 * HOUR_MS

export interface ClimateDay {
  readonly city: CityKey
  readonly date: ClimateDate
  /** UTC milliseconds, inclusive. */
  readonly startMs: number
  /** UTC milliseconds, exclusive. */
  readonly endMs: number
}

/** Undefined where the text is no real calendar date. */
export function parseClimateDate(text: string): ClimateDate | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined
  const ms = Date.parse(`${text}T00:00:00Z`)
  if (Number.isNaN(ms) || Temporal.Instant.fromEpochMilliseconds(ms).toString().slice(0, 10) !== text) return undefined
  return text as ClimateDate
}

export function climateDateOf(text: string): ClimateDate {
  const parsed = parseClimateDate(text)
  invariant(parsed !== undefined, 'a climate date is a calendar date')
  return parsed
}

export const addDays = (day: ClimateDate, days: number): ClimateDate =>
  Temporal.PlainDate.from(day).add({ days }).toString() as ClimateDate

export function climateDay(city: CityKey, day: ClimateDate): ClimateDay {
  const startMs = Date.parse(`${day}T00:00:00Z`) - CITIES[city].standardOffsetHours * HOUR_MS
  return { city, date: day, startMs, endMs: startMs + DAY_MS }
}

export function climateDayAt(city: CityKey, utcMs: number): ClimateDay {
  const local = utcMs + CITIES[city].standardOffsetHours * HOUR_MS
  const day = Temporal.Instant.fromEpochMilliseconds(Math.floor(local)).toString().slice(0, 10) as ClimateDate
  return climateDay(city, day)
}

/** Hours since local-standard midnight of `day`; negative on the day before, 24 and more on the day after. */
export const hoursIntoDay = (day: ClimateDay, utcMs: number): number => (utcMs - day.startMs) / HOUR_MS

const DAYS_PER_YEAR = 365.2425

/** Where in the year a day lies, in radians: 0 on the first of January. */
export function yearAngle(date: ClimateDate): number {
  const yearStartMs = Date.parse(`${date.slice(0, 4)}-01-01T00:00:00Z`)
  return (2 * Math.PI * (Date.parse(`${date}T00:00:00Z`) - yearStartMs)) / (DAYS_PER_YEAR * DAY_MS)
}
