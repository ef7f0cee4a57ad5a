import { isMainThread, threadId, workerData } from 'node:worker_threads'
import { systemTransportClock } from '../clock/system-clock.ts'
import { InvariantError, invariant, unreachable } from '../domain/invariant.ts'
import { OperatingError } from '../domain/operating-error.ts'
import type { ModelPackage } from './package.ts'
import { createPastReader } from './past-days.ts'
import type { WorkerRequest, WorkerResponse, WorkerSetup } from './protocol.ts'
import { type RunGate, runGate } from './run-gate.ts'
import type { Scorer } from './scorer.ts'
import { warmUp } from './warm-up.ts'

invariant(!isMainThread, 'a model is never run on the main thread')

type Opened = { readonly ok: true; readonly scorer: Scorer } | { readonly ok: false; readonly message: string }

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Ending a thread while the native library itself or a model is being loaded aborts the process, as in the middle of a run. */
async function load(loaded: ModelPackage, gate: RunGate): Promise<Scorer> {
  if (!gate.enter()) throw new OperatingError('The pool is closing.')
  try {
    const { openScorer } = await import('./scorer.ts')
    return await openScorer(loaded, systemTransportClock(), gate)
  } finally {
    gate.leave()
  }
}

async function open(): Promise<Opened> {
  // The pool is this file's only starter.
  const { loaded, gate: memory } = workerData as WorkerSetup
  try {
    const scorer = await load(loaded, runGate(memory))
    await warmUp(scorer, loaded.manifest.cities?.[0] ?? 'new_york')
    return { ok: true, scorer }
  } catch (error) {
    // A module that throws while loading would leave the pool's second call pending for ever: so it is told, not thrown.
    return { ok: false, message: messageOf(error) }
  }
}

const opening = open()
const readPast = createPastReader()
let isStopped = false

async function answer(request: WorkerRequest): Promise<WorkerResponse> {
  const { requestId } = request
  const opened = await opening
  if (request.kind === 'stop') {
    isStopped = true
    if (opened.ok) await opened.scorer.release()
    return { ok: true, requestId, kind: 'stop', threadId }
  }
  if (isStopped) return { ok: false, requestId, code: 'stopped', message: 'The thread has been stopped.' }
  if (!opened.ok) return { ok: false, requestId, code: 'goldenMismatch', message: opened.message }
  const { scorer } = opened
  switch (request.kind) {
    case 'ready':
      return { ok: true, requestId, kind: 'ready', goldenRows: scorer.goldenRows, threadId }
    case 'predict': {
      const score = await scorer.score({ ...request.inputs, past: readPast(request.past) }, request.strikes)
      return score.ok ? { ...score, requestId, kind: 'predict' } : { ...score, requestId }
    }
    default:
      return unreachable(request)
  }
}

/** Serves `protocol.ts`. Errors cross as data: a thrown one would lose its name and fields on the way. */
export async function score(request: WorkerRequest): Promise<WorkerResponse> {
  try {
    return await answer(request)
  } catch (error) {
    const code = error instanceof InvariantError ? 'invariantBroken' : 'modelFailed'
    return { ok: false, requestId: request.requestId, code, message: messageOf(error) }
  }
}
