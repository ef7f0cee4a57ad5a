import type { MarketTicker } from '../../domain/ids.ts'
import type { FeeSchedule } from '../../domain/market.ts'
import type { ChangeCause, ExchangeMarket, ExchangeTrade } from '../core.ts'
import type { MatchingBook } from '../matching.ts'
import type { AccountHappening } from './happenings.ts'

export interface TradingStep {
  /** Whose books may have changed. */
  readonly markets: readonly MarketTicker[]
  /** All of one market. */
  readonly trades: readonly ExchangeTrade[]
  readonly happenings: readonly AccountHappening[]
  readonly cause?: ChangeCause
}

/** What trading needs of the exchange around it: a tape that plays, or a mirror of the real venue. */
export interface TradingFloor {
  /** Market time. */
  nowMs(): number
  /** Applies everything that is due by now, so that an order never overtakes what happened before it. */
  catchUp(): void
  market(ticker: MarketTicker): ExchangeMarket | undefined
  /** Of a market that exists. */
  book(ticker: MarketTicker): MatchingBook
  schedule(ticker: MarketTicker): FeeSchedule
  /** The trades become public, then the net changes of the books, then what it meant to the accounts. */
  commit(step: TradingStep): void
  /** Runs once market time has reached `atMs`. */
  at(atMs: number, run: () => void): void
  newId(): string
}
