import type { AccountId } from '../../domain/ids.ts'
import { formatMoney, formatPrice, formatQuantity } from '../../domain/units.ts'
import { orderFields } from '../account-objects.ts'
import { DEFAULT_SHARD } from '../shard.ts'
import type { AccountFill, AccountOrder } from '../trading/account-order.ts'
import type { AccountGroup, GroupEvent } from '../trading/happenings.ts'
import type { Holding } from '../trading/holding.ts'
import { formatTime } from '../wire-objects.ts'

/** The `msg` of the private frames as JSON text (kalshi-api §2.7). */
export function fillMessage(fill: AccountFill): string {
  const outcome = fill.side === 'bid' ? 'yes' : 'no'
  return JSON.stringify({
    trade_id: fill.tradeId,
    order_id: fill.orderId,
    ...(fill.clientOrderId === '' ? {} : { client_order_id: fill.clientOrderId }),
    market_ticker: fill.market,
    exchange_index: DEFAULT_SHARD,
    is_taker: fill.isTaker,
    outcome_side: outcome,
    book_side: fill.side,
    side: 'yes',
    action: fill.side === 'bid' ? 'buy' : 'sell',
    purchased_side: outcome,
    yes_price_dollars: formatPrice(fill.price),
    count_fp: formatQuantity(fill.quantity),
    fee_cost: formatMoney(fill.fee),
    post_position_fp: formatQuantity(fill.positionAfter),
    ts: Math.floor(fill.tsMs / 1000),
    ts_ms: fill.tsMs,
  })
}

export function userOrderMessage(order: AccountOrder): string {
  return JSON.stringify({
    ...orderFields(order),
    is_yes: order.side === 'bid',
    created_ts_ms: order.createdMs,
    last_updated_ts_ms: order.updatedMs,
    created_time: formatTime(order.createdMs),
    last_update_time: formatTime(order.updatedMs),
    ...(order.expirationMs === undefined
      ? {}
      : { expiration_ts_ms: order.expirationMs, expiration_time: formatTime(order.expirationMs) }),
    ...(order.reason === undefined ? {} : { last_update_reason: order.reason }),
  })
}

export function positionMessage(account: AccountId, holding: Holding): string {
  return JSON.stringify({
    user_id: account,
    market_ticker: holding.market,
    position_fp: formatQuantity(holding.net),
    position_cost_dollars: formatMoney(holding.cost),
    realized_pnl_dollars: formatMoney(holding.realizedPnl),
    fees_paid_dollars: formatMoney(holding.fees),
    position_fee_cost_dollars: formatMoney(holding.openFees),
    volume_fp: formatQuantity(holding.volume),
  })
}

export function groupMessage(type: GroupEvent, group: AccountGroup, tsMs: number): string {
  return JSON.stringify({
    event_type: type,
    order_group_id: group.id,
    ...(type === 'created' || type === 'limit_updated'
      ? { contracts_limit_fp: formatQuantity(group.contractsLimit) }
      : {}),
    ts_ms: tsMs,
  })
}
