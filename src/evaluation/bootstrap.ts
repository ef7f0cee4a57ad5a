import { seededRandom } from '../clock/seeded-random.ts'
import { invariant } from '../domain/invariant.ts'

/** A figure with its 90 % interval. Null where there is nothing to divide by. */
export interface Estimate {
  readonly value: number | null
  readonly low: number | null
  readonly high: number | null
}

/** What one day, over all cities of the group, adds to a quotient of sums. A mean has the count below the line. */
export interface DayBlock {
  readonly above: number
  readonly below: number
}

/**
 * Intervals of quotients of sums by drawing whole days with replacement: rows of one day share their weather, so only
 * days are independent. The same seed, days and order give the same interval.
 */
export interface DayBootstrap {
  /** Blocks in order of their days. */
  estimate(blocks: readonly DayBlock[]): Estimate
}

export const BOOTSTRAP_REPLICATES = 1_000
/** Fewer days carry no claim, however narrow their interval: of one day all draws are alike. */
export const CLAIM_DAYS_MIN = 30
/** 90 %. */
const TAIL = 0.05

export function dayBootstrap(seed: string, replicates = BOOTSTRAP_REPLICATES): DayBootstrap {
  invariant(replicates > 0, 'an interval needs replicates')
  let held: { readonly days: number; readonly picks: Uint32Array } | undefined
  /** Days drawn, replicate after replicate; the same for every figure of as many days, so that differences pair. */
  const picksOf = (days: number): Uint32Array => {
    if (held?.days === days) return held.picks
    const picks = drawDays(seed, days, replicates)
    held = { days, picks }
    return picks
  }
  return {
    estimate(blocks) {
      const days = blocks.length
      const above = Float64Array.from(blocks, (block) => block.above)
      const below = Float64Array.from(blocks, (block) => block.below)
      const value = quotient(sum(above), sum(below))
      if (value === null) return { value, low: null, high: null }
      const picks = picksOf(days)
      const values: number[] = []
      for (let replicate = 0; replicate < replicates; replicate++) {
        let top = 0
        let bottom = 0
        for (let draw = replicate * days; draw < (replicate + 1) * days; draw++) {
          const day = picks[draw] ?? 0
          top += above[day] ?? 0
          bottom += below[day] ?? 0
        }
        const drawn = quotient(top, bottom)
        if (drawn !== null) values.push(drawn)
      }
      return estimateOf(value, values)
    },
  }
}

/** Indices of the days drawn, `days` of them for each replicate in turn. */
export function drawDays(seed: string, days: number, replicates: number): Uint32Array {
  const random = seededRandom(`${seed} ${days}`)
  return Uint32Array.from({ length: days * replicates }, () => Math.floor(random.next() * days))
}

/** A figure with the interval that its replicates span. */
export function estimateOf(value: number, replicates: readonly number[]): Estimate {
  const values = replicates.toSorted((a, b) => a - b)
  return { value, low: quantile(values, TAIL), high: quantile(values, 1 - TAIL) }
}

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0)

const quotient = (above: number, below: number): number | null => (below > 0 ? above / below : null)

/** Of ascending values, between neighbours in proportion; null of none. */
function quantile(values: readonly number[], level: number): number | null {
  const position = (values.length - 1) * level
  const lower = values[Math.floor(position)]
  const upper = values[Math.ceil(position)]
  if (lower === undefined || upper === undefined) return null
  return lower + (upper - lower) * (position - Math.floor(position))
}
