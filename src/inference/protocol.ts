import type { Strike } from '../domain/strike.ts'
import type { ModelOutput } from '../domain/weather.ts'
import type { WeatherInputs } from '../weather/inputs.ts'
import type { ModelPackage } from './package.ts'
import type { PackedPast } from './past-days.ts'
import type { GateMemory } from './run-gate.ts'

/** Everything that crosses to a scoring thread and back: data only, errors as data. */
export interface PredictRequest {
  readonly kind: 'predict'
  readonly requestId: number
  readonly inputs: Omit<WeatherInputs, 'past'>
  readonly past: PackedPast
  readonly strikes: readonly Strike[]
}

export interface ReadyRequest {
  readonly kind: 'ready'
  readonly requestId: number
}

/** The thread finishes what runs, releases its session and answers; after that it may be ended without harm. */
export interface StopRequest {
  readonly kind: 'stop'
  readonly requestId: number
}

export type WorkerRequest = PredictRequest | ReadyRequest | StopRequest

/**
 * What a thread is started with, the first as well as one that takes the place of a dead one: the very bytes that the main
 * thread has verified, in memory that all threads share. What has become of the folder since then does not matter.
 */
export interface WorkerSetup {
  readonly loaded: ModelPackage
  readonly gate: GateMemory
}

export type ScoreFailureCode =
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
