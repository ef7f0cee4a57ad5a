import { CANCEL_ALL_AFTERMATH_MS, EXCHANGE_ORDER_GROUPS_MAX } from '../../config/limits.ts'
import type { AccountId } from '../../domain/ids.ts'
import { minQuantity, type Quantity, quantityOf, ZERO_MONEY, ZERO_QUANTITY } from '../../domain/units.ts'
import { EMPTY_FEE_ACCUMULATOR } from '../../pricing/fees.ts'
import type { Account } from './account.ts'
import type { AccountEngine, OrderResult } from './account-engine.ts'
import { type AccountOrder, closed, type UpdateReason } from './account-order.ts'
import type { TradingFloor } from './floor.ts'
import type { AccountGroup } from './happenings.ts'
import { closable } from './holding.ts'
import {
  type Amendment,
  activeMarket,
  activeOrder,
  checkAmend,
  checkCollateral,
  checkGroup,
  checkShape,
  crosses,
  fillableNow,
  type NewOrder,
} from './order-checks.ts'
import { OrderGroup } from './order-groups.ts'
import { type Refusal, refuse } from './refusal.ts'

/** A trading pause refuses what could trade, an exchange pause everything (kalshi-api §3.3). */
export type PauseLevel = 'none' | 'trading' | 'exchange'

export interface GroupResult {
  readonly ok: true
  readonly group: AccountGroup
}

export type GroupChange =
  | { readonly kind: 'reset' | 'triggered' | 'deleted' }
  | { readonly kind: 'limit_updated'; readonly limit: Quantity }

/**
 * The accounts' side of the exchange: checks an order in the venue's order (kalshi-api §9.3), matches it against the book of
 * its market, and moves the money. Synchronous; every request is one step that `TradingFloor.commit` makes public.
 */
export class Trading {
  readonly #floor: TradingFloor
  readonly #engine: AccountEngine
  #pause: PauseLevel = 'none'

  constructor(floor: TradingFloor, engine: AccountEngine) {
    this.#floor = floor
    this.#engine = engine
  }

  get pause(): PauseLevel {
    return this.#pause
  }

