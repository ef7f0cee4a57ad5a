import { z } from 'zod'
import { complement, formatQuantity, type Money, moneyOf, notional, quantityOf } from '../../domain/units.ts'
import {
  balanceDollars,
  balanceObject,
  cents,
  eventPositionObject,
  fillObject,
  orderObject,
  positionObject,
  settlementObject,
} from '../account-objects.ts'
import { DEFAULT_SHARD } from '../shard.ts'
import type { AccountOrder } from '../trading/account-order.ts'
import type { Holding } from '../trading/holding.ts'
import type { PortfolioView } from '../trading/portfolio-views.ts'
import { type Answer, badRequest, notFound, ok } from './answer.ts'
import { shardsOf } from './exchange-routes.ts'
import { refused, refuseOrderId, refuseQueryAddress } from './order-routes.ts'
import { pageOf, pageShape, parseQuery, wholeNumber } from './query.ts'
import type { RestRequest, Route } from './route.ts'

const PAGE = { standard: 100, max: 1_000 }
const EVENT_TICKERS_MAX = 10

/** What an account reads of itself (kalshi-api §3.4), as late as the read lag says. Lists come newest first. */
export const PORTFOLIO_ROUTES: readonly Route[] = [
  route('/portfolio/balance', balance),
  route('/portfolio/positions', positions),
  route('/portfolio/fills', fills),
  route('/portfolio/settlements', settlements),
  route('/portfolio/orders', orders),
  route('/portfolio/orders/queue_positions', queuePositions),
  route('/portfolio/orders/:order_id', order),
  route('/portfolio/orders/:order_id/queue_position', queuePosition),
  route('/portfolio/summary/total_resting_order_value', restingValue),
  // A play is one day, all of it live.
  route('/historical/fills', () => ok({ fills: [], cursor: '' })),
  route('/historical/orders', () => ok({ orders: [], cursor: '' })),
  route('/historical/positions', () => ok({ market_positions: [], event_positions: [], cursor: '' })),
]

function route(path: string, answer: (request: RestRequest) => Answer): Route {
  const checked = (request: RestRequest): Answer => refuseQueryAddress(request.query) ?? answer(request)
  return { method: 'GET', path, access: 'signed', answer: checked }
}

const viewOf = ({ portfolios, account }: RestRequest): PortfolioView => portfolios.of(account)

function balance(request: RestRequest): Answer {
  const view = viewOf(request)
  const updatedMs = view.updatedMs ?? request.core.nowMs()
  return ok(balanceObject(view.balance, markedValue(request, view), updatedMs, shardsOf(request.core)))
}

/** Open positions at the last trade of their market, without one at their cost. */
function markedValue({ core }: RestRequest, { holdings }: PortfolioView): Money {
  let value = 0
  for (const { market, net, cost } of holdings.values()) {
    const last = core.market(market)?.lastPrice
    if (last === undefined) value += cost
    else value += notional(net >= 0 ? last : complement(last), quantityOf(Math.abs(net)))
  }
  return moneyOf(value)
}

const timeShape = { min_ts: wholeNumber.optional(), max_ts: wholeNumber.optional() }
const marketShape = { ticker: z.string().optional(), event_ticker: z.array(z.string()).optional() }

interface TimeQuery {
  readonly min_ts?: number | undefined
  readonly max_ts?: number | undefined
}

const isWithin = ({ min_ts = 0, max_ts = Number.POSITIVE_INFINITY }: TimeQuery, ms: number): boolean =>
  ms >= min_ts * 1000 && ms <= max_ts * 1000

function eventOf({ core }: RestRequest, market: Holding['market']): string {
  return core.market(market)?.event ?? ''
}

function positions(request: RestRequest): Answer {
  const filters = z
    .string()
    .refine((text) => text.split(',').every((word) => word === 'position' || word === 'total_traded'))
  const shape = { ...pageShape, ...marketShape, count_filter: filters.optional() }
  const parsed = parseQuery(request.query, shape, ['event_ticker'])
  if (!parsed.ok) return parsed.answer
  const { ticker, event_ticker, count_filter = '' } = parsed.value
  const wanted = [...viewOf(request).holdings.values()].filter((holding) => {
    if (ticker !== undefined && holding.market !== ticker) return false
    if (event_ticker && !event_ticker.includes(eventOf(request, holding.market))) return false
    if (count_filter.includes('position') && holding.net === 0) return false
    return !count_filter.includes('total_traded') || holding.volume > 0
  })
  const page = pageOf(wanted, (holding) => holding.market, parsed.value, PAGE)
  if (!page.ok) return page.answer
  const byEvent = Map.groupBy(page.value.items, (holding) => eventOf(request, holding.market))
  return ok({
    market_positions: page.value.items.map(positionObject),
    event_positions: [...byEvent].map(([event, holdings]) => eventPositionObject(event, holdings)),
    cursor: page.value.cursor,
  })
}

