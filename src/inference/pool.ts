import { fileURLToPath } from 'node:url'
import { FixedQueue, Piscina, queueOptionsSymbol } from 'piscina'
import type { Timer, World } from '../clock/clock.ts'
import {
  INFERENCE_CLOSE_TIMEOUT_MS,
  INFERENCE_DEADLINE_MS,
  INFERENCE_DRAIN_POLL_MS,
  INFERENCE_QUEUE_MAX,
  INFERENCE_READY_TIMEOUT_MS,
  INFERENCE_RESTART_MS,
  INFERENCE_THREAD_HEAP_MB,
} from '../config/limits.ts'
import { InvariantError, invariant } from '../domain/invariant.ts'
import { OperatingError } from '../domain/operating-error.ts'
import type { NoPredictionReason } from '../domain/refusal.ts'
import { withDeadline } from './deadline.ts'
import type { Inference, InferenceResult, ServedModel, Serving } from './index.ts'
import { loadPackage, type ModelPackage } from './package.ts'
import { createPastPacker } from './past-days.ts'
import type { WorkerRequest, WorkerResponse, WorkerSetup } from './protocol.ts'
import { closeGate, createGateMemory, holdExit, runsUnderWay } from './run-gate.ts'
import { checkServable, modelOf, reasonOf } from './servable.ts'
import { createSwappable } from './swappable.ts'

export interface PoolOptions {
  readonly packageFolder: string
  readonly threads: number
  readonly world: Pick<World, 'transport'>
  /** Told when a thread died outside of a call, and when the pool was built again. */
  readonly onTrouble?: (error: unknown) => void
  /** Tests name a worker that misbehaves. */
  readonly workerFile?: URL
}

type LoadBalancer = NonNullable<NonNullable<ConstructorParameters<typeof Piscina>[0]>['loadBalancer']>

/** A request that must run on one named thread: `ready` and `stop` go to each of them. */
interface Addressed {
  readonly threadId: number
}

/** One task a thread at a time; an addressed task waits for its own thread, as long as that one lives. */
function placeTaskAmong(threadIds: () => readonly number[]): LoadBalancer {
  return (task, workers) => {
    const address = task[queueOptionsSymbol as keyof typeof task] as unknown as Addressed | null
    if (address && threadIds().includes(address.threadId)) {
      return workers.find(({ id, currentUsage }) => id === address.threadId && currentUsage === 0) ?? null
    }
    return workers.find((worker) => worker.currentUsage === 0) ?? null
  }
}

/** Every option of Piscina is named: its defaults queue without end and freeze an idle worker's own event loop. */
function startThreads(options: PoolOptions, setup: WorkerSetup): Piscina<WorkerRequest, WorkerResponse> {
  const piscina: Piscina<WorkerRequest, WorkerResponse> = new Piscina({
    filename: fileURLToPath(options.workerFile ?? new URL('./score.worker.ts', import.meta.url)),
    name: 'score',
    minThreads: options.threads,
    maxThreads: options.threads,
    idleTimeout: Number.POSITIVE_INFINITY,
    maxQueue: INFERENCE_QUEUE_MAX,
    concurrentTasksPerWorker: 1,
    atomics: 'disabled',
    taskQueue: new FixedQueue(),
    loadBalancer: placeTaskAmong(() => piscina.threads.map((thread) => thread.threadId)),
    stricterFIFO: true,
    resourceLimits: { maxOldGenerationSizeMb: INFERENCE_THREAD_HEAP_MB },
    argv: [],
    execArgv: [],
    env: {},
    workerData: setup,
    niceIncrement: 0,
    trackUnmanagedFds: true,
    closeTimeout: INFERENCE_CLOSE_TIMEOUT_MS,
    recordTiming: false,
    workerHistogram: false,
  })
  // Without a listener the event of a thread that died idle would end the process; the next call sees what is left.
  piscina.on('error', (error) => options.onTrouble?.(error))
  return piscina
}

