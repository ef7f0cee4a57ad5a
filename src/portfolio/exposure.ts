import type { BookSide } from '../domain/book.ts'
import { invariant } from '../domain/invariant.ts'
import {
  complement,
  type Money,
  moneyOf,
  notional,
  PRICE_ONE_DOLLAR,
  type Price,
  type Quantity,
  quantityOf,
} from '../domain/units.ts'

/** One market of an event as exposure sees it. */
export interface MarketHolding {
  readonly netQuantity: Quantity
  /** What the open contracts cost, without fees. */
  readonly cost: Money
  readonly working: readonly WorkingOrder[]
}

export interface WorkingOrder {
  readonly side: BookSide
  readonly price: Price
  /** What may still fill. */
  readonly remaining: Quantity
  /** Fee expected for it. */
  readonly fee: Money
}

/**
 * The most that an event can still cost, over all its outcomes and over every way its working orders may fill. Of a
 * mutually exclusive event at most one market pays YES, so its positions are weighed together; of any other event each
 * market is its own worst case. Fees already paid are lost in every outcome and belong to the daily loss, not here.
 */
export function worstCaseLoss(markets: readonly MarketHolding[], isMutuallyExclusive: boolean): Money {
  const ifYes = markets.map((market) => lossOf(market, true))
  const ifNo = markets.map((market) => lossOf(market, false))
  if (!isMutuallyExclusive) {
    return moneyOf(markets.reduce((sum, _, index) => sum + Math.max(0, ifYes[index] ?? 0, ifNo[index] ?? 0), 0))
  }
  const noneWins = ifNo.reduce((sum, loss) => sum + loss, 0)
  const outcomes = markets.map((_, index) => noneWins - (ifNo[index] ?? 0) + (ifYes[index] ?? 0))
  return moneyOf(Math.max(0, noneWins, ...outcomes))
}

function lossOf(market: MarketHolding, isYes: boolean): number {
  const held = quantityOf(market.netQuantity >= 0 === isYes ? Math.abs(market.netQuantity) : 0)
  const loss = market.cost - notional(PRICE_ONE_DOLLAR, held)
  return market.working.reduce((sum, order) => sum + Math.max(0, lossIfFilled(order, isYes)), loss)
}

function lossIfFilled(order: WorkingOrder, isYes: boolean): number {
  invariant(order.remaining >= 0, 'a working order has no negative remainder')
  const paid = notional(order.side === 'bid' ? order.price : complement(order.price), order.remaining)
  const wins = (order.side === 'bid') === isYes
  return paid + order.fee - (wins ? notional(PRICE_ONE_DOLLAR, order.remaining) : 0)
}
