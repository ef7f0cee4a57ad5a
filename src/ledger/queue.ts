import type { Timer, World } from '../clock/clock.ts'
import {
  LEDGER_AWAY_MS_MAX,
  LEDGER_BATCH_BYTES_MAX,
  LEDGER_BATCH_RECORDS_MAX,
  LEDGER_BUSY_RECORDS,
  LEDGER_FLUSH_MS,
  LEDGER_LOCK_CHECK_MS,
  LEDGER_QUEUE_BYTES_MAX,
  LEDGER_QUEUE_RECORDS_MAX,
  LEDGER_RETRY_DELAY_MS_MAX,
  LEDGER_RETRY_DELAY_MS_MIN,
} from '../config/limits.ts'
import { EXIT, OperatingError } from '../domain/operating-error.ts'
import { batchOf } from './batch.ts'
import type { LedgerStats } from './index.ts'
import type { Batch, Reply } from './protocol.ts'
import type { Row } from './rows.ts'

interface Waiter {
  readonly upTo: number
  readonly done: () => void
  readonly failed: (error: Error) => void
}

/**
 * The main thread's side of the books: keeps every row until the transaction that holds it is committed, one batch in
 * flight, in order. A database that is away gets the same batch again, with back-off; anything worse ends the queue loudly.
 */
export class LedgerQueue {
  readonly #world: Pick<World, 'transport'>
  readonly #commit: (batch: Batch) => Promise<Reply<undefined>>
  readonly #committedListeners = new Set<(upTo: number) => void>()
  readonly #failureListeners = new Set<(error: Error) => void>()
  #rows: Row[] = []
  #bytes = 0
  #waiters: Waiter[] = []
  #flushTimer: Timer | undefined
  #checkTimer: Timer | undefined
  #isFlushing = false
  #failure: Error | undefined
  #handedOver = 0
  #written = 0
  #batches = 0
  #retries = 0
  #awaySinceNs: number | undefined
  #commitMsMax = 0

  constructor(world: Pick<World, 'transport'>, commit: (batch: Batch) => Promise<Reply<undefined>>) {
    this.#world = world
    this.#commit = commit
  }

  get failure(): Error | undefined {
    return this.#failure
  }

  get acceptsOrders(): boolean {
    return this.#failure === undefined && this.#rows.length < LEDGER_BUSY_RECORDS
  }