const DRAIN_POLLS_MAX = INFERENCE_CLOSE_TIMEOUT_MS / INFERENCE_DRAIN_POLL_MS

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/**
 * The threads that compute predictions. A refused, late or failed one is a value; no call stays pending, whatever
 * happens to its thread.
 *
 * @throws OperatingError where the package cannot be served, before any thread is started
 */
export function createPool(options: PoolOptions): Promise<Inference> {
  return createSwappable(options.packageFolder, async (packageFolder) => {
    const loaded = await loadPackage(packageFolder)
    checkServable(loaded)
    return new Pool(options, loaded)
  })
}

/** Read once, for every thread that is ever started for it: a copy a pool instead of one a thread. */
function sharedBytes(bytes: Uint8Array): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.byteLength))
  shared.set(bytes)
  return shared
}

class Pool implements Serving {
  readonly model: ServedModel
  readonly #options: PoolOptions
  readonly #loaded: ModelPackage
  readonly #gate = createGateMemory()
  readonly #letExit: () => void
  readonly #packPast = createPastPacker()
  readonly #running = new Set<Promise<unknown>>()
  #piscina: Piscina<WorkerRequest, WorkerResponse>
  #startedNs: number
  #requestId = 0
  #computed = 0
  #refused = 0
  #failed = 0
  #closed: Promise<void> | undefined
  /** Threads are being ended, which is not a death that the pool must answer to. */
  #isEnding = false

  constructor(options: PoolOptions, loaded: ModelPackage) {
    invariant(options.threads >= 1, 'a pool has a thread')
    this.model = modelOf(loaded)
    this.#options = options
    this.#loaded = { ...loaded, onnx: sharedBytes(loaded.onnx) }
    this.#letExit = holdExit(this.#gate)
    this.#piscina = this.#start()
    this.#startedNs = options.world.transport.monotonicNs()
  }

  async ready(): Promise<void> {
    const failed = (message: string): WorkerResponse => ({ ok: false, requestId: 0, code: 'modelFailed', message })
    const asked = this.#piscina.threads.map((thread) =>
      withDeadline(
        this.#options.world.transport,
        INFERENCE_READY_TIMEOUT_MS,
        this.#send({ kind: 'ready', requestId: this.#nextId() }, thread.threadId),
        () => failed(`no answer within ${INFERENCE_READY_TIMEOUT_MS} ms`),
      ).catch((error: unknown) => failed(messageOf(error))),
    )
    const answers = await Promise.all(asked)
    const failure = answers.find((answer) => !answer.ok)
    if (failure) throw new OperatingError(`The inference threads are not ready: ${failure.message}`)
    const threads = new Set(answers.map((answer) => (answer.ok && answer.kind === 'ready' ? answer.threadId : -1)))
    invariant(threads.size === this.#options.threads, 'every thread ran the golden rows')
  }

