import { ORDER_GROUP_WINDOW_MS } from '../../config/limits.ts'
import { type Quantity, quantityOf } from '../../domain/units.ts'
import type { AccountGroup } from './happenings.ts'

/**
 * A limit on the contracts that an account's orders of one group may match within a rolling window of market time. At the
 * limit the group triggers: its orders are cancelled and new ones refused until it is reset (kalshi-api §3.5).
 */
export class OrderGroup {
  readonly id: string
  #limit: Quantity
  #isTriggered = false
  /** Within the window, oldest first. */
  #matched: { readonly tsMs: number; readonly quantity: Quantity }[] = []

  constructor(id: string, limit: Quantity) {
    this.id = id
    this.#limit = limit
  }

  get isTriggered(): boolean {
    return this.#isTriggered
  }

  view(): AccountGroup {
    return { id: this.id, contractsLimit: this.#limit, isTriggered: this.#isTriggered }
  }

  count(quantity: Quantity, tsMs: number): void {
    this.#matched.push({ tsMs, quantity })
  }

  /** Contracts that may still match now. */
  room(nowMs: number): Quantity {
    while (this.#matched[0] && this.#matched[0].tsMs <= nowMs - ORDER_GROUP_WINDOW_MS) this.#matched.shift()
    const matched = this.#matched.reduce((sum, one) => sum + one.quantity, 0)
    return quantityOf(Math.max(0, this.#limit - matched))
  }

  trigger(): void {
    this.#isTriggered = true
  }

  reset(): void {
    this.#isTriggered = false
    this.#matched = []
  }

  setLimit(limit: Quantity): void {
    this.#limit = limit
  }
}