  /** The row's number, 1, 2, 3, … After a failure nothing is kept any more: everybody has been told. */
  push(row: Row): number {
    this.#handedOver++
    if (this.#failure) return this.#handedOver
    this.#rows.push(row)
    this.#bytes += row.json.length
    if (this.#rows.length >= LEDGER_QUEUE_RECORDS_MAX || this.#bytes >= LEDGER_QUEUE_BYTES_MAX) {
      const why = `The ledger holds ${this.#rows.length} records that the database has not taken`
      this.fail(new OperatingError(`${why}; it is away or too slow. Halcyon stops rather than lose any.`))
    } else if (this.#rows.length >= LEDGER_BATCH_RECORDS_MAX) this.#flushSoon(0)
    else this.#flushSoon(LEDGER_FLUSH_MS)
    return this.#handedOver
  }

  committed(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure)
    if (this.#written === this.#handedOver) return Promise.resolve()
    const waiting = new Promise<void>((done, failed) => {
      this.#waiters.push({ upTo: this.#handedOver, done, failed })
    })
    this.#flushSoon(0)
    return waiting
  }

  onCommitted(listener: (upTo: number) => void): () => void {
    this.#committedListeners.add(listener)
    return () => this.#committedListeners.delete(listener)
  }

  onFailure(listener: (error: Error) => void): () => void {
    this.#failureListeners.add(listener)
    return () => this.#failureListeners.delete(listener)
  }

  stats(): LedgerStats {
    return {
      written: this.#written,
      queued: this.#rows.length,
      batches: this.#batches,
      commitMsMax: this.#commitMsMax,
      retries: this.#retries,
      isDatabaseAway: this.#awaySinceNs !== undefined,
    }
  }

  /** While a session is open, an idle ledger makes sure that its lock still stands. */
  watchLock(): void {
    this.#checkTimer = this.#world.transport.every(LEDGER_LOCK_CHECK_MS, () => {
      if (this.#rows.length === 0) void this.#flush()
    })
  }

  /** No more timers; what is queued stays queued. */
  stop(): void {
    this.#flushTimer?.cancel()
    this.#flushTimer = undefined
    this.#checkTimer?.cancel()
    this.#checkTimer = undefined
  }

  fail(error: Error): void {
    if (this.#failure) return
    this.#failure = error
    this.stop()
    this.#rows = []
    this.#bytes = 0
    const waiters = this.#waiters
    this.#waiters = []
    for (const waiter of waiters) waiter.failed(error)
    for (const listener of this.#failureListeners) listener(error)
  }

  #flushSoon(delayMs: number): void {
    if (this.#isFlushing) return
    if (this.#flushTimer && delayMs > 0) return
    this.#flushTimer?.cancel()
    this.#flushTimer = this.#world.transport.after(delayMs, () => void this.#flush())
  }

  async #flush(): Promise<void> {
    if (this.#isFlushing || this.#failure) return
    this.#isFlushing = true
    this.#flushTimer?.cancel()
    this.#flushTimer = undefined
    const count = this.#nextCount()
    const batch = batchOf(this.#rows.slice(0, count))
    const startedNs = this.#world.transport.monotonicNs()
    const isCommitted = await this.#commitWithRetries(batch)
    this.#isFlushing = false
    if (!isCommitted || this.#failure) return
    if (count > 0) this.#settle(count, startedNs)
    if (this.#rows.length > 0) this.#flushSoon(0)
  }

  #nextCount(): number {
    let bytes = 0
    let count = 0
    for (const { json } of this.#rows) {
      bytes += json.length
      if (count > 0 && (count >= LEDGER_BATCH_RECORDS_MAX || bytes > LEDGER_BATCH_BYTES_MAX)) break
      count++
    }
    return count
  }

  #settle(count: number, startedNs: number): void {
    for (const { json } of this.#rows.splice(0, count)) this.#bytes -= json.length
    this.#written += count
    this.#batches++
    this.#commitMsMax = Math.max(this.#commitMsMax, (this.#world.transport.monotonicNs() - startedNs) / 1e6)
    const isServed = (waiter: Waiter): boolean => waiter.upTo <= this.#written
    for (const waiter of this.#waiters.filter(isServed)) waiter.done()
    this.#waiters = this.#waiters.filter((waiter) => !isServed(waiter))
    for (const listener of this.#committedListeners) listener(this.#written)
  }

  async #commitWithRetries(batch: Batch): Promise<boolean> {
    const reply = await retryWhileAway(this.#world, () => this.#commit(batch), {
      isOver: () => this.#failure !== undefined,
      onAway: () => {
        this.#retries++
        this.#awaySinceNs ??= this.#world.transport.monotonicNs()
      },
    })
    if (reply.ok) {
      this.#awaySinceNs = undefined
      return true
    }
    const { failure } = reply
    const exitCode = failure.kind === 'failed' ? failure.exitCode : EXIT.failed
    this.fail(new OperatingError(failure.message, exitCode))
    return false
  }
}

/** The same call again while the database is away, up to the bound; every other answer is given back at once. */
export async function retryWhileAway<Value>(
  world: Pick<World, 'transport'>,
  call: () => Promise<Reply<Value>>,
  hooks: { readonly isOver?: () => boolean; readonly onAway?: () => void } = {},
): Promise<Reply<Value>> {
  const startedNs = world.transport.monotonicNs()
  let delayMs = LEDGER_RETRY_DELAY_MS_MIN
  for (;;) {
    const reply = await call()
    if (reply.ok || reply.failure.kind !== 'away') return reply
    hooks.onAway?.()
    const awayMs = (world.transport.monotonicNs() - startedNs) / 1e6
    if (hooks.isOver?.() === true || awayMs > LEDGER_AWAY_MS_MAX) return reply
    await new Promise<void>((done) => {
      world.transport.after(delayMs, done)
    })
    delayMs = Math.min(delayMs * 2, LEDGER_RETRY_DELAY_MS_MAX)
  }
}
