import type { LedgerRecord, SessionEnd, SessionRecord } from './records.ts'

/** Orders and positions that the account brings along from earlier sessions. */
export interface AccountState {
  readonly decisions: number
  readonly positions: readonly import('./records.ts').PositionRecord[]
  readonly workingOrders: readonly import('./records.ts').OrderRecord[]
  readonly settledMarkets: readonly string[]
  readonly isHalted: boolean
}

export interface LedgerStats {
  readonly written: number
  readonly queued: number
  readonly batches: number
  /** Of a batch, receive to commit. */
  readonly commitMsMax: number
}

/** The account's books, kept by a thread of its own. One owner per account: opening one that another daemon holds is refused. */
export interface Ledger {
  /** Takes the account's lock, writes the session, returns what the account already has. Rejects with `AccountOwnedError`. */
  openSession(session: SessionRecord): Promise<AccountState>
  /** Queues in order; written in batches, each one transaction. Never drops. */
  write(record: LedgerRecord): void
  /** False while the backlog is above its bound: no new orders, cancels go on. */
  readonly acceptsOrders: boolean
  /** Resolves once everything handed over so far is committed. Rejects where the ledger has failed. */
  committed(): Promise<void>
  stats(): LedgerStats
  /** Flushes, writes the session's end, releases the lock, ends the thread. */
  closeSession(end: SessionEnd): Promise<void>
  close(): Promise<void>
}
