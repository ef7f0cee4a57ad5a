import type { AccountId, MarketTicker } from '../../domain/ids.ts'
import { invariant } from '../../domain/invariant.ts'
import {
  addMoney,
  type Money,
  minQuantity,
  notional,
  type Price,
  type Quantity,
  quantityOf,
  ZERO_MONEY,
  ZERO_QUANTITY,
} from '../../domain/units.ts'
import type { ExchangeTrade } from '../core.ts'
import type { Match } from '../matching.ts'
import { Account, type Execution } from './account.ts'
import { type AccountFill, type AccountOrder, closed, type UpdateReason } from './account-order.ts'
import type { TradingFloor } from './floor.ts'
import type { AccountHappening, AccountSettlement, GroupEvent } from './happenings.ts'
import type { OrderGroup } from './order-groups.ts'

export interface TradingConfig {
  /** What every account starts with. */
  readonly startingCash: Money
}

export const TRADING_DEFAULTS: TradingConfig = { startingCash: 10_000_000_000 as Money }

/** What one request did to one order. */
export interface OrderResult {
  readonly ok: true
  readonly order: AccountOrder
  readonly fills: readonly AccountFill[]
  /** Contracts taken off the book by the request. */
  readonly reducedBy: Quantity
  readonly tsMs: number
}

/** A resting order of an account that the tape's taker has met. */
export interface TapeFill {
  readonly orderId: string
  readonly account: AccountId
  readonly tradeId: string
  readonly price: Price
  readonly quantity: Quantity
}

/**
 * What orders that were accepted do: match against the book of their market, rest, end, and move their accounts' money.
 * Everything until `commit` is one step, which the floor then makes public.
 */
export class AccountEngine {
  readonly #floor: TradingFloor
  readonly #config: TradingConfig
  readonly #accounts = new Map<AccountId, Account>()
  /** Of the step that is going on: what is made public when it ends. */
  readonly #changed = new Set<MarketTicker>()
  readonly #touched = new Set<Account>()
  #happenings: AccountHappening[] = []
  #trades: ExchangeTrade[] = []

  constructor(floor: TradingFloor, config: TradingConfig) {
    this.#floor = floor
    this.#config = config
  }

  get startingCash(): Money {
    return this.#config.startingCash
  }

