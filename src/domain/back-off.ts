import { invariant } from './invariant.ts'

/** The longest wait before a further attempt: doubles from `minMs` with each failure, up to `maxMs`. */
export function backOffCeilingMs(options: {
  /** Failures in a row so far, from 1. */
  readonly failures: number
  readonly minMs: number
  readonly maxMs: number
}): number {
  const { failures, minMs, maxMs } = options
  invariant(Number.isSafeInteger(failures) && failures >= 1, 'back-off follows a failure')
  return Math.min(maxMs, minMs * 2 ** Math.min(failures - 1, 30))
}

/** Full jitter: anywhere between nothing and the ceiling, so that clients that failed together do not return together. */
export const fullJitterMs = (ceilingMs: number, uniform: number): number => Math.floor(ceilingMs * uniform)
