import type { LiquiditySide } from '../domain/book.ts'
import type { AccountId, SessionId, StrategyName } from '../domain/ids.ts'
import { addMoney, addQuantity, type Money, type Quantity, ZERO_MONEY, ZERO_QUANTITY } from '../domain/units.ts'
import type { ForecastKind, ObservationKind } from '../domain/weather.ts'
import type { LedgerReport, ReportTrade } from '../ledger/index.ts'
import type { BrierScore } from './score.ts'

/** A distribution of durations; every figure in milliseconds. */
export interface DurationSummary {
  readonly n: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

/** What one group of orders did; money in 1/1,000,000 $. */
export interface TradeTotals {
  readonly orders: number
  readonly filledOrders: number
  readonly contracts: Quantity
  readonly fees: Money
  /** After fees, over settled markets only. */
  readonly pnl: Money
  /** Filled orders whose market has not settled: not in `pnl`. */
  readonly unsettled: number
}

export interface CityReport {
  readonly city: string
  readonly event: string
  readonly forecastKinds: readonly ForecastKind[]
  readonly observationKinds: readonly ObservationKind[]
  readonly settledHighF: string | undefined
  readonly winner: string | undefined
}

export interface SessionReport {
  readonly session: SessionId
  readonly account: AccountId
  readonly mode: string
  readonly outcome: string
  /** In which mode each strategy traded at the end, and why it was demoted, where it was. */
  readonly strategies: readonly {
    readonly strategy: StrategyName
    readonly mode: string
    readonly demotedBecause: string | null
  }[]
  readonly isHypothetical: true
  readonly quotes: 'reconstructed' | 'venue'
  readonly cities: readonly CityReport[]
  readonly decisionsByReason: LedgerReport['decisionsByReason']
  readonly trades: readonly ReportTrade[]
  readonly takers: TradeTotals
  readonly makers: TradeTotals
  readonly total: TradeTotals
  /** By which kind of forecast the decision rested on. */
  readonly byForecastKind: Readonly<Record<string, TradeTotals>>
  readonly brier: BrierScore | undefined
  readonly rows: LedgerReport['rows']
  readonly feed: Readonly<Record<string, number>>
  readonly tickToDecision: DurationSummary
  readonly predictionsFresh: DurationSummary
  readonly predictionsCached: DurationSummary
  readonly eventLoop: { readonly idleP99Ms: number; readonly overIdle: Omit<DurationSummary, 'n'> }
  readonly memoryPeakMb: number
  readonly wallSeconds: number
}

const isFilled = (trade: ReportTrade): boolean => trade.filled > 0

export function tradeTotals(trades: readonly ReportTrade[]): TradeTotals {
  let contracts = ZERO_QUANTITY
  let fees = ZERO_MONEY
  let pnl = ZERO_MONEY
  let filledOrders = 0
  let unsettled = 0
  for (const trade of trades) {
    if (!isFilled(trade)) continue
    filledOrders++
    contracts = addQuantity(contracts, trade.filled)
    fees = addMoney(fees, trade.fee)
    if (trade.pnl === undefined) unsettled++
    else pnl = addMoney(pnl, trade.pnl)
  }
  return { orders: trades.length, filledOrders, contracts, fees, pnl, unsettled }
}

export const totalsOfRole = (trades: readonly ReportTrade[], role: LiquiditySide): TradeTotals =>
  tradeTotals(trades.filter((trade) => trade.role === role))

export function totalsByForecastKind(trades: readonly ReportTrade[]): Record<string, TradeTotals> {
  const kinds = [...new Set(trades.map((trade) => trade.forecastKind ?? 'unknown'))].sort()
  return Object.fromEntries(
    kinds.map((kind) => [kind, tradeTotals(trades.filter((trade) => (trade.forecastKind ?? 'unknown') === kind))]),
  )
}