function fills(request: RestRequest): Answer {
  const shape = { ...pageShape, ...timeShape, ticker: z.string().optional(), order_id: z.string().optional() }
  const parsed = parseQuery(request.query, shape)
  if (!parsed.ok) return parsed.answer
  const { ticker, order_id } = parsed.value
  const wanted = viewOf(request).fills.filter(
    (fill) =>
      (ticker === undefined || fill.market === ticker) &&
      (order_id === undefined || fill.orderId === order_id) &&
      isWithin(parsed.value, fill.tsMs),
  )
  const page = pageOf(wanted.toReversed(), (fill) => `${fill.tradeId}/${fill.orderId}`, parsed.value, PAGE)
  return page.ok ? ok({ fills: page.value.items.map(fillObject), cursor: page.value.cursor }) : page.answer
}

function settlements(request: RestRequest): Answer {
  const parsed = parseQuery(request.query, { ...pageShape, ...timeShape, ...marketShape }, ['event_ticker'])
  if (!parsed.ok) return parsed.answer
  const { ticker, event_ticker } = parsed.value
  const wanted = viewOf(request).settlements.filter(
    (settlement) =>
      (ticker === undefined || settlement.market === ticker) &&
      (event_ticker === undefined || event_ticker.includes(eventOf(request, settlement.market))) &&
      isWithin(parsed.value, settlement.settledMs),
  )
  const page = pageOf(wanted.toReversed(), (settlement) => settlement.market, parsed.value, PAGE)
  if (!page.ok) return page.answer
  const items = page.value.items.map((settlement) => settlementObject(settlement, eventOf(request, settlement.market)))
  return ok({ settlements: items, cursor: page.value.cursor })
}

function orders(request: RestRequest): Answer {
  const status = z.enum(['resting', 'canceled', 'executed']).optional()
  const parsed = parseQuery(request.query, { ...pageShape, ...timeShape, ...marketShape, status }, ['event_ticker'])
  if (!parsed.ok) return parsed.answer
  const { ticker, event_ticker, status: wantedStatus } = parsed.value
  if (event_ticker && event_ticker.length > EVENT_TICKERS_MAX) {
    return badRequest(`event_ticker must be at most ${EVENT_TICKERS_MAX}`)
  }
  const wanted = [...viewOf(request).orders.values()].filter(
    (one) =>
      (ticker === undefined || one.market === ticker) &&
      (event_ticker === undefined || event_ticker.includes(one.event)) &&
      (wantedStatus === undefined || one.status === wantedStatus) &&
      isWithin(parsed.value, one.createdMs),
  )
  const page = pageOf(wanted.toReversed(), (one) => one.id, parsed.value, PAGE)
  return page.ok ? ok({ orders: page.value.items.map(orderObject), cursor: page.value.cursor }) : page.answer
}

function findOrder(request: RestRequest): AccountOrder | Answer {
  const id = request.params.order_id ?? ''
  const unreadable = refuseOrderId(id)
  if (unreadable) return refused(unreadable)
  return viewOf(request).orders.get(id) ?? notFound()
}

function order(request: RestRequest): Answer {
  const found = findOrder(request)
  return 'body' in found ? found : ok({ order: orderObject(found) })
}

function queuePosition(request: RestRequest): Answer {
  const found = findOrder(request)
  if ('body' in found) return found
  const ahead = request.core.trading.queuePosition(found)
  return ahead === undefined ? notFound() : ok({ queue_position_fp: formatQuantity(ahead) })
}

function queuePositions(request: RestRequest): Answer {
  const shape = { market_tickers: z.array(z.string()).optional(), event_ticker: z.string().optional() }
  const parsed = parseQuery(request.query, shape, ['market_tickers'])
  if (!parsed.ok) return parsed.answer
  const { market_tickers, event_ticker } = parsed.value
  if (market_tickers === undefined && event_ticker === undefined) {
    return badRequest('market_tickers or event_ticker is needed')
  }
  const queue = [...viewOf(request).orders.values()].flatMap((one) => {
    const isWanted = market_tickers?.includes(one.market) === true || one.event === event_ticker
    const ahead = isWanted ? request.core.trading.queuePosition(one) : undefined
    if (ahead === undefined) return []
    return [{ order_id: one.id, market_ticker: one.market, queue_position_fp: formatQuantity(ahead) }]
  })
  return ok({ queue_positions: queue })
}

/** What the resting orders hold back: with the balance it adds up to the cash. */
function restingValue(request: RestRequest): Answer {
  const { held } = viewOf(request).balance
  return ok({
    total_resting_order_value: cents(held),
    resting_order_value_breakdown: [{ exchange_index: DEFAULT_SHARD, balance: balanceDollars(held) }],
  })
}
