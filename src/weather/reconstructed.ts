import { CITIES, type CityKey } from '../domain/city.ts'
import { type ClimateDate, climateDay } from '../domain/climate-day.ts'
import { invariant } from '../domain/invariant.ts'
import type { Observation } from '../domain/weather.ts'
import { roundHalfUp } from './features-sources.ts'

const HOUR_MS = 3_600_000
const HOURS_PER_DAY = 24
/** A reconstructed reading is known this long after its time (trading rules §6). */
const KNOWN_AFTER_MS = 10 * 60_000

/** One hour of the reanalysis as stored: its stamp is at a fixed *daylight* offset all year (models.md §4). */
export interface ReanalysisHour {
  /** `2024-12-17T14:00` */
  readonly stamp: string
  readonly temperatureF: number
}

/**
 * Readings for a station whose real ones are not in any archive we may ship: the hours of the reanalysis, moved from
 * daylight to standard time and shifted as a whole until the day's maximum is the official high, in whole °F. They know
 * the day's high, so they serve plays only: never training, never a claim about skill.
 *
 * @param hours at least those that cover the climate day, one each
 */
export function reconstructReadings(
  city: CityKey,
  date: ClimateDate,
  hours: readonly ReanalysisHour[],
  officialHighF: number,
): readonly Observation[] {
  const day = climateDay(city, date)
  const ofDay = hours
    .map((hour) => ({ validMs: standardTimeMs(city, hour.stamp), temperatureF: hour.temperatureF }))
    .filter((hour) => hour.validMs >= day.startMs && hour.validMs < day.endMs)
    .sort((a, b) => a.validMs - b.validMs)
  invariant(ofDay.length === HOURS_PER_DAY, 'the reanalysis has every hour of the climate day')
  invariant(new Set(ofDay.map((hour) => hour.validMs)).size === HOURS_PER_DAY, 'the reanalysis has an hour once')
  const shiftF = officialHighF - Math.max(...ofDay.map((hour) => hour.temperatureF))
  return ofDay.map((hour) => ({
    city,
    station: CITIES[city].station,
    kind: 'reconstructed',
    validMs: hour.validMs,
    availableMs: hour.validMs + KNOWN_AFTER_MS,
    temperatureF: roundHalfUp(hour.temperatureF + shiftF),
    precision: '1F',
  }))
}

/** The stamp minus one hour is local standard time. */
export function standardTimeMs(city: CityKey, stamp: string): number {
  return Date.parse(`${stamp}:00Z`) - HOUR_MS - CITIES[city].standardOffsetHours * HOUR_MS
}
