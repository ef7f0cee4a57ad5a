import type { BookSide } from '../domain/book.ts'
import type { MarketTicker } from '../domain/ids.ts'
import { invariant } from '../domain/invariant.ts'
import type { Fill } from '../domain/order.ts'
import type { Position, Settlement } from '../domain/position.ts'
import {
  addMoney,
  complement,
  type Money,
  moneyOf,
  notional,
  PRICE_ONE_DOLLAR,
  type Price,
  type Quantity,
  quantityOf,
  subtractMoney,
  ZERO_MONEY,
  ZERO_QUANTITY,
} from '../domain/units.ts'

/** One whole cent: settlement pays no fraction of it (kalshi-api.md §4.2). */
const CENT: Money = moneyOf(10_000)

export const flatPosition = (market: MarketTicker): Position => ({
  market,
  netQuantity: ZERO_QUANTITY,
  cost: ZERO_MONEY,
  realizedPnl: ZERO_MONEY,
  fees: ZERO_MONEY,
})

export type Execution = Pick<Fill, 'market' | 'side' | 'price' | 'quantity' | 'fee'>

/**
 * The position after one fill. A fill against the position closes contracts first, at their average cost, and opens
 * the other side with what is left: YES and NO of one market net to the dollar that they pay together.
 */
export function applyFill(position: Position, fill: Execution): Position {
  invariant(fill.market === position.market, 'a fill belongs to the position of its own market')
  invariant(fill.quantity > 0, 'a fill has a positive quantity')
  invariant(fill.price > 0 && fill.price < PRICE_ONE_DOLLAR, 'a fill has a price inside 0..1')
  const held = Math.abs(position.netQuantity)
  const isAgainst = position.netQuantity !== 0 && position.netQuantity > 0 !== (fill.side === 'bid')
  const closed = quantityOf(isAgainst ? Math.min(held, fill.quantity) : 0)
  const opened = quantityOf(fill.quantity - closed)
  const costClosed = held === 0 ? ZERO_MONEY : shareOf(position.cost, closed, quantityOf(held))
  // Closing a NO position by a bid at p sells its contracts at 1 − p.
  const exitPrice = fill.side === 'bid' ? complement(fill.price) : fill.price
  const proceeds = notional(exitPrice, closed)
  const after: Position = {
    market: position.market,
    netQuantity: quantityOf(position.netQuantity + (fill.side === 'bid' ? fill.quantity : -fill.quantity)),
    cost: moneyOf(position.cost - costClosed + notional(entryPrice(fill.side, fill.price), opened)),
    realizedPnl: moneyOf(position.realizedPnl + proceeds - costClosed),
    fees: addMoney(position.fees, fill.fee),
  }
  invariant(after.cost >= 0, 'open contracts cost no negative amount')
  invariant(after.netQuantity !== 0 || after.cost === 0, 'a flat position has no cost left')
  return after
}

const entryPrice = (side: BookSide, price: Price): Price => (side === 'bid' ? price : complement(price))

/** `part`/`whole` of an amount, rounded down, without a product that leaves the safe integers. */
function shareOf(amount: Money, part: Quantity, whole: Quantity): Money {
  invariant(part >= 0 && part <= whole, 'a share is not more than the whole')
  const each = Math.floor(amount / whole)
  const rest = amount - each * whole
  const restShare = rest * part
  invariant(Number.isSafeInteger(restShare), 'the share of a remainder fits a safe integer')
  return moneyOf(each * part + Math.floor(restShare / whole))
}

export interface SettledPosition {
  readonly position: Position
  /** Cash that the open contracts pay, in whole cents. */
  readonly payout: Money
  /** What the market earned after all costs and fees. */
  readonly pnl: Money
}

/**
 * Pays the net position out: YES contracts the settlement value, NO contracts the rest of the dollar. A value in between
 * (a tie, a void market) is a value like any other. Fractions of a cent are not paid.
 */
export function settlePosition(
  position: Position,
  settlement: Pick<Settlement, 'market' | 'settlementValue'>,
): SettledPosition {
  invariant(settlement.market === position.market, 'a settlement belongs to the position of its own market')
  const perContract = position.netQuantity >= 0 ? settlement.settlementValue : complement(settlement.settlementValue)
  const exact = notional(perContract, quantityOf(Math.abs(position.netQuantity)))
  const payout = moneyOf(exact - (exact % CENT))
  const realizedPnl = moneyOf(position.realizedPnl + payout - position.cost)
  return {
    position: { ...flatPosition(position.market), realizedPnl, fees: position.fees },
    payout,
    pnl: subtractMoney(realizedPnl, position.fees),
  }
}

/** What the open contracts would bring at `price` (YES axis) above what they cost. */
export function unrealizedPnl(position: Position, price: Price): Money {
  const exit = position.netQuantity >= 0 ? price : complement(price)
  return subtractMoney(notional(exit, quantityOf(Math.abs(position.netQuantity))), position.cost)
}
