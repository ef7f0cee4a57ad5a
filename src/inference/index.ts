import type { NoPredictionReason } from '../domain/refusal.ts'
import type { Strike } from '../domain/strike.ts'
import type { ModelOutput } from '../domain/weather.ts'
import type { WeatherInputs } from '../weather/inputs.ts'

export type InferenceResult =
  | { readonly ok: true; readonly output: ModelOutput; readonly computeNs: number }
  | { readonly ok: false; readonly reason: NoPredictionReason; readonly message: string }

export interface InferenceStats {
  readonly threads: number
  readonly computed: number
  readonly refused: number
  readonly failed: number
  readonly queued: number
}

/** Threaded in production, in-process in tests and simulation: the same feature, model and bracket code. */
export interface Inference {
  /** Golden rows on every thread. Rejects with a message for a person where a package does not hold. */
  ready(): Promise<void>
  /** Features, model, calibration and brackets of one event in one task. Never rejects. */
  predict(inputs: WeatherInputs, strikes: readonly Strike[]): Promise<InferenceResult>
  stats(): InferenceStats
  /** Finishes what runs, releases sessions, then stops the threads. */
  close(): Promise<void>
}
