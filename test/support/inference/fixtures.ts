import { fileURLToPath } from 'node:url'
import { climateDateOf, climateDay } from '../../../src/domain/climate-day.ts'
import type { Strike } from '../../../src/domain/strike.ts'
import type { Forecast, Observation } from '../../../src/domain/weather.ts'
import type { WeatherInputs } from '../../../src/weather/inputs.ts'

export const TINY_PACKAGE = fileURLToPath(new URL('../models/tiny', import.meta.url))
/** About a tenth of a second a run. */
export const SLOW_PACKAGE = fileURLToPath(new URL('../models/slow', import.meta.url))

export const DATE = climateDateOf('2024-12-17')
export const DAY = climateDay('new_york', DATE)
const HOUR_MS = 3_600_000
export const atHour = (hour: number): number => DAY.startMs + hour * HOUR_MS

export const STRIKES: readonly Strike[] = [
  { kind: 'less', cap: 53 },
  { kind: 'between', floor: 53, cap: 54 },
  { kind: 'between', floor: 55, cap: 56 },
  { kind: 'between', floor: 57, cap: 58 },
  { kind: 'between', floor: 59, cap: 60 },
  { kind: 'greater', floor: 60 },
]

export const forecast = (over: Partial<Forecast> = {}): Forecast => ({
  city: 'new_york',
  date: DATE,
  source: 'GFS_MOS',
  kind: 'asOf',
  highF: 57,
  issuedMs: atHour(-12),
  availableMs: atHour(-8),
  ...over,
})

export const reading = (over: Partial<Observation> = {}): Observation => ({
  city: 'new_york',
  station: 'KNYC',
  kind: 'station',
  validMs: atHour(5),
  availableMs: atHour(5.1),
  temperatureF: 50,
  precision: '0.1C',
  ...over,
})

export const inputs = (over: Partial<WeatherInputs> = {}): WeatherInputs => ({
  city: 'new_york',
  date: DATE,
  asOfMs: atHour(6),
  forecasts: [forecast()],
  observations: [],
  past: [],
  ...over,
})
