import type { BookSide } from '../../domain/book.ts'
import type { MarketTicker } from '../../domain/ids.ts'
import { invariant } from '../../domain/invariant.ts'
import {
  addMoney,
  complement,
  type Money,
  moneyOf,
  notional,
  type Price,
  type Quantity,
  quantityOf,
  ZERO_MONEY,
  ZERO_QUANTITY,
} from '../../domain/units.ts'
import { costOf, costPrice } from './account-order.ts'

/** What an account has in one market. */
export interface Holding {
  readonly market: MarketTicker
  /** Signed: positive = YES, negative = NO. */
  readonly net: Quantity
  /** What the open contracts cost, without fees. */
  readonly cost: Money
  readonly realizedPnl: Money
  readonly fees: Money
  /** Fees since the position was last flat. */
  readonly openFees: Money
  readonly traded: Money
  readonly volume: Quantity
  readonly updatedMs: number
}

export const flatHolding = (market: MarketTicker, atMs: number): Holding => ({
  market,
  net: ZERO_QUANTITY,
  cost: ZERO_MONEY,
  realizedPnl: ZERO_MONEY,
  fees: ZERO_MONEY,
  openFees: ZERO_MONEY,
  traded: ZERO_MONEY,
  volume: ZERO_QUANTITY,
  updatedMs: atMs,
})

export interface HoldingFill {
  readonly side: BookSide
  readonly price: Price
  readonly quantity: Quantity
  readonly fee: Money
  readonly tsMs: number
}

/** Contracts that a fill of this side takes off the position before it opens the other one. */
export const closable = (net: Quantity, side: BookSide): Quantity =>
  quantityOf(Math.max(0, side === 'bid' ? -net : net))

/**
 * The holding after a fill, and what the fill moved in cash. Closing pays out at once: YES and NO of one market together
 * are one dollar. Closed contracts leave at their average cost.
 */
export function fillHolding(holding: Holding, fill: HoldingFill): { holding: Holding; cash: Money } {
  const { side, price, quantity, fee, tsMs } = fill
  const closed = quantityOf(Math.min(closable(holding.net, side), quantity))
  const opened = quantityOf(quantity - closed)
  const held = Math.abs(holding.net)
  const costClosed = closed === 0 ? ZERO_MONEY : shareOf(holding.cost, closed, held)
  const proceeds = notional(complement(costPrice(side, price)), closed)
  const paid = costOf(side, price, opened)
  const net = quantityOf(holding.net + (side === 'bid' ? quantity : -quantity))
  const after: Holding = {
    market: holding.market,
    net,
    cost: moneyOf(holding.cost - costClosed + paid),
    realizedPnl: moneyOf(holding.realizedPnl + proceeds - costClosed),
    fees: addMoney(holding.fees, fee),
    openFees: net === 0 ? ZERO_MONEY : addMoney(holding.openFees, fee),
    traded: addMoney(holding.traded, costOf(side, price, quantity)),
    volume: quantityOf(holding.volume + quantity),
    updatedMs: tsMs,
  }
  invariant(after.cost >= 0 && (net !== 0 || after.cost === 0), 'only open contracts have a cost')
  return { holding: after, cash: moneyOf(proceeds - paid - fee) }
}

/** Rounded down to money, without a product that leaves the safe integers. */
function shareOf(amount: Money, part: number, whole: number): Money {
  const each = Math.floor(amount / whole)
  const rest = amount - each * whole
  return moneyOf(each * part + Math.floor((rest * part) / whole))
}

/** One whole cent: a settlement pays no fraction of it (kalshi-api §4.2). */
const CENT = 10_000

/** What the net position pays, in whole cents: YES contracts the value, NO contracts the rest of the dollar. */
export function payoutOf(net: Quantity, value: Price): Money {
  const exact = notional(net >= 0 ? value : complement(value), quantityOf(Math.abs(net)))
  return moneyOf(exact - (exact % CENT))
}

export function settledHolding(holding: Holding, payout: Money, atMs: number): Holding {
  return {
    ...holding,
    net: ZERO_QUANTITY,
    cost: ZERO_MONEY,
    openFees: ZERO_MONEY,
    realizedPnl: moneyOf(holding.realizedPnl + payout - holding.cost),
    updatedMs: atMs,
  }
}
