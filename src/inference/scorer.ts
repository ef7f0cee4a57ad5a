import type { TransportClock } from '../clock/clock.ts'
import type { Strike } from '../domain/strike.ts'
import type { ModelOutput } from '../domain/weather.ts'
import { buildFeatures, hasFeatures } from '../weather/features.ts'
import type { WeatherInputs } from '../weather/inputs.ts'
import { applyTemperature, predictEvent } from '../weather/predict.ts'
import type { ModelPackage } from './package.ts'
import type { ScoreFailureCode } from './protocol.ts'
import type { RunGate } from './run-gate.ts'
import { checkServable } from './servable.ts'
import { ModelFailure, openSession, type Session } from './session.ts'

export type Score =
  | { readonly ok: true; readonly output: ModelOutput; readonly computeNs: number }
  | { readonly ok: false; readonly code: ScoreFailureCode; readonly message: string }

/** Features, model, calibration and brackets of one event: the same steps on a thread of the pool and on the caller's. */
export interface Scorer {
  readonly manifestHash: string
  readonly goldenRows: number
  score(inputs: WeatherInputs, strikes: readonly Strike[]): Promise<Score>
  release(): Promise<void>
}

/**
 * Opens the session and runs the golden rows.
 *
 * @throws OperatingError where the package does not hold
 */
export async function openScorer(loaded: ModelPackage, transport: TransportClock, gate?: RunGate): Promise<Scorer> {
  checkServable(loaded)
  const session: Session = await openSession(loaded, gate)
  const { manifest } = loaded
  const names = manifest.features.map((feature) => feature.name)
  const mayMiss = manifest.features.map((feature) => feature.missingAllowed)
  const cities = manifest.cities && new Set<string>(manifest.cities)
  const { calibration } = manifest
  const model = {
    id: manifest.id,
    version: manifest.version,
    servedHours: manifest.servedHours,
    validUntil: manifest.validUntil,
  }

  return {
    manifestHash: loaded.manifestHash,
    goldenRows: session.goldenRows,
    async score(inputs, strikes) {
      const startedNs = transport.monotonicNs()
      if (cities && !cities.has(inputs.city)) {
        return {
          ok: false,
          code: 'unsupportedCity',
          message: `The model ${model.id} was not trained for ${inputs.city}.`,
        }
      }
      const features = buildFeatures(inputs, names)
      if (!hasFeatures(features)) {
        return { ok: false, code: features.reason, message: `No forecast for ${inputs.city} ${inputs.date} yet.` }
      }
      const missing = features.values.findIndex((value, index) => Number.isNaN(value) && mayMiss[index] === false)
      if (missing >= 0) {
        return { ok: false, code: 'modelFailed', message: `The feature ${names[missing]} is missing and may not be.` }
      }
      try {
        const raw = await session.run(features.values)
        const probabilities = calibration.kind === 'temperature' ? applyTemperature(raw, calibration.temperature) : raw
        const delta = { classes: manifest.output.classes, probabilities }
        const output = predictEvent({ inputs, features, delta, strikes, model })
        return { ok: true, output, computeNs: transport.monotonicNs() - startedNs }
      } catch (error) {
        if (!(error instanceof ModelFailure)) throw error
        return { ok: false, code: 'modelFailed', message: error.message }
      }
    },
    release: () => session.release(),
  }
}