  /** Resting orders stay, but for those that asked to be cancelled. */
  setPause(level: PauseLevel): void {
    this.#floor.catchUp()
    this.#pause = level
    if (level === 'none') return
    this.#engine.cancelOrders(
      this.#engine.openOrders().filter((order) => order.cancelOnPause),
      'HaltCancel',
    )
  }

  create(accountId: AccountId, request: NewOrder): OrderResult | Refusal {
    this.#floor.catchUp()
    const paused = this.#refusePaused('trading')
    if (paused) return paused
    const account = this.#engine.account(accountId)
    const active = activeMarket(this.#floor, request.market)
    if (!active.ok) return active
    const refusal = checkShape(account, active.market, request) ?? checkGroup(account, request.group)
    if (refusal) return refusal
    const book = this.#floor.book(request.market)
    const isPostOnlyCross = request.postOnly && crosses(book, request.side, request.price)
    if (isPostOnlyCross && request.postOnlyCancel !== true) return refuse('invalid_order', 'post only cross')
    const order = this.#newOrder(account, request, active.market.event)
    if (order.remaining > 0) {
      const unpaid = checkCollateral(this.#floor, account, order, account.ordersIn(order.market))
      if (unpaid) return unpaid
    }
    if (order.clientOrderId !== '') account.clientOrderIds.add(order.clientOrderId)
    if (isPostOnlyCross) return this.#endAtOnce(account, order, 'PostOnlyCrossCancel')
    const room = this.#engine.groupOf(account, order)?.room(order.createdMs) ?? order.remaining
    if (request.timeInForce === 'fill_or_kill' && minQuantity(room, fillableNow(book, order)) < order.remaining) {
      return refuse('fill_or_kill_insufficient_resting_volume')
    }
    const isPast = order.expirationMs !== undefined && order.expirationMs <= this.#floor.nowMs()
    const result = this.#engine.execute(account, order, {
      mayRest: request.timeInForce === 'good_till_canceled' && !isPast,
      cancelReason: cancelReasonOf(request, order, isPast),
    })
    this.#engine.commit(result.order)
    return result
  }

  /** Of an order that is open; every other one is not found, also one that was filled just now. */
  cancel(accountId: AccountId, orderId: string): OrderResult | Refusal {
    this.#floor.catchUp()
    const paused = this.#refusePaused('exchange')
    if (paused) return paused
    const found = activeOrder(this.#floor, this.#engine.account(accountId), orderId)
    if (!found.ok) return found
    const result = this.#engine.takeBack(found.order)
    this.#engine.commit(result.order)
    return result
  }

  cancelAll(accountId: AccountId): { readonly ok: true } | Refusal {
    this.#floor.catchUp()
    const paused = this.#refusePaused('exchange')
    if (paused) return paused
    const account = this.#engine.account(accountId)
    account.cancelledAllMs = this.#floor.nowMs()
    this.#engine.cancelOrders(account.orders())
    return { ok: true }
  }

  /** Within the time in which a cancel of everything may still reach new orders (kalshi-api §3.5). */
  isAfterCancelAll(accountId: AccountId): boolean {
    const { cancelledAllMs } = this.#engine.account(accountId)
    return cancelledAllMs !== undefined && this.#floor.nowMs() - cancelledAllMs < CANCEL_ALL_AFTERMATH_MS
  }

  /** Leaves `remaining` of the order, at its place in the queue. */
  decrease(accountId: AccountId, orderId: string, remainingOf: (order: AccountOrder) => number): OrderResult | Refusal {
    this.#floor.catchUp()
    const paused = this.#refusePaused('exchange')
    if (paused) return paused
    const account = this.#engine.account(accountId)
    const found = activeOrder(this.#floor, account, orderId)
    if (!found.ok) return found
    const { order } = found
    const remaining = Math.max(0, remainingOf(order))
    if (remaining > order.remaining) return refuse('invalid_order_size', 'an order cannot be decreased to more')
    const after =
      remaining === 0
        ? this.#engine.takeBack(order, 'Decrease').order
        : this.#engine.shrink(order, remaining, 'Decrease')
    this.#engine.commit(after)
    const reducedBy = quantityOf(order.remaining - after.remaining)
    return { ok: true, order: after, fills: [], reducedBy, tsMs: this.#floor.nowMs() }
  }

  /** The same order at another price or total; only a smaller total at the same price keeps its place in the queue. */
  amend(accountId: AccountId, orderId: string, amendment: Amendment): OrderResult | Refusal {
    this.#floor.catchUp()
    const paused = this.#refusePaused('trading')
    if (paused) return paused
    const account = this.#engine.account(accountId)
    const found = activeOrder(this.#floor, account, orderId)
    if (!found.ok) return found
    const { order } = found
    const checked = checkAmend(this.#floor, account, order, amendment)
    if (!checked.ok) return checked
    const { wanted } = checked
    if (wanted.clientOrderId !== order.clientOrderId) account.clientOrderIds.add(wanted.clientOrderId)
    let result: OrderResult
    if (wanted.price === order.price && wanted.remaining <= order.remaining) {
      const same = { ...order, initial: wanted.initial, clientOrderId: wanted.clientOrderId }
      const after = this.#engine.shrink(same, wanted.remaining, 'Amend')
      result = { ok: true, order: after, fills: [], reducedBy: ZERO_QUANTITY, tsMs: this.#floor.nowMs() }
    } else {
      this.#floor.book(order.market).cancel(order.id)
      const moved: AccountOrder = { ...wanted, updatedMs: this.#floor.nowMs(), reason: 'Amend' }
      account.put(moved)
      result = this.#engine.execute(account, moved, { mayRest: true, cancelReason: undefined })
    }
    this.#engine.commit(result.order)
    return result
  }

  createGroup(accountId: AccountId, limit: Quantity): GroupResult | Refusal {
    const paused = this.#refusePaused('exchange')
    if (paused) return paused
    const { groups } = this.#engine.account(accountId)
    if (groups.size >= EXCHANGE_ORDER_GROUPS_MAX) return refuse('invalid_parameters', 'too many order groups')
    const group = new OrderGroup(this.#floor.newId(), limit)
    groups.set(group.id, group)
    this.#engine.tellGroup(accountId, group, 'created')
    return { ok: true, group: group.view() }
  }

  /** Resets, triggers, deletes a group or moves its limit; undefined where there is no such group. */
  changeGroup(accountId: AccountId, id: string, change: GroupChange): GroupResult | Refusal {
    this.#floor.catchUp()
    const paused = this.#refusePaused('exchange')
    if (paused) return paused
    const account = this.#engine.account(accountId)
    const group = account.groups.get(id)
    if (!group) return refuse('not_found', 'order group not found')
    if (change.kind === 'reset') group.reset()
    if (change.kind === 'limit_updated') group.setLimit(change.limit)
    if (change.kind === 'deleted') account.groups.delete(id)
    if (change.kind !== 'triggered') this.#engine.tellGroup(accountId, group, change.kind)
    const isOver = change.kind === 'limit_updated' && group.room(this.#floor.nowMs()) === 0
    if (change.kind === 'triggered' || isOver) this.#engine.trigger(accountId, group)
    if (change.kind === 'deleted') this.#engine.cancelOrders(account.orders().filter((order) => order.group === id))
    else this.#engine.commit()
    return { ok: true, group: group.view() }
  }

  /** Contracts that would be met before this order; undefined where it is not in the book. */
  queuePosition(order: AccountOrder): Quantity | undefined {
    return this.#floor.book(order.market).quantityAhead(order.id)
  }

  #endAtOnce(account: Account, order: AccountOrder, reason: UpdateReason): OrderResult {
    const tsMs = this.#floor.nowMs()
    const after = closed(order, tsMs, reason)
    account.put(after)
    this.#engine.commit()
    return { ok: true, order: after, fills: [], reducedBy: order.remaining, tsMs }
  }

  #newOrder(account: Account, request: NewOrder, event: AccountOrder['event']): AccountOrder {
    const { market, side, price, selfTradePrevention, postOnly, cancelOnPause, expirationMs, group } = request
    const nowMs = this.#floor.nowMs()
    const capped = request.reduceOnly ? closable(account.net(market), side) : request.quantity
    const quantity = minQuantity(request.quantity, capped)
    return {
      id: this.#floor.newId(),
      clientOrderId: request.clientOrderId ?? '',
      account: account.id,
      market,
      event,
      side,
      price,
      status: 'resting',
      initial: request.quantity,
      filled: ZERO_QUANTITY,
      remaining: quantity,
      selfTradePrevention,
      postOnly,
      cancelOnPause,
      ...(group === undefined ? {} : { group }),
      ...(expirationMs === undefined ? {} : { expirationMs }),
      takerCost: ZERO_MONEY,
      makerCost: ZERO_MONEY,
      takerFees: ZERO_MONEY,
      makerFees: ZERO_MONEY,
      fees: EMPTY_FEE_ACCUMULATOR,
      createdMs: nowMs,
      updatedMs: nowMs,
    }
  }

  #refusePaused(level: Exclude<PauseLevel, 'none'>): Refusal | undefined {
    if (this.#pause === 'exchange') return refuse('exchange_is_paused')
    return this.#pause === 'trading' && level === 'trading' ? refuse('trading_is_paused') : undefined
  }
}

/** Why the part of a new order that may not rest is taken back; an IOC's has no reason of its own. */
function cancelReasonOf(request: NewOrder, order: AccountOrder, isPast: boolean): UpdateReason | undefined {
  if (request.reduceOnly && order.remaining < request.quantity) return 'ReduceOnlyCancel'
  return isPast ? 'ExpiryCancel' : undefined
}
