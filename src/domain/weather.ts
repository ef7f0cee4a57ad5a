import type { CityKey } from './city.ts'
import type { ClimateDate } from './climate-day.ts'
import type { PredictionId } from './ids.ts'
import type { NoPredictionReason } from './refusal.ts'

/** How a forecast came to us; every figure that rests on one names it (models.md §3). */
export type ForecastKind = 'asOf' | 'widened' | 'archive'
/** Where a reading came from: reanalysis rules nothing out, reconstructed is for plays only. */
export type ObservationKind = 'station' | 'reanalysis' | 'reconstructed'

export interface Forecast {
  readonly city: CityKey
  readonly date: ClimateDate
  /** e.g. `GFS_MOS`, `NBM`, `OPENMETEO_BEST_MATCH`, `NWS` */
  readonly source: string
  readonly kind: ForecastKind
  readonly highF: number
  readonly issuedMs: number
  /** Nothing that was available later may reach a decision. */
  readonly availableMs: number
}

export interface Observation {
  readonly city: CityKey
  readonly station: string
  readonly kind: ObservationKind
  readonly validMs: number
  readonly availableMs: number
  /** As reported. */
  readonly temperatureF: number
  /** The step the station reports in: 0.1 °C, 1 °C or 1 °F. */
  readonly precision: '0.1C' | '1C' | '1F'
  /** Of the same report; absent where the report has none, never 0 for missing. */
  readonly dewpointF?: number
  /** Reduced to sea level, hPa; not the altimeter setting, which some sources give in its place. */
  readonly pressureHpa?: number
  /** Mean wind speed, metres per second. */
  readonly windMs?: number
}

/** One official high, known at 03:00 local standard time of the day after. */
export interface OfficialHigh {
  readonly city: CityKey
  readonly date: ClimateDate
  readonly highF: number
}

/** The model's view of one event at one instant. Probabilities are floats and live only here, in pricing and strategy. */
export interface Prediction {
  readonly kind: 'prediction'
  readonly id: PredictionId
  readonly city: CityKey
  readonly date: ClimateDate
  readonly baseF: number
  /** P(settled high = firstHighF + i), after what the readings rule out; sums to 1. */
  readonly firstHighF: number
  readonly probabilities: readonly number[]
  /** P(YES) of each of the event's strikes, in the order of the request; sums to 1 over a partition. */
  readonly brackets: readonly number[]
  readonly expectedHighF: number
  readonly stdF: number
  /** q: the smallest whole °F whose cumulative probability reaches .05 / .95. */
  readonly q05F: number
  readonly q95F: number
  readonly observedMaxF?: number
  /** No high below this is possible any more. */
  readonly floorF?: number
  readonly observationCount: number
  /** Minutes of the climate day covered: a reading covers the time since the one before it, at most 60. */
  readonly coveredMinutes: number
  /** Issue time of the newest forecast used, market time. */
  readonly forecastIssuedMs: number
  readonly forecastKind: ForecastKind
  readonly observationKind?: ObservationKind
  /** The feature vector in the manifest's order; missing inputs are null. */
  readonly features: readonly (number | null)[]
  readonly modelId: string
  readonly modelVersion: string
  /** Whole local-standard hour of the decision: −4 is 20:00 of the day before. */
  readonly snapshotHour: number
  /** False outside the hours that the package serves: shown and scored, never traded. */
  readonly isServed: boolean
  /** Market time. */
  readonly asOfMs: number
  readonly computedMs: number
  readonly confirmedMs: number
  /** Transport time, monotonic nanoseconds, of the last confirmation (trading rules §10). */
  readonly confirmedNs: number
  /** Same inputs, same hash: what decides between confirming and computing again. */
  readonly inputsHash: string
}

/** What features, model and readings give; whoever asked adds identity, confirmation and times. */
export type ModelOutput = Omit<Prediction, 'kind' | 'id' | 'computedMs' | 'confirmedMs' | 'confirmedNs' | 'inputsHash'>

export interface NoPrediction {
  readonly kind: 'noPrediction'
  readonly city: CityKey
  readonly date: ClimateDate
  readonly reason: NoPredictionReason
  readonly asOfMs: number
}

export type PredictionResult = Prediction | NoPrediction
