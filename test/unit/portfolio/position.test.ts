import { describe, expect, it } from 'vitest'
import { marketTickerOf } from '../../../src/domain/ids.ts'
import {
  moneyOf,
  priceFromCents,
  priceOf,
  quantityFromContracts,
  quantityOf,
  ZERO_MONEY,
} from '../../../src/domain/units.ts'
import { applyFill, flatPosition, settlePosition, unrealizedPnl } from '../../../src/portfolio/position.ts'

const MARKET = marketTickerOf('KXHIGHCHI-24DEC17-B38.5')
const fill = (side: 'bid' | 'ask', cents: number, contracts: number, fee = 0) => ({
  market: MARKET,
  side,
  price: priceFromCents(cents),
  quantity: quantityFromContracts(contracts),
  fee: moneyOf(fee),
})
const positionAfter = (...fills: readonly ReturnType<typeof fill>[]) => fills.reduce(applyFill, flatPosition(MARKET))

describe('a position', () => {
  it('costs the price of YES, or the rest of the dollar for NO', () => {
    expect(positionAfter(fill('bid', 40, 10, 500))).toMatchObject({
      netQuantity: 1_000,
      cost: 4_000_000,
      fees: 500,
      realizedPnl: 0,
    })
    expect(positionAfter(fill('ask', 40, 10))).toMatchObject({ netQuantity: -1_000, cost: 6_000_000 })
  })

  it('realises what a fill against it closes, at average cost', () => {
    expect(positionAfter(fill('bid', 40, 10), fill('bid', 50, 10), fill('ask', 55, 10))).toMatchObject({
      netQuantity: 1_000,
      cost: 4_500_000,
      realizedPnl: 1_000_000,
    })
  })

  it('closes first and opens the other side with the rest', () => {
    expect(positionAfter(fill('bid', 40, 10), fill('ask', 55, 15))).toMatchObject({
      netQuantity: -500,
      cost: 2_250_000,
      realizedPnl: 1_500_000,
    })
    expect(positionAfter(fill('ask', 60, 10), fill('bid', 50, 10))).toMatchObject({
      netQuantity: 0,
      cost: 0,
      realizedPnl: 1_000_000,
    })
  })

  it('is worth what it could be closed at', () => {
    expect(unrealizedPnl(positionAfter(fill('bid', 40, 10)), priceFromCents(45))).toBe(500_000)
    expect(unrealizedPnl(positionAfter(fill('ask', 40, 10)), priceFromCents(45))).toBe(-500_000)
  })
})

describe('settlement', () => {
  it.each([
    ['YES wins', fill('bid', 40, 10, 100), 10_000, 10_000_000, 5_999_900],
    ['YES loses', fill('bid', 40, 10, 100), 0, 0, -4_000_100],
    ['NO wins', fill('ask', 40, 10, 100), 0, 10_000_000, 3_999_900],
    ['NO loses', fill('ask', 40, 10, 100), 10_000, 0, -6_000_100],
    ['a tie for YES', fill('bid', 40, 10), 5_000, 5_000_000, 1_000_000],
    ['a tie for NO', fill('ask', 40, 10), 5_000, 5_000_000, -1_000_000],
  ] as const)('%s', (_, entry, value, payout, pnl) => {
    const settled = settlePosition(positionAfter(entry), { market: MARKET, settlementValue: priceOf(value) })
    expect(settled).toMatchObject({ payout, pnl, position: { netQuantity: 0, cost: 0 } })
  })

  it('pays whole cents only', () => {
    const position = { ...flatPosition(MARKET), netQuantity: quantityOf(33), cost: ZERO_MONEY }
    expect(settlePosition(position, { market: MARKET, settlementValue: priceOf(5_000) }).payout).toBe(160_000)
  })

  it('of a flat market keeps what was earned on the way', () => {
    const settled = settlePosition(positionAfter(fill('bid', 40, 10, 100), fill('ask', 50, 10, 100)), {
      market: MARKET,
      settlementValue: priceOf(0),
    })
    expect(settled).toMatchObject({ payout: 0, pnl: 999_800 })
  })
})
