import { describe, expect, it } from 'vitest'
import { type Money, type Price, quantityOf } from '../../../src/domain/units.ts'
import { FAKE_NOW_MS, LOW } from '../../support/fake-exchange-core.ts'
import { dollars, fillsOf, THEM, testDesk, US } from './desk.ts'

const IOC = { timeInForce: 'immediate_or_cancel' } as const
const FOK = { timeInForce: 'fill_or_kill' } as const

const FINE_TICKS = [{ start: 0 as Price, end: 10_000 as Price, step: 1 as Price }]

describe('a new order', () => {
  it('takes the best price first at the makers’ prices, rests with what is left, and pays the taker’s fee', () => {
    const desk = testDesk()
    desk.tape('ask', 36, 10)
    desk.tape('ask', 35, 10)
    const result = desk.placed(['bid', 36, 30])
    expect(fillsOf(result)).toEqual([
      [35, 10],
      [36, 10],
    ])
    expect(result.fills.map((fill) => [fill.fee, fill.positionAfter])).toEqual([
      // 0.07 × 10 × .35 × .65 = .15925, up to the grid; the next one is .16128 and gets the rounding of both back.
      [159_300, 1_000],
      [161_300, 2_000],
    ])
    expect(desk.rows('bid')).toEqual([[36, 10]])
    expect([desk.cash(), desk.held()]).toEqual(['9992.579400', '3.600000'])
    expect(desk.floor.trades.map(({ price, takerSide }) => [price / 100, takerSide])).toEqual([
      [35, 'bid'],
      [36, 'bid'],
    ])
  })

  it('waits behind who was there before, and its queue position says how much that is', () => {
    const desk = testDesk()
    desk.tape('bid', 30, 100)
    const { order } = desk.placed(['bid', 30, 10])
    desk.placed(['bid', 31, 5], {}, THEM)
    expect(desk.trading.queuePosition(order)).toBe(10_500)
    const seller = desk.placed(['ask', 30, 108], {}, THEM)
    // Their own bid stands first and stops them.
    expect([seller.fills, seller.order.status, seller.order.reason]).toEqual([[], 'canceled', 'SelfTradeCancel'])
  })

  it('of an account trades with another account’s: both get their side of one trade', () => {
    const desk = testDesk()
    desk.placed(['ask', 40, 10], {}, THEM)
    const { fills } = desk.placed(['bid', 45, 4])
    const both = desk.floor.happenings.flatMap((one) => (one.kind === 'filled' ? [one.fill] : []))
    expect(both.map(({ account, isTaker, price, quantity }) => [account, isTaker, price, quantity])).toEqual([
      [US, true, 4_000, 400],
      [THEM, false, 4_000, 400],
    ])
    expect(new Set(both.map((fill) => fill.tradeId)).size).toBe(1)
    expect([desk.net(US), desk.net(THEM)]).toEqual([4, -4])
    expect(fills).toHaveLength(1)
    // A weather maker pays nothing; a sold YES locks the rest of its dollar.
    expect([desk.cash(THEM), desk.held(THEM)]).toEqual(['9997.600000', '3.600000'])
  })

  it('is immediate-or-cancel: the rest never stands in the book', () => {
    const desk = testDesk()
    desk.tape('ask', 35, 3)
    const { order, reducedBy } = desk.placed(['bid', 35, 10], IOC)
    expect([order.status, order.filled, order.remaining, reducedBy]).toEqual(['canceled', 300, 0, 700])
    expect(desk.placed(['bid', 34, 10], IOC).order.filled).toBe(0)
    expect(desk.rows('bid')).toEqual([])
  })

  it('is fill-or-kill: all of it or nothing, and the client id of the killed one is used up', () => {
    const desk = testDesk()
    desk.tape('ask', 35, 3)
    expect(desk.create(['bid', 35, 4], { ...FOK, clientOrderId: 'k' })).toMatchObject({
      code: 'fill_or_kill_insufficient_resting_volume',
    })
    expect(desk.create(['bid', 35, 3], { ...FOK, clientOrderId: 'k' })).toMatchObject({ code: 'order_already_exists' })
    expect(desk.placed(['bid', 35, 3], FOK).order.status).toBe('executed')
  })

  it('that is post-only and would take is refused and leaves its client id free', () => {
    const desk = testDesk()
    desk.tape('ask', 35, 3)
    const more = { postOnly: true, clientOrderId: 'p' }
    expect(desk.create(['bid', 35, 1], more)).toMatchObject({ code: 'invalid_order', message: 'post only cross' })
    expect(desk.placed(['bid', 34, 1], more).order.status).toBe('resting')
  })

  it('with an expiration leaves the book at that instant', () => {
    const desk = testDesk()
    desk.placed(['bid', 34, 1], { expirationMs: FAKE_NOW_MS + 5_000 })
    desk.clock.advance(4_999)
    expect(desk.rows('bid')).toEqual([[34, 1]])
    desk.clock.advance(1)
    expect(desk.rows('bid')).toEqual([])
    expect(desk.told()).toEqual(['resting', 'canceled ExpiryCancel'])
  })

  it('whose expiration has passed takes what it can and rests no more', () => {
    const desk = testDesk()
    desk.tape('ask', 35, 3)
    const { order } = desk.placed(['bid', 35, 5], { expirationMs: FAKE_NOW_MS - 1_000 })
    expect([order.filled, order.status, order.reason]).toEqual([300, 'canceled', 'ExpiryCancel'])
  })

  it('that reduces only is cut to the position and never opens one', () => {
    const desk = testDesk()
    desk.tape('ask', 35, 3)
    desk.tape('bid', 30, 50)
    desk.placed(['bid', 35, 3])
    const { order } = desk.placed(['ask', 30, 10], { ...IOC, reduceOnly: true })
    expect([order.filled, order.reason, desk.net()]).toEqual([300, 'Trade', 0])
    const none = desk.placed(['ask', 30, 10], { ...IOC, reduceOnly: true })
    expect([none.order.status, none.order.reason]).toEqual(['canceled', 'ReduceOnlyCancel'])
  })

  it.each([
    ['taker_at_cross', 'canceled', [[36, 5]]],
    ['maker', 'executed', []],
  ] as const)('meets its own account under %s', (selfTradePrevention, status, asks) => {
    const desk = testDesk()
    desk.tape('ask', 35, 2)
    desk.placed(['ask', 36, 5])
    if (selfTradePrevention === 'maker') desk.tape('ask', 37, 4)
    const { order, fills } = desk.placed(['bid', 37, 6], { selfTradePrevention })
    expect(fills.map((fill) => fill.quantity)).toEqual(selfTradePrevention === 'maker' ? [200, 400] : [200])
    expect(order.status).toBe(status)
    expect(desk.rows('ask')).toEqual(asks)
    expect(desk.told()).toContain('canceled SelfTradeCancel')
  })
})

