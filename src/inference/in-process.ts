import type { World } from '../clock/clock.ts'
import type { Inference } from './index.ts'
import { loadPackage } from './package.ts'
import { openScorer } from './scorer.ts'
import { reasonOf } from './servable.ts'

/**
 * The model on the caller's thread: for tests, simulation and commands that look at one prediction. Gives exactly what
 * the pool gives.
 *
 * @throws OperatingError where the package does not hold
 */
export async function createInProcess(options: {
  readonly packageFolder: string
  readonly world: Pick<World, 'transport'>
}): Promise<Inference> {
  const scorer = await openScorer(await loadPackage(options.packageFolder), options.world.transport)
  let computed = 0
  let refused = 0
  let failed = 0
  let closed: Promise<void> | undefined
  return {
    ready: () => Promise.resolve(),
    async predict(inputs, strikes) {
      if (closed) {
        refused++
        return { ok: false, reason: 'workerFailed', message: 'The inference is closed.' }
      }
      const score = await scorer.score(inputs, strikes)
      if (score.ok) computed++
      else failed++
      return score.ok ? score : { ok: false, reason: reasonOf(score.code), message: score.message }
    },
    stats: () => ({ threads: 0, computed, refused, failed, queued: 0 }),
    close() {
      closed ??= scorer.release()
      return closed
    },
  }
}
