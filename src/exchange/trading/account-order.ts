import type { BookSide } from '../../domain/book.ts'
import type { AccountId, EventTicker, MarketTicker } from '../../domain/ids.ts'
import { complement, type Money, notional, type Price, type Quantity, quantityOf } from '../../domain/units.ts'
import type { FeeAccumulator } from '../../pricing/fees.ts'

/** The venue's words (kalshi-api §2.7, §3.5). */
export type TimeInForce = 'good_till_canceled' | 'immediate_or_cancel' | 'fill_or_kill'
export type SelfTradePrevention = 'taker_at_cross' | 'maker'
export type AccountOrderStatus = 'resting' | 'canceled' | 'executed'

/** A cancel that the user asked for has no reason. */
export type UpdateReason =
  | 'Decrease'
  | 'Amend'
  | 'MarginCancel'
  | 'SelfTradeCancel'
  | 'ExpiryCancel'
  | 'CloseCancel'
  | 'HaltCancel'
  | 'Trade'
  | 'PostOnlyCrossCancel'
  | 'ReduceOnlyCancel'

/** One order of an account as it is at one moment: every change makes a new one. Market time. */
export interface AccountOrder {
  readonly id: string
  /** Empty where the client gave none. */
  readonly clientOrderId: string
  readonly account: AccountId
  readonly market: MarketTicker
  readonly event: EventTicker
  readonly side: BookSide
  readonly price: Price
  readonly status: AccountOrderStatus
  /** As ordered or last amended; filled + remaining is less where a part was taken back. */
  readonly initial: Quantity
  readonly filled: Quantity
  /** Still in the book; 0 once the order is closed. */
  readonly remaining: Quantity
  readonly selfTradePrevention: SelfTradePrevention
  readonly postOnly: boolean
  readonly cancelOnPause: boolean
  readonly group?: string
  readonly expirationMs?: number
  readonly takerCost: Money
  readonly makerCost: Money
  readonly takerFees: Money
  readonly makerFees: Money
  /** Rounding that this order has paid and not got back (kalshi-api §5.2). */
  readonly fees: FeeAccumulator
  readonly createdMs: number
  readonly updatedMs: number
  readonly reason?: UpdateReason
}

/** One execution of one order. Both sides of a trade between accounts share the trade's id. */
export interface AccountFill {
  readonly tradeId: string
  readonly orderId: string
  readonly clientOrderId: string
  readonly account: AccountId
  readonly market: MarketTicker
  readonly side: BookSide
  readonly price: Price
  readonly quantity: Quantity
  readonly isTaker: boolean
  readonly fee: Money
  /** Signed, after this fill. */
  readonly positionAfter: Quantity
  readonly tsMs: number
}

/** What a contract costs on this side: the YES price to a bid, the NO price to an ask. */
export const costPrice = (side: BookSide, price: Price): Price => (side === 'bid' ? price : complement(price))

export const costOf = (side: BookSide, price: Price, quantity: Quantity): Money =>
  notional(costPrice(side, price), quantity)

/** The order without what is still in the book, for a reason or because the user asked. */
export function closed(order: AccountOrder, atMs: number, reason?: UpdateReason): AccountOrder {
  const { reason: _before, ...rest } = order
  return {
    ...rest,
    status: 'canceled',
    remaining: quantityOf(0),
    updatedMs: atMs,
    ...(reason === undefined ? {} : { reason }),
  }
}
