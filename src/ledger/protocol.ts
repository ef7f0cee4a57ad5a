import type { ClimateDate } from '../domain/climate-day.ts'
import type { ExitCode } from '../domain/operating-error.ts'
import type { JudgedBooks, JudgedQuery, WeatherPast } from './history.ts'
import type { AccountState, LedgerReport } from './index.ts'
import type { SessionEnd, SessionRecord } from './records.ts'

/** Which PostgreSQL keeps the books. */
export type DatabaseSettings =
  /** A server of our own on the files of this folder. */
  | { readonly kind: 'embedded'; readonly folder: string }
  /** PostgreSQL 15 or later; the password comes apart where the URL does not hold it. */
  | { readonly kind: 'url'; readonly url: string; readonly password?: string }

export interface LedgerSettings {
  readonly database: DatabaseSettings
  /** Days (UTC, wall) of decisions that are kept. */
  readonly decisionDays: number
}

/** What the thread opened; nothing of it is secret. */
export interface DatabaseInfo {
  readonly kind: 'embedded' | 'url'
  /** For a person: folder and port, or host, port and database. */
  readonly where: string
  readonly serverVersion: string
  /** Of an embedded server. */
  readonly serverPid?: number
  readonly isAdopted?: boolean
  readonly migrated: readonly string[]
}

/** Names of the entities that are written in bulk. */
export type BatchTable =
  | 'Decision'
  | 'Order'
  | 'Fill'
  | 'Position'
  | 'Settlement'
  | 'Halt'
  | 'Demotion'
  | 'StoredObservation'
  | 'StoredForecast'
  | 'StoredPrediction'

/** One transaction. Rows are JSON texts, written where the record was handed over: text crosses threads at the cost of a copy. */
export interface Batch {
  readonly rows: readonly { readonly table: BatchTable; readonly json: readonly string[] }[]
  /** Of decisions of this or an earlier batch: `{"id", "count", "lastMs"}`. */
  readonly repeats: readonly string[]
  /** Wall days on which its decisions were recorded. */
  readonly days: readonly string[]
}

/** Errors cross the thread as data. `away`: the same call may succeed later. */
export type LedgerFailure =
  | { readonly kind: 'away'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string; readonly exitCode: ExitCode }

export type Reply<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly failure: LedgerFailure }

export interface TableRows {
  readonly [table: string]: number
}

export interface DatabaseStatus {
  readonly kind: 'embedded' | 'url'
  readonly where: string
  readonly serverVersion: string
  readonly migrations: {
    readonly applied: readonly string[]
    readonly pending: readonly string[]
    /** In the database, not in this program: it was migrated by a newer one. */
    readonly unknown: readonly string[]
  }
  readonly rows: TableRows
  readonly sessions: readonly {
    readonly id: string
    readonly account: string
    readonly mode: string
    readonly status: string
    readonly startedAt: string
    readonly endedAt: string | null
  }[]
}

/** What the thread does, by Comlink. One call at a time, but for the reads, which may come beside a commit. */
export interface LedgerThreadApi {
  open(settings: LedgerSettings): Promise<Reply<DatabaseInfo>>
  openSession(
    session: SessionRecord,
    process: { readonly pid: number; readonly host: string },
  ): Promise<Reply<AccountState>>
  /** An empty batch only makes sure that the account's lock is held. */
  commit(batch: Batch): Promise<Reply<undefined>>
  report(session: string): Promise<Reply<LedgerReport>>
  weatherPast(since: ClimateDate): Promise<Reply<WeatherPast>>
  judgedPredictions(asked: JudgedQuery): Promise<Reply<JudgedBooks>>
  endSession(end: SessionEnd): Promise<Reply<undefined>>
  close(): Promise<Reply<undefined>>
}
