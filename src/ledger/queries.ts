import type { InferEntity } from '@mikro-orm/core'
import { SETTLEMENT_WAIT_DAYS } from '../config/limits.ts'
import type { BookSide, LiquiditySide } from '../domain/book.ts'
import { isCityKey } from '../domain/city.ts'
import { climateDateOf, DAY_MS } from '../domain/climate-day.ts'
import { clientOrderIdOf, decisionIdOf, type EventTicker, eventTickerOf, marketTickerOf } from '../domain/ids.ts'
import { type CancelReason, CLOSED_STATUSES, type OrderStatus } from '../domain/order.ts'
import type { NoPredictionReason, Refusal } from '../domain/refusal.ts'
import { weatherEventTicker } from '../domain/ticker.ts'
import { moneyOf, priceOf, quantityOf } from '../domain/units.ts'
import type { ForecastKind } from '../domain/weather.ts'
import { Decision, Halt, Order, Position, Settlement } from './entities/index.ts'
import type { AccountState, LedgerReport, ReportTrade } from './index.ts'
import type { LedgerOrm } from './orm.ts'
import type { OrderRecord, SessionRecord } from './records.ts'
import { wallDay } from './rows.ts'

/** What a restarted daemon continues from. */
export async function accountState(
  orm: LedgerOrm,
  { account, startedMarketMs }: Pick<SessionRecord, 'account' | 'startedMarketMs'>,
): Promise<AccountState> {
  const em = orm.em.fork()
  const positions = await em.find(Position, { account }, { orderBy: { market: 'asc' } })
  const orders = await em.find(
    Order,
    { account, status: { $nin: [...CLOSED_STATUSES] } },
    { orderBy: { createdAt: 'asc', id: 'asc' } },
  )
  const settled = await em.find(Settlement, { account }, { fields: ['market'], orderBy: { market: 'asc' } })
  return {
    decisions: await em.count(Decision, { account }),
    positions: positions.map((row) => ({
      market: marketTickerOf(row.market),
      netQuantity: quantityOf(row.netQuantity),
      cost: moneyOf(row.cost),
      fees: moneyOf(row.fees),
      realizedPnl: moneyOf(row.realizedPnl),
      updatedMs: row.updatedAt,
    })),
    workingOrders: orders.map(orderRecord),
    settledMarkets: settled.map(({ market }) => marketTickerOf(market)),
    unsettledEvents: await unsettledEvents(orm, account, startedMarketMs),
    isHalted: (await em.count(Halt, { account, resumedAt: null })) > 0,
  }
}

async function unsettledEvents(orm: LedgerOrm, account: string, nowMs: number): Promise<readonly EventTicker[]> {
  const since = wallDay(nowMs - SETTLEMENT_WAIT_DAYS * DAY_MS)
  const days = await orm.em.getConnection().execute<{ city: string; date: string }[]>(
    `select distinct city, climate_date::text as date from wx.predictions
       where account_id = ? and climate_date >= ?::date order by 2, 1`,
    [account, since],
  )
  const settled = await orm.em
    .getConnection()
    .execute<{ event: string }[]>(`select distinct event from trading.settlements where account_id = ?`, [account])
  const isSettled = new Set(settled.map(({ event }) => event))
  return days
    .flatMap(({ city, date }) => (isCityKey(city) ? [weatherEventTicker(city, climateDateOf(date))] : []))
    .filter((event) => !isSettled.has(event))
}

/** Words that this program wrote itself come back as the closed lists they were. */
function orderRecord(row: InferEntity<typeof Order>): OrderRecord {
  return {
    id: clientOrderIdOf(row.id),
    decision: decisionIdOf(row.decision),
    event: eventTickerOf(row.event),
    market: marketTickerOf(row.market),
    side: row.side as BookSide,
    role: row.role as LiquiditySide,
    price: priceOf(row.price),
    quantity: quantityOf(row.quantity),
    filledQuantity: quantityOf(row.filledQuantity),
    status: row.status as OrderStatus,
    createdMs: row.createdAt,
    ...(row.cancelReason == null ? {} : { cancelReason: row.cancelReason as CancelReason }),
    history: row.history,
  }
}

