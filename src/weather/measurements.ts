import type { Observation } from '../domain/weather.ts'

/** Outside the records of all seven stations: a fault, not weather. */
const CELSIUS_MIN = -45
const CELSIUS_MAX = 55
/** Below the strongest mean wind ever measured at a station. */
const WIND_MS_MAX = 103
/** A little beyond the lowest and highest sea-level pressures on record. */
const PRESSURE_HPA_MIN = 870
const PRESSURE_HPA_MAX = 1_085
const DEWPOINT_CELSIUS_MIN = -70

export const isAirTemperature = (celsius: number): boolean => celsius >= CELSIUS_MIN && celsius <= CELSIUS_MAX

/** To hundredths, in which tenths of °C are exact. */
export const fahrenheit = (celsius: number): number => Math.round(celsius * 180 + 3_200) / 100

export interface Measured {
  readonly celsius: number
  readonly dewpointCelsius?: number | undefined
  /** Reduced to sea level. */
  readonly pressureHpa?: number | undefined
  readonly windMs?: number | undefined
}

const isWithin = (value: number | undefined, min: number, max: number): value is number =>
  value !== undefined && value >= min && value <= max

/** What a report has beside its temperature. A value that cannot be is missing, and the temperature stays. */
export function sideMeasurements({
  celsius,
  dewpointCelsius,
  pressureHpa,
  windMs,
}: Measured): Pick<Observation, 'dewpointF' | 'pressureHpa' | 'windMs'> {
  return {
    ...(isWithin(dewpointCelsius, DEWPOINT_CELSIUS_MIN, celsius) ? { dewpointF: fahrenheit(dewpointCelsius) } : {}),
    ...(isWithin(pressureHpa, PRESSURE_HPA_MIN, PRESSURE_HPA_MAX) ? { pressureHpa } : {}),
    ...(isWithin(windMs, 0, WIND_MS_MAX) ? { windMs } : {}),
  }
}
