import type { BookSide, Level } from '../domain/book.ts'
import type { AccountId } from '../domain/ids.ts'
import { invariant } from '../domain/invariant.ts'
import { minQuantity, type Price, type Quantity, quantityOf } from '../domain/units.ts'
import type { LevelChange } from './core.ts'

/** Whose order it is: the recording's, or an account's. */
export type OrderOwner = 'tape' | AccountId

export interface BookOrder {
  readonly id: string
  readonly owner: OrderOwner
  readonly side: BookSide
  readonly price: Price
  /** What is still open. */
  readonly quantity: Quantity
}

/** One execution. The price is the maker's. */
export interface Match {
  readonly makerId: string
  readonly makerOwner: OrderOwner
  readonly takerSide: BookSide
  readonly price: Price
  readonly quantity: Quantity
  readonly makerRemaining: Quantity
}

export interface TakeRequest {
  readonly side: BookSide
  /** The worst price the taker pays. */
  readonly limit: Price
  readonly quantity: Quantity
  /** The taker stops before the first order of this owner: self-trade prevention. */
  readonly stopAt?: OrderOwner
}

interface Resting {
  readonly id: string
  readonly owner: OrderOwner
  readonly side: BookSide
  readonly price: Price
  quantity: number
}

interface Queue {
  readonly price: Price
  readonly orders: Resting[]
}

export const opposite = (side: BookSide): BookSide => (side === 'bid' ? 'ask' : 'bid')

/** True where `a` is met before `b` by a taker of the other side. */
export const isBetter = (side: BookSide, a: number, b: number): boolean => (side === 'bid' ? a > b : a < b)

/** True where a taker with that limit would pay that price. */
const reaches = (takerSide: BookSide, limit: number, price: number): boolean =>
  takerSide === 'bid' ? price <= limit : price >= limit

const openOf = (orders: readonly Resting[]): Quantity =>
  quantityOf(orders.reduce((sum, order) => sum + order.quantity, 0))

const view = ({ id, owner, side, price, quantity }: Resting): BookOrder => ({
  id,
  owner,
  side,
  price,
  quantity: quantityOf(quantity),
})

/**
 * The book of one market on the YES axis, price-time priority, integers only.
 * 1. A taker meets the best price first, within a price the order that has waited longest, and pays the maker's price.
 * 2. An order never rests across the other side: `submit` matches first and rests what is left.
 * 3. `front` puts an order ahead of all that wait at its price: only the tape's recorded makers use it.
 * 4. Every change of a level is netted until `drainChanges`, which returns withdrawals before additions, so that a
 *    listener applying them in order sees neither a crossed book nor a negative level.
 */
export class MatchingBook {
  /** Best price first. */
  readonly #queues: Record<BookSide, Queue[]> = { bid: [], ask: [] }
  readonly #resting = new Map<string, Resting>()
  readonly #changed: Record<BookSide, Map<Price, number>> = { bid: new Map(), ask: new Map() }

  submit(order: BookOrder, position: 'back' | 'front' = 'back'): readonly Match[] {
    invariant(order.quantity > 0, 'an order is for a positive quantity')
    const matches = this.take({ side: order.side, limit: order.price, quantity: order.quantity })
    const left = order.quantity - matches.reduce((sum, match) => sum + match.quantity, 0)
    if (left > 0) this.rest({ ...order, quantity: quantityOf(left) }, position)
    return matches
  }

