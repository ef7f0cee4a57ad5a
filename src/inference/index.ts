import type { NoPredictionReason } from '../domain/refusal.ts'
import type { Strike } from '../domain/strike.ts'
import type { ModelOutput } from '../domain/weather.ts'
import type { WeatherInputs } from '../weather/inputs.ts'

/** The package that predictions come from. */
export interface ServedModel {
  readonly id: string
  readonly version: string
  /** One value for the whole package: two of the same version may still differ. */
  readonly manifestHash: string
}

export type InferenceResult =
  | { readonly ok: true; readonly output: ModelOutput; readonly computeNs: number; readonly manifestHash: string }
  | { readonly ok: false; readonly reason: NoPredictionReason; readonly message: string }

export interface InferenceStats {
  readonly threads: number
  readonly computed: number
  readonly refused: number
  readonly failed: number
  readonly queued: number
}

/** One package being served. Threaded in production, in-process in tests and simulation: the same feature, model and bracket code. */
export interface Serving {
  readonly model: ServedModel
  /** Golden rows on every thread. Rejects with a message for a person where a package does not hold. */
  ready(): Promise<void>
  /** Features, model, calibration and brackets of one event in one task. Never rejects. */
  predict(inputs: WeatherInputs, strikes: readonly Strike[]): Promise<InferenceResult>
  stats(): InferenceStats
  /** Finishes what runs, releases sessions, then stops the threads. */
  close(): Promise<void>
}

export interface Swapped {
  readonly before: ServedModel
  readonly now: ServedModel
}

/** What is served may be replaced while it runs. */
export interface Inference extends Serving {
  /**
   * Reads, checks and opens the package beside the one that serves, and lets it take over: from the answer on every new
   * prediction is its own, and those under way end on the package that they began with.
   *
   * @throws OperatingError where the package does not hold, with the reason; the one before serves on
   */
  swap(packageFolder: string): Promise<Swapped>
}
