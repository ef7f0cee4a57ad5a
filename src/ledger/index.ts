import type { BookSide, LiquiditySide } from '../domain/book.ts'
import type { ClimateDate } from '../domain/climate-day.ts'
import type { ClientOrderId, EventTicker, MarketTicker, SessionId } from '../domain/ids.ts'
import type { NoPredictionReason, Refusal } from '../domain/refusal.ts'
import type { Money, Price, Quantity } from '../domain/units.ts'
import type { ForecastKind } from '../domain/weather.ts'
import type { JudgedBooks, JudgedQuery, WeatherPast } from './history.ts'
import type { LedgerRecord, OrderRecord, PositionRecord, SessionEnd, SessionRecord } from './records.ts'

/** Orders and positions that the account brings along from earlier sessions. */
export interface AccountState {
  /** Recorded for the account so far, over all of its sessions. */
  readonly decisions: number
  readonly positions: readonly PositionRecord[]
  readonly workingOrders: readonly OrderRecord[]
  readonly settledMarkets: readonly MarketTicker[]
  /** Daily highs that earlier sessions predicted within `SETTLEMENT_WAIT_DAYS` and none saw settle. */
  readonly unsettledEvents: readonly EventTicker[]
  readonly isHalted: boolean
}

export interface LedgerStats {
  readonly written: number
  readonly queued: number
  readonly batches: number
  /** Of a batch, receive to commit. */
  readonly commitMsMax: number
  /** Attempts that found the database away; the batch was kept and sent again. */
  readonly retries: number
  /** False from a failed attempt until the next commit. */
  readonly isDatabaseAway: boolean
}

/** One order with what became of it. Money is hypothetical in dry-run and paper. */
export interface ReportTrade {
  readonly order: ClientOrderId
  readonly market: MarketTicker
  readonly side: BookSide
  readonly role: LiquiditySide
  readonly price: Price
  readonly quantity: Quantity
  readonly filled: Quantity
  readonly fee: Money
  /** Of YES, at the decision; undefined where its row has been dropped. */
  readonly modelProbability?: number
  readonly marketProbability?: number
  /** Undefined until the market is determined. */
  readonly settlementValue?: Price
  /** Of its fills, after fees; undefined until the market is determined. */
  readonly pnl?: Money
  readonly forecastKind?: ForecastKind
}

export interface LedgerReport {
  /** Most frequent first; a trade has neither refusal. `count` is of rows, `repeats` of unchanged repetitions on them. */
  readonly decisionsByReason: readonly {
    readonly reason: Refusal | 'trade'
    readonly noPredictionReason?: NoPredictionReason
    readonly count: number
    readonly repeats: number
  }[]
  /** In order of creation; orders without a fill included. */
  readonly trades: readonly ReportTrade[]
  /** Rows of the session per table, e.g. `decisions`, `predictions`. */
  readonly rows: Readonly<Record<string, number>>
}

/** The account's books, kept by a thread of its own. One owner per account: opening one that another daemon holds is refused. */
export interface Ledger {
  /**
   * Takes the account's lock, writes the session, returns what the account already has. Rejects with an `OperatingError`
   * of exit code 6, naming the owner, where another daemon holds the account.
   */
  openSession(session: SessionRecord): Promise<AccountState>
  /**
   * Queues in order; written in batches, each one transaction. Never drops. Returns the record's number, 1, 2, 3, …:
   * the one that `onCommitted` reports.
   */
  write(record: LedgerRecord): number
  /** False while the backlog is above its bound or the ledger has failed: no new orders, cancels go on. */
  readonly acceptsOrders: boolean
  /** Resolves once everything handed over so far is committed. Rejects where the ledger has failed. */
  committed(): Promise<void>
  /** Called after each commit with the number of the last record that is safe; all before it are too. Returns the unsubscriber. */
  onCommitted(listener: (upTo: number) => void): () => void
  /** Called once, when records can no longer be written: lock lost to another daemon, bound reached, thread dead. */
  onFailure(listener: (error: Error) => void): () => void
  stats(): LedgerStats
  /** What the session left in the database; flush first (`committed`) for the newest. */
  report(session: SessionId): Promise<LedgerReport>
  /** Of every account that is no play; what is committed. */
  weatherPast(since: ClimateDate): Promise<WeatherPast>
  judgedPredictions(asked: JudgedQuery): Promise<JudgedBooks>
  /** Flushes, writes the session's end, releases the account's lock. */
  closeSession(end: SessionEnd): Promise<void>
  /** Flushes what is queued, leaves the database (an embedded server stops with its last user), ends the thread. Idempotent. */
  close(): Promise<void>
}
