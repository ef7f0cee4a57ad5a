import { SETTLEMENT_WAIT_DAYS } from '../config/limits.ts'
import { DAY_MS } from '../domain/climate-day.ts'
import type { EventTicker, MarketTicker, SessionId } from '../domain/ids.ts'
import { CLOSED_STATUSES } from '../domain/order.ts'
import { weatherEventTicker } from '../domain/ticker.ts'
import { moneyOf, notional, type Price } from '../domain/units.ts'
import type { AccountState, LedgerReport, ReportTrade } from './index.ts'
import type {
  DecisionRecord,
  FillRecord,
  LedgerRecord,
  OrderRecord,
  PositionRecord,
  SessionEnd,
  SessionRecord,
  SettlementRecord,
} from './records.ts'
import { wallDay } from './rows.ts'

/** What a session handed over, kept for a test to look at. */
export interface RecordedSession {
  readonly session: SessionRecord
  readonly records: LedgerRecord[]
  end: SessionEnd | undefined
}

/** The database of in-memory ledgers: hand the same one to the next ledger to test a restart. */
export interface InMemoryBooks {
  readonly sessions: RecordedSession[]
  readonly owners: Map<string, SessionId>
}

export const emptyBooks = (): InMemoryBooks => ({ sessions: [], owners: new Map() })

const last = <Row>(rows: readonly Row[], keyOf: (row: Row) => string): Row[] => [
  ...new Map(rows.map((row) => [keyOf(row), row])).values(),
]

export const rowsOf = <Kind extends LedgerRecord['kind']>(records: readonly LedgerRecord[], kind: Kind) =>
  records.filter((record): record is Extract<LedgerRecord, { kind: Kind }> => record.kind === kind)

const recordsOfAccount = (books: InMemoryBooks, account: string): readonly LedgerRecord[] =>
  books.sessions.filter(({ session }) => session.account === account).flatMap(({ records }) => records)

/** What a restarted daemon continues from, as the database would say it. */
export function stateOf(
  books: InMemoryBooks,
  { account, startedMarketMs }: Pick<SessionRecord, 'account' | 'startedMarketMs'>,
): AccountState {
  const records = recordsOfAccount(books, account)
  const orders = last(
    rowsOf(records, 'order').map(({ row }): OrderRecord => row),
    ({ id }) => id,
  )
  const settled = new Set<MarketTicker>(rowsOf(records, 'settlement').map(({ row }) => row.market))
  return {
    decisions: rowsOf(records, 'decision').length,
    positions: last(
      rowsOf(records, 'position').map(({ row }): PositionRecord => row),
      ({ market }) => market,
    ),
    workingOrders: orders.filter(({ status }) => !CLOSED_STATUSES.includes(status)),
    settledMarkets: [...settled],
    unsettledEvents: unsettledEvents(records, startedMarketMs),
    isHalted: rowsOf(records, 'halt').length > 0,
  }
}

function unsettledEvents(records: readonly LedgerRecord[], nowMs: number): readonly EventTicker[] {
  const since = wallDay(nowMs - SETTLEMENT_WAIT_DAYS * DAY_MS)
  const predicted = rowsOf(records, 'prediction')
    .map(({ row }) => row)
    .filter(({ date }) => date >= since)
    .toSorted((a, b) => (`${a.date} ${a.city}` < `${b.date} ${b.city}` ? -1 : 1))
  const events = new Set(predicted.map(({ city, date }) => weatherEventTicker(city, date)))
  return [...events.difference(new Set(rowsOf(records, 'settlement').map(({ row }) => row.event)))]
}

export function reportOf(books: InMemoryBooks, session: SessionId): LedgerReport {
  const found = books.sessions.find((candidate) => candidate.session.id === session)
  const records = found?.records ?? []
  const decisions = rowsOf(records, 'decision').map(({ row }): DecisionRecord => row)
  const repeats = new Map(rowsOf(records, 'decisionRepeated').map(({ id, count }) => [id, count]))
  const reasons = new Map<string, { -readonly [Key in keyof Reason]: Reason[Key] }>()
  for (const { id, refusal, noPredictionReason } of decisions) {
    const key = `${refusal ?? 'trade'} ${noPredictionReason ?? ''}`
    const entry = reasons.get(key) ?? {
      reason: refusal ?? 'trade',
      ...(noPredictionReason === undefined ? {} : { noPredictionReason }),
      count: 0,
      repeats: 0,
    }
    entry.count++
    entry.repeats += repeats.get(id) ?? 0
    reasons.set(key, entry)
  }
  const account = found ? recordsOfAccount(books, found.session.account) : []
  const orders = last(
    rowsOf(records, 'order').map(({ row }): OrderRecord => row),
    ({ id }) => id,
  )
  const counts: Record<string, number> = {}
  for (const { kind } of records) counts[kind] = (counts[kind] ?? 0) + 1
  return {
    decisionsByReason: [...reasons.values()].sort((a, b) => b.count - a.count),
    trades: orders.map((order) => tradeOf(order, decisions, account)),
    rows: counts,
  }
}

type Reason = LedgerReport['decisionsByReason'][number]

function tradeOf(
  order: OrderRecord,
  decisions: readonly DecisionRecord[],
  account: readonly LedgerRecord[],
): ReportTrade {
  const fills = rowsOf(account, 'fill')
    .map(({ row }): FillRecord => row)
    .filter((fill) => fill.order === order.id)
  const settlement = rowsOf(account, 'settlement')
    .map(({ row }): SettlementRecord => row)
    .findLast(({ market }) => market === order.market)
  const decision = decisions.find(({ id }) => id === order.decision)
  const book = decision?.books.find(({ market }) => market === order.market)
  const prediction = rowsOf(account, 'prediction').find(({ row }) => row.id === decision?.predictionId)
  const fee = moneyOf(fills.reduce((sum, fill) => sum + fill.fee, 0))
  return {
    order: order.id,
    market: order.market,
    side: order.side,
    role: order.role,
    price: order.price,
    quantity: order.quantity,
    filled: order.filledQuantity,
    fee,
    ...(book?.modelProbability === undefined ? {} : { modelProbability: book.modelProbability }),
    ...(book?.marketProbability === undefined ? {} : { marketProbability: book.marketProbability }),
    ...(settlement === undefined ? {} : settledAt(settlement.settlementValue, fills, fee)),
    ...(prediction === undefined ? {} : { forecastKind: prediction.row.forecastKind }),
  }
}

function settledAt(
  value: Price,
  fills: readonly FillRecord[],
  fee: number,
): Pick<ReportTrade, 'settlementValue' | 'pnl'> {
  const gains = fills.map(({ side, price, quantity }) => {
    const difference = notional(value, quantity) - notional(price, quantity)
    return side === 'bid' ? difference : -difference
  })
  if (gains.length === 0) return { settlementValue: value }
  return { settlementValue: value, pnl: moneyOf(gains.reduce((sum, gain) => sum + gain, 0) - fee) }
}
