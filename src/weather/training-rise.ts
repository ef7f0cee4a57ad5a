import { CITY_KEYS, type CityKey } from '../domain/city.ts'
import { climateDayAt, hoursIntoDay } from '../domain/climate-day.ts'
import { invariant } from '../domain/invariant.ts'
import type { RiseMonth, RiseTable } from './diurnal-rise.ts'
import { mean, standardDeviation } from './features-sources.ts'
import { readReanalysis } from './reanalysis.ts'
import { type ReanalysisHour, standardTimeMs } from './reconstructed.ts'
import { TRAINING_TO } from './training-window.ts'

const HOURS_PER_DAY = 24
const MONTHS = 12

/**
 * The typical rise still to come: over the days of the reanalysis up to the end of the training window, mean and standard
 * deviation of (highest of the hours from h on, to the end of the climate day) minus the temperature at h. The reanalysis is
 * biased as a level; a difference of two of its hours is the shape of a day.
 *
 * @param folder the public weather archives
 */
export function riseTable(folder: string): RiseTable {
  const tables = CITY_KEYS.map((city): [CityKey, readonly RiseMonth[]] => [
    city,
    riseOfCity(city, readReanalysis(folder, city)),
  ])
  return Object.fromEntries(tables) as Record<CityKey, readonly RiseMonth[]>
}

/** By month, then hour. Days with a missing hour are left out. */
export function riseOfCity(city: CityKey, hours: readonly ReanalysisHour[]): readonly RiseMonth[] {
  const byDay = new Map<string, number[]>()
  for (const hour of hours) {
    const validMs = standardTimeMs(city, hour.stamp)
    const day = climateDayAt(city, validMs)
    const held = byDay.get(day.date) ?? new Array<number>(HOURS_PER_DAY).fill(Number.NaN)
    held[hoursIntoDay(day, validMs)] = hour.temperatureF
    byDay.set(day.date, held)
  }
  const rises = Array.from({ length: MONTHS }, () => Array.from({ length: HOURS_PER_DAY }, (): number[] => []))
  for (const [date, temperatures] of byDay) {
    if (date > TRAINING_TO || temperatures.some(Number.isNaN)) continue
    const ofMonth = rises[Number(date.slice(5, 7)) - 1]
    for (const [hour, temperatureF] of temperatures.entries()) {
      ofMonth?.[hour]?.push(Math.max(...temperatures.slice(hour)) - temperatureF)
    }
  }
  return rises.map((ofMonth) => {
    invariant(ofMonth[0] && ofMonth[0].length > 1, 'the reanalysis has days of every month')
    return { meanF: ofMonth.map((values) => hundredths(mean(values))), deviationF: ofMonth.map(deviation) }
  })
}

const hundredths = (value: number): number => Math.round(value * 100) / 100
const deviation = (values: readonly number[]): number => hundredths(standardDeviation(values))

/** One line a row of 24 hours, so that a change can be read. */
export function formatRiseTable(table: RiseTable): Uint8Array {
  const month = ({ meanF, deviationF }: RiseMonth): string =>
    `      {\n        "meanF": ${JSON.stringify(meanF)},\n        "deviationF": ${JSON.stringify(deviationF)}\n      }`
  const cities = Object.entries(table).map(
    ([city, months]) => `    "${city}": [\n${months.map(month).join(',\n')}\n    ]`,
  )
  const about = `Typical rise still to come, degF, by city, month (January first) and hour 0 to 23 local standard time; ERA5 by Open-Meteo.com (CC BY 4.0) up to ${TRAINING_TO}`
  return Buffer.from(`{\n  "about": "${about}",\n  "cities": {\n${cities.join(',\n')}\n  }\n}\n`)
}
