import { parentPort, workerData } from 'node:worker_threads'
import { systemTransportClock } from '../../src/clock/system-clock.ts'
import { invariant } from '../../src/domain/invariant.ts'
import { loadAnyPackage } from '../../src/inference/package.ts'
import { openSession, type Session } from '../../src/inference/session.ts'
import type { Opened } from './packages.bench.ts'

/** Opens each package, golden rows included, and holds them all until it is told to stop. */
const port = parentPort
invariant(port, 'packages are opened on a thread')
const folders = workerData as readonly string[]
const clock = systemTransportClock()
const sessions: Session[] = []
const opened: Opened[] = []
for (const folder of folders) {
  const startedNs = clock.monotonicNs()
  const loaded = await loadAnyPackage(folder)
  sessions.push(await openSession(loaded))
  opened.push({ id: loaded.manifest.id, ms: (clock.monotonicNs() - startedNs) / 1e6 })
}
port.postMessage(opened)
port.once('message', async () => {
  for (const session of sessions) await session.release()
  port.close()
})
