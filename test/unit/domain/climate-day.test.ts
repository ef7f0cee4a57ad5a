import { describe, expect, it } from 'vitest'
import { CITIES, CITY_KEYS, type CityKey } from '../../../src/domain/city.ts'
import {
  addDays,
  climateDateOf,
  climateDay,
  climateDayAt,
  hoursIntoDay,
  parseClimateDate,
} from '../../../src/domain/climate-day.ts'

/** kalshi-api.md §6.2: local-standard midnight in UTC, the same all year. */
const MIDNIGHT_UTC: Readonly<Record<CityKey, string>> = {
  new_york: '05',
  philadelphia: '05',
  miami: '05',
  chicago: '06',
  austin: '06',
  denver: '07',
  los_angeles: '08',
}
const DATES = ['2024-12-17', '2025-03-09', '2025-07-01', '2025-11-02', '2024-02-29'] as const

describe('the climate day', () => {
  it.each(CITY_KEYS.flatMap((city) => DATES.map((date) => [city, date] as const)))(
    'of %s on %s runs from standard midnight for 24 hours, also where the wall clock is changed',
    (city, date) => {
      const day = climateDay(city, climateDateOf(date))
      expect(day.startMs).toBe(Date.parse(`${date}T${MIDNIGHT_UTC[city]}:00:00Z`))
      expect(day.endMs - day.startMs).toBe(24 * 3_600_000)
      expect(climateDayAt(city, day.startMs)).toEqual(day)
      expect(climateDayAt(city, day.endMs - 1)).toEqual(day)
      expect(climateDayAt(city, day.startMs - 1).date).toBe(addDays(day.date, -1))
      expect(climateDayAt(city, day.endMs).date).toBe(addDays(day.date, 1))
    },
  )

  it.each(CITY_KEYS)('of %s is an hour off the wall clock in summer and equal to it in winter', (city) => {
    const wallHour = (date: string): number =>
      Temporal.Instant.fromEpochMilliseconds(climateDay(city, climateDateOf(date)).startMs).toZonedDateTimeISO(
        CITIES[city].zone,
      ).hour
    expect(wallHour('2025-01-15')).toBe(0)
    expect(wallHour('2025-07-15')).toBe(1)
  })

  it('counts hours from its start, below zero on the day before', () => {
    const day = climateDay('chicago', climateDateOf('2024-12-17'))
    expect(hoursIntoDay(day, day.startMs + 90 * 60_000)).toBe(1.5)
    expect(hoursIntoDay(day, day.startMs - 4 * 3_600_000)).toBe(-4)
  })

  it.each(['2024-02-30', '2024-13-01', '24-12-17', '2024-12-17T00:00', '', '2023-02-29'])('%s is no date', (text) => {
    expect(parseClimateDate(text)).toBeUndefined()
  })
})
