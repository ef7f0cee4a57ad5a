import { Worker } from 'node:worker_threads'
import { wrap } from 'comlink'
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs'
import type { World } from '../clock/clock.ts'
import { OperatingError } from '../domain/operating-error.ts'
import type { Reply } from './protocol.ts'

/** A Comlink thread with what Comlink lacks: a call ends when its thread does, and by its deadline. After either, every call fails. */
export class SupervisedThread<Api extends object> {
  readonly #world: Pick<World, 'transport'>
  readonly #name: string
  readonly #worker: Worker
  readonly #api: Api
  readonly #died: Promise<Reply<never>>
  /** Set once the thread has ended or has missed a deadline. */
  failure: OperatingError | undefined

  constructor(world: Pick<World, 'transport'>, module: URL, name: string) {
    this.#world = world
    this.#name = name
    this.#worker = new Worker(module, { name })
    // Every method of the interface is asynchronous already, so that the far side looks like the near one.
    this.#api = wrap<Api>(nodeEndpoint(this.#worker)) as unknown as Api
    this.#died = new Promise((done) => {
      let reason = 'it ended'
      this.#worker.on('error', (error) => {
        reason = error instanceof Error ? error.message : String(error)
      })
      this.#worker.on('exit', () => done(this.#fail(`The ${this.#name} thread is gone (${reason}).`)))
    })
  }

  /** Called with the thread's end, expected or not. */
  onExit(listener: () => void): void {
    void this.#died.then(listener)
  }

  async call<Value>(timeoutMs: number, run: (api: Api) => Promise<Reply<Value>>): Promise<Reply<Value>> {
    if (this.failure) return { ok: false, failure: dataOf(this.failure) }
    let cancel = (): void => undefined
    const late = new Promise<Reply<never>>((done) => {
      const timer = this.#world.transport.after(timeoutMs, () =>
        done(this.#fail(`The ${this.#name} thread has not answered for ${timeoutMs / 1_000} s.`)),
      )
      cancel = () => timer.cancel()
    })
    try {
      return await Promise.race([run(this.#api), this.#died, late])
    } catch (error) {
      // Comlink rejects where the thread threw: the thread makes data of what it expects, so this is a bug there.
      const reason = error instanceof Error ? error.message : String(error)
      return this.#fail(`The ${this.#name} thread failed: ${reason}.`)
    } finally {
      cancel()
    }
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }

  #fail(message: string): Reply<never> {
    this.failure ??= new OperatingError(
      `${message} What was not committed is not in the database; start Halcyon again.`,
    )
    return { ok: false, failure: dataOf(this.failure) }
  }
}

const dataOf = (error: OperatingError) => ({
  kind: 'failed' as const,
  message: error.message,
  exitCode: error.exitCode,
})