describe('refusals', () => {
  it.each([
    ['an unknown market', { market: 'NOPE' as typeof LOW }, 'not_found'],
    ['a price off the tick', { price: 3_450 as never }, 'invalid_price'],
    ['a price of a dollar', { price: 10_000 as never }, 'invalid_price'],
    ['an IOC that expires', { ...IOC, expirationMs: FAKE_NOW_MS }, 'Cannot_specify_both_IoC_and_expiration_timestamp'],
    ['a FOK that expires', { ...FOK, expirationMs: FAKE_NOW_MS }, 'invalid_parameters'],
    ['a resting reduce-only', { reduceOnly: true }, 'invalid_order'],
    ['a post-only IOC', { ...IOC, postOnly: true }, 'invalid_order'],
    ['a dot in the client id', { clientOrderId: 'KXHIGH-38.5' }, 'invalid_parameters'],
    ['a client id that is too long', { clientOrderId: 'x'.repeat(65) }, 'invalid_parameters'],
    ['a group that is not', { group: 'g' }, 'not_found'],
  ])('%s', (_what, more, code) => {
    expect(testDesk().create(['bid', 34, 1], more)).toMatchObject({ ok: false, code })
  })

  it('a client id comes once, also after its order is gone, and each account has its own', () => {
    const desk = testDesk()
    const { order } = desk.placed(['bid', 34, 1], { clientOrderId: 'a' })
    desk.trading.cancel(US, order.id)
    expect(desk.create(['bid', 34, 1], { clientOrderId: 'a' })).toMatchObject({ code: 'order_already_exists' })
    expect(desk.create(['bid', 34, 1], { clientOrderId: 'a' }, THEM).ok).toBe(true)
  })

  it('a market that is not active takes no order and no cancel', () => {
    const desk = testDesk()
    const { order } = desk.placed(['bid', 34, 1])
    desk.core.setStatus(LOW, 'paused')
    expect(desk.create(['bid', 34, 1])).toMatchObject({ code: 'MARKET_INACTIVE' })
    expect(desk.trading.cancel(US, order.id)).toMatchObject({ code: 'MARKET_INACTIVE' })
  })

  it('a trading pause stops creates and amends, an exchange pause everything', () => {
    const desk = testDesk()
    const { order } = desk.placed(['bid', 34, 1])
    desk.placed(['bid', 33, 1], { cancelOnPause: true })
    desk.trading.setPause('trading')
    expect(desk.told().at(-1)).toBe('canceled HaltCancel')
    expect(desk.create(['bid', 34, 1])).toMatchObject({ code: 'trading_is_paused' })
    desk.trading.setPause('exchange')
    expect(desk.trading.cancel(US, order.id)).toMatchObject({ code: 'exchange_is_paused' })
    expect(desk.trading.cancelAll(US)).toMatchObject({ code: 'exchange_is_paused' })
    desk.trading.setPause('trading')
    expect(desk.trading.cancel(US, order.id).ok).toBe(true)
  })
})