  /** Puts an order that crosses nothing into the book. */
  rest({ id, owner, side: bookSide, price, quantity }: BookOrder, position: 'back' | 'front' = 'back'): void {
    invariant(quantity > 0, 'an order rests with a positive quantity')
    invariant(!this.#resting.has(id), 'an order id stands in the book once')
    const order: Resting = { id, owner, side: bookSide, price, quantity }
    const side = this.#queues[order.side]
    const facing = this.#queues[opposite(order.side)][0]
    invariant(!facing || !reaches(order.side, order.price, facing.price), 'a resting order does not cross')
    let queue = this.#queueAt(order.side, order.price)
    if (!queue) {
      queue = { price: order.price, orders: [] }
      const index = side.findIndex((other) => isBetter(order.side, order.price, other.price))
      side.splice(index < 0 ? side.length : index, 0, queue)
    }
    if (position === 'front') queue.orders.unshift(order)
    else queue.orders.push(order)
    this.#resting.set(order.id, order)
    this.#note(order.side, order.price, order.quantity)
  }

  /** Executes at once up to the limit; what is left is dropped. */
  take({ side, limit, quantity, stopAt }: TakeRequest): readonly Match[] {
    invariant(quantity > 0, 'a taker wants a positive quantity')
    const makers = this.#queues[opposite(side)]
    const matches: Match[] = []
    let left: number = quantity
    for (let queue = makers[0]; queue && left > 0 && reaches(side, limit, queue.price); queue = makers[0]) {
      const maker = queue.orders[0]
      invariant(maker, 'a queue in the book is not empty')
      if (maker.owner === stopAt) break
      const size = minQuantity(quantityOf(maker.quantity), quantityOf(left))
      left -= size
      this.#shrink(maker, size)
      const makerRemaining = quantityOf(maker.quantity)
      const { id: makerId, owner: makerOwner, price } = maker
      matches.push({ makerId, makerOwner, takerSide: side, price, quantity: size, makerRemaining })
    }
    return matches
  }

  /** Takes part of an order away; what is left keeps its place in the queue. */
  reduce(id: string, by: Quantity): void {
    const order = this.#resting.get(id)
    invariant(order, 'an order that shrinks stands in the book')
    this.#shrink(order, by)
  }

  /** What was still open, or undefined for an order that is not in the book. */
  cancel(id: string): Quantity | undefined {
    const order = this.#resting.get(id)
    if (!order) return undefined
    const open = quantityOf(order.quantity)
    this.#shrink(order, open)
    return open
  }

  /** Takes quantity back from that owner at one price, the newest orders first; returns how much there was of it. */
  withdraw(at: { owner: OrderOwner; side: BookSide; price: Price }, quantity: Quantity): Quantity {
    let left: number = quantity
    const orders = [...(this.#queueAt(at.side, at.price)?.orders ?? [])].reverse()
    for (const order of orders) {
      if (left === 0) break
      if (order.owner !== at.owner) continue
      const by = Math.min(left, order.quantity)
      this.#shrink(order, by)
      left -= by
    }
    return quantityOf(quantity - left)
  }

  order(id: string): BookOrder | undefined {
    const order = this.#resting.get(id)
    return order && view(order)
  }

  /** The orders that a taker with that limit would meet, in the order in which it would meet them. */
  *reachable(takerSide: BookSide, limit: Price): Generator<BookOrder> {
    for (const queue of this.#queues[opposite(takerSide)]) {
      if (!reaches(takerSide, limit, queue.price)) return
      for (const order of queue.orders) yield view(order)
    }
  }

  /** In order of priority: best price first, within a price the one that has waited longest. */
  orders(side: BookSide): readonly BookOrder[] {
    return this.#queues[side].flatMap((queue) => queue.orders.map(view))
  }

  /** Best first. */
  levels(side: BookSide): readonly Level[] {
    return this.#queues[side].map((queue) => ({ price: queue.price, quantity: openOf(queue.orders) }))
  }

  best(side: BookSide): Level | undefined {
    const queue = this.#queues[side][0]
    return queue && { price: queue.price, quantity: openOf(queue.orders) }
  }

  /** One owner's part of the levels, best first. */
  ownerLevels(owner: OrderOwner, side: BookSide): readonly Level[] {
    return this.#queues[side]
      .map(({ price, orders }) => ({ price, quantity: openOf(orders.filter((order) => order.owner === owner)) }))
      .filter((level) => level.quantity > 0)
  }

  /** The best price on that side among the orders that are not this owner's. */
  bestPriceOfOthers(owner: OrderOwner, side: BookSide): Price | undefined {
    return this.#queues[side].find((queue) => queue.orders.some((order) => order.owner !== owner))?.price
  }

  /** Open quantity that would be met before this order, or undefined for an order that is not in the book. */
  quantityAhead(id: string): Quantity | undefined {
    const order = this.#resting.get(id)
    if (!order) return undefined
    const inPriority = this.#queues[order.side].flatMap((queue) => queue.orders)
    return openOf(inPriority.slice(0, inPriority.indexOf(order)))
  }

  /** The net change of every level since the last call, withdrawals first. */
  drainChanges(): readonly LevelChange[] {
    const changes: LevelChange[] = []
    for (const sign of [-1, 1]) {
      for (const side of ['bid', 'ask'] as const) {
        for (const [price, delta] of this.#changed[side]) {
          if (Math.sign(delta) === sign) changes.push({ side, price, delta: quantityOf(delta) })
        }
      }
    }
    this.#changed.bid.clear()
    this.#changed.ask.clear()
    return changes
  }

  #queueAt(side: BookSide, price: Price): Queue | undefined {
    return this.#queues[side].find((queue) => queue.price === price)
  }

  #note(side: BookSide, price: Price, delta: number): void {
    this.#changed[side].set(price, (this.#changed[side].get(price) ?? 0) + delta)
  }

  #shrink(order: Resting, by: number): void {
    invariant(by > 0 && by <= order.quantity, 'an order shrinks by at most what is open')
    order.quantity -= by
    this.#note(order.side, order.price, -by)
    if (order.quantity === 0) this.#remove(order)
  }

  #remove(order: Resting): void {
    const queue = this.#queueAt(order.side, order.price)
    const index = queue?.orders.indexOf(order) ?? -1
    invariant(queue && index >= 0, 'an order in the index stands in its queue')
    queue.orders.splice(index, 1)
    if (queue.orders.length === 0) this.#queues[order.side].splice(this.#queues[order.side].indexOf(queue), 1)
    this.#resting.delete(order.id)
  }
}
