import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { invariant } from '../domain/invariant.ts'
import { measureDrift } from './drift.ts'

invariant(!isMainThread && parentPort !== null, 'drift is measured in a thread of its own')
parentPort.postMessage(measureDrift(workerData))
