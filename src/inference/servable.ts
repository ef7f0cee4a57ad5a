import { OperatingError } from '../domain/operating-error.ts'
import type { NoPredictionReason } from '../domain/refusal.ts'
import { FEATURE_CODE_HASH, FEATURE_VERSION, unknownFeatures } from '../weather/features.ts'
import type { ServedModel } from './index.ts'
import type { ModelPackage } from './package.ts'
import type { ScoreFailureCode } from './protocol.ts'

/** What a reader of the recorded refusal sees of a thread's failure. */
export function reasonOf(code: ScoreFailureCode): NoPredictionReason {
  return code === 'beforeFirstForecast' || code === 'unsupportedCity' ? code : 'workerFailed'
}

export const modelOf = ({ manifest: { id, version }, manifestHash }: ModelPackage): ServedModel => ({
  id,
  version,
  manifestHash,
})

/** Whether this program can serve the package: kind, feature code, classes, calibration. */
export function checkServable({ manifest, folder }: ModelPackage): void {
  const refuse = (what: string): never => {
    throw new OperatingError(`The model package ${folder} cannot predict daily highs here: ${what}`)
  }
  if (manifest.kind !== 'delta-distribution') {
    refuse(`its kind is "${manifest.kind}", expected "delta-distribution". Name a package of that kind.`)
  }
  if (manifest.output.kind !== 'probabilities') {
    refuse(`its output holds ${manifest.output.kind}, expected probabilities. Export it with probabilities.`)
  }
  if (manifest.featureCodeHash !== FEATURE_CODE_HASH) {
    refuse(
      `it was trained on feature code ${manifest.featureCodeHash}, this program has ${FEATURE_CODE_HASH} (${FEATURE_VERSION}). Train it again.`,
    )
  }
  const unknown = unknownFeatures(manifest.features.map((feature) => feature.name))
  if (unknown.length > 0) refuse(`it wants features that do not exist here: ${unknown.join(', ')}. Train it again.`)
  const [first = 0] = manifest.output.classes
  const isConsecutive = manifest.output.classes.every(
    (value, index) => Number.isInteger(value) && value === first + index,
  )
  if (!isConsecutive) refuse('its classes are no ascending run of whole degrees. Export it again.')
  if (manifest.calibration.kind === 'isotonic') {
    refuse('isotonic calibration is for binary models. Calibrate it by temperature.')
  }
}