  async predict(...[inputs, strikes]: Parameters<Inference['predict']>): Promise<InferenceResult> {
    if (this.#closed) return this.#refuse('workerFailed', 'The inference pool is closed.')
    if (this.#piscina.threads.length === 0 && !this.#restart()) {
      return this.#refuse('workerFailed', 'All inference threads have failed.')
    }
    if (this.#piscina.queueSize >= INFERENCE_QUEUE_MAX) {
      return this.#refuse('poolBusy', `${this.#piscina.queueSize} predictions wait already.`)
    }
    const requestId = this.#nextId()
    const { past, ...others } = inputs
    const request: WorkerRequest = { kind: 'predict', requestId, inputs: others, past: this.#packPast(past), strikes }
    const answered = this.#send(request).then(
      (response) => this.#resultOf(response, requestId),
      (error: unknown): InferenceResult => ({ ok: false, reason: 'workerFailed', message: messageOf(error) }),
    )
    const result = await withDeadline(
      this.#options.world.transport,
      INFERENCE_DEADLINE_MS,
      answered,
      (): InferenceResult => ({
        ok: false,
        reason: 'deadline',
        message: `No answer from the inference threads within ${INFERENCE_DEADLINE_MS} ms.`,
      }),
    )
    if (result.ok) this.#computed++
    else this.#failed++
    return result
  }

  stats(): ReturnType<Inference['stats']> {
    return {
      threads: this.#piscina.threads.length,
      computed: this.#computed,
      refused: this.#refused,
      failed: this.#failed,
      queued: this.#piscina.queueSize,
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#drain()
    return this.#closed
  }

  /** What runs finishes, sessions are released, and a thread is ended only where no run is under way. */
  async #drain(): Promise<void> {
    const { transport } = this.#options.world
    // First of all: what has not begun is refused, so that the wait is for one run a thread and not for a full queue.
    closeGate(this.#gate)
    const drained = Promise.allSettled(this.#running)
    await withDeadline(transport, INFERENCE_CLOSE_TIMEOUT_MS, drained, () => this.#tellSlowClose())
    const stops = this.#piscina.threads.map((thread) =>
      this.#send({ kind: 'stop', requestId: this.#nextId() }, thread.threadId),
    )
    const stopped = Promise.allSettled(stops)
    await withDeadline(transport, INFERENCE_CLOSE_TIMEOUT_MS, stopped, () => this.#tellSlowClose())
    // Bounded too: a thread that was lost in a run would count for ever.
    for (let polls = 0; polls < DRAIN_POLLS_MAX && runsUnderWay(this.#gate) > 0; polls++) {
      await new Promise<void>((resolve) => transport.after(INFERENCE_DRAIN_POLL_MS, resolve))
    }
    this.#isEnding = true
    await this.#piscina.destroy()
    this.#letExit()
  }

  #tellSlowClose(): void {
    this.#options.onTrouble?.(new OperatingError('The inference threads take long to stop.'))
  }

  #start(): Piscina<WorkerRequest, WorkerResponse> {
    const piscina = startThreads(this.#options, { loaded: this.#loaded, gate: this.#gate })
    // Threads that die while they load are not replaced, and what is queued for them would wait for ever.
    piscina.on('workerDestroy', () =>
      this.#options.world.transport.soon(() => {
        if (!this.#isEnding && piscina.threads.length === 0) void piscina.destroy()
      }),
    )
    return piscina
  }

  #nextId(): number {
    this.#requestId++
    return this.#requestId
  }

  #refuse(reason: NoPredictionReason, message: string): InferenceResult {
    this.#refused++
    return { ok: false, reason, message }
  }

  /** Settles with the thread's answer, or rejects when the thread dies or the queue is full; never before a run has ended. */
  #send(request: WorkerRequest, threadId?: number): Promise<WorkerResponse> {
    const task = threadId === undefined ? request : { ...request, [queueOptionsSymbol]: { threadId } }
    const sent = this.#piscina.run(task)
    const tracked = sent.catch(() => undefined).finally(() => this.#running.delete(tracked))
    this.#running.add(tracked)
    return sent
  }

  #resultOf(response: WorkerResponse, requestId: number): InferenceResult {
    invariant(response.requestId === requestId, 'an answer belongs to its request')
    if (response.ok) {
      invariant(response.kind === 'predict', 'a prediction is answered by a prediction')
      const { output, computeNs } = response
      return { ok: true, output, computeNs, manifestHash: this.model.manifestHash }
    }
    if (response.code === 'invariantBroken') this.#crash(response.message)
    return { ok: false, reason: reasonOf(response.code), message: response.message }
  }

  /** A broken promise of our own code stays one on this side of the thread's border. */
  #crash(message: string): Timer {
    return this.#options.world.transport.soon(() => {
      throw new InvariantError(message)
    })
  }

  /** Piscina gives up on threads that die while they load; then the pool is built again, not more often than the bound. */
  #restart(): boolean {
    const nowNs = this.#options.world.transport.monotonicNs()
    if (nowNs - this.#startedNs < INFERENCE_RESTART_MS * 1e6) return false
    this.#startedNs = nowNs
    this.#options.onTrouble?.(new OperatingError('All inference threads had failed; the pool is built again.'))
    this.#piscina = this.#start()
    return true
  }
}
