import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { systemTransportClock } from '../../src/clock/system-clock.ts'
import { INFERENCE_THREADS } from '../../src/config/limits.ts'
import { invariant } from '../../src/domain/invariant.ts'
import type { BenchResult } from './result.ts'

const MODELS = fileURLToPath(new URL('../../models', import.meta.url))
const MB = 2 ** 20

export interface Opened {
  readonly id: string
  /** Reading, opening and golden rows. */
  readonly ms: number
}

export interface OpenedPackages {
  /** On the first of the threads. */
  readonly packages: readonly Opened[]
  /** From the start of the threads, native library included, until the last of them holds all packages. */
  readonly wallMs: number
  /** What the process has become larger by. */
  readonly residentMb: number
  close(): Promise<void>
}

/** Whatever there is below models/: what is served, its baselines, and what is only looked at. */
async function packageFolders(): Promise<readonly string[]> {
  const files = await readdir(MODELS, { recursive: true, withFileTypes: true })
  return files.filter(({ name }) => name === 'manifest.json').map(({ parentPath }) => parentPath)
}

/** Every package on each of as many threads as the daemon has, and held there. */
export async function openPackages(): Promise<OpenedPackages> {
  const clock = systemTransportClock()
  const folders = await packageFolders()
  const residentBytes = process.memoryUsage.rss()
  const startedNs = clock.monotonicNs()
  const threads = Array.from(
    { length: INFERENCE_THREADS },
    () => new Worker(new URL('./load.worker.ts', import.meta.url), { workerData: folders }),
  )
  const loaded = await Promise.all(threads.map((thread) => once(thread, 'message')))
  const wallMs = (clock.monotonicNs() - startedNs) / 1e6
  const packages = loaded[0]?.[0] as readonly Opened[] | undefined
  invariant(packages && packages.length > 0, 'there are packages')
  return {
    packages,
    wallMs,
    residentMb: (process.memoryUsage.rss() - residentBytes) / MB,
    async close() {
      for (const thread of threads) thread.postMessage('stop')
      await Promise.all(threads.map((thread) => once(thread, 'exit')))
    },
  }
}

/** Every package below models/ on two threads at once. */
export async function benchPackages(): Promise<readonly BenchResult[]> {
  const { packages, wallMs, residentMb, close } = await openPackages()
  await close()
  return [
    {
      name: `all ${packages.length} packages on ${INFERENCE_THREADS} threads`,
      figures: { 'wall ms': wallMs, 'resident MB': residentMb },
    },
    ...packages.map(({ id, ms }) => ({ name: `  ${id}`, figures: { ms } })),
  ]
}
