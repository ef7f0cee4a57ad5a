import { EXCHANGE_OPEN_ORDERS_MAX } from '../../config/limits.ts'
import type { BookSide } from '../../domain/book.ts'
import type { MarketTicker } from '../../domain/ids.ts'
import { isValidPrice } from '../../domain/market.ts'
import { minQuantity, type Price, type Quantity, quantityOf } from '../../domain/units.ts'
import { orderFee } from '../../pricing/fees.ts'
import type { ExchangeMarket } from '../core.ts'
import type { MatchingBook } from '../matching.ts'
import { DEFAULT_SHARD } from '../shard.ts'
import type { Account } from './account.ts'
import type { AccountOrder, SelfTradePrevention, TimeInForce } from './account-order.ts'
import type { TradingFloor } from './floor.ts'
import { closable } from './holding.ts'
import { type Refusal, refuse } from './refusal.ts'

/** What a client asks for (kalshi-api §3.5), in domain words. */
export interface NewOrder {
  readonly market: MarketTicker
  readonly clientOrderId?: string
  readonly side: BookSide
  readonly price: Price
  readonly quantity: Quantity
  readonly timeInForce: TimeInForce
  readonly selfTradePrevention: SelfTradePrevention
  readonly expirationMs?: number
  readonly postOnly: boolean
  /** Where it would take: accepted and cancelled, not refused. Both were seen (kalshi-api §3.5). */
  readonly postOnlyCancel?: boolean
  readonly reduceOnly: boolean
  readonly cancelOnPause: boolean
  readonly group?: string
}

const CLIENT_ORDER_ID = /^[A-Za-z0-9_:+=/-]{1,64}$/

/** What an open order is to become (kalshi-api §3.5). */
export interface Amendment {
  readonly market: MarketTicker
  readonly side: BookSide
  readonly price: Price
  /** What is filled already and what is wanted beside it. */
  readonly total: Quantity
  readonly clientOrderId?: string
  readonly updatedClientOrderId?: string
}

/** Every operation on a market that is not active is refused, a cancel too (kalshi-api §3.6). */
export function activeMarket(
  floor: TradingFloor,
  ticker: MarketTicker,
): { ok: true; market: ExchangeMarket } | Refusal {
  const market = floor.market(ticker)
  if (!market) return refuse('not_found', 'market not found')
  if (market.exchangeIndex !== DEFAULT_SHARD) return refuse('user_not_found', 'no funds on this exchange index')
  return market.status === 'active' ? { ok: true, market } : refuse('MARKET_INACTIVE', 'market is not active')
}

export function activeOrder(
  floor: TradingFloor,
  account: Account,
  orderId: string,
): { ok: true; order: AccountOrder } | Refusal {
  const order = account.order(orderId)
  if (!order) return refuse('not_found', 'order not found')
  const active = activeMarket(floor, order.market)
  return active.ok ? { ok: true, order } : active
}

export function checkGroup(account: Account, id: string | undefined): Refusal | undefined {
  if (id === undefined) return undefined
  const group = account.groups.get(id)
  if (!group) return refuse('not_found', 'order group not found')
  return group.isTriggered ? refuse('invalid_order', 'order group is triggered') : undefined
}

/** The order as it is wanted, with nothing of it matched yet. */
export function checkAmend(
  floor: TradingFloor,
  account: Account,
  order: AccountOrder,
  amendment: Amendment,
): { readonly ok: true; readonly wanted: AccountOrder } | Refusal {
  const { market, side, price, total, clientOrderId, updatedClientOrderId } = amendment
  if (market !== order.market) return refuse('order_ticker_mismatch')
  if (side !== order.side) return refuse('order_side_mismatch')
  if (clientOrderId !== undefined && clientOrderId !== order.clientOrderId) {
    return refuse('order_id_and_client_order_id_mismatch')
  }
  const isNewId = updatedClientOrderId !== undefined && updatedClientOrderId !== order.clientOrderId
  const refusedId = isNewId ? checkClientOrderId(account, updatedClientOrderId) : undefined
  if (refusedId) return refusedId
  const active = activeMarket(floor, market)
  if (!active.ok) return active
  if (!isValidPrice(active.market.priceRanges, price)) return refuse('invalid_price', 'price is not on a valid tick')
  if (total <= order.filled) return refuse('invalid_order_size', 'count must be above what is filled')
  if (order.postOnly && crosses(floor.book(market), side, price)) return refuse('invalid_order', 'post only cross')
  const remaining = quantityOf(total - order.filled)
  const ids = { clientOrderId: updatedClientOrderId ?? order.clientOrderId }
  const wanted: AccountOrder = { ...order, ...ids, price, initial: total, remaining }
  const others = account.ordersIn(market).filter((other) => other.id !== order.id)
  return checkCollateral(floor, account, wanted, others) ?? { ok: true, wanted }
}

