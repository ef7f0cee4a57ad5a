import { invariant } from '../domain/invariant.ts'
import type { MarketClock, Timer, TransportClock } from './clock.ts'

/** What the local exchange publishes in `halcyon-market-time: <market ms>;<wall ms>;<rate>;<run id>`. */
export interface MarketTimeAnchor {
  readonly marketMs: number
  readonly wallMs: number
  /** 0 = flat out. */
  readonly rate: number
  readonly runId: string
}

export const MARKET_TIME_HEADER = 'halcyon-market-time'

export function formatMarketTime(anchor: MarketTimeAnchor): string {
  return `${anchor.marketMs};${anchor.wallMs};${anchor.rate};${anchor.runId}`
}

/** Undefined where the header is missing or malformed. */
export function parseMarketTime(header: string | undefined | null): MarketTimeAnchor | undefined {
  const match = /^(\d+(?:\.\d+)?);(\d+(?:\.\d+)?);(\d+(?:\.\d+)?);([\w-]+)$/.exec(header ?? '')
  if (!match) return undefined
  const [, market = '', wall = '', rate = '', runId = ''] = match
  return { marketMs: Math.floor(+market), wallMs: Math.floor(+wall), rate: +rate, runId }
}

interface Waiting {
  readonly atMs: number
  readonly run: () => void
  cancelled: boolean
}

export interface VenueMarketClock extends MarketClock {
  /** Takes the venue's answer as the new anchor; market time still never goes back. */
  anchor(anchor: MarketTimeAnchor): void
}

/**
 * Market time of a play: anchor + monotonic time elapsed × rate, pulled forward by frames, never going back. At rate 0
 * frames alone drive it and its timers.
 */
export function venueMarketClock(transport: TransportClock, first: MarketTimeAnchor): VenueMarketClock {
  let current = first
  let anchoredNs = transport.monotonicNs()
  let floorMs = first.marketMs
  let waiting: Waiting[] = []
  let wakeUp: Timer | undefined

  const nowMs = (): number => {
    const elapsedMs = (transport.monotonicNs() - anchoredNs) / 1e6
    floorMs = Math.max(floorMs, Math.floor(current.marketMs + elapsedMs * current.rate))
    return floorMs
  }

  const arm = (): void => {
    wakeUp?.cancel()
    wakeUp = undefined
    const next = waiting[0]
    if (!next || current.rate === 0) return
    wakeUp = transport.after(Math.max(0, (next.atMs - nowMs()) / current.rate), fire)
  }

  const fire = (): void => {
    const now = nowMs()
    const due = waiting.filter((entry) => entry.atMs <= now)
    if (due.length > 0) waiting = waiting.filter((entry) => entry.atMs > now)
    for (const entry of due) if (!entry.cancelled) entry.run()
    arm()
  }

  const at = (atMs: number, run: () => void): Timer => {
    const entry: Waiting = { atMs, run, cancelled: false }
    const index = waiting.findIndex((other) => other.atMs > atMs)
    waiting.splice(index < 0 ? waiting.length : index, 0, entry)
    if (waiting[0] === entry) {
      // A deadline that has passed already still runs in a later turn, never inside the caller.
      if (atMs <= nowMs()) transport.soon(fire)
      else arm()
    }
    return {
      cancel() {
        entry.cancelled = true
        waiting = waiting.filter((other) => other !== entry)
        if (waiting.length === 0) arm()
      },
    }
  }

  return {
    nowMs,
    at,
    after: (delayMs, run) => at(nowMs() + delayMs, run),
    rate: () => current.rate,
    advanceTo(tsVenueMs) {
      if (tsVenueMs <= nowMs()) return
      floorMs = tsVenueMs
      const next = waiting[0]
      if (next && next.atMs <= floorMs) fire()
    },
    anchor(anchor) {
      invariant(anchor.rate >= 0, 'the rate of market time is not negative')
      nowMs()
      current = anchor
      anchoredNs = transport.monotonicNs()
      arm()
    },
  }
}
