import type { CityKey } from '../../../src/domain/city.ts'
import { addDays, climateDateOf, climateDay } from '../../../src/domain/climate-day.ts'
import type { Forecast, Observation } from '../../../src/domain/weather.ts'
import type { PastDay, WeatherInputs } from '../../../src/weather/inputs.ts'

export const DATE = climateDateOf('2024-03-10')
export const HOUR_MS = 3_600_000

export const at = (hour: number, city: CityKey = 'new_york', date = DATE): number =>
  climateDay(city, date).startMs + hour * HOUR_MS

export function forecast(source: string, highF: number, changes: Partial<Forecast> = {}): Forecast {
  const issuedMs = changes.issuedMs ?? at(-17)
  return { city: 'new_york', date: DATE, source, kind: 'asOf', highF, issuedMs, availableMs: issuedMs, ...changes }
}

export function reading(hour: number, temperatureF: number, changes: Partial<Observation> = {}): Observation {
  const validMs = at(hour)
  return {
    city: 'new_york',
    station: 'KNYC',
    kind: 'station',
    validMs,
    availableMs: validMs,
    temperatureF,
    precision: '1F',
    ...changes,
  }
}

/** `back` days before, with an error of `errorF` (high minus forecast) of one source. */
export function pastDay(back: number, highF: number, errorF: number, source = 'GFS_MOS'): PastDay {
  const date = addDays(DATE, -back)
  const issuedMs = at(-17, 'new_york', date)
  return { date, highF, forecasts: [forecast(source, highF - errorF, { date, issuedMs })] }
}

export const inputs = (changes: Partial<WeatherInputs> = {}): WeatherInputs => ({
  city: 'new_york',
  date: DATE,
  asOfMs: at(5),
  forecasts: [forecast('GFS_MOS', 50), forecast('NAM_MOS', 53)],
  observations: [],
  past: [pastDay(1, 48, 1), pastDay(2, 51, 3)],
  ...changes,
})
