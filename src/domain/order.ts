import type { BookSide, LiquiditySide } from './book.ts'
import type { ClientOrderId, DeskId, MarketTicker, TradeId } from './ids.ts'
import type { Money, Price, Quantity } from './units.ts'

/** What a desk wants, before risk has seen it. */
export interface OrderRequest {
  readonly desk: DeskId
  readonly market: MarketTicker
  readonly side: BookSide
  readonly price: Price
  readonly quantity: Quantity
  readonly role: LiquiditySide
}

/** `denied` = our risk said no; `rejected` = the venue said no; `unacknowledged` = we do not know, a real state. */
export type OrderStatus =
  | 'recording'
  | 'denied'
  | 'submitting'
  | 'unacknowledged'
  | 'resting'
  | 'partiallyFilled'
  | 'cancelPending'
  | 'converting'
  | 'filled'
  | 'canceled'
  | 'expired'
  | 'rejected'

export const CLOSED_STATUSES: readonly OrderStatus[] = ['denied', 'filled', 'canceled', 'expired', 'rejected']

/** Our execution. A trade is anyone's, a fill is ours. */
export interface Fill {
  readonly order: ClientOrderId
  readonly market: MarketTicker
  /** The public print behind it; undefined for a paper taker, who fills at the shown book. */
  readonly tradeId?: TradeId
  readonly side: BookSide
  readonly price: Price
  readonly quantity: Quantity
  readonly liquidity: LiquiditySide
  readonly fee: Money
  readonly tsVenueMs: number
}

/** Why a working order of ours was taken back (trading rules §10). */
export type CancelReason =
  | 'evBelowMinimum'
  | 'newObservedMaximum'
  | 'marketNotLive'
  | 'predictionNotConfirmed'
  | 'marketClosed'
  | 'tradingHalted'
  | 'shutdown'
  | 'userRequest'