export async function sessionReport(orm: LedgerOrm, session: string): Promise<LedgerReport> {
  const query = <Row>(sql: string): Promise<readonly Row[]> => orm.em.getConnection().execute<Row[]>(sql, [session])
  const reasons = await query<{ reason: string; why: string | null; count: string; repeats: string }>(
    DECISIONS_BY_REASON,
  )
  const trades = await query<TradeRow>(TRADES)
  const counts = await query<{ table: string; count: string }>(ROWS)
  return {
    decisionsByReason: reasons.map(({ reason, why, count, repeats }) => ({
      reason: reason as Refusal | 'trade',
      ...(why === null ? {} : { noPredictionReason: why as NoPredictionReason }),
      count: Number(count),
      repeats: Number(repeats),
    })),
    trades: trades.map(tradeOf),
    rows: Object.fromEntries(counts.map(({ table, count }) => [table, Number(count)])),
  }
}

const DECISIONS_BY_REASON = `
  select coalesce(refusal, 'trade') as reason, no_prediction_reason as why, count(*) as count, sum(repeats) as repeats
  from trading.decisions where session_id = ?
  group by 1, 2 order by count(*) desc, 1, 2`

interface TradeRow {
  readonly order: string
  readonly market: string
  readonly side: string
  readonly role: string
  readonly price: number
  readonly quantity: string
  readonly filled: string
  readonly fee: string
  readonly model_probability: number | null
  readonly market_probability: number | null
  readonly settlement_value: number | null
  readonly pnl: string | null
  readonly forecast_kind: string | null
}

/** The P&L of an order is that of its fills at the settlement; fills that close a position earn the difference the same way. */
const TRADES = `
  select o.id as "order", o.market, o.side, o.role, o.price, o.quantity, o.filled_quantity as filled,
    coalesce(f.fee, 0) as fee, s.settlement_value, p.forecast_kind,
    (b.book->>'modelProbability')::float8 as model_probability,
    (b.book->>'marketProbability')::float8 as market_probability,
    case o.side when 'bid' then f.quantity * s.settlement_value - f.notional
      else f.notional - f.quantity * s.settlement_value end - coalesce(f.fee, 0) as pnl
  from trading.orders o
  left join lateral (
    select sum(fee) as fee, sum(quantity) as quantity, sum(price * quantity) as notional
    from trading.fills where account_id = o.account_id and order_id = o.id
  ) f on true
  left join trading.settlements s on s.account_id = o.account_id and s.market = o.market
  left join trading.decisions d on d.session_id = o.session_id and d.id = o.decision_id
  left join lateral (
    select book from jsonb_array_elements(d.books) book where book->>'market' = o.market limit 1
  ) b on true
  left join wx.predictions p on p.session_id = d.session_id and p.id = d.prediction_id
  where o.session_id = ?
  order by o.created_at, o.id`

function tradeOf(row: TradeRow): ReportTrade {
  return {
    order: clientOrderIdOf(row.order),
    market: marketTickerOf(row.market),
    side: row.side as BookSide,
    role: row.role as LiquiditySide,
    price: priceOf(row.price),
    quantity: quantityOf(Number(row.quantity)),
    filled: quantityOf(Number(row.filled)),
    fee: moneyOf(Number(row.fee)),
    ...(row.model_probability === null ? {} : { modelProbability: row.model_probability }),
    ...(row.market_probability === null ? {} : { marketProbability: row.market_probability }),
    ...(row.settlement_value === null ? {} : { settlementValue: priceOf(row.settlement_value) }),
    ...(row.pnl === null ? {} : { pnl: moneyOf(Number(row.pnl)) }),
    ...(row.forecast_kind === null ? {} : { forecastKind: row.forecast_kind as ForecastKind }),
  }
}

/** Every table that a session's rows are in; the names are those of the report. */
export const COUNTED_TABLES = {
  decisions: 'trading.decisions',
  orders: 'trading.orders',
  fills: 'trading.fills',
  positions: 'trading.positions',
  settlements: 'trading.settlements',
  halts: 'trading.halts',
  demotions: 'trading.demotions',
  observations: 'wx.observations',
  forecasts: 'wx.forecasts',
  predictions: 'wx.predictions',
} as const

const ROWS = `
  with wanted as (select ?::text as id)
  ${Object.entries(COUNTED_TABLES)
    .map(
      ([name, table]) =>
        `select '${name}' as "table", count(*) as count from ${table} where session_id = (select id from wanted)`,
    )
    .join(' union all ')}`
