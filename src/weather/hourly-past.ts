import type { City, CityKey } from '../domain/city.ts'
import { type ClimateDate, climateDay } from '../domain/climate-day.ts'
import { gatherPast, type PastArchive } from './features-past.ts'
import type { PastDay } from './inputs.ts'

const HOUR_MS = 3_600_000

export interface HourlyPast {
  /** What `gatherPast` gives at the start of the hour of `asOfMs`. */
  past(city: City, date: ClimateDate, asOfMs: number): readonly PastDay[]
  /** The archive holds more than before. */
  changed(): void
}

/** Earlier days change by the hour only, and cost a thousand comparisons: kept for as long as the hour lasts. */
export function hourlyPast(archiveOf: (city: CityKey) => PastArchive): HourlyPast {
  const pasts = new Map<string, { readonly hourMs: number; readonly rows: readonly PastDay[] }>()
  return {
    past({ key: city }, date, asOfMs) {
      const { startMs } = climateDay(city, date)
      const hourMs = startMs + Math.floor((asOfMs - startMs) / HOUR_MS) * HOUR_MS
      const held = pasts.get(`${city} ${date}`)
      if (held?.hourMs === hourMs) return held.rows
      const rows = gatherPast(city, date, hourMs, archiveOf(city))
      pasts.set(`${city} ${date}`, { hourMs, rows })
      return rows
    },
    changed: () => pasts.clear(),
  }
}
