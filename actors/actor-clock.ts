import type { Timer, TransportClock } from '../src/clock/clock.ts'

/** What XState asks of a clock. */
export interface ActorClock {
  setTimeout(run: (...args: unknown[]) => void, delayMs: number): Timer
  clearTimeout(timer: Timer): void
}

/** The timers of machines on transport time. */
export function actorClock(transport: TransportClock): ActorClock {
  return {
    setTimeout: (run, delayMs) => transport.after(delayMs, run),
    clearTimeout: (timer) => timer?.cancel(),
  }
}
