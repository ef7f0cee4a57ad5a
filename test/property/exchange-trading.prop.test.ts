import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { BookSide } from '../../src/domain/book.ts'
import { type AccountId, accountIdOf } from '../../src/domain/ids.ts'
import type { FeeSchedule } from '../../src/domain/market.ts'
import { type Money, notional, type Price, priceFromCents, type Quantity, quantityOf } from '../../src/domain/units.ts'
import { opposite } from '../../src/exchange/matching.ts'
import type { AccountFill, AccountOrder } from '../../src/exchange/trading/account-order.ts'
import type { NewOrder } from '../../src/exchange/trading/order-checks.ts'
import { tradeFee } from '../../src/pricing/fees.ts'
import { FAKE_NOW_MS, fakeExchangeCore, LOW, MIDDLE } from '../support/fake-exchange-core.ts'
import { type TestFloor, testFloor, WEATHER_FEES } from '../support/trading-floor.ts'

/**
 * Random sessions of three accounts and the tape in two markets, with so little cash that collateral matters. After every
 * step the accounts are reckoned anew from their fills alone, by formulas that the exchange does not use.
 */
const ACCOUNTS = ['a', 'b', 'c'].map(accountIdOf)
const MARKETS = [LOW, MIDDLE]
const CASH = 20_000_000 as Money
const ONE_DOLLAR = 10_000 as Price
const MAKER_FEES: FeeSchedule = { type: 'quadratic_with_maker_fees', multiplier: 1, source: 'series' }

const side = fc.constantFrom<BookSide>('bid', 'ask')
const market = fc.constantFrom(...MARKETS)
const account = fc.constantFrom(...ACCOUNTS)
const price = fc.integer({ min: 40, max: 60 }).map(priceFromCents)
const quantity = fc.integer({ min: 1, max: 4_000 }).map(quantityOf)

const placed = fc.record({
  kind: fc.constant('create' as const),
  account,
  order: fc.record({
    market,
    side,
    price,
    quantity,
    timeInForce: fc.constantFrom<NewOrder['timeInForce']>(
      'good_till_canceled',
      'good_till_canceled',
      'immediate_or_cancel',
      'fill_or_kill',
    ),
    selfTradePrevention: fc.constantFrom<NewOrder['selfTradePrevention']>('taker_at_cross', 'maker'),
    postOnly: fc.constantFrom(false, false, true),
    reduceOnly: fc.constantFrom(false, false, false, true),
    cancelOnPause: fc.boolean(),
  }),
})
const tape = fc.record({ kind: fc.constant('tape' as const), market, side, price, quantity })
const changed = fc.record({
  kind: fc.constantFrom('cancel' as const, 'amend' as const, 'decrease' as const),
  which: fc.nat(),
  price,
  quantity,
})
const step = fc.oneof(
  { weight: 6, arbitrary: placed },
  { weight: 2, arbitrary: tape },
  { weight: 3, arbitrary: changed },
)

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

function act(floor: TestFloor, each: Step): void {
  const { trading, engine, book } = floor
  if (each.kind === 'create') {
    checkPriority(floor, each.account, each.order)
    return
  }
  if (each.kind === 'tape') {
    // The recording's orders never cross an account's: its own steps see to that, so here the ones that do are left out.
    const { side: at, price: limit } = each
    if (book(each.market).reachable(at, limit).next().done !== true) return
    const id = `tape-${tapeIds++}`
    book(each.market).rest({ id, owner: 'tape', side: at, price: limit, quantity: each.quantity })
    return
  }
  const open = engine.openOrders()
  const order = open[each.which % Math.max(1, open.length)]
  if (!order) return
  if (each.kind === 'cancel') expect(trading.cancel(order.account, order.id).ok).toBe(true)
  else if (each.kind === 'decrease') trading.decrease(order.account, order.id, () => each.quantity)
  else {
    const total = quantityOf(order.filled + each.quantity)
    trading.amend(order.account, order.id, { market: order.market, side: order.side, price: each.price, total })
  }
}

let tapeIds = 0

/** A taker meets others' orders strictly in their order, and each in full before the next one. */
function checkPriority(floor: TestFloor, accountId: AccountId, order: NewOrder): void {
  const before = [...floor.book(order.market).orders(opposite(order.side))]
  const result = floor.trading.create(accountId, order)
  if (!result.ok) return
  const makers = before.filter((maker) => maker.owner !== accountId)
  let left: number = result.fills.reduce((sum, fill) => sum + fill.quantity, 0)
  for (const [index, fill] of result.fills.entries()) {
    const maker = makers[index]
    expect(maker?.price).toBe(fill.price)
    expect(fill.quantity).toBe(Math.min(left, maker?.quantity ?? 0))
    left -= fill.quantity
  }
  if (order.timeInForce === 'fill_or_kill' && !order.reduceOnly) expect(result.order.filled).toBe(order.quantity)
  if (order.timeInForce !== 'good_till_canceled') expect(result.order.remaining).toBe(0)
  if (order.postOnly) expect(result.fills).toEqual([])
}

const signed = (at: BookSide, value: number): number => (at === 'bid' ? value : -value)

