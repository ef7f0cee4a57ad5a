import type { World } from '../clock/clock.ts'
import type { Inference, Serving } from './index.ts'
import { loadPackage } from './package.ts'
import { openScorer } from './scorer.ts'
import { modelOf, reasonOf } from './servable.ts'
import { createSwappable } from './swappable.ts'

/**
 * The model on the caller's thread: for tests, simulation and commands that look at one prediction. Gives exactly what
 * the pool gives.
 *
 * @throws OperatingError where the package does not hold
 */
export function createInProcess(options: {
  readonly packageFolder: string
  readonly world: Pick<World, 'transport'>
}): Promise<Inference> {
  return createSwappable(options.packageFolder, (packageFolder) => serve(packageFolder, options.world))
}

async function serve(packageFolder: string, { transport }: Pick<World, 'transport'>): Promise<Serving> {
  const loaded = await loadPackage(packageFolder)
  const scorer = await openScorer(loaded, transport)
  const model = modelOf(loaded)
  let computed = 0
  let refused = 0
  let failed = 0
  let closed: Promise<void> | undefined
  return {
    model,
    ready: () => Promise.resolve(),
    async predict(inputs, strikes) {
      if (closed) {
        refused++
        return { ok: false, reason: 'workerFailed', message: 'The inference is closed.' }
      }
      const score = await scorer.score(inputs, strikes)
      if (score.ok) computed++
      else failed++
      return score.ok
        ? { ...score, manifestHash: model.manifestHash }
        : { ok: false, reason: reasonOf(score.code), message: score.message }
    },
    stats: () => ({ threads: 0, computed, refused, failed, queued: 0 }),
    close() {
      closed ??= scorer.release()
      return closed
    },
  }
}
