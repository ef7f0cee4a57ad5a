import { threadId, workerData } from 'node:worker_threads'
import type { WorkerRequest, WorkerResponse } from '../../../src/inference/protocol.ts'

/** A thread that misbehaves as the name of its package folder says. */
const { packageFolder } = workerData as { packageFolder: string }
const behaviour = packageFolder.slice(packageFolder.lastIndexOf('-') + 1)

if (behaviour === 'unloadable') throw new TypeError('The module does not load')

export async function score({ kind, requestId }: WorkerRequest): Promise<WorkerResponse> {
  if (kind === 'ready') return { ok: true, requestId, kind, goldenRows: 20, threadId }
  if (kind === 'stop') return { ok: true, requestId, kind, threadId }
  switch (behaviour) {
    case 'crashes':
      return process.exit(3)
    case 'hangs':
      return new Promise(() => undefined)
    case 'throws':
      throw new RangeError('Thrown across the border')
    default:
      return { ok: false, requestId, code: 'manifestMismatch', message: 'The thread holds another model package.' }
  }
}
