import type { AccountId, MarketTicker } from '../../domain/ids.ts'
import type { Money, Price, Quantity } from '../../domain/units.ts'
import type { AccountFill, AccountOrder } from './account-order.ts'
import type { Holding } from './holding.ts'

export interface AccountSettlement {
  readonly market: MarketTicker
  readonly result: 'yes' | 'no' | 'scalar'
  /** Paid per YES contract. */
  readonly value: Price
  /** The position that was settled. */
  readonly net: Quantity
  readonly cost: Money
  readonly fees: Money
  /** Whole cents. */
  readonly payout: Money
  readonly settledMs: number
}

export type GroupEvent = 'created' | 'triggered' | 'reset' | 'deleted' | 'limit_updated'

export interface AccountGroup {
  readonly id: string
  readonly contractsLimit: Quantity
  readonly isTriggered: boolean
}

/** Cash, and how much of it the resting orders hold back. */
export interface AccountBalance {
  readonly cash: Money
  readonly held: Money
}

/** What happened to one account, in order, each with the state after it. Market time. */
export type AccountHappening = { readonly account: AccountId; readonly tsMs: number } & (
  | { readonly kind: 'filled'; readonly fill: AccountFill }
  | { readonly kind: 'orderChanged'; readonly order: AccountOrder }
  | { readonly kind: 'positionChanged'; readonly holding: Holding }
  | { readonly kind: 'settled'; readonly settlement: AccountSettlement }
  | { readonly kind: 'balanceChanged'; readonly balance: AccountBalance }
  | { readonly kind: 'groupChanged'; readonly type: GroupEvent; readonly group: AccountGroup }
)
