import { describe, expect, it } from 'vitest'
import { ORDER_GROUP_WINDOW_MS } from '../../../src/config/limits.ts'
import { priceFromCents, quantityFromContracts } from '../../../src/domain/units.ts'
import { LOW, MIDDLE } from '../../support/fake-exchange-core.ts'
import { fillsOf, THEM, testDesk, US } from './desk.ts'

describe('an open order', () => {
  it('is cancelled once: the second cancel, a filled order and another account’s are not found', () => {
    const desk = testDesk()
    const { order } = desk.placed(['bid', 34, 6])
    expect(desk.trading.cancel(THEM, order.id)).toMatchObject({ code: 'not_found' })
    expect(desk.trading.cancel(US, order.id)).toMatchObject({ reducedBy: 600 })
    expect(desk.trading.cancel(US, order.id)).toMatchObject({ code: 'not_found' })
    expect(desk.told()).toEqual(['resting', 'canceled'])
  })

  it('all of them are cancelled, of this account only', () => {
    const desk = testDesk()
    desk.placed(['bid', 34, 6])
    desk.placed(['bid', 33, 6], { market: MIDDLE })
    desk.placed(['bid', 32, 6], {}, THEM)
    expect(desk.trading.cancelAll(US).ok).toBe(true)
    expect([desk.rows('bid'), desk.held(US)]).toEqual([[[32, 6]], '0.000000'])
  })

  it('keeps its place where it is decreased, to nothing as well as by a part', () => {
    const desk = testDesk()
    const { order } = desk.placed(['bid', 34, 6])
    desk.tape('bid', 34, 9)
    const decreased = desk.trading.decrease(US, order.id, () => 200)
    expect(decreased).toMatchObject({ order: { remaining: 200, initial: 600, reason: 'Decrease' } })
    expect(desk.trading.queuePosition(order)).toBe(0)
    expect(desk.trading.decrease(US, order.id, () => 300)).toMatchObject({ code: 'invalid_order_size' })
    expect(desk.trading.decrease(US, order.id, () => 0)).toMatchObject({ order: { status: 'canceled' } })
  })

  const amend = (desk: ReturnType<typeof testDesk>, id: string, cents: number, contracts: number, more = {}) =>
    desk.trading.amend(US, id, {
      market: LOW,
      side: 'bid',
      price: priceFromCents(cents),
      total: quantityFromContracts(contracts),
      ...more,
    })

  it('keeps its place where it is amended to less at its price, and loses it by more or another price', () => {
    const desk = testDesk()
    const { order } = desk.placed(['bid', 34, 6])
    desk.tape('bid', 34, 9)
    amend(desk, order.id, 34, 5)
    expect(desk.trading.queuePosition(order)).toBe(0)
    amend(desk, order.id, 34, 6)
    expect(desk.trading.queuePosition(order)).toBe(900)
    amend(desk, order.id, 33, 6)
    expect(desk.rows('bid')).toEqual([
      [34, 9],
      [33, 6],
    ])
    expect(desk.told()).toEqual(['resting', 'resting Amend', 'resting Amend', 'resting Amend'])
  })

  it('takes where it is amended across, counts what was filled before, and has a new client id from then on', () => {
    const desk = testDesk()
    const { order } = desk.placed(['bid', 34, 6], { clientOrderId: 'a' })
    desk.placed(['ask', 34, 2], {}, THEM)
    desk.tape('ask', 36, 3)
    const result = amend(desk, order.id, 36, 6, { clientOrderId: 'a', updatedClientOrderId: 'b' })
    if (!result.ok) throw new RangeError(result.code)
    expect(fillsOf(result)).toEqual([[36, 3]])
    expect(result.order).toMatchObject({ id: order.id, clientOrderId: 'b', filled: 500, remaining: 100, initial: 600 })
    expect(amend(desk, order.id, 36, 5)).toMatchObject({ code: 'invalid_order_size' })
    expect(desk.create(['bid', 30, 1], { clientOrderId: 'b' })).toMatchObject({ code: 'order_already_exists' })
    expect(amend(desk, order.id, 36, 9, { updatedClientOrderId: 'a' })).toMatchObject({ code: 'order_already_exists' })
  })

  it.each([
    ['another market', { market: MIDDLE }, 'order_ticker_mismatch'],
    ['another side', { side: 'ask' }, 'order_side_mismatch'],
    ['another client id', { clientOrderId: 'b' }, 'order_id_and_client_order_id_mismatch'],
    ['a price off the tick', { price: 3_450 }, 'invalid_price'],
    ['more than the account can pay', { total: quantityFromContracts(100_000) }, 'insufficient_balance'],
  ])('cannot be amended to %s', (_what, more, code) => {
    const desk = testDesk()
    const { order } = desk.placed(['bid', 34, 6], { clientOrderId: 'a' })
    expect(amend(desk, order.id, 34, 7, more)).toMatchObject({ code })
    expect(desk.rows('bid')).toEqual([[34, 6]])
  })
})

describe('an order group', () => {
  const grouped = (limit: number) => {
    const desk = testDesk()
    const result = desk.trading.createGroup(US, quantityFromContracts(limit))
    if (!result.ok) throw new RangeError(result.code)
    const { group } = result
    const events = () =>
      desk.floor.happenings.flatMap((happening) => (happening.kind === 'groupChanged' ? [happening.type] : []))
    return { ...desk, id: group.id, events }
  }

  it('triggers at its limit: a taker stops there, the others are cancelled and new ones refused until the reset', () => {
    const desk = grouped(5)
    desk.tape('ask', 35, 20)
    desk.placed(['bid', 30, 1], { group: desk.id })
    const { order } = desk.placed(['bid', 35, 9], { group: desk.id })
    expect([order.filled, order.status]).toEqual([500, 'canceled'])
    expect(desk.rows('bid')).toEqual([])
    expect(desk.create(['bid', 30, 1], { group: desk.id })).toMatchObject({ code: 'invalid_order' })
    desk.trading.changeGroup(US, desk.id, { kind: 'reset' })
    expect(desk.create(['bid', 30, 1], { group: desk.id }).ok).toBe(true)
    expect(desk.events()).toEqual(['created', 'triggered', 'reset'])
  })

  it('counts makers too, over a window that moves', () => {
    const desk = grouped(5)
    desk.placed(['bid', 34, 3], { group: desk.id })
    desk.placed(['ask', 34, 3], {}, THEM)
    desk.clock.advance(ORDER_GROUP_WINDOW_MS)
    desk.placed(['bid', 34, 4], { group: desk.id })
    desk.placed(['bid', 33, 4], { group: desk.id })
    desk.placed(['ask', 34, 4], {}, THEM)
    expect(desk.rows('bid')).toEqual([[33, 4]])
    desk.placed(['ask', 33, 2], {}, THEM)
    expect([desk.rows('bid'), desk.events()]).toEqual([[], ['created', 'triggered']])
  })

  it('is triggered by hand or by a lower limit, and takes its orders with it when it is deleted', () => {
    const desk = grouped(5)
    desk.placed(['bid', 30, 1], { group: desk.id })
    desk.trading.changeGroup(US, desk.id, { kind: 'triggered' })
    expect(desk.rows('bid')).toEqual([])
    desk.trading.changeGroup(US, desk.id, { kind: 'reset' })
    desk.placed(['bid', 30, 1], { group: desk.id })
    desk.trading.changeGroup(US, desk.id, { kind: 'deleted' })
    expect([desk.rows('bid'), desk.trading.changeGroup(US, desk.id, { kind: 'reset' })]).toMatchObject([
      [],
      { code: 'not_found' },
    ])
  })
})
