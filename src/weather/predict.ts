import { createHash } from 'node:crypto'
import { climateDay, hoursIntoDay } from '../domain/climate-day.ts'
import { invariant } from '../domain/invariant.ts'
import { isPartition, type Strike, strikeHolds, strikeLowerBound, strikeUpperBound } from '../domain/strike.ts'
import type { Forecast, ModelOutput } from '../domain/weather.ts'
import type { FeatureRow } from './features.ts'
import type { WeatherInputs } from './inputs.ts'
import { summariseObservations } from './predict-floor.ts'

/** A model's own probabilities may miss 1 by float rounding, not by more. */
const SUM_TOLERANCE = 1e-3
const NOTHING_LEFT = 1e-12

/** P(settled high − base = classes[i]); the lowest class means "or less", the highest "or more". */
export interface DeltaDistribution {
  /** Consecutive, ascending integers. */
  readonly classes: readonly number[]
  readonly probabilities: ArrayLike<number>
}

/** Whole hours of the climate day's own clock in which a package may be traded, both included: −4…11 is 20:00 to 12:00. */
export interface ServedHours {
  readonly from: number
  readonly to: number
}

export interface PredictingModel {
  readonly id: string
  readonly version: string
  readonly servedHours?: ServedHours | undefined
  /** ISO date of the last climate day that may be traded on it: forecasts and their biases drift away from what it has learnt. */
  readonly validUntil?: string | undefined
}

/** The settled high on consecutive whole °F. */
export interface HighDistribution {
  readonly firstHighF: number
  readonly probabilities: readonly number[]
}

/** Softens (T > 1) or sharpens (T < 1) probabilities: p^(1/T), renormalised. */
export function applyTemperature(probabilities: ArrayLike<number>, temperature: number): number[] {
  invariant(temperature > 0 && Number.isFinite(temperature), 'a calibration temperature is positive')
  return normalised(Array.from(probabilities, (probability) => probability ** (1 / temperature)))
}

/**
 * Removes what the readings rule out, exactly the highs below `floorF`, and renormalises the rest. Where nothing is left
 * the open upper class is all that can have happened: the whole probability stands on the floor.
 */
export function distributionAbove(
  baseF: number,
  delta: DeltaDistribution,
  floorF: number | undefined,
): HighDistribution {
  const raw = Array.from(delta.probabilities)
  const first = delta.classes[0]
  invariant(first !== undefined && raw.length === delta.classes.length, 'a class has a probability')
  invariant(
    raw.every((probability) => probability >= 0 && Number.isFinite(probability)),
    'a probability is a finite number, not negative',
  )
  invariant(Math.abs(raw.reduce(sum, 0) - 1) < SUM_TOLERANCE, 'the probabilities of a model sum to 1')
  const firstHighF = baseF + first
  if (floorF === undefined) return { firstHighF, probabilities: normalised(raw) }
  const kept = raw.map((probability, index) => (firstHighF + index < floorF ? 0 : probability))
  if (kept.reduce(sum, 0) <= NOTHING_LEFT) return { firstHighF: floorF, probabilities: [1] }
  return { firstHighF, probabilities: normalised(kept) }
}

/** P(YES) of each strike, in their order; sums to 1, because the strikes of an event cover every whole °F once. */
export function bracketProbabilities(high: HighDistribution, strikes: readonly Strike[]): readonly number[] {
  return strikes.map((strike) => {
    invariant(strikeLowerBound(strike) <= strikeUpperBound(strike), 'a strike can hold')
    return high.probabilities.reduce(
      (total, probability, index) => total + (strikeHolds(strike, high.firstHighF + index) ? probability : 0),
      0,
    )
  })
}

export interface HighSummary {
  readonly expectedHighF: number
  readonly stdF: number
  readonly q05F: number
  readonly q95F: number
}

/** q: the smallest whole °F whose cumulative probability reaches .05 or .95 (trading rules §5, row 8). */
export function summariseHigh(high: HighDistribution): HighSummary {
  let expectedHighF = 0
  for (const [index, probability] of high.probabilities.entries()) {
    expectedHighF += probability * (high.firstHighF + index)
  }
  let variance = 0
  for (const [index, probability] of high.probabilities.entries()) {
    variance += probability * (high.firstHighF + index - expectedHighF) ** 2
  }
  return {
    expectedHighF,
    stdF: Math.sqrt(variance),
    q05F: quantile(high, 0.05),
    q95F: quantile(high, 0.95),
  }
}

