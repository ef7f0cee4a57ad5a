import type { DriftFigures } from './drift.ts'

export interface DemotionBounds {
  /** At least 1; the other bound is one over it. */
  readonly temperatureBound: number
  /** Percentage points below 90 %. */
  readonly coveragePoints: number
  /** Settled days without which nothing is said. */
  readonly minDays: number
}

const NOMINAL = 0.9

const range = ({ low, high }: DriftFigures['temperature'], digits: number): string =>
  `[${low?.toFixed(digits)}, ${high?.toFixed(digits)}]`

/**
 * Why a strategy may not go on with this model, for a person; undefined where it may. Only a whole interval beyond a bound
 * counts: a model is not demoted on what chance alone would show.
 *
 * @param pooled over all cities and hours
 */
export function demotionReason(pooled: DriftFigures, bounds: DemotionBounds): string | undefined {
  const { temperature, coverage, days } = pooled
  const { temperatureBound, coveragePoints, minDays } = bounds
  if (days < minDays) return undefined
  const lowest = 1 / temperatureBound
  const least = NOMINAL - coveragePoints / 100
  const over = `over ${days} settled days`
  if (temperature.low !== null && temperature.low > temperatureBound) {
    return `it claims too much: its temperature is ${range(temperature, 2)} ${over}, the bound ${temperatureBound}`
  }
  if (temperature.high !== null && temperature.high < lowest) {
    return `it claims too little: its temperature is ${range(temperature, 2)} ${over}, the bound ${lowest.toFixed(2)}`
  }
  if (coverage.share.high !== null && coverage.share.high < least) {
    return `its 90 % intervals held a share of ${range(coverage.share, 3)} ${over}, the bound ${least.toFixed(3)}`
  }
  return undefined
}
