import { Worker } from 'node:worker_threads'
import type { TransportClock } from '../clock/clock.ts'
import { DRIFT_TIMEOUT_MS } from '../config/limits.ts'
import { OperatingError } from '../domain/operating-error.ts'
import type { Drift, DriftRow } from './drift.ts'

export interface DriftThread {
  /** Rejects where the thread fails, or takes longer than its bound. */
  readonly result: Promise<Drift | undefined>
  /** Ends it; `result` then rejects. */
  stop(): void
}

/** `measureDrift` beside a running daemon, whose own thread must not stand still for as long as a bootstrap takes. */
export function measureDriftApart(rows: readonly DriftRow[], transport: Pick<TransportClock, 'after'>): DriftThread {
  const worker = new Worker(new URL('./drift.worker.ts', import.meta.url), { name: 'drift', workerData: rows })
  const stop = (): void => void worker.terminate()
  const timer = transport.after(DRIFT_TIMEOUT_MS, stop)
  const result = new Promise<Drift | undefined>((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
    // After an answer this changes nothing any more.
    worker.once('exit', () => {
      timer.cancel()
      reject(
        new OperatingError(`The measurement of drift ended without an answer within ${DRIFT_TIMEOUT_MS / 1000} s.`),
      )
    })
  })
  return { result, stop }
}
