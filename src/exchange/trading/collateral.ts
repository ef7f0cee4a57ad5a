import type { FeeSchedule } from '../../domain/market.ts'
import { type Money, moneyOf, type Quantity, quantityOf } from '../../domain/units.ts'
import { tradeFee } from '../../pricing/fees.ts'
import { isBetter } from '../matching.ts'
import { type AccountOrder, costOf } from './account-order.ts'
import { closable } from './holding.ts'

export type Collateralised = Pick<AccountOrder, 'side' | 'price' | 'remaining' | 'createdMs'>

/**
 * What the resting orders of one account in one market hold back, bids and asks summed, each as if it were filled in full
 * (kalshi-api §3.5): p for a bid, 1 − p for an ask, and the maker's fee. Contracts that only close the position need
 * nothing; they are counted to the orders that would be filled first, so that a fill never raises what the others hold.
 */
export function collateralOf(orders: readonly Collateralised[], net: Quantity, schedule: FeeSchedule): Money {
  let held = 0
  for (const side of ['bid', 'ask'] as const) {
    let cover: number = closable(net, side)
    const inPriority = orders
      .filter((order) => order.side === side)
      .sort((a, b) => (a.price === b.price ? a.createdMs - b.createdMs : isBetter(side, a.price, b.price) ? -1 : 1))
    for (const { price, remaining } of inPriority) {
      const covered = Math.min(cover, remaining)
      cover -= covered
      const opening = quantityOf(remaining - covered)
      held += costOf(side, price, opening) + tradeFee({ schedule, role: 'maker', price, quantity: opening })
    }
  }
  return moneyOf(held)
}
