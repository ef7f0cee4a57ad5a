import type { ClimateDay } from '../domain/climate-day.ts'
import { unreachable } from '../domain/invariant.ts'
import type { Observation } from '../domain/weather.ts'

const COVER_MS_MAX = 3_600_000
const MINUTE_MS = 60_000

/**
 * The lowest settled high that a reading leaves possible (trading rules §6): a reading in Celsius may have been half a
 * step lower and the official high is in whole °F, halves up. Undefined where it rules nothing out.
 */
export function floorOf(reading: Observation): number | undefined {
  if (reading.kind === 'reanalysis') return undefined
  if (reading.kind === 'reconstructed') return Math.round(reading.temperatureF)
  switch (reading.precision) {
    case '1F':
      return Math.round(reading.temperatureF)
    case '1C':
      return wholeFahrenheit(reading.temperatureF, 10)
    case '0.1C':
      return wholeFahrenheit(reading.temperatureF, 1)
    default:
      return unreachable(reading.precision)
  }
}

/** round(1.8 × (c − step/2) + 32), halves up, in integers: hundredths of °F from tenths of °C. */
function wholeFahrenheit(temperatureF: number, stepTenthsC: number): number {
  const tenthsC = Math.round(((temperatureF - 32) / 1.8) * (10 / stepTenthsC)) * stepTenthsC
  const hundredthsF = 18 * tenthsC - 9 * stepTenthsC + 3_200
  return Math.floor((hundredthsF + 50) / 100)
}

export interface ObservationSummary {
  readonly floorF?: number
  /** Highest reading of a station (or a reconstructed one); reanalysis has none. */
  readonly observedMaxF?: number
  readonly kind?: Observation['kind']
  readonly count: number
  readonly coveredMinutes: number
}

/**
 * What the readings of the day say. A reading covers the time since the one before it, at most 60 minutes, within the
 * climate day (trading rules §5, row 5). Reanalysis counts neither as a reading nor as cover.
 */
export function summariseObservations(observations: readonly Observation[], day: ClimateDay): ObservationSummary {
  const readings = observations
    .filter((reading) => reading.kind !== 'reanalysis')
    .sort((a, b) => a.validMs - b.validMs || a.temperatureF - b.temperatureF)
  let floorF = Number.NEGATIVE_INFINITY
  let maxF = Number.NEGATIVE_INFINITY
  let coveredMs = 0
  let coveredToMs = day.startMs
  for (const reading of readings) {
    floorF = Math.max(floorF, floorOf(reading) ?? Number.NEGATIVE_INFINITY)
    maxF = Math.max(maxF, reading.temperatureF)
    coveredMs += Math.min(reading.validMs - coveredToMs, COVER_MS_MAX)
    coveredToMs = reading.validMs
  }
  const first = readings[0]
  if (first === undefined) {
    const kind = observations[0]?.kind
    return { count: 0, coveredMinutes: 0, ...(kind === undefined ? {} : { kind }) }
  }
  const kind = readings.some((reading) => reading.kind === 'reconstructed') ? 'reconstructed' : first.kind
  return {
    floorF,
    observedMaxF: maxF,
    kind,
    count: readings.length,
    coveredMinutes: Math.floor(coveredMs / MINUTE_MS),
  }
}
