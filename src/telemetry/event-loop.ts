import { type Histogram, monitorEventLoopDelay } from 'node:perf_hooks'

/** Of the delays of one timer, in milliseconds. */
export interface DelaySummary {
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

export interface EventLoopReport {
  readonly measured: DelaySummary
  /** What the same loop showed while it had nothing to do; an idle loop reads its own resolution. */
  readonly idle: DelaySummary
  /** Measured over idle, not below 0. */
  readonly overIdle: DelaySummary
}

export interface EventLoopMonitor {
  /** Takes what was measured until now as the idle baseline and begins to measure the work. */
  endBaseline(): void
  report(): EventLoopReport
  stop(): void
}

const RESOLUTION_MS = 1

/** Measures from the call on: first idle, until `endBaseline`, then at work. */
export function startEventLoopMonitor(): EventLoopMonitor {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  histogram.enable()
  let idle: DelaySummary = { p50Ms: 0, p99Ms: 0, maxMs: 0 }
  return {
    endBaseline() {
      idle = summaryOf(histogram)
      histogram.reset()
    },
    report() {
      const measured = summaryOf(histogram)
      return { measured, idle, overIdle: subtract(measured, idle) }
    },
    stop: () => void histogram.disable(),
  }
}

/** An empty histogram has no percentiles; nothing was late then. */
function summaryOf(histogram: Histogram): DelaySummary {
  if (histogram.count === 0) return { p50Ms: 0, p99Ms: 0, maxMs: 0 }
  return {
    p50Ms: histogram.percentile(50) / 1e6,
    p99Ms: histogram.percentile(99) / 1e6,
    maxMs: histogram.max / 1e6,
  }
}

export function subtract(measured: DelaySummary, idle: DelaySummary): DelaySummary {
  return {
    p50Ms: Math.max(0, measured.p50Ms - idle.p50Ms),
    p99Ms: Math.max(0, measured.p99Ms - idle.p99Ms),
    maxMs: Math.max(0, measured.maxMs - idle.maxMs),
  }
}
