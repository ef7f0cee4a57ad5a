import { invariant } from '../domain/invariant.ts'
import type { HighDistribution } from '../weather/predict.ts'
import { BOOTSTRAP_REPLICATES, drawDays, type Estimate, estimateOf } from './bootstrap.ts'

/** Candidates for the temperature, evenly spaced in its logarithm; between them a parabola is read. */
const TEMPERATURE_MIN = 0.25
const TEMPERATURE_MAX = 4
const STEPS = 110
const LOG_MIN = Math.log(TEMPERATURE_MIN)
const LOG_STEP = (Math.log(TEMPERATURE_MAX) - LOG_MIN) / STEPS
const INVERSES = Array.from({ length: STEPS + 1 }, (_, step) => Math.exp(-(LOG_MIN + step * LOG_STEP)))

/**
 * −ln of the probability of the high after p^(1/T), for each candidate T. What a reading ruled out stays ruled out, so it
 * makes no difference whether the temperature comes before or after that. Undefined where the prediction gave the high no
 * probability: no temperature changes that.
 */
export function temperatureCurve(
  { firstHighF, probabilities }: HighDistribution,
  highF: number,
): Float64Array | undefined {
  invariant(probabilities.length > 0, 'a distribution has a class')
  const index = Math.min(Math.max(highF - firstHighF, 0), probabilities.length - 1)
  const logs = probabilities.flatMap((probability) => (probability > 0 ? [Math.log(probability)] : []))
  const logOfHigh = Math.log(probabilities[index] ?? 0)
  if (logOfHigh === Number.NEGATIVE_INFINITY) return undefined
  return Float64Array.from(INVERSES, (inverse) => {
    let total = 0
    for (const log of logs) total += Math.exp(inverse * log)
    return Math.log(total) - inverse * logOfHigh
  })
}

/** The temperature that makes the sum of curves smallest; the end of the range where it is there. */
export function likeliestTemperature(sum: ArrayLike<number>): number {
  let best = 0
  for (let step = 1; step <= STEPS; step++) if (at(sum, step) < at(sum, best)) best = step
  const bend = at(sum, best - 1) - 2 * at(sum, best) + at(sum, best + 1)
  const isInside = best > 0 && best < STEPS && bend > 0
  const shift = isInside ? (at(sum, best - 1) - at(sum, best + 1)) / (2 * bend) : 0
  return Math.exp(LOG_MIN + (best + shift) * LOG_STEP)
}

const at = (values: ArrayLike<number>, index: number): number => values[index] ?? Number.NaN

/**
 * Maximum likelihood of the one temperature that would have calibrated these predictions, with its 90 % interval by drawing
 * whole days. 1: they are as sharp as they should be; above 1 they claimed too much, below too little.
 *
 * @param days one entry for each day, the curves of all its predictions
 */
export function fitTemperature(days: readonly (readonly Float64Array[])[], seed: string): Estimate {
  const sums = days.filter((curves) => curves.length > 0).map(sumOf)
  if (sums.length === 0) return { value: null, low: null, high: null }
  const picks = drawDays(`temperature ${seed}`, sums.length, BOOTSTRAP_REPLICATES)
  const replicates = Array.from({ length: BOOTSTRAP_REPLICATES }, (_, replicate) => {
    const drawn = picks.subarray(replicate * sums.length, (replicate + 1) * sums.length)
    return likeliestTemperature(sumOf(Array.from(drawn, (day) => sums[day] ?? new Float64Array(STEPS + 1))))
  })
  return estimateOf(likeliestTemperature(sumOf(sums)), replicates)
}

function sumOf(curves: readonly Float64Array[]): Float64Array {
  const total = new Float64Array(STEPS + 1)
  for (const curve of curves) for (let step = 0; step <= STEPS; step++) total[step] = at(total, step) + at(curve, step)
  return total
}