function checkAccounts(floor: TestFloor, schedule: FeeSchedule): void {
  const fills = floor.happenings.flatMap((happening) => (happening.kind === 'filled' ? [happening.fill] : []))
  const orders = new Map<string, AccountOrder>()
  for (const happening of floor.happenings) {
    if (happening.kind === 'orderChanged') orders.set(happening.order.id, happening.order)
  }
  let total = 0
  for (const id of ACCOUNTS) {
    const own = fills.filter((fill) => fill.account === id)
    const net = (ticker: string): number =>
      own.filter((fill) => fill.market === ticker).reduce((sum, fill) => sum + signed(fill.side, fill.quantity), 0)
    const paid = own.reduce((sum, fill) => sum + signed(fill.side, notional(fill.price, fill.quantity)) + fill.fee, 0)
    const shorts = MARKETS.reduce((sum, ticker) => sum + Math.max(0, -net(ticker)), 0)
    const { cash, available, held } = floor.engine.account(id)
    // A YES sold without having it locks the dollar that it may have to pay.
    expect(cash).toBe(CASH - paid - notional(ONE_DOLLAR, quantityOf(shorts)))
    expect(cash % 100).toBe(0)
    expect(Math.min(cash, available, held)).toBeGreaterThanOrEqual(0)
    for (const ticker of MARKETS) expect(floor.engine.account(id).net(ticker)).toBe(net(ticker))
    total += cash + notional(ONE_DOLLAR, quantityOf(shorts)) + own.reduce((sum, fill) => sum + fill.fee, 0)
  }
  expect(total + paidToTape(fills)).toBe(CASH * ACCOUNTS.length)
  checkOrders(floor, orders, fills, schedule)
}

/** What the accounts paid to the tape: every other trade moves money between accounts only. */
function paidToTape(fills: readonly AccountFill[]): number {
  const byTrade = Map.groupBy(fills, (fill) => fill.tradeId)
  let paid = 0
  for (const both of byTrade.values()) {
    expect(new Set(both.map((fill) => fill.account)).size).toBe(both.length)
    expect(both.length).toBeLessThanOrEqual(2)
    if (both.length === 1)
      for (const { side: at, price: at1, quantity: of } of both) paid += signed(at, notional(at1, of))
    else expect(both.map(({ isTaker }) => isTaker).sort()).toEqual([false, true])
  }
  return paid
}

function checkOrders(
  floor: TestFloor,
  orders: ReadonlyMap<string, AccountOrder>,
  fills: readonly AccountFill[],
  schedule: FeeSchedule,
): void {
  for (const order of orders.values()) {
    // Whole cents leave no rounding that could outgrow what was held back.
    expect(order.reason).not.toBe('MarginCancel')
    const own = fills.filter((fill) => fill.orderId === order.id)
    expect(own.reduce((sum, fill) => sum + fill.quantity, 0)).toBe(order.filled)
    expect(order.filled + order.remaining).toBeLessThanOrEqual(order.initial)
    expect(order.takerFees + order.makerFees).toBe(own.reduce((sum, fill) => sum + fill.fee, 0))
    const model = own.reduce((sum, { isTaker, price: at, quantity: of }) => {
      return sum + tradeFee({ schedule, role: isTaker ? 'taker' : 'maker', price: at, quantity: of })
    }, 0)
    const rounding = order.takerFees + order.makerFees - model
    expect(rounding).toBeGreaterThanOrEqual(0)
    expect(rounding).toBeLessThan(100)
    expect(floor.book(order.market).order(order.id)?.quantity ?? 0).toBe(order.remaining)
    expect(order.remaining > 0).toBe(order.status === 'resting')
    expect(order.status === 'executed' ? order.remaining : 0).toBe(0)
  }
  const standing = MARKETS.flatMap((ticker) => [
    ...floor.book(ticker).orders('bid'),
    ...floor.book(ticker).orders('ask'),
  ])
  expect(new Set(standing.filter((one) => one.owner !== 'tape').map((one) => one.id))).toEqual(
    new Set(floor.engine.openOrders().map((order) => order.id)),
  )
  for (const ticker of MARKETS) {
    const [bid, ask] = [floor.book(ticker).best('bid'), floor.book(ticker).best('ask')]
    if (bid && ask) expect(bid.price).toBeLessThan(ask.price)
  }
}

it.each([
  ['takers pay', WEATHER_FEES],
  ['makers pay too', MAKER_FEES],
])('no session loses or makes money, where %s', { timeout: 60_000 }, (_who, schedule) => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
      const core = fakeExchangeCore()
      const floor = testFloor({
        nowMs: () => FAKE_NOW_MS,
        market: core.market,
        config: { startingCash: CASH },
        schedule,
      })
      for (const each of steps) {
        act(floor, each)
        checkAccounts(floor, schedule)
      }
      settleAll(floor)
    }),
    { numRuns: 300 },
  )
})

/** Every contract pays a dollar to one side or the other, in whole cents: what is not paid is less than a cent a position. */
function settleAll(floor: TestFloor): void {
  const held = ACCOUNTS.map((id) => MARKETS.map((ticker) => floor.engine.account(id).net(ticker)))
  const before = ACCOUNTS.map((id) => floor.engine.account(id).cash)
  for (const ticker of MARKETS) {
    floor.engine.cancelMarket(ticker, 'CloseCancel')
    floor.engine.settleMarket(ticker, { result: 'scalar', value: 3_000 as Price }, FAKE_NOW_MS)
  }
  floor.engine.commit()
  for (const [index, id] of ACCOUNTS.entries()) {
    const exact = (held[index] ?? []).reduce((sum: number, net) => sum + payout(net), 0)
    const paid = floor.engine.account(id).cash - (before[index] ?? 0)
    expect(exact - paid).toBeGreaterThanOrEqual(0)
    expect(exact - paid).toBeLessThan(10_000 * MARKETS.length)
    expect(floor.engine.account(id).held).toBe(0)
  }
}

const payout = (net: Quantity): number => (net >= 0 ? net * 3_000 : -net * 7_000)
