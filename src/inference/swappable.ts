import { OperatingError } from '../domain/operating-error.ts'
import type { Inference, InferenceStats, ServedModel, Serving, Swapped } from './index.ts'

/** A package that serves, and the predictions that have begun on it. */
interface Generation {
  readonly serving: Serving
  readonly underWay: Set<Promise<unknown>>
}

const generationOf = (serving: Serving): Generation => ({ serving, underWay: new Set() })

/**
 * One package after the other, each opened whole beside the one before it: there is no state between two packages, and a
 * thread that is replaced belongs to one of them. The price is the memory of both while the new one loads.
 *
 * @param open reads and checks a package and begins to serve it; throws an OperatingError where it does not hold
 */
export async function createSwappable(
  packageFolder: string,
  open: (packageFolder: string) => Promise<Serving>,
): Promise<Inference> {
  return new Swappable(await open(packageFolder), open)
}

class Swappable implements Inference {
  readonly #open: (packageFolder: string) => Promise<Serving>
  #current: Generation
  /** Being opened, and not serving yet. */
  #next: Serving | undefined
  readonly #retiring = new Set<Generation>()
  readonly #retired = { computed: 0, refused: 0, failed: 0 }
  /** One swap at a time, each after the end of the package that the one before replaced. */
  #swapping: Promise<void> = Promise.resolve()
  #closed: Promise<void> | undefined

  constructor(first: Serving, open: (packageFolder: string) => Promise<Serving>) {
    this.#current = generationOf(first)
    this.#open = open
  }

  get model(): ServedModel {
    return this.#current.serving.model
  }

  ready(): Promise<void> {
    return this.#current.serving.ready()
  }

  predict(...asked: Parameters<Inference['predict']>): ReturnType<Inference['predict']> {
    const { serving, underWay } = this.#current
    const answer = serving.predict(...asked)
    const settled = Promise.allSettled([answer])
    underWay.add(settled)
    void settled.then(() => underWay.delete(settled))
    return answer
  }

  async swap(packageFolder: string): Promise<Swapped> {
    const switched = this.#swapping.then(() => this.#switch(packageFolder))
    // A refused package is told to whoever asked for it, and ends nothing.
    this.#swapping = switched.then(
      ({ replaced }) => this.#retire(replaced),
      () => undefined,
    )
    const { replaced, now } = await switched
    return { before: replaced.serving.model, now }
  }

  stats(): InferenceStats {
    const sum = { ...this.#retired }
    for (const { serving } of [this.#current, ...this.#retiring]) {
      const { computed, refused, failed } = serving.stats()
      sum.computed += computed
      sum.refused += refused
      sum.failed += failed
    }
    const { threads, queued } = this.#current.serving.stats()
    return { threads, queued, ...sum }
  }

  close(): Promise<void> {
    this.#closed ??= this.#end()
    return this.#closed
  }

  async #switch(packageFolder: string): Promise<{ readonly replaced: Generation; readonly now: ServedModel }> {
    this.#assertOpen()
    const next = await this.#open(packageFolder)
    this.#next = next
    try {
      this.#assertOpen()
      await next.ready()
      this.#assertOpen()
    } catch (error) {
      await next.close()
      throw error
    } finally {
      this.#next = undefined
    }
    const replaced = this.#current
    this.#current = generationOf(next)
    this.#retiring.add(replaced)
    return { replaced, now: next.model }
  }

  /** Nothing new begins on it; each prediction under way has its deadline. */
  async #retire(generation: Generation): Promise<void> {
    await Promise.all(generation.underWay)
    await generation.serving.close()
    const { computed, refused, failed } = generation.serving.stats()
    this.#retired.computed += computed
    this.#retired.refused += refused
    this.#retired.failed += failed
    this.#retiring.delete(generation)
  }

  async #end(): Promise<void> {
    await Promise.all([this.#current, ...this.#retiring].map(({ serving }) => serving.close()))
    // One that is still loading gives up, so that its swap is refused and over.
    await this.#next?.close()
    await this.#swapping
  }

  #assertOpen(): void {
    if (this.#closed) throw new OperatingError('The inference is closed: no package takes over any more.')
  }
}
