import { createHistogram } from 'node:perf_hooks'
import { invariant } from '../domain/invariant.ts'

export interface LatencySummary {
  readonly count: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

export interface LatencyHistogram {
  /** Nanoseconds between two readings of the monotonic clock. */
  record(durationNs: number): void
  /** Undefined while nothing was recorded: there is no percentile of nothing. */
  summary(): LatencySummary | undefined
}

/** Fixed memory, three significant figures, whatever the number of values. */
export function createLatencyHistogram(): LatencyHistogram {
  const histogram = createHistogram({ figures: 3 })
  return {
    record(durationNs) {
      invariant(durationNs >= 0, 'a duration is not negative')
      // The histogram's least value is 1.
      histogram.record(Math.max(1, Math.round(durationNs)))
    },
    summary() {
      if (histogram.count === 0) return undefined
      return {
        count: histogram.count,
        p50Ms: histogram.percentile(50) / 1e6,
        p99Ms: histogram.percentile(99) / 1e6,
        maxMs: histogram.max / 1e6,
      }
    },
  }
}
