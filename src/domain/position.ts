import type { MarketTicker } from './ids.ts'
import type { Money, Price, Quantity } from './units.ts'

/** One signed position per market: positive = YES, negative = NO. */
export interface Position {
  readonly market: MarketTicker
  readonly netQuantity: Quantity
  /** What the open contracts cost, without fees: price × quantity for YES, (1 − price) × quantity for NO. */
  readonly cost: Money
  readonly realizedPnl: Money
  readonly fees: Money
}

export interface Settlement {
  readonly market: MarketTicker
  readonly result: 'yes' | 'no' | 'scalar'
  /** Paid per YES contract, 0..10,000. */
  readonly settlementValue: Price
  readonly expirationValue?: string
  readonly determinedMs: number
  readonly settledMs?: number
}
