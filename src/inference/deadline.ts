import type { TransportClock } from '../clock/clock.ts'

/**
 * The first of the work and a timer. Never by an abort signal: aborting a running task would kill its thread and session.
 * What comes after the deadline is ignored, also when it fails.
 */
export function withDeadline<Value, Late>(
  transport: TransportClock,
  limitMs: number,
  work: Promise<Value>,
  onLate: () => Late,
): Promise<Value | Late> {
  return new Promise((resolve, reject) => {
    const timer = transport.after(limitMs, () => resolve(onLate()))
    work.then(resolve, reject).finally(() => timer.cancel())
  })
}
