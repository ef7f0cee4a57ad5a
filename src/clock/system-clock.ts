import { randomUUID } from 'node:crypto'
import type { MarketClock, Random, Timer, TransportClock } from './clock.ts'

/** Node refuses longer timers; later ones are re-armed in steps. */
const TIMER_MS_MAX = 2_147_483_647

const timer = (cancel: () => void): Timer => ({ cancel })

/** The machine's own clock: the only door to real time. */
export function systemTransportClock(): TransportClock {
  return {
    wallMs: () => Date.now(),
    monotonicNs: () => Math.round(performance.now() * 1e6),
    after(delayMs, run) {
      const handle = setTimeout(run, Math.min(Math.max(delayMs, 0), TIMER_MS_MAX))
      return timer(() => clearTimeout(handle))
    },
    every(intervalMs, run) {
      const handle = setInterval(run, intervalMs)
      return timer(() => clearInterval(handle))
    },
    soon(run) {
      const handle = setImmediate(run)
      return timer(() => clearImmediate(handle))
    },
  }
}

/** Market time where it is the wall clock: live trading, and an exchange that nobody plays. */
export function wallMarketClock(transport: TransportClock): MarketClock {
  return {
    nowMs: () => transport.wallMs(),
    at: (atMs, run) => armAt(transport, atMs, run),
    after: (delayMs, run) => armAt(transport, transport.wallMs() + delayMs, run),
    advanceTo() {
      /* The wall clock is the truth here; a venue stamp ahead of it is skew, which the connection measures. */
    },
    rate: () => 1,
  }
}

function armAt(transport: TransportClock, atMs: number, run: () => void): Timer {
  let current: Timer | undefined
  const arm = (): void => {
    const remaining = atMs - transport.wallMs()
    current = transport.after(Math.min(remaining, TIMER_MS_MAX), () => (atMs <= transport.wallMs() ? run() : arm()))
  }
  arm()
  return timer(() => current?.cancel())
}

export function systemRandom(): Random {
  return { next: () => Math.random(), uuid: () => randomUUID() }
}
