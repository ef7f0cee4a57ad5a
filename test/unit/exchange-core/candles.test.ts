import { describe, expect, test } from 'vitest'
import { marketTickerOf } from '../../../src/domain/ids.ts'
import { type Price, priceFromCents, quantityFromContracts } from '../../../src/domain/units.ts'
import { type CandleSource, candlesOf, type QuoteChange } from '../../../src/exchange/candles.ts'
import type { ExchangeTrade } from '../../../src/exchange/core.ts'

const MARKET = marketTickerOf('KXHIGHNY-24DEC17-B57.5')
const OPEN_MS = Date.parse('2024-12-16T15:00:00Z')
const MINUTE_MS = 60_000
const OPEN_TS = OPEN_MS / 1000

const trade = (afterMs: number, cents: number, contracts: number): ExchangeTrade => ({
  tradeId: `${afterMs}`,
  market: MARKET,
  price: priceFromCents(cents),
  quantity: quantityFromContracts(contracts),
  takerSide: 'bid',
  createdTime: '',
  tsMs: OPEN_MS + afterMs,
})

const quote = (afterMs: number, bid: number | undefined, ask: number | undefined): QuoteChange => {
  const level = (cents: number): { price: Price; quantity: ReturnType<typeof quantityFromContracts> } => ({
    price: priceFromCents(cents),
    quantity: quantityFromContracts(1),
  })
  return {
    tsMs: OPEN_MS + afterMs,
    ...(bid === undefined ? {} : { bid: level(bid) }),
    ...(ask === undefined ? {} : { ask: level(ask) }),
  }
}

const source = (trades: ExchangeTrade[], quotes: QuoteChange[], untilMs = 10 * MINUTE_MS): CandleSource => ({
  trades,
  quotes,
  openMs: OPEN_MS,
  untilMs: OPEN_MS + untilMs,
})

const ohlc = (open: number, low: number, high: number, close: number) => ({
  open: priceFromCents(open),
  low: priceFromCents(low),
  high: priceFromCents(high),
  close: priceFromCents(close),
})

describe('candles', () => {
  const minutes = (trades: ExchangeTrade[], quotes: QuoteChange[], untilMs?: number) =>
    candlesOf(source(trades, quotes, untilMs), { startTs: OPEN_TS, endTs: OPEN_TS + 600, minutes: 1 })

  test('open, low, high, close and the mean by contracts come from the trades of the period', () => {
    const [candle] = minutes([trade(1_000, 40, 1), trade(2_000, 50, 3), trade(3_000, 30, 1), trade(4_000, 35, 5)], [])
    expect(candle?.price).toEqual({ ...ohlc(40, 30, 50, 35), mean: priceFromCents(39.5) })
    expect(candle?.volume).toBe(1_000)
    expect(candle?.openInterest).toBe(1_000)
  })

  test('a trade exactly at the end belongs to the period that ends there', () => {
    const [first, second] = minutes([trade(MINUTE_MS, 40, 1), trade(MINUTE_MS + 1, 41, 1)], [])
    expect(first?.endPeriodTs).toBe(OPEN_TS + 60)
    expect(first?.price?.close).toBe(4_000)
    expect(second?.price).toMatchObject({ open: 4_100, previous: 4_000 })
  })

  test('a period without trades has no price, keeps its quotes and the open interest so far', () => {
    const [, second] = minutes([trade(1_000, 40, 2)], [quote(1_000, 38, 42)])
    expect(second?.price).toBeUndefined()
    expect(second?.volume).toBe(0)
    expect(second?.openInterest).toBe(200)
    expect(second?.yesBid).toEqual(ohlc(38, 38, 38, 38))
    expect(second?.yesAsk).toEqual(ohlc(42, 42, 42, 42))
  })

  test('quotes open with what stood before the period, and an empty side is 0 or one dollar', () => {
    const [first, second] = minutes([], [quote(10_000, 38, 42), quote(70_000, undefined, 41), quote(80_000, 35, 44)])
    expect(first?.yesBid).toEqual(ohlc(0, 0, 38, 38))
    expect(first?.yesAsk).toEqual(ohlc(100, 42, 100, 42))
    expect(second?.yesBid).toEqual(ohlc(38, 0, 38, 35))
    expect(second?.yesAsk).toEqual(ohlc(42, 41, 44, 44))
  })

  test('there is one candle for each period begun since the open, within the range asked for', () => {
    expect(minutes([], []).map((candle) => candle.endPeriodTs - OPEN_TS)).toEqual([
      60, 120, 180, 240, 300, 360, 420, 480, 540, 600,
    ])
    expect(minutes([], [], 90_000)).toHaveLength(2)
    const range = { startTs: OPEN_TS + 120, endTs: OPEN_TS + 200, minutes: 1 } as const
    const [only, none] = candlesOf(source([trade(1_000, 40, 2)], []), range).slice(-2)
    expect([only?.endPeriodTs, none?.endPeriodTs]).toEqual([OPEN_TS + 120, OPEN_TS + 180])
    expect(only?.openInterest).toBe(200)
  })

  test('hours and days end on whole hours and days of UTC', () => {
    const day = candlesOf(source([trade(1_000, 40, 2)], []), {
      startTs: OPEN_TS,
      endTs: OPEN_TS + 86_400,
      minutes: 1440,
    })
    expect(day.map((candle) => candle.endPeriodTs * 1000)).toEqual([Date.parse('2024-12-17T00:00:00Z')])
    const hour = candlesOf(source([], []), { startTs: OPEN_TS, endTs: OPEN_TS + 3_600, minutes: 60 })
    expect(hour.map((candle) => candle.endPeriodTs)).toEqual([OPEN_TS + 3_600])
  })
})
