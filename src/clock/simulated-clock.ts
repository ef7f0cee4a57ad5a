import { invariant } from '../domain/invariant.ts'
import type { MarketClock, Timer, TransportClock } from './clock.ts'

interface Entry {
  readonly atMs: number
  readonly order: number
  readonly run: () => void
}

export interface SimulatedClock {
  readonly transport: TransportClock
  /** Market time is transport time × rate from `startMs` on. */
  readonly market: MarketClock
  /** Runs everything due within the next `ms` of transport time, in order of time. */
  advance(ms: number): void
  /** Timers that wait now: a leak shows here. */
  pending(): number
}

/** Time that moves only when the test says so. Both clocks share one queue, so their order is that of real time. */
export function simulatedClock(options: { startMs: number; rate?: number }): SimulatedClock {
  const rate = options.rate ?? 1
  let nowMs = 0
  let marketFloorMs = options.startMs
  let order = 0
  const entries = new Set<Entry>()

  const schedule = (atMs: number, run: () => void): Timer => {
    const entry: Entry = { atMs, order: order++, run }
    entries.add(entry)
    return { cancel: () => entries.delete(entry) }
  }
  const earliest = (): Entry | undefined => {
    let first: Entry | undefined
    for (const entry of entries) {
      if (!first || entry.atMs < first.atMs || (entry.atMs === first.atMs && entry.order < first.order)) first = entry
    }
    return first
  }
  const marketNowMs = (): number => {
    marketFloorMs = Math.max(marketFloorMs, options.startMs + Math.floor(nowMs * rate))
    return marketFloorMs
  }
  const every = (intervalMs: number, run: () => void): Timer => {
    let current = schedule(nowMs + intervalMs, tick)
    function tick(): void {
      current = schedule(nowMs + intervalMs, tick)
      run()
    }
    return { cancel: () => current.cancel() }
  }
  const marketAt = (atMs: number, run: () => void): Timer =>
    schedule(Math.max(nowMs, rate === 0 ? Number.POSITIVE_INFINITY : nowMs + (atMs - marketNowMs()) / rate), run)

  return {
    transport: {
      wallMs: () => options.startMs + Math.floor(nowMs),
      monotonicNs: () => Math.round(nowMs * 1e6),
      after: (delayMs, run) => schedule(nowMs + Math.max(0, delayMs), run),
      every,
      soon: (run) => schedule(nowMs, run),
    },
    market: {
      nowMs: marketNowMs,
      at: marketAt,
      after: (delayMs, run) => marketAt(marketNowMs() + delayMs, run),
      advanceTo: (tsVenueMs) => {
        marketFloorMs = Math.max(marketNowMs(), tsVenueMs)
      },
      rate: () => rate,
    },
    advance(ms) {
      invariant(ms >= 0, 'time goes forward')
      const untilMs = nowMs + ms
      for (let entry = earliest(); entry && entry.atMs <= untilMs; entry = earliest()) {
        entries.delete(entry)
        nowMs = Math.max(nowMs, entry.atMs)
        entry.run()
      }
      nowMs = untilMs
    },
    pending: () => entries.size,
  }
}
