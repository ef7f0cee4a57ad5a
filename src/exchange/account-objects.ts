import { eventTickerOf } from '../domain/ids.ts'
import {
  complement,
  formatMoney,
  formatPrice,
  formatQuantity,
  type Money,
  moneyOf,
  priceOf,
  quantityOf,
} from '../domain/units.ts'
import { DEFAULT_SHARD } from './shard.ts'
import type { AccountFill, AccountOrder } from './trading/account-order.ts'
import type { AccountBalance, AccountGroup, AccountSettlement } from './trading/happenings.ts'
import type { Holding } from './trading/holding.ts'
import { formatTime } from './wire-objects.ts'

/** The accounts' side in the venue's words (kalshi-api §3.4). Money with six places, as fees have; read any scale. */
const CENT = 10_000
const GRID = 100

/** Whole cents, rounded down, as the venue's integers are. */
export const cents = (money: Money): number => Math.floor(money / CENT)

/** Four places, rounded down to the grid that balances move on. */
export const balanceDollars = (money: Money): string =>
  formatMoney(moneyOf(Math.floor(money / GRID) * GRID)).slice(0, -2)

const outcomeOf = (side: AccountOrder['side']): 'yes' | 'no' => (side === 'bid' ? 'yes' : 'no')
const actionOf = (side: AccountOrder['side']): 'buy' | 'sell' => (side === 'bid' ? 'buy' : 'sell')

/** What orders have in common on REST and on the WebSocket. */
export function orderFields(order: AccountOrder) {
  return {
    order_id: order.id,
    user_id: order.account,
    client_order_id: order.clientOrderId,
    ticker: order.market,
    exchange_index: DEFAULT_SHARD,
    status: order.status,
    // Deprecated and still sent.
    side: 'yes',
    outcome_side: outcomeOf(order.side),
    book_side: order.side,
    yes_price_dollars: formatPrice(order.price),
    initial_count_fp: formatQuantity(order.initial),
    fill_count_fp: formatQuantity(order.filled),
    remaining_count_fp: formatQuantity(order.remaining),
    taker_fill_cost_dollars: formatMoney(order.takerCost),
    maker_fill_cost_dollars: formatMoney(order.makerCost),
    taker_fees_dollars: formatMoney(order.takerFees),
    maker_fees_dollars: formatMoney(order.makerFees),
    self_trade_prevention_type: order.selfTradePrevention,
    ...(order.group === undefined ? {} : { order_group_id: order.group }),
  }
}

export function orderObject(order: AccountOrder) {
  return {
    ...orderFields(order),
    action: actionOf(order.side),
    type: 'limit',
    no_price_dollars: formatPrice(complement(order.price)),
    created_time: formatTime(order.createdMs),
    last_update_time: formatTime(order.updatedMs),
    ...(order.expirationMs === undefined ? {} : { expiration_time: formatTime(order.expirationMs) }),
    cancel_order_on_pause: order.cancelOnPause,
    subaccount_number: 0,
  }
}

export function fillObject(fill: AccountFill) {
  return {
    fill_id: fill.tradeId,
    trade_id: fill.tradeId,
    order_id: fill.orderId,
    ticker: fill.market,
    market_ticker: fill.market,
    exchange_index: DEFAULT_SHARD,
    side: 'yes',
    action: actionOf(fill.side),
    outcome_side: outcomeOf(fill.side),
    book_side: fill.side,
    count_fp: formatQuantity(fill.quantity),
    yes_price_dollars: formatPrice(fill.price),
    no_price_dollars: formatPrice(complement(fill.price)),
    is_taker: fill.isTaker,
    fee_cost: formatMoney(fill.fee),
    created_time: formatTime(fill.tsMs),
    ts: Math.floor(fill.tsMs / 1000),
    subaccount_number: 0,
  }
}

export function positionObject(holding: Holding) {
  return {
    ticker: holding.market,
    exchange_index: DEFAULT_SHARD,
    position_fp: formatQuantity(holding.net),
    market_exposure_dollars: formatMoney(holding.cost),
    realized_pnl_dollars: formatMoney(holding.realizedPnl),
    fees_paid_dollars: formatMoney(holding.fees),
    total_traded_dollars: formatMoney(holding.traded),
    last_updated_ts: formatTime(holding.updatedMs),
  }
}

/** All markets of one event that the account ever traded. */
export function eventPositionObject(event: string, holdings: readonly Holding[]) {
  const sum = (of: (holding: Holding) => number): Money =>
    moneyOf(holdings.reduce((total, holding) => total + of(holding), 0))
  return {
    event_ticker: eventTickerOf(event),
    total_cost_dollars: formatMoney(sum((holding) => holding.traded)),
    total_cost_shares_fp: formatQuantity(quantityOf(sum((holding) => holding.volume))),
    event_exposure_dollars: formatMoney(sum((holding) => holding.cost)),
    realized_pnl_dollars: formatMoney(sum((holding) => holding.realizedPnl)),
    fees_paid_dollars: formatMoney(sum((holding) => holding.fees)),
  }
}

export function settlementObject(settlement: AccountSettlement, event: string) {
  const { net, cost, value } = settlement
  const isYes = net >= 0
  const count = formatQuantity(quantityOf(Math.abs(net)))
  return {
    ticker: settlement.market,
    event_ticker: event,
    exchange_index: DEFAULT_SHARD,
    market_result: settlement.result,
    yes_count_fp: isYes ? count : '0.00',
    yes_total_cost_dollars: formatMoney(isYes ? cost : moneyOf(0)),
    no_count_fp: isYes ? '0.00' : count,
    no_total_cost_dollars: formatMoney(isYes ? moneyOf(0) : cost),
    revenue: cents(settlement.payout),
    value: Math.floor(value / priceOf(100)),
    fee_cost: formatMoney(settlement.fees),
    settled_time: formatTime(settlement.settledMs),
  }
}

/** `shards`: those of the exchange, of which only the default one was ever funded. */
export const balanceObject = (balance: AccountBalance, value: Money, updatedMs: number, shards: readonly number[]) => {
  const available = moneyOf(balance.cash - balance.held)
  return {
    balance: cents(available),
    balance_dollars: balanceDollars(available),
    portfolio_value: cents(value),
    updated_ts: Math.floor(updatedMs / 1000),
    balance_breakdown: shards.map((shard) => ({
      exchange_index: shard,
      balance: balanceDollars(shard === DEFAULT_SHARD ? available : moneyOf(0)),
    })),
  }
}

export const groupObject = ({ id, contractsLimit, isTriggered }: AccountGroup) => ({
  id,
  contracts_limit_fp: formatQuantity(contractsLimit),
  is_auto_cancel_enabled: !isTriggered,
  exchange_index: DEFAULT_SHARD,
})
