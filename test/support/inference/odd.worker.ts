import { threadId, workerData } from 'node:worker_threads'
import type { WorkerRequest, WorkerResponse, WorkerSetup } from '../../../src/inference/protocol.ts'

/** A thread that misbehaves as the name of its package folder says. */
const { folder } = (workerData as WorkerSetup).loaded
const behaviour = folder.slice(folder.lastIndexOf('-') + 1)

if (behaviour === 'unloadable') throw new TypeError('The module does not load')

/** Real answers, and a death where the inputs hold a reading: what takes its place must be told apart by its answers. */
async function scoreUntilRead(request: WorkerRequest): Promise<WorkerResponse> {
  if (request.kind === 'predict' && request.inputs.observations.length > 0) return process.exit(3)
  const { score: scoreReally } = await import('../../../src/inference/score.worker.ts')
  return scoreReally(request)
}

export async function score(request: WorkerRequest): Promise<WorkerResponse> {
  if (behaviour === 'mortal') return scoreUntilRead(request)
  const { kind, requestId } = request
  if (kind === 'ready') return { ok: true, requestId, kind, goldenRows: 20, threadId }
  if (kind === 'stop') return { ok: true, requestId, kind, threadId }
  switch (behaviour) {
    case 'crashes':
      return process.exit(3)
    case 'exhausts':
      for (const heap: string[][] = []; ; ) heap.push(new Array(1_000_000).fill(behaviour))
    case 'hangs':
      return new Promise(() => undefined)
    case 'throws':
      throw new RangeError('Thrown across the border')
    default:
      return { ok: false, requestId, code: 'modelFailed', message: 'The model has failed.' }
  }
}
