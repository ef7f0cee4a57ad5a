import type { AccountId, MarketTicker } from '../../domain/ids.ts'
import { invariant } from '../../domain/invariant.ts'
import type { FeeSchedule } from '../../domain/market.ts'
import {
  addMoney,
  type Money,
  moneyOf,
  type Price,
  type Quantity,
  subtractMoney,
  ZERO_MONEY,
} from '../../domain/units.ts'
import { fillFee } from '../../pricing/fees.ts'
import { type AccountFill, type AccountOrder, costOf } from './account-order.ts'
import { collateralOf } from './collateral.ts'
import type { AccountHappening, AccountSettlement } from './happenings.ts'
import { fillHolding, flatHolding, type Holding, payoutOf, settledHolding } from './holding.ts'
import type { OrderGroup } from './order-groups.ts'

export interface Execution {
  readonly tradeId: string
  readonly price: Price
  readonly quantity: Quantity
  readonly isTaker: boolean
  readonly tsMs: number
}

export interface AccountOptions {
  readonly id: AccountId
  readonly cash: Money
  readonly schedule: (market: MarketTicker) => FeeSchedule
  readonly tell: (happening: AccountHappening) => void
}

/**
 * One account: cash, positions, open orders and what they hold back. All money of a fill moves in `fill`, all of a
 * settlement in `settle`; the cash stays on the $0.0001 grid because every fee rounds it there (kalshi-api §5.2).
 */
export class Account {
  readonly id: AccountId
  readonly #schedule: AccountOptions['schedule']
  readonly #tell: AccountOptions['tell']
  readonly #holdings = new Map<MarketTicker, Holding>()
  readonly #open = new Map<string, AccountOrder>()
  readonly #openIn = new Map<MarketTicker, Set<string>>()
  readonly #heldIn = new Map<MarketTicker, Money>()
  /** Ever used: the venue takes a client id once (kalshi-api §3.5). */
  readonly clientOrderIds = new Set<string>()
  readonly groups = new Map<string, OrderGroup>()
  cancelledAllMs: number | undefined
  #cash: Money
  #held = ZERO_MONEY

  constructor({ id, cash, schedule, tell }: AccountOptions) {
    this.id = id
    this.#cash = cash
    this.#schedule = schedule
    this.#tell = tell
  }

  get cash(): Money {
    return this.#cash
  }

  get held(): Money {
    return this.#held
  }

  get available(): Money {
    return subtractMoney(this.#cash, this.#held)
  }

  get openOrders(): number {
    return this.#open.size
  }

  order(id: string): AccountOrder | undefined {
    return this.#open.get(id)
  }

  /** Oldest first. */
  orders(): readonly AccountOrder[] {
    return [...this.#open.values()]
  }

  ordersIn(market: MarketTicker): readonly AccountOrder[] {
    return [...(this.#openIn.get(market) ?? [])].flatMap((id) => this.#open.get(id) ?? [])
  }

  net(market: MarketTicker): Quantity {
    return this.#holdings.get(market)?.net ?? (0 as Quantity)
  }

  /** What `market` would hold back with these orders instead of the present ones. */
  heldWith(market: MarketTicker, orders: readonly AccountOrder[]): Money {
    const others = this.#held - (this.#heldIn.get(market) ?? 0)
    return moneyOf(others + collateralOf(orders, this.net(market), this.#schedule(market)))
  }

  /** A new order, or what became of one. A closed one is forgotten here. */
  put(order: AccountOrder): void {
    const ids = this.#openIn.get(order.market) ?? new Set()
    this.#openIn.set(order.market, ids)
    if (order.status === 'resting') {
      this.#open.set(order.id, order)
      ids.add(order.id)
    } else {
      this.#open.delete(order.id)
      ids.delete(order.id)
    }
    this.#reckon(order.market)
    this.#tell({ kind: 'orderChanged', account: this.id, tsMs: order.updatedMs, order })
    this.#tellBalance(order.updatedMs)
  }

  /** Moves the money of one execution and returns the order after it. */
  fill(order: AccountOrder, execution: Execution): { order: AccountOrder; fill: AccountFill } {
    const { tradeId, price, quantity, isTaker, tsMs } = execution
    invariant(quantity > 0 && quantity <= order.remaining, 'a fill is for what is open of its order')
    const terms = {
      schedule: this.#schedule(order.market),
      role: isTaker ? 'taker' : 'maker',
      price,
      quantity,
    } as const
    const { fee, accumulator } = fillFee(order.fees, { ...terms, side: order.side })
    const before = this.#holdings.get(order.market) ?? flatHolding(order.market, tsMs)
    const { holding, cash } = fillHolding(before, { side: order.side, price, quantity, fee, tsMs })
    this.#holdings.set(order.market, holding)
    this.#cash = addMoney(this.#cash, cash)
    const after = filledOrder(order, execution, fee, accumulator)
    const { id: orderId, clientOrderId, account, market, side } = order
    const moved = { account, market, side, price, quantity, isTaker, fee, tsMs }
    const fill: AccountFill = { tradeId, orderId, clientOrderId, ...moved, positionAfter: holding.net }
    this.#tell({ kind: 'filled', account, tsMs, fill })
    this.put(after)
    this.#tell({ kind: 'positionChanged', account, tsMs, holding })
    return { order: after, fill }
  }

  /** Pays the position out. Undefined where the account never traded in the market. */
  settle(market: MarketTicker, outcome: Pick<AccountSettlement, 'result' | 'value'>, tsMs: number): void {
    const held = this.#holdings.get(market)
    if (!held) return
    invariant(this.ordersIn(market).length === 0, 'a market is settled without open orders')
    const payout = payoutOf(held.net, outcome.value)
    this.#cash = addMoney(this.#cash, payout)
    const holding = settledHolding(held, payout, tsMs)
    this.#holdings.set(market, holding)
    const { net, cost, fees } = held
    const settlement: AccountSettlement = { market, ...outcome, net, cost, fees, payout, settledMs: tsMs }
    this.#tell({ kind: 'settled', account: this.id, tsMs, settlement })
    this.#tell({ kind: 'positionChanged', account: this.id, tsMs, holding })
    this.#tellBalance(tsMs)
  }

  #reckon(market: MarketTicker): void {
    const held = collateralOf(this.ordersIn(market), this.net(market), this.#schedule(market))
    this.#held = moneyOf(this.#held - (this.#heldIn.get(market) ?? 0) + held)
    this.#heldIn.set(market, held)
  }

  #tellBalance(tsMs: number): void {
    const balance = { cash: this.#cash, held: this.#held }
    this.#tell({ kind: 'balanceChanged', account: this.id, tsMs, balance })
  }
}

function filledOrder(
  order: AccountOrder,
  { price, quantity, isTaker, tsMs }: Execution,
  fee: Money,
  fees: AccountOrder['fees'],
): AccountOrder {
  const cost = costOf(order.side, price, quantity)
  const remaining = (order.remaining - quantity) as Quantity
  return {
    ...order,
    status: remaining === 0 ? 'executed' : 'resting',
    filled: (order.filled + quantity) as Quantity,
    remaining,
    ...(isTaker
      ? { takerCost: addMoney(order.takerCost, cost), takerFees: addMoney(order.takerFees, fee) }
      : { makerCost: addMoney(order.makerCost, cost), makerFees: addMoney(order.makerFees, fee) }),
    fees,
    updatedMs: tsMs,
    reason: 'Trade',
  }
}