export function checkClientOrderId(account: Account, clientOrderId: string | undefined): Refusal | undefined {
  if (clientOrderId === undefined) return undefined
  if (!CLIENT_ORDER_ID.test(clientOrderId)) return refuse('invalid_parameters', 'client_order_id is not valid')
  return account.clientOrderIds.has(clientOrderId) ? refuse('order_already_exists') : undefined
}

/** From the price to the client id, in the venue's order (kalshi-api §9.3). */
export function checkShape(account: Account, market: ExchangeMarket, order: NewOrder): Refusal | undefined {
  if (!isValidPrice(market.priceRanges, order.price)) return refuse('invalid_price', 'price is not on a valid tick')
  if (order.quantity <= 0) return refuse('invalid_order_size', 'count must be at least 0.01')
  return checkTimeInForce(order) ?? checkClientOrderId(account, order.clientOrderId) ?? checkOpenOrders(account)
}

function checkTimeInForce(order: NewOrder): Refusal | undefined {
  const { timeInForce, expirationMs, reduceOnly, postOnly } = order
  if (timeInForce === 'immediate_or_cancel' && expirationMs !== undefined) {
    return refuse('Cannot_specify_both_IoC_and_expiration_timestamp')
  }
  if (timeInForce !== 'good_till_canceled' && expirationMs !== undefined) {
    return refuse('invalid_parameters', 'expiration_time needs good_till_canceled')
  }
  if (reduceOnly && timeInForce !== 'immediate_or_cancel') {
    return refuse('invalid_order', 'reduce_only can only be used with IoC orders')
  }
  if (postOnly && timeInForce !== 'good_till_canceled') {
    return refuse('invalid_order', 'post_only needs good_till_canceled')
  }
  return undefined
}

const checkOpenOrders = (account: Account): Refusal | undefined =>
  account.openOrders < EXCHANGE_OPEN_ORDERS_MAX ? undefined : refuse('invalid_order', 'too many open orders')

export const crosses = (book: MatchingBook, side: BookSide, price: Price): boolean =>
  !book.reachable(side, price).next().done

/** What the order could match now, its own account's resting orders treated as its self-trade prevention says. */
export function fillableNow(book: MatchingBook, order: AccountOrder): Quantity {
  let quantity = 0
  for (const maker of book.reachable(order.side, order.price)) {
    if (maker.owner === order.account && order.selfTradePrevention === 'taker_at_cross') break
    if (maker.owner !== order.account) quantity += maker.quantity
  }
  return quantityOf(quantity)
}

/**
 * Whether the account can pay for the order at its worst: collateral for what opens a position at the limit, beside what its
 * other orders hold, and the taker's fee for that part where it would take. A better price costs less, fee included.
 */
export function checkCollateral(
  floor: TradingFloor,
  account: Account,
  order: AccountOrder,
  others: readonly AccountOrder[],
): Refusal | undefined {
  const { market, side, price } = order
  const cover = minQuantity(closable(account.net(market), side), order.remaining)
  const opening = quantityOf(order.remaining - cover)
  const takes = crosses(floor.book(market), side, price) && opening > 0
  const fee = takes ? orderFee({ schedule: floor.schedule(market), role: 'taker', price, quantity: opening, side }) : 0
  const needed = account.heldWith(market, [...others, order]) + fee
  return needed <= account.cash ? undefined : refuse('insufficient_balance')
}
