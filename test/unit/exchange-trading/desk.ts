import { simulatedClock } from '../../../src/clock/simulated-clock.ts'
import type { BookSide } from '../../../src/domain/book.ts'
import { type AccountId, accountIdOf } from '../../../src/domain/ids.ts'
import type { PriceRange } from '../../../src/domain/market.ts'
import { formatMoney, type Money, priceOf, quantityOf } from '../../../src/domain/units.ts'
import type { OrderResult, TradingConfig } from '../../../src/exchange/trading/account-engine.ts'
import type { NewOrder } from '../../../src/exchange/trading/order-checks.ts'
import type { Refusal } from '../../../src/exchange/trading/refusal.ts'
import { FAKE_NOW_MS, fakeExchangeCore, LOW } from '../../support/fake-exchange-core.ts'
import { newOrder, testFloor } from '../../support/trading-floor.ts'

export const US = accountIdOf('us')
export const THEM = accountIdOf('them')

export type Row = readonly [side: BookSide, cents: number, contracts: number]

/** Trading in one market with the words of a person: cents, contracts, and refusals by their code. */
export function testDesk(config: Partial<TradingConfig> = {}, priceRanges?: readonly PriceRange[]) {
  const core = fakeExchangeCore()
  const clock = simulatedClock({ startMs: FAKE_NOW_MS })
  const floor = testFloor({
    nowMs: clock.market.nowMs,
    market(ticker) {
      const market = core.market(ticker)
      return market && priceRanges ? { ...market, priceRanges } : market
    },
    at: (atMs, run) => void clock.market.at(atMs, run),
    config,
  })
  const { trading, engine } = floor
  const create = (row: Row, more: Partial<NewOrder> = {}, account: AccountId = US): OrderResult | Refusal =>
    trading.create(account, newOrder(LOW, ...row, more))
  return {
    core,
    clock,
    floor,
    trading,
    create,
    /** Of an order that must be accepted. */
    placed(row: Row, more: Partial<NewOrder> = {}, account: AccountId = US): OrderResult {
      const result = create(row, more, account)
      if (!result.ok) throw new RangeError(`refused: ${result.code}`)
      return result
    },
    tape: (...[side, cents, contracts]: Row) => floor.tape(LOW, side, cents, contracts),
    /** A recorded taker sells, in units of price and quantity. */
    tapeSells(limit: number, quantity: number) {
      const request = { side: 'ask', limit: priceOf(limit), quantity: quantityOf(quantity) } as const
      const fills = floor
        .book(LOW)
        .take(request)
        .map(({ makerId: orderId, makerOwner, price, quantity: filled }) => {
          if (makerOwner === 'tape') throw new RangeError('this test has no order of the tape')
          return { orderId, account: makerOwner, tradeId: `tape-${orderId}`, price, quantity: filled }
        })
      engine.fillFromTape(LOW, fills, clock.market.nowMs())
      engine.commit()
    },
    net: (account: AccountId = US) => engine.account(account).net(LOW) / 100,
    cash: (account: AccountId = US) => formatMoney(engine.account(account).cash),
    held: (account: AccountId = US) => formatMoney(engine.account(account).held),
    rows: (side: BookSide) =>
      floor
        .book(LOW)
        .levels(side)
        .map(({ price, quantity }) => [price / 100, quantity / 100]),
    /** `status reason` of every change of our orders. */
    told: () =>
      floor.happenings.flatMap((happening) =>
        happening.kind === 'orderChanged' && happening.account === US
          ? [`${happening.order.status} ${happening.order.reason ?? ''}`.trim()]
          : [],
      ),
  }
}

export const fillsOf = (result: OrderResult) => result.fills.map(({ price, quantity }) => [price / 100, quantity / 100])

export const dollars = (amount: number): Money => (amount * 1_000_000) as Money
