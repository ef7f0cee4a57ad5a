import { hostname } from 'node:os'
import type { World } from '../clock/clock.ts'
import {
  LEDGER_CALL_TIMEOUT_MS,
  LEDGER_CLOSE_TIMEOUT_MS,
  LEDGER_DECISION_DAYS,
  LEDGER_OPEN_TIMEOUT_MS,
} from '../config/limits.ts'
import type { ClimateDate } from '../domain/climate-day.ts'
import { invariant } from '../domain/invariant.ts'
import { EXIT, OperatingError } from '../domain/operating-error.ts'
import type { Log } from '../telemetry/log.ts'
import type { JudgedQuery } from './history.ts'
import type { Ledger } from './index.ts'
import type { DatabaseSettings, LedgerSettings, LedgerThreadApi, Reply } from './protocol.ts'
import { LedgerQueue, retryWhileAway } from './queue.ts'
import type { SessionEnd, SessionRecord } from './records.ts'
import { rowOf } from './rows.ts'
import { SupervisedThread } from './supervised-thread.ts'

export interface LedgerOptions {
  readonly database: DatabaseSettings
  /** Days of decisions that are kept; `LEDGER_DECISION_DAYS` where left out. */
  readonly decisionDays?: number
  readonly world: Pick<World, 'transport'>
  readonly log: Log
}

/** Opens the database in a thread of its own, migrated. Rejects with an `OperatingError`; nothing is left running then. */
export async function createLedger(options: LedgerOptions): Promise<Ledger> {
  const { world, log } = options
  const thread = new SupervisedThread<LedgerThreadApi>(world, new URL('./ledger.worker.ts', import.meta.url), 'ledger')
  const settings: LedgerSettings = {
    database: options.database,
    decisionDays: options.decisionDays ?? LEDGER_DECISION_DAYS,
  }
  try {
    const info = valueFrom(await thread.call(LEDGER_OPEN_TIMEOUT_MS, (api) => api.open(settings)))
    log.info({ ...info }, info.isAdopted === true ? 'Ledger adopted a running database' : 'Ledger opened')
  } catch (error) {
    // A server that was started for nothing stops again.
    await thread.call(LEDGER_CLOSE_TIMEOUT_MS, (api) => api.close())
    await thread.end()
    throw error
  }
  return new ThreadedLedger(world, thread)
}

function valueFrom<Value>(reply: Reply<Value>): Value {
  if (reply.ok) return reply.value
  const { failure } = reply
  throw new OperatingError(failure.message, failure.kind === 'failed' ? failure.exitCode : EXIT.failed)
}

class ThreadedLedger implements Ledger {
  readonly #world: Pick<World, 'transport'>
  readonly #thread: SupervisedThread<LedgerThreadApi>
  readonly #queue: LedgerQueue
  #session: SessionRecord | undefined
  #closing: Promise<void> | undefined

  constructor(world: Pick<World, 'transport'>, thread: SupervisedThread<LedgerThreadApi>) {
    this.#world = world
    this.#thread = thread
    this.#queue = new LedgerQueue(world, (batch) => this.#call((api) => api.commit(batch)))
    thread.onExit(() => {
      if (!this.#closing && thread.failure) this.#queue.fail(thread.failure)
    })
  }

  get acceptsOrders(): boolean {
    return this.#queue.acceptsOrders
  }

  async openSession(session: SessionRecord) {
    const process_ = { pid: process.pid, host: hostname() }
    const state = valueFrom(await this.#call((api) => api.openSession(session, process_)))
    this.#session = session
    this.#queue.watchLock()
    return state
  }

  write(record: Parameters<Ledger['write']>[0]): number {
    invariant(this.#session !== undefined, 'records are written within a session')
    return this.#queue.push(rowOf(this.#session, record))
  }

  committed(): Promise<void> {
    return this.#queue.committed()
  }

  onCommitted(listener: (upTo: number) => void): () => void {
    return this.#queue.onCommitted(listener)
  }

  onFailure(listener: (error: Error) => void): () => void {
    return this.#queue.onFailure(listener)
  }

  stats() {
    return this.#queue.stats()
  }

  async report(session: string) {
    return valueFrom(await this.#call((api) => api.report(session)))
  }

  async weatherPast(since: ClimateDate) {
    return valueFrom(await this.#call((api) => api.weatherPast(since)))
  }

  async judgedPredictions(asked: JudgedQuery) {
    return valueFrom(await this.#call((api) => api.judgedPredictions(asked)))
  }

  async closeSession(end: SessionEnd): Promise<void> {
    await this.#queue.committed()
    this.#queue.stop()
    valueFrom(await retryWhileAway(this.#world, () => this.#call((api) => api.endSession(end))))
    this.#session = undefined
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    let unwritten: unknown
    try {
      await this.#queue.committed()
    } catch (error) {
      unwritten = error
    }
    this.#queue.stop()
    // Also after a failure: an embedded server must not be left behind.
    const reply = await this.#thread.call(LEDGER_CLOSE_TIMEOUT_MS, (api) => api.close())
    await this.#thread.end()
    if (unwritten !== undefined) throw unwritten
    valueFrom(reply)
  }

  #call<Value>(run: (api: LedgerThreadApi) => Promise<Reply<Value>>): Promise<Reply<Value>> {
    return this.#thread.call(LEDGER_CALL_TIMEOUT_MS, run)
  }
}