  account(id: AccountId): Account {
    let account = this.#accounts.get(id)
    if (!account) {
      const schedule = this.#floor.schedule
      const tell = (happening: AccountHappening): void => void this.#happenings.push(happening)
      account = new Account({ id, cash: this.#config.startingCash, schedule, tell })
      this.#accounts.set(id, account)
    }
    return account
  }

  openOrders(): readonly AccountOrder[] {
    return [...this.#accounts.values()].flatMap((account) => account.orders())
  }

  /** One step that takes open orders back. */
  cancelOrders(orders: readonly AccountOrder[], reason?: UpdateReason): void {
    for (const order of orders) this.takeBack(order, reason)
    this.commit()
  }

  /** The tape's taker has met these orders; the caller makes the step public. */
  fillFromTape(market: MarketTicker, fills: readonly TapeFill[], tsMs: number): void {
    for (const { orderId, account: id, tradeId, price, quantity } of fills) {
      const account = this.account(id)
      const order = account.order(orderId)
      invariant(order?.market === market, 'an order in the book is open with its account')
      this.#fill(account, order, { tradeId, price, quantity, isTaker: false, tsMs })
    }
  }

  /** Takes all accounts' orders of a market out of its book; the caller makes the step public. */
  cancelMarket(market: MarketTicker, reason: UpdateReason): void {
    for (const account of this.#accounts.values()) {
      for (const order of account.ordersIn(market)) this.takeBack(order, reason)
    }
  }

  settleMarket(market: MarketTicker, outcome: Pick<AccountSettlement, 'result' | 'value'>, tsMs: number): void {
    for (const account of this.#accounts.values()) account.settle(market, outcome, tsMs)
  }

  /** Ends a step and makes it public. The tape's own part of it has been told before. */
  commit(cause?: AccountOrder): void {
    for (const account of this.#touched) {
      this.#cancelTriggered(account)
      this.#keepCovered(account)
    }
    this.#touched.clear()
    if (this.#changed.size === 0 && this.#happenings.length === 0) return
    const step = { markets: [...this.#changed], trades: this.#trades, happenings: this.#happenings }
    this.#changed.clear()
    this.#trades = []
    this.#happenings = []
    const { account, clientOrderId = '' } = cause ?? {}
    this.#floor.commit(account === undefined ? step : { ...step, cause: { account, clientOrderId } })
  }

  /** Matches what it can at once; the rest goes into the book or is taken back. */
  execute(
    account: Account,
    order: AccountOrder,
    how: { readonly mayRest: boolean; readonly cancelReason: UpdateReason | undefined },
  ): OrderResult {
    this.#changed.add(order.market)
    const { order: matched, fills, stop } = this.#match(account, order)
    const result = { ok: true, fills, reducedBy: ZERO_QUANTITY, tsMs: this.#floor.nowMs() } as const
    if (matched.remaining === 0 && fills.length > 0) return { ...result, order: matched }
    if (how.mayRest && stop === undefined && matched.remaining > 0) {
      if (!account.order(matched.id)) account.put(matched)
      const { id, side, price, remaining } = matched
      this.#floor.book(order.market).rest({ id, owner: account.id, side, price, quantity: remaining })
      this.#expireLater(matched)
      return { ...result, order: matched }
    }
    const after = closed(matched, this.#floor.nowMs(), stop === 'selfTrade' ? 'SelfTradeCancel' : how.cancelReason)
    account.put(after)
    return { ...result, order: after, reducedBy: matched.remaining }
  }

  /** Stops before an own order where that is how its owner wants it, and where its group has reached its limit. */
  #match(
    account: Account,
    taker: AccountOrder,
  ): {
    readonly order: AccountOrder
    readonly fills: readonly AccountFill[]
    readonly stop: 'selfTrade' | 'group' | undefined
  } {
    const book = this.#floor.book(taker.market)
    const fills: AccountFill[] = []
    let order = taker
    while (order.remaining > 0) {
      const { side, price: limit, remaining } = order
      const room = this.groupOf(account, order)?.room(this.#floor.nowMs()) ?? remaining
      if (room === 0) return { order, fills, stop: 'group' }
      for (const match of book.take({ side, limit, quantity: minQuantity(remaining, room), stopAt: account.id })) {
        const filled = this.#fillBoth(account, order, match)
        order = filled.order
        fills.push(filled.fill)
      }
      const next = book.reachable(side, limit).next().value
      if (!next) break
      if (next.owner !== account.id || order.remaining === 0) continue
      if (order.selfTradePrevention === 'taker_at_cross') return { order, fills, stop: 'selfTrade' }
      const own = account.order(next.id)
      invariant(own, 'an order in the book is open with its account')
      this.takeBack(own, 'SelfTradeCancel')
    }
    return { order, fills, stop: undefined }
  }

  #fillBoth(account: Account, taker: AccountOrder, match: Match): { order: AccountOrder; fill: AccountFill } {
    const tsMs = this.#floor.nowMs()
    const tradeId = this.#floor.newId()
    const { price, quantity, makerId, makerOwner, takerSide } = match
    const createdTime = Temporal.Instant.fromEpochMilliseconds(tsMs).toString()
    this.#trades.push({ tradeId, market: taker.market, price, quantity, takerSide, createdTime, tsMs })
    const filled = this.#fill(account, taker, { tradeId, price, quantity, isTaker: true, tsMs })
    if (makerOwner !== 'tape') {
      const makerAccount = this.account(makerOwner)
      const maker = makerAccount.order(makerId)
      invariant(maker, 'an order in the book is open with its account')
      this.#fill(makerAccount, maker, { tradeId, price, quantity, isTaker: false, tsMs })
    }
    return filled
  }

  #fill(account: Account, order: AccountOrder, execution: Execution): { order: AccountOrder; fill: AccountFill } {
    this.#touched.add(account)
    const group = this.groupOf(account, order)
    group?.count(execution.quantity, execution.tsMs)
    const filled = account.fill(order, execution)
    if (group && !group.isTriggered && group.room(execution.tsMs) === 0) this.trigger(account.id, group)
    return filled
  }

  groupOf(account: Account, { group }: AccountOrder): OrderGroup | undefined {
    return group === undefined ? undefined : account.groups.get(group)
  }

  /** Its orders are taken back when the step ends: until then the book may be in the middle of a match. */
  trigger(accountId: AccountId, group: OrderGroup): void {
    group.trigger()
    this.#touched.add(this.account(accountId))
    this.tellGroup(accountId, group, 'triggered')
  }

  #cancelTriggered(account: Account): void {
    for (const order of account.orders()) {
      if (this.groupOf(account, order)?.isTriggered) this.takeBack(order)
    }
  }

  tellGroup(account: AccountId, group: OrderGroup, type: GroupEvent): void {
    const tsMs = this.#floor.nowMs()
    this.#happenings.push({ kind: 'groupChanged', account, tsMs, type, group: group.view() })
    if (type === 'created') this.commit()
  }

  shrink(order: AccountOrder, remaining: number, reason: UpdateReason): AccountOrder {
    const by = quantityOf(order.remaining - remaining)
    if (by > 0) this.#floor.book(order.market).reduce(order.id, by)
    this.#changed.add(order.market)
    const after = { ...order, remaining: quantityOf(remaining), updatedMs: this.#floor.nowMs(), reason }
    this.account(order.account).put(after)
    return after
  }

  takeBack(order: AccountOrder, reason?: UpdateReason): OrderResult {
    this.#changed.add(order.market)
    const open = this.#floor.book(order.market).cancel(order.id)
    invariant(open === order.remaining, 'an open order stands in the book with what is left of it')
    const after = closed(order, this.#floor.nowMs(), reason)
    this.account(order.account).put(after)
    return { ok: true, order: after, fills: [], reducedBy: open, tsMs: this.#floor.nowMs() }
  }

  /** Rounding of many small fills can cost more than was held back: the newest orders give way (kalshi-api §3.5). */
  #keepCovered(account: Account): void {
    for (const order of account.orders().toReversed()) {
      if (account.available >= 0) return
      if (this.#floor.book(order.market).order(order.id)) this.takeBack(order, 'MarginCancel')
    }
  }

  #expireLater({ account, id, expirationMs }: AccountOrder): void {
    if (expirationMs === undefined) return
    this.#floor.at(expirationMs, () => {
      const order = this.account(account).order(id)
      if (!order) return
      this.takeBack(order, 'ExpiryCancel')
      this.commit()
    })
  }
}

/** Of the fills of one request, per contract, rounded down to money. Undefined without a fill. */
export function averagesOf(fills: readonly AccountFill[]): { price: Money; fee: Money } | undefined {
  const quantity = fills.reduce((sum, fill) => sum + fill.quantity, 0)
  if (quantity === 0) return undefined
  const cost = fills.reduce((sum, fill) => addMoney(sum, notional(fill.price, fill.quantity)), ZERO_MONEY)
  const fee = fills.reduce((sum, fill) => addMoney(sum, fill.fee), ZERO_MONEY)
  const perContract = (money: Money): Money => Math.floor((money * 100) / quantity) as Money
  return { price: perContract(cost), fee: perContract(fee) }
}
