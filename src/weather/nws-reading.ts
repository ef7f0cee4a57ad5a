import type { Observation } from '../domain/weather.ts'
import { fahrenheit, isAirTemperature, sideMeasurements } from './measurements.ts'
import type { NwsReading } from './nws-schemas.ts'

/** Quality flags of MADIS: rejected, questioned, subjectively bad. Such a value is none. */
const REFUSED_QUALITY = new Set(['X', 'Q', 'B'])
/** The remark with temperature and dew point in tenths, `T01230045`. */
const TENTHS_REMARK = /\bT[01]\d{3}[01]\d{3}\b/

/** What one is in °C, in hPa, in m/s. A unit that is not here is not guessed at: the value is missing. */
const CELSIUS_UNITS: ReadonlyMap<string, number> = new Map([['wmoUnit:degC', 1]])
const PRESSURE_UNITS: ReadonlyMap<string, number> = new Map([['wmoUnit:Pa', 0.01]])
const WIND_UNITS: ReadonlyMap<string, number> = new Map([
  ['wmoUnit:km_h-1', 1 / 3.6],
  ['wmoUnit:m_s-1', 1],
])

export type ReadingValues = Pick<Observation, 'temperatureF' | 'precision' | 'dewpointF' | 'pressureHpa' | 'windMs'>

/** Undefined where the reading is no reading: null, refused by the service's own checks, or outside all records. */
export function readingValues(reading: NwsReading): ReadingValues | undefined {
  const { value, qualityControl } = reading.temperature
  if (value === null || REFUSED_QUALITY.has(qualityControl ?? '')) return undefined
  if (!isAirTemperature(value)) return undefined
  const tenths = Math.round(value * 10)
  const isInTenths = TENTHS_REMARK.test(reading.rawMessage ?? '') || tenths % 10 !== 0
  const celsius = tenths / 10
  return {
    temperatureF: fahrenheit(celsius),
    precision: isInTenths ? '0.1C' : '1C',
    ...sideMeasurements({
      celsius,
      dewpointCelsius: measured(reading.dewpoint, CELSIUS_UNITS),
      pressureHpa: measured(reading.seaLevelPressure, PRESSURE_UNITS),
      windMs: measured(reading.windSpeed, WIND_UNITS),
    }),
  }
}

/** In our unit, to tenths as stations report it. */
function measured(given: NwsReading['dewpoint'], units: ReadonlyMap<string, number>): number | undefined {
  if (given === undefined || given.value === null || REFUSED_QUALITY.has(given.qualityControl ?? '')) return undefined
  const factor = units.get(given.unitCode.replace(/^unit:/, 'wmoUnit:'))
  return factor === undefined ? undefined : Math.round(given.value * factor * 10) / 10
}
