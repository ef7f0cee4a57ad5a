import type { TransportClock } from '../../../src/clock/clock.ts'

export interface JumpingClock {
  readonly transport: TransportClock
  /** Durations measured across it are that much longer; timers keep their real time. */
  jump(ms: number): void
}

/** Real transport time that can be moved on, so that a long quiet need not be waited for. */
export function jumpingClock(real: TransportClock): JumpingClock {
  let offsetNs = 0
  return {
    transport: { ...real, monotonicNs: () => real.monotonicNs() + offsetNs },
    jump(ms) {
      offsetNs += ms * 1e6
    },
  }
}
