import type { World } from '../src/clock/clock.ts'
import type { CityKey } from '../src/domain/city.ts'
import type { ClimateDate } from '../src/domain/climate-day.ts'
import type { EventTicker } from '../src/domain/ids.ts'
import type { NoPredictionReason } from '../src/domain/refusal.ts'
import type { Strike } from '../src/domain/strike.ts'
import type { Forecast, Observation, PredictionResult } from '../src/domain/weather.ts'
import type { Inference } from '../src/inference/index.ts'
import type { LatencySummary } from '../src/telemetry/latency.ts'
import type { Log } from '../src/telemetry/log.ts'
import type { WeatherSource } from '../src/weather/source.ts'

/** An event whose high is predicted: its strikes in the order in which the brackets are wanted. */
export interface PredictedEvent {
  readonly event: EventTicker
  readonly city: CityKey
  readonly date: ClimateDate
  readonly strikes: readonly Strike[]
}

export interface PredictorOptions {
  readonly inference: Inference
  readonly source: WeatherSource
  readonly world: Pick<World, 'transport' | 'market'>
  /** Part of every prediction's id. */
  readonly sessionSeed: string
  readonly events: readonly PredictedEvent[]
  /** A newly computed prediction, or a change in why there is none. Confirmations are not told. */
  readonly onPrediction: (result: PredictionResult, event: EventTicker) => void
  /** Each row once, when it is first seen by a decision. */
  readonly onForecast: (forecast: Forecast) => void
  readonly onObservation: (observation: Observation) => void
  readonly log: Log
}

export interface PredictorStats {
  /** Computed predictions, from handing over the inputs to the answer. */
  readonly fresh: LatencySummary | undefined
  /** Answers of `request`. */
  readonly cached: LatencySummary | undefined
  readonly confirmations: number
  readonly sourceFailures: number
  /** Computations that gave no prediction, by reason. */
  readonly refused: Readonly<Partial<Record<NoPredictionReason, number>>>
}
