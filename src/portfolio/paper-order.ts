import type { Trade } from '../domain/book.ts'
import type { ClientOrderId, DecisionId, EventTicker } from '../domain/ids.ts'
import { tradeIdOf } from '../domain/ids.ts'
import { invariant } from '../domain/invariant.ts'
import type { FeeSchedule } from '../domain/market.ts'
import type { CancelReason, Fill, OrderRequest, OrderStatus } from '../domain/order.ts'
import {
  addQuantity,
  minQuantity,
  type Quantity,
  quantityOf,
  subtractQuantity,
  ZERO_QUANTITY,
} from '../domain/units.ts'
import { EMPTY_FEE_ACCUMULATOR, type FeeAccumulator, fillFee } from '../pricing/fees.ts'

/**
 * A making decision in dry-run (trading rules §7): an order that nobody else sees, judged by what others really traded.
 * It never flatters itself. It rests some time after its decision and leaves as much later than its cancel, as a real
 * one would; and it fills only by what a taker prints strictly beyond its price, never at its price, where a real queue
 * would have stood ahead of it. Trades are judged by their own `ts_ms`, in whatever order their frames arrive, so a
 * trade heard of after the cancel still fills what rested when it happened.
 */
export interface PaperOrder {
  readonly id: ClientOrderId
  readonly decision: DecisionId
  readonly event: EventTicker
  readonly request: OrderRequest
  readonly fees: FeeSchedule
  readonly status: OrderStatus
  readonly filledQuantity: Quantity
  readonly accumulator: FeeAccumulator
  readonly createdMs: number
  /** Market time; trades from here on … */
  readonly restsFromMs: number
  /** … and before here count. At first the close of its market. */
  readonly restsUntilMs: number
  readonly cancelReason?: CancelReason
  readonly history: readonly { readonly status: OrderStatus; readonly atMs: number }[]
  /** A print counts once, however often its frame comes. */
  readonly tradeIds: readonly string[]
}

export function openPaperOrder(terms: {
  readonly id: ClientOrderId
  readonly decision: DecisionId
  readonly event: EventTicker
  readonly request: OrderRequest
  readonly fees: FeeSchedule
  readonly decidedMs: number
  readonly latencyMs: number
  readonly closeMs: number
}): PaperOrder {
  const { id, decision, event, request, fees, decidedMs, latencyMs, closeMs } = terms
  invariant(request.role === 'maker', 'only a making order rests')
  invariant(request.quantity > 0, 'an order has a positive quantity')
  const restsFromMs = decidedMs + latencyMs
  return {
    id,
    decision,
    event,
    request,
    fees,
    status: 'resting',
    filledQuantity: ZERO_QUANTITY,
    accumulator: EMPTY_FEE_ACCUMULATOR,
    createdMs: decidedMs,
    restsFromMs,
    restsUntilMs: closeMs,
    history: [
      { status: 'submitting', atMs: decidedMs },
      { status: 'resting', atMs: restsFromMs },
    ],
    tradeIds: [],
  }
}

export const remainingOf = (order: PaperOrder): Quantity =>
  subtractQuantity(order.request.quantity, order.filledQuantity)

/** True until it is filled or its cancel has taken effect. */
export const isWorking = (order: PaperOrder): boolean =>
  order.status === 'resting' || order.status === 'partiallyFilled' || order.status === 'cancelPending'

/** What a print does to the order; without a fill where it does not reach it. */
export function applyTrade(order: PaperOrder, trade: Trade): { readonly order: PaperOrder; readonly fill?: Fill } {
  const quantity = minQuantity(remainingOf(order), reachOf(order, trade))
  if (quantity === 0) return { order }
  const { request } = order
  const { fee, accumulator } = fillFee(order.accumulator, {
    schedule: order.fees,
    role: 'maker',
    price: request.price,
    quantity,
    side: request.side,
  })
  const filledQuantity = addQuantity(order.filledQuantity, quantity)
  invariant(filledQuantity <= request.quantity, 'an order fills for no more than it asks')
  const fill: Fill = {
    order: order.id,
    market: request.market,
    tradeId: tradeIdOf(trade.tradeId),
    side: request.side,
    price: request.price,
    quantity,
    liquidity: 'maker',
    fee,
    tsVenueMs: trade.tsVenueMs,
  }
  const status = statusAfterFill(order, filledQuantity)
  const filled: PaperOrder = {
    ...order,
    filledQuantity,
    accumulator,
    status,
    history: [...order.history, { status, atMs: trade.tsVenueMs }],
    tradeIds: [...order.tradeIds, trade.tradeId],
  }
  return { order: filled, fill }
}

/** How much of a print lies strictly beyond the order's price on the other side, while it rested. */
function reachOf(order: PaperOrder, trade: Trade): Quantity {
  const { request } = order
  const none = quantityOf(0)
  if (trade.market !== request.market) return none
  if (trade.tsVenueMs < order.restsFromMs || trade.tsVenueMs >= order.restsUntilMs) return none
  if (order.tradeIds.includes(trade.tradeId)) return none
  if (request.side === 'bid') return trade.takerSide === 'ask' && trade.price < request.price ? trade.quantity : none
  return trade.takerSide === 'bid' && trade.price > request.price ? trade.quantity : none
}

function statusAfterFill(order: PaperOrder, filledQuantity: Quantity): OrderStatus {
  if (filledQuantity === order.request.quantity) return 'filled'
  // A fill that is heard of late changes how much was filled, not that the order is gone or going.
  return order.status === 'resting' ? 'partiallyFilled' : order.status
}

/** Asks for the cancel at `atMs`; the order stays exposed until `effectiveMs`, or until its close if that is earlier. */
export function requestCancel(
  order: PaperOrder,
  cancel: { readonly reason: CancelReason; readonly atMs: number; readonly effectiveMs: number },
): PaperOrder {
  invariant(isWorking(order), 'only a working order is cancelled')
  invariant(cancel.effectiveMs >= cancel.atMs, 'a cancel takes effect no earlier than it is asked for')
  if (order.status === 'cancelPending') return order
  return {
    ...order,
    status: 'cancelPending',
    cancelReason: cancel.reason,
    restsUntilMs: Math.min(order.restsUntilMs, cancel.effectiveMs),
    history: [...order.history, { status: 'cancelPending', atMs: cancel.atMs }],
  }
}

/** The cancel has taken effect. */
export function confirmCancel(order: PaperOrder): PaperOrder {
  if (order.status !== 'cancelPending') return order
  return {
    ...order,
    status: 'canceled',
    history: [...order.history, { status: 'canceled', atMs: order.restsUntilMs }],
  }
}
