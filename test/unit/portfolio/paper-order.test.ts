import { describe, expect, it } from 'vitest'
import type { Trade } from '../../../src/domain/book.ts'
import { clientOrderIdOf, decisionIdOf, deskIdOf, eventTickerOf, marketTickerOf } from '../../../src/domain/ids.ts'
import { priceFromCents, quantityFromContracts } from '../../../src/domain/units.ts'
import {
  applyTrade,
  confirmCancel,
  isWorking,
  openPaperOrder,
  type PaperOrder,
  remainingOf,
  requestCancel,
} from '../../../src/portfolio/paper-order.ts'
import { createShownLiquidity } from '../../../src/portfolio/shown-liquidity.ts'

const EVENT = eventTickerOf('KXHIGHCHI-24DEC17')
const MARKET = marketTickerOf(`${EVENT}-B38.5`)
const orderOf = (side: 'bid' | 'ask', cents: number): PaperOrder =>
  openPaperOrder({
    id: clientOrderIdOf('o'),
    decision: decisionIdOf('d'),
    event: EVENT,
    request: {
      desk: deskIdOf('weather-ev', EVENT),
      market: MARKET,
      side,
      price: priceFromCents(cents),
      quantity: quantityFromContracts(50),
      role: 'maker',
    },
    fees: { type: 'quadratic_with_maker_fees', multiplier: 1, source: 'series' },
    decidedMs: 1_000,
    latencyMs: 250,
    closeMs: 5_000,
  })
let number = 0
const trade = (takerSide: 'bid' | 'ask', cents: number, contracts: number, tsVenueMs = 2_000): Trade => ({
  market: MARKET,
  tradeId: `t-${++number}`,
  price: priceFromCents(cents),
  quantity: quantityFromContracts(contracts),
  takerSide,
  tsVenueMs,
})

describe('a paper order', () => {
  it.each([
    ['a sale beyond a bid', 'bid', 46, trade('ask', 45, 10), 1_000],
    ['a sale at the price of a bid', 'bid', 46, trade('ask', 46, 10), 0],
    ['a purchase below a bid', 'bid', 46, trade('bid', 45, 10), 0],
    ['a purchase beyond an ask', 'ask', 46, trade('bid', 47, 10), 1_000],
    ['a purchase at the price of an ask', 'ask', 46, trade('bid', 46, 10), 0],
    ['a sale above an ask', 'ask', 46, trade('ask', 47, 10), 0],
    ['a print before it rested', 'bid', 46, trade('ask', 45, 10, 1_249), 0],
    ['a print as it began to rest', 'bid', 46, trade('ask', 45, 10, 1_250), 1_000],
    ['a print at the close', 'bid', 46, trade('ask', 45, 10, 5_000), 0],
    ['a print larger than it', 'bid', 46, trade('ask', 45, 500), 5_000],
  ] as const)('by %s', (_, side, cents, print, filled) => {
    const { order, fill } = applyTrade(orderOf(side, cents), print)
    expect(order.filledQuantity).toBe(filled)
    expect(fill?.quantity).toBe(filled === 0 ? undefined : filled)
    if (fill) expect(fill).toMatchObject({ price: priceFromCents(cents), liquidity: 'maker', side })
  })

  it('fills by a taker that walks the book by what it printed beyond the price, over several frames of one ts_ms', () => {
    const walk = [trade('ask', 46, 40), trade('ask', 45, 10), trade('ask', 44, 5)]
    const filled = walk.reduce((order, print) => applyTrade(order, print).order, orderOf('bid', 46))
    expect(filled).toMatchObject({ filledQuantity: 1_500, status: 'partiallyFilled' })
    expect(remainingOf(filled)).toBe(3_500)
  })

  it('pays the fees of its fills by one accumulator', () => {
    const prints = [trade('ask', 45, 1), trade('ask', 45, 1), trade('ask', 45, 1)]
    let order = orderOf('bid', 46)
    const fees: number[] = []
    for (const print of prints) {
      const step = applyTrade(order, print)
      order = step.order
      fees.push(step.fill?.fee ?? 0)
    }
    // 0.0175 × 0.46 × 0.54 = $0.004347 each: 0.0044, of which 0.000053 is rounding; the second is not yet a whole step.
    expect(fees).toEqual([4_400, 4_300, 4_400])
  })

  it('stays exposed until its cancel takes effect', () => {
    const canceling = requestCancel(orderOf('bid', 46), { reason: 'evBelowMinimum', atMs: 2_000, effectiveMs: 2_250 })
    expect(isWorking(canceling)).toBe(true)
    expect(applyTrade(canceling, trade('ask', 45, 10, 2_249)).order.filledQuantity).toBe(1_000)
    expect(applyTrade(canceling, trade('ask', 45, 10, 2_250)).order.filledQuantity).toBe(0)
    const canceled = confirmCancel(canceling)
    expect(canceled).toMatchObject({ status: 'canceled', cancelReason: 'evBelowMinimum' })
    expect(canceled.history.at(-1)).toEqual({ status: 'canceled', atMs: 2_250 })
  })

  it('keeps the first reason of its cancel, and never outlives its close', () => {
    const first = requestCancel(orderOf('bid', 46), { reason: 'evBelowMinimum', atMs: 4_900, effectiveMs: 5_150 })
    expect(first.restsUntilMs).toBe(5_000)
    const again = requestCancel(first, { reason: 'shutdown', atMs: 4_950, effectiveMs: 4_950 })
    expect(again).toMatchObject({ cancelReason: 'evBelowMinimum' })
  })

  it('that ended can still be filled by a print that was made before its end', () => {
    const canceled = confirmCancel(
      requestCancel(orderOf('bid', 46), { reason: 'evBelowMinimum', atMs: 2_000, effectiveMs: 2_250 }),
    )
    const { order } = applyTrade(canceled, trade('ask', 45, 10, 2_000))
    expect(order).toMatchObject({ status: 'canceled', filledQuantity: 1_000 })
  })
})

describe('shown liquidity', () => {
  const level = (cents: number, contracts: number) => ({
    price: priceFromCents(cents),
    quantity: quantityFromContracts(contracts),
  })

  it('is not taken twice from the same price', () => {
    const shown = createShownLiquidity()
    shown.take(MARKET, 'ask', priceFromCents(48), quantityFromContracts(30))
    expect(shown.remaining(MARKET, 'ask', level(48, 50))).toEqual(level(48, 20))
    shown.take(MARKET, 'ask', priceFromCents(48), quantityFromContracts(20))
    expect(shown.remaining(MARKET, 'ask', level(48, 50))).toBeUndefined()
    expect(shown.remaining(MARKET, 'bid', level(48, 50))).toEqual(level(48, 50))
  })

  it('is another offer at another price', () => {
    const shown = createShownLiquidity()
    shown.take(MARKET, 'ask', priceFromCents(48), quantityFromContracts(30))
    expect(shown.remaining(MARKET, 'ask', level(49, 50))).toEqual(level(49, 50))
    expect(shown.remaining(MARKET, 'ask', level(48, 50))).toEqual(level(48, 50))
  })
})
