import { describe, expect, it } from 'vitest'
import { clientOrderIdOf, eventTickerOf, type MarketTicker, marketTickerOf } from '../../../src/domain/ids.ts'
import { moneyOf, priceFromCents, priceOf, quantityFromContracts, ZERO_MONEY } from '../../../src/domain/units.ts'
import { accountDayStartMs, nextAccountDayStartMs } from '../../../src/portfolio/account-day.ts'
import { worstCaseLoss } from '../../../src/portfolio/exposure.ts'
import { createPortfolio } from '../../../src/portfolio/portfolio.ts'

const EVENT = eventTickerOf('KXHIGHCHI-24DEC17')
const A = marketTickerOf(`${EVENT}-B36.5`)
const B = marketTickerOf(`${EVENT}-B38.5`)
const NOW_MS = Date.parse('2024-12-17T15:00:00Z')
const buy = (market: MarketTicker, cents: number, contracts: number, fee = 0) => ({
  market,
  side: 'bid' as const,
  price: priceFromCents(cents),
  quantity: quantityFromContracts(contracts),
  fee: moneyOf(fee),
})
const portfolioOf = () => {
  const portfolio = createPortfolio({ nowMs: NOW_MS })
  portfolio.registerEvent(EVENT, [A, B], true)
  return portfolio
}
const level = (cents: number) => ({ price: priceFromCents(cents), quantity: quantityFromContracts(1) })

describe('exposure', () => {
  const held = (cents: number, contracts: number) => ({
    netQuantity: quantityFromContracts(contracts),
    cost: moneyOf(Math.abs(contracts) * cents * 10_000),
    working: [],
  })
  it.each([
    ['one YES position: its cost', [held(40, 10)], true, 4_000_000],
    ['two YES positions of one event: both lose where a third wins', [held(40, 10), held(30, 10)], true, 7_000_000],
    ['two NO positions of one event: at most one loses', [held(60, -10), held(70, -10)], true, 3_000_000],
    ['two NO positions that cannot both win: their guaranteed payout offsets', [held(45, -10), held(45, -10)], true, 0],
    ['markets that are not exclusive: each its own worst case', [held(45, -10), held(45, -10)], false, 9_000_000],
  ] as const)('%s', (_, markets, isExclusive, loss) => {
    expect(worstCaseLoss(markets, isExclusive)).toBe(loss)
  })

  it('counts what a working order could still cost, with its fee, and not what it could bring', () => {
    const working = {
      side: 'ask' as const,
      price: priceFromCents(40),
      remaining: quantityFromContracts(10),
      fee: moneyOf(5),
    }
    expect(worstCaseLoss([{ ...held(0, 0), working: [working] }], true)).toBe(6_000_005)
    // It would close the position at a gain; it may also never fill.
    expect(worstCaseLoss([{ ...held(20, 10), working: [working] }], true)).toBe(2_000_000 + 0)
  })

  it('adds up over events and falls when a position is settled', () => {
    const portfolio = portfolioOf()
    const other = marketTickerOf('KXHIGHNY-24DEC17-T50')
    portfolio.applyFill(buy(A, 40, 10))
    portfolio.applyFill(buy(other, 20, 10))
    expect(portfolio.exposure()).toBe(6_000_000)
    portfolio.settle({ market: A, settlementValue: priceOf(0) })
    expect(portfolio.exposure()).toBe(2_000_000)
  })
})

describe('what the limits count', () => {
  it('a market with a position and a working order is one', () => {
    const portfolio = portfolioOf()
    portfolio.applyFill(buy(A, 40, 10))
    const id = clientOrderIdOf('x')
    const order = {
      side: 'bid' as const,
      price: priceFromCents(5),
      remaining: quantityFromContracts(1),
      fee: ZERO_MONEY,
    }
    portfolio.setWorking({ ...order, id, market: A })
    portfolio.setWorking({ ...order, id: clientOrderIdOf('y'), market: B })
    expect(portfolio.openMarketsOf(EVENT)).toBe(2)
    expect(portfolio.openMarkets()).toBe(2)
    portfolio.removeWorking(clientOrderIdOf('y'))
    expect(portfolio.openMarkets()).toBe(1)
  })
})

describe('the daily result', () => {
  it('is realised and marked, with fees; a missing side changes no mark', () => {
    const portfolio = portfolioOf()
    portfolio.applyFill(buy(A, 40, 10, 100_000))
    expect(portfolio.dailyPnl(NOW_MS)).toBe(-100_000)
    portfolio.mark({ market: A, bid: level(35), ask: level(45) })
    expect(portfolio.dailyPnl(NOW_MS)).toBe(-600_000)
    portfolio.mark({ market: A })
    expect(portfolio.dailyPnl(NOW_MS)).toBe(-600_000)
    portfolio.settle({ market: A, settlementValue: priceOf(10_000) })
    expect(portfolio.dailyPnl(NOW_MS)).toBe(5_900_000)
  })

  it('starts anew at midnight Eastern, from where the account stood', () => {
    const portfolio = portfolioOf()
    portfolio.applyFill(buy(A, 40, 10))
    portfolio.mark({ market: A, bid: level(30) })
    expect(portfolio.dailyPnl(NOW_MS)).toBe(-1_000_000)
    const midnightMs = Date.parse('2024-12-18T05:00:00Z')
    expect(portfolio.dailyPnl(midnightMs - 1)).toBe(-1_000_000)
    expect(portfolio.dailyPnl(midnightMs)).toBe(0)
    portfolio.mark({ market: A, bid: level(25) })
    expect(portfolio.dailyPnl(midnightMs)).toBe(-500_000)
  })

  it('survives a restart within the day, and forgets what was of an earlier day', () => {
    const restored = (updatedMs: number) => ({
      market: A,
      netQuantity: quantityFromContracts(0),
      cost: ZERO_MONEY,
      realizedPnl: moneyOf(-3_000_000),
      fees: moneyOf(50_000),
      updatedMs,
    })
    const today = createPortfolio({ nowMs: NOW_MS, positions: [restored(NOW_MS - 1)] })
    expect(today.dailyPnl(NOW_MS)).toBe(-3_050_000)
    const yesterday = createPortfolio({ nowMs: NOW_MS, positions: [restored(NOW_MS - 24 * 3_600_000)] })
    expect(yesterday.dailyPnl(NOW_MS)).toBe(0)
  })

  it.each([
    ['2024-12-17T15:00:00Z', '2024-12-17T05:00:00Z', 24],
    ['2025-07-01T03:59:59Z', '2025-06-30T04:00:00Z', 24],
    ['2025-03-09T12:00:00Z', '2025-03-09T05:00:00Z', 23],
    ['2025-11-02T12:00:00Z', '2025-11-02T04:00:00Z', 25],
  ])('has a day of the account for %s from %s of %s hours', (at, start, hours) => {
    const startMs = accountDayStartMs(Date.parse(at))
    expect(startMs).toBe(Date.parse(start))
    expect(nextAccountDayStartMs(Date.parse(at)) - startMs).toBe(hours * 3_600_000)
  })
})

describe('a settlement', () => {
  it('counts once', () => {
    const portfolio = portfolioOf()
    portfolio.applyFill(buy(A, 40, 10))
    expect(portfolio.settle({ market: A, settlementValue: priceOf(10_000) })).toMatchObject({ payout: 10_000_000 })
    expect(portfolio.settle({ market: A, settlementValue: priceOf(10_000) })).toBeUndefined()
    expect(() => portfolio.applyFill(buy(A, 40, 1))).toThrow('settled market')
  })
})
