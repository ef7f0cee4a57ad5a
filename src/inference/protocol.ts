import type { Strike } from '../domain/strike.ts'
import type { ModelOutput } from '../domain/weather.ts'
import type { WeatherInputs } from '../weather/inputs.ts'
import type { GateMemory } from './run-gate.ts'

/** Everything that crosses to a scoring thread and back: data only, errors as data. */
export interface PredictRequest {
  readonly kind: 'predict'
  readonly requestId: number
  /** The package that the main thread has verified; a thread that holds another one refuses. */
  readonly manifestHash: string
  readonly inputs: WeatherInputs
  readonly strikes: readonly Strike[]
}

export interface ReadyRequest {
  readonly kind: 'ready'
  readonly requestId: number
  readonly manifestHash: string
}

/** The thread finishes what runs, releases its session and answers; after that it may be ended without harm. */
export interface StopRequest {
  readonly kind: 'stop'
  readonly requestId: number
}

export type WorkerRequest = PredictRequest | ReadyRequest | StopRequest

/** What a thread is started with. */
export interface WorkerSetup {
  readonly packageFolder: string
  readonly gate: GateMemory
}

export type ScoreFailureCode =
  | 'manifestMismatch'
  | 'beforeFirstForecast'
  | 'unsupportedCity'
  | 'goldenMismatch'
  | 'modelFailed'
  | 'stopped'
  | 'invariantBroken'

export type WorkerResponse =
  | {
      readonly ok: true
      readonly requestId: number
      readonly kind: 'predict'
      readonly output: ModelOutput
      readonly computeNs: number
    }
  | {
      readonly ok: true
      readonly requestId: number
      readonly kind: 'ready'
      readonly goldenRows: number
      readonly threadId: number
    }
  | { readonly ok: true; readonly requestId: number; readonly kind: 'stop'; readonly threadId: number }
  | {
      readonly ok: false
      readonly requestId: number
      readonly code: ScoreFailureCode
      readonly message: string
    }