function quantile(high: HighDistribution, level: number): number {
  let cumulative = 0
  for (const [index, probability] of high.probabilities.entries()) {
    cumulative += probability
    // The nudge keeps a sum of floats that is .95 on paper from falling one degree further.
    if (probability > 0 && cumulative >= level - 1e-12) return high.firstHighF + index
  }
  return high.firstHighF + high.probabilities.length - 1
}

/** A package that names no hours serves all of them. */
export const isServedAt = (hours: ServedHours | undefined, snapshotHour: number): boolean =>
  hours === undefined || (snapshotHour >= hours.from && snapshotHour <= hours.to)

const isValidOn = (validUntil: string | undefined, date: string): boolean =>
  validUntil === undefined || date <= validUntil

/** Everything between the model's raw (calibrated) class probabilities and what the desk reads. Pure. */
export function predictEvent(request: {
  readonly inputs: WeatherInputs
  readonly features: FeatureRow
  readonly delta: DeltaDistribution
  readonly strikes: readonly Strike[]
  readonly model: PredictingModel
}): ModelOutput {
  const { inputs, features, delta, strikes, model } = request
  invariant(strikes.length === 0 || isPartition(strikes), 'the strikes of an event cover every whole °F once')
  const day = climateDay(inputs.city, inputs.date)
  const seen = summariseObservations(inputs.observations, day)
  const high = distributionAbove(features.baseF, delta, seen.floorF)
  return {
    city: inputs.city,
    date: inputs.date,
    baseF: features.baseF,
    ...high,
    brackets: bracketProbabilities(high, strikes),
    ...summariseHigh(high),
    ...(seen.observedMaxF === undefined ? {} : { observedMaxF: seen.observedMaxF }),
    ...(seen.floorF === undefined ? {} : { floorF: seen.floorF }),
    observationCount: seen.count,
    coveredMinutes: seen.coveredMinutes,
    forecastIssuedMs: features.forecastIssuedMs,
    forecastKind: features.forecastKind,
    ...(seen.kind === undefined ? {} : { observationKind: seen.kind }),
    features: Array.from(features.values, (value) => (Number.isNaN(value) ? null : value)),
    modelId: model.id,
    modelVersion: model.version,
    snapshotHour: features.snapshotHour,
    isServed: isServedAt(model.servedHours, features.snapshotHour) && isValidOn(model.validUntil, inputs.date),
    asOfMs: inputs.asOfMs,
  }
}

/**
 * The same hash means the same prediction: it covers all inputs and of the decision time only the whole hour, the way the
 * features do. A caller compares it to decide between confirming and computing again.
 */
export function hashInputs(inputs: WeatherInputs): string {
  const hour = Math.floor(hoursIntoDay(climateDay(inputs.city, inputs.date), inputs.asOfMs))
  const hash = createHash('sha256')
  hash.update(`${inputs.city} ${inputs.date} ${hour}\n`)
  for (const row of inputs.forecasts) hash.update(`f ${forecastText(row)}\n`)
  for (const row of inputs.observations) {
    const extras = `${row.dewpointF} ${row.pressureHpa} ${row.windMs}`
    hash.update(`o ${row.kind} ${row.validMs} ${row.temperatureF} ${row.precision} ${extras}\n`)
  }
  for (const past of inputs.past) {
    hash.update(`p ${past.date} ${past.highF}\n`)
    for (const row of past.forecasts) hash.update(`${forecastText(row)}\n`)
  }
  return hash.digest('hex')
}

/** Availability included: between two forecasts of one issue it decides which is the newest. */
const forecastText = (row: Forecast): string =>
  `${row.source} ${row.kind} ${row.highF} ${row.issuedMs} ${row.availableMs}`

function normalised(weights: readonly number[]): number[] {
  const total = weights.reduce(sum, 0)
  invariant(total > 0, 'some outcome is possible')
  return weights.map((weight) => weight / total)
}

function sum(total: number, value: number): number {
  return total + value
}
