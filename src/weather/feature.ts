import type { ClimateDay } from '../domain/climate-day.ts'
import type { TrailingErrors } from './features-past.ts'
import type { SourceSummary } from './features-sources.ts'
import type { WeatherInputs } from './inputs.ts'
import type { ObservedDay } from './observed-day.ts'

export interface FeatureSpec {
  readonly name: string
  readonly unit: 'degF' | 'degF/h' | 'hPa' | 'm/s' | 'count' | 'hours' | 'flag' | 'ratio'
  /** Plausible, not enforced: a value outside is shown by `models verify`. */
  readonly min: number
  readonly max: number
  /** A missing value is NaN in the vector. */
  readonly missingAllowed: boolean
}

/** What every feature of one decision is computed from. */
export interface FeatureContext {
  readonly inputs: WeatherInputs
  readonly day: ClimateDay
  readonly snapshotHour: number
  readonly summary: SourceSummary
  readonly baseF: number
  readonly trailing: TrailingErrors
  readonly newestIssuedMs: number
  readonly observed: ObservedDay
}

export interface Feature extends FeatureSpec {
  readonly of: (context: FeatureContext) => number
}

/** One that is never missing. */
export const feature = (
  name: string,
  unit: FeatureSpec['unit'],
  [min, max]: readonly [number, number],
  of: Feature['of'],
): Feature => ({ name, unit, min, max, missingAllowed: false, of })

/** One that is NaN where what it rests on is unknown. */
export const optional = (
  name: string,
  unit: FeatureSpec['unit'],
  range: readonly [number, number],
  of: Feature['of'],
): Feature => ({ ...feature(name, unit, range, of), missingAllowed: true })
