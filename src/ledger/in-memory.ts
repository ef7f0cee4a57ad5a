import { LEDGER_BUSY_RECORDS } from '../config/limits.ts'
import type { ClimateDate } from '../domain/climate-day.ts'
import type { SessionId } from '../domain/ids.ts'
import { invariant } from '../domain/invariant.ts'
import { EXIT, OperatingError } from '../domain/operating-error.ts'
import type { JudgedBooks, JudgedQuery, WeatherPast } from './history.ts'
import { emptyBooks, type InMemoryBooks, type RecordedSession, reportOf, stateOf } from './in-memory-books.ts'
import { judgedOf, weatherPastOf } from './in-memory-history.ts'
import type { AccountState, Ledger, LedgerReport, LedgerStats } from './index.ts'
import type { LedgerRecord, SessionEnd, SessionRecord } from './records.ts'

export { emptyBooks, type InMemoryBooks } from './in-memory-books.ts'

interface Waiter {
  readonly done: () => void
  readonly failed: (error: Error) => void
}

export const createInMemoryLedger = (books: InMemoryBooks = emptyBooks()): InMemoryLedger => new InMemoryLedger(books)

/** The same interface in arrays, in this thread: for unit tests and simulation. Commits at once unless paused. */
export class InMemoryLedger implements Ledger {
  readonly books: InMemoryBooks
  readonly #committedListeners = new Set<(upTo: number) => void>()
  readonly #failureListeners = new Set<(error: Error) => void>()
  #waiters: Waiter[] = []
  #current: RecordedSession | undefined
  #failure: Error | undefined
  #isPaused = false
  #handedOver = 0
  #written = 0

  constructor(books: InMemoryBooks) {
    this.books = books
  }

  /** Of the open session, in order. */
  get records(): readonly LedgerRecord[] {
    return this.#current?.records ?? []
  }

  get acceptsOrders(): boolean {
    return this.#failure === undefined && this.#handedOver - this.#written < LEDGER_BUSY_RECORDS
  }

  async openSession(session: SessionRecord): Promise<AccountState> {
    const owner = this.books.owners.get(session.account)
    if (owner !== undefined) {
      const why = `The account ${session.account} is owned by another daemon (session ${owner}).`
      throw new OperatingError(why, EXIT.accountOwned)
    }
    this.books.owners.set(session.account, session.id)
    const state = stateOf(this.books, session)
    this.#current = { session, records: [], end: undefined }
    this.books.sessions.push(this.#current)
    return state
  }

  write(record: LedgerRecord): number {
    invariant(this.#current !== undefined, 'records are written within a session')
    this.#handedOver++
    if (!this.#failure) this.#current.records.push(record)
    this.#flush()
    return this.#handedOver
  }

  committed(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure)
    if (this.#written === this.#handedOver) return Promise.resolve()
    return new Promise((done, failed) => this.#waiters.push({ done, failed }))
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
      queued: this.#handedOver - this.#written,
      batches: this.#written,
      commitMsMax: 0,
      retries: 0,
      isDatabaseAway: this.#isPaused,
    }
  }

  async report(session: SessionId): Promise<LedgerReport> {
    return reportOf(this.books, session)
  }

  async weatherPast(since: ClimateDate): Promise<WeatherPast> {
    return weatherPastOf(this.books, since)
  }

  async judgedPredictions(asked: JudgedQuery): Promise<JudgedBooks> {
    return judgedOf(this.books, asked)
  }

  async closeSession(end: SessionEnd): Promise<void> {
    await this.committed()
    invariant(this.#current !== undefined, 'a session that ends has begun')
    this.#current.end = end
    this.#leave()
  }

  async close(): Promise<void> {
    await this.committed()
    this.#leave()
  }

  /** Holds commits back until `resume()`; what is written meanwhile is queued. */
  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#flush()
  }

  /** As if the database had gone for good. */
  fail(error: Error): void {
    if (this.#failure) return
    this.#failure = error
    const waiters = this.#waiters
    this.#waiters = []
    for (const { failed } of waiters) failed(error)
    for (const listener of this.#failureListeners) listener(error)
  }

  #leave(): void {
    if (this.#current) this.books.owners.delete(this.#current.session.account)
    this.#current = undefined
  }

  #flush(): void {
    if (this.#isPaused || this.#failure || this.#written === this.#handedOver) return
    this.#written = this.#handedOver
    const waiters = this.#waiters
    this.#waiters = []
    for (const { done } of waiters) done()
    for (const listener of this.#committedListeners) listener(this.#written)
  }
}
