import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { BookSide } from '../../src/domain/book.ts'
import { accountIdOf } from '../../src/domain/ids.ts'
import { priceFromCents, quantityOf } from '../../src/domain/units.ts'
import type { LevelChange } from '../../src/exchange/core.ts'
import { MatchingBook, type OrderOwner } from '../../src/exchange/matching.ts'

interface Submit {
  readonly kind: 'submit'
  readonly side: BookSide
  readonly cents: number
  readonly quantity: number
  readonly isOurs: boolean
  readonly isFront: boolean
}
type Command =
  | Submit
  | { readonly kind: 'take'; readonly side: BookSide; readonly cents: number; readonly quantity: number }
  | { readonly kind: 'cancel'; readonly pick: number }
  | { readonly kind: 'withdraw'; readonly side: BookSide; readonly cents: number; readonly quantity: number }

const side = fc.constantFrom<BookSide>('bid', 'ask')
const cents = fc.integer({ min: 40, max: 60 })
const quantity = fc.integer({ min: 1, max: 5_000 })
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('submit'),
      side,
      cents,
      quantity,
      isOurs: fc.boolean(),
      isFront: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('take'), side, cents, quantity }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cancel'), pick: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('withdraw'), side, cents, quantity }) },
)

interface ModelOrder {
  readonly id: string
  readonly owner: OrderOwner
  readonly side: BookSide
  readonly price: number
  /** Ascending is the order of waiting; a front order gets a number below all others. */
  readonly time: number
  quantity: number
}

type Fill = readonly [id: string, price: number, quantity: number]

/** The rules again, as slowly and plainly as possible: one flat list, sorted anew for every question. */
class NaiveBook {
  orders: ModelOrder[] = []
  #time = 0

  inPriority(side: BookSide): ModelOrder[] {
    const direction = side === 'bid' ? -1 : 1
    const same = this.orders.filter((order) => order.side === side)
    return same.sort((a, b) => direction * (a.price - b.price) || a.time - b.time)
  }

  take(taker: BookSide, limit: number, wanted: number): Fill[] {
    const fills: Fill[] = []
    let left = wanted
    for (const maker of this.inPriority(taker === 'bid' ? 'ask' : 'bid')) {
      const isWithin = taker === 'bid' ? maker.price <= limit : maker.price >= limit
      if (left === 0 || !isWithin) break
      const size = Math.min(left, maker.quantity)
      maker.quantity -= size
      left -= size
      fills.push([maker.id, maker.price, size])
    }
    this.#sweep()
    return fills
  }

  submit(order: Omit<ModelOrder, 'time'>, isFront: boolean): Fill[] {
    const fills = this.take(order.side, order.price, order.quantity)
    const left = order.quantity - fills.reduce((sum, [, , size]) => sum + size, 0)
    this.#time++
    if (left > 0) this.orders.push({ ...order, quantity: left, time: isFront ? -this.#time : this.#time })
    return fills
  }

  cancel(id: string): void {
    this.orders = this.orders.filter((order) => order.id !== id)
  }

  withdraw(at: BookSide, price: number, wanted: number): void {
    let left = wanted
    const tape = this.inPriority(at).filter((order) => order.owner === 'tape' && order.price === price)
    for (const order of tape.reverse()) {
      const by = Math.min(left, order.quantity)
      order.quantity -= by
      left -= by
    }
    this.#sweep()
  }

  #sweep(): void {
    this.orders = this.orders.filter((order) => order.quantity > 0)
  }
}

/** Applies changes one by one and asserts after each that no level is negative and the sides do not cross. */
class Listener {
  readonly levels: Record<BookSide, Map<number, number>> = { bid: new Map(), ask: new Map() }

  apply(changes: readonly LevelChange[]): void {
    for (const { side: at, price, delta } of changes) {
      const size = (this.levels[at].get(price) ?? 0) + delta
      expect(size).toBeGreaterThanOrEqual(0)
      if (size === 0) this.levels[at].delete(price)
      else this.levels[at].set(price, size)
      const [bid, ask] = [Math.max(...this.levels.bid.keys()), Math.min(...this.levels.ask.keys())]
      expect(bid).toBeLessThan(ask)
    }
  }
}

test('the engine agrees with a naive model order by order, conserves quantity and never shows a crossed book', () => {
  const run = (commands: readonly Command[]): void => {
    const book = new MatchingBook()
    const model = new NaiveBook()
    const listener = new Listener()
    let entered = 0
    let left = 0
    const fillsOf = (matches: ReturnType<typeof book.take>): Fill[] =>
      matches.map((match) => [match.makerId, match.price, match.quantity])
    for (const [index, step] of commands.entries()) {
      if (step.kind === 'submit') {
        const owner: OrderOwner = step.isOurs ? accountIdOf('ours') : 'tape'
        const order = { id: `${index}`, owner, side: step.side, price: priceFromCents(step.cents) }
        const position = step.isFront ? 'front' : 'back'
        const fills = fillsOf(book.submit({ ...order, quantity: quantityOf(step.quantity) }, position))
        expect(fills).toEqual(model.submit({ ...order, quantity: step.quantity }, step.isFront))
        entered += step.quantity
        left += 2 * fills.reduce((sum, [, , size]) => sum + size, 0)
      } else if (step.kind === 'take') {
        const limit = priceFromCents(step.cents)
        const fills = fillsOf(book.take({ side: step.side, limit, quantity: quantityOf(step.quantity) }))
        expect(fills).toEqual(model.take(step.side, limit, step.quantity))
        left += fills.reduce((sum, [, , size]) => sum + size, 0)
      } else if (step.kind === 'cancel') {
        const target = model.orders[step.pick % Math.max(1, model.orders.length)]
        if (!target) continue
        expect(book.quantityAhead(target.id)).toBe(
          model
            .inPriority(target.side)
            .slice(0, model.inPriority(target.side).indexOf(target))
            .reduce((sum, order) => sum + order.quantity, 0),
        )
        left += book.cancel(target.id) ?? 0
        model.cancel(target.id)
      } else {
        const at = { owner: 'tape', side: step.side, price: priceFromCents(step.cents) } as const
        left += book.withdraw(at, quantityOf(step.quantity))
        model.withdraw(step.side, at.price, step.quantity)
      }
      for (const at of ['bid', 'ask'] as const) {
        expect(book.orders(at).map(({ id, quantity: open }) => [id, open])).toEqual(
          model.inPriority(at).map((order) => [order.id, order.quantity]),
        )
      }
      listener.apply(book.drainChanges())
    }
    const open = model.orders.reduce((sum, order) => sum + order.quantity, 0)
    expect(entered).toBe(left + open)
    for (const at of ['bid', 'ask'] as const) {
      expect(new Map(book.levels(at).map((level) => [level.price, level.quantity]))).toEqual(listener.levels[at])
    }
  }
  fc.assert(fc.property(fc.array(command, { maxLength: 60 }), run), { numRuns: 200 })
})