describe('collateral', () => {
  it('is what all resting orders could cost, and the taker’s fee beside it', () => {
    const desk = testDesk({ startingCash: dollars(10) })
    desk.placed(['bid', 50, 10])
    expect(desk.create(['ask', 60, 13])).toMatchObject({ code: 'insufficient_balance' })
    desk.placed(['ask', 60, 12])
    expect([desk.cash(), desk.held()]).toEqual(['10.000000', '9.800000'])
    const { order } = desk.placed(['bid', 20, 1])
    expect(desk.held()).toBe('10.000000')
    desk.trading.cancel(US, order.id)
    const taker = testDesk({ startingCash: dollars(5) })
    taker.tape('ask', 50, 10)
    expect(taker.create(['bid', 50, 10])).toMatchObject({ code: 'insufficient_balance' })
    taker.placed(['bid', 50, 9])
  })

  it('is not asked for what only closes the position, each contract once', () => {
    const desk = testDesk({ startingCash: dollars(6) })
    desk.tape('ask', 50, 10)
    desk.placed(['bid', 50, 10])
    desk.placed(['ask', 60, 6])
    desk.placed(['ask', 70, 6])
    // 12 on offer against 10 held: two of the dearer ones would open a NO position at 30 c.
    expect(desk.held()).toBe('0.600000')
    expect(desk.create(['ask', 80, 4])).toMatchObject({ code: 'insufficient_balance' })
  })

  it('that the rounding of small fills has used up is freed by cancelling the newest orders', () => {
    const desk = testDesk({ startingCash: 300 as Money }, FINE_TICKS)
    const fine = { price: 15 as Price, quantity: quantityOf(10) }
    desk.placed(['bid', 1, 1], fine)
    desk.placed(['bid', 1, 1], fine)
    expect(desk.held()).toBe('0.000300')
    // 0.01 contract at $0.0015 is $0.000015, and a balance moves in steps of $0.0001.
    desk.tapeSells(15, 1)
    expect([desk.cash(), desk.held(), desk.told().at(-1)]).toEqual(['0.000200', '0.000135', 'canceled MarginCancel'])
    desk.tapeSells(15, 1)
    expect([desk.cash(), desk.held()]).toEqual(['0.000100', '0.000000'])
  })
})
