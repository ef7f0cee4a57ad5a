import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type { BookSide, Level } from '../../../src/domain/book.ts'
import { climateDateOf } from '../../../src/domain/climate-day.ts'
import type { ExchangeHappening, LevelChange, OrderBookView } from '../../../src/exchange/core.ts'
import { loadTape } from '../../../src/exchange/tape.ts'
import { BUNDLED, heldDay, type PlayedDay } from './played-day.ts'

const atMs = (text: string): number => Date.parse(text)

function playedDay(options: Parameters<typeof heldDay>[0] = {}): PlayedDay {
  const day = heldDay(options)
  day.core.play()
  day.clock.advance(0)
  return day
}

const hashOf = (happenings: readonly ExchangeHappening[]): string =>
  createHash('sha256').update(JSON.stringify(happenings)).digest('hex')

/** A client's view of one book, which refuses a negative level or a crossed book after every single change. */
class FollowedBook {
  readonly #sides: Record<BookSide, Map<number, number>> = { bid: new Map(), ask: new Map() }

  apply(changes: readonly LevelChange[]): void {
    for (const { side, price, delta } of changes) {
      const quantity = (this.#sides[side].get(price) ?? 0) + delta
      if (quantity < 0) throw new RangeError(`negative level at ${price}`)
      if (quantity === 0) this.#sides[side].delete(price)
      else this.#sides[side].set(price, quantity)
      const [bid, ask] = [Math.max(0, ...this.#sides.bid.keys()), Math.min(10_000, ...this.#sides.ask.keys())]
      if (bid >= ask) throw new RangeError(`crossed at ${bid} and ${ask}`)
    }
  }

  view(): { bids: Level[]; asks: Level[] } {
    const levels = (side: BookSide, direction: 1 | -1): Level[] =>
      [...this.#sides[side]]
        .sort(([a], [b]) => direction * (a - b))
        .map(([price, quantity]) => ({ price, quantity }) as Level)
    return { bids: levels('bid', -1), asks: levels('ask', 1) }
  }
}

const EMPTY: OrderBookView = { bids: [], asks: [] }

describe('the bundled day, played flat out', { timeout: 60_000 }, () => {
  const tape = loadTape(BUNDLED, climateDateOf('2024-12-17'))
  let day: PlayedDay
  beforeAll(() => {
    day = playedDay()
  })

  test('the same seed tells the same story to the last byte, another seed another ladder with the same trades', () => {
    expect(hashOf(playedDay().happenings)).toBe(hashOf(day.happenings))
    const other = playedDay({ seed: 'other' })
    const trades = (played: PlayedDay) => played.happenings.filter(({ kind }) => kind === 'traded')
    const books = (played: PlayedDay) => played.happenings.filter(({ kind }) => kind === 'bookChanged')
    expect(hashOf(trades(other))).toBe(hashOf(trades(day)))
    expect(hashOf(books(other))).not.toBe(hashOf(books(day)))
  })

  test('the trades are exactly the recorded ones', () => {
    const played = day.happenings.flatMap((happening) => (happening.kind === 'traded' ? happening.trades : []))
    const rows = (
      trades: readonly { tradeId: string; price: number; quantity: number; takerSide: string; createdTime: string }[],
    ) =>
      trades
        .map((trade) => [trade.tradeId, trade.price, trade.quantity, trade.takerSide, trade.createdTime].join())
        .sort()
    expect(rows(played)).toEqual(rows(tape.trades))
    for (const { ticker } of tape.events.flatMap((event) => event.markets)) {
      const recorded = tape.trades.filter((trade) => trade.market === ticker)
      expect(day.core.market(ticker)?.volume).toBe(recorded.reduce((sum, trade) => sum + trade.quantity, 0))
    }
  })

  test('time never goes back and every happening carries the recorded millisecond', () => {
    const times = day.happenings.map((happening) => happening.tsMs)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    for (const happening of day.happenings) {
      if (happening.kind !== 'traded') continue
      for (const trade of happening.trades) {
        expect(trade.tsMs).toBe(happening.tsMs)
        expect(Math.floor(Date.parse(trade.createdTime))).toBe(happening.tsMs)
      }
    }
  })

  test('a listener that applies the changes in their order holds the exchange’s books and never a crossed one', () => {
    const live = heldDay()
    const followed = new Map<string, FollowedBook>()
    let compared = 0
    live.core.listen((happening) => {
      if (happening.kind !== 'bookChanged') return
      const book = followed.get(happening.market) ?? new FollowedBook()
      followed.set(happening.market, book)
      book.apply(happening.changes)
      const held = JSON.stringify(book.view())
      if (held !== JSON.stringify(live.core.book(happening.market))) throw new RangeError(`another book: ${held}`)
      compared++
    })
    live.core.play()
    live.clock.advance(0)
    expect(compared).toBeGreaterThan(3_500)
  })

  test('a book is empty before its market’s first trade and after its close', () => {
    const live = heldDay()
    const markets = live.core.markets()
    expect(markets).toHaveLength(24)
    for (const { ticker } of markets) expect(live.core.book(ticker)).toEqual(EMPTY)
    const traded = new Set<string>()
    live.core.listen((happening) => {
      if (happening.kind === 'traded') for (const trade of happening.trades) traded.add(trade.market)
      if (happening.kind !== 'bookChanged') return
      expect(traded.has(happening.market)).toBe(true)
      const market = live.core.market(happening.market)
      if (market && happening.tsMs >= market.closeMs) expect(live.core.book(market.ticker)).toEqual(EMPTY)
    })
    live.core.play()
    live.clock.advance(0)
    for (const { ticker } of markets) expect(live.core.book(ticker)).toEqual(EMPTY)
    expect(traded.size).toBe(23)
  })

  test('quotes stand about as wide as real ones, also between 20 and 80', () => {
    const spreads: number[] = []
    const middle: number[] = []
    for (const { ticker } of day.core.markets()) {
      for (const { bid, ask } of day.core.quotes(ticker)) {
        if (!bid || !ask) continue
        const spread = (ask.price - bid.price) / 100
        spreads.push(spread)
        if (bid.price + ask.price >= 4_000 && bid.price + ask.price <= 16_000) middle.push(spread)
      }
    }
    const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
    expect([median(spreads), median(middle)]).toEqual([4, 5])
  })

  test('a step changes a handful of levels, not the whole ladder', () => {
    const steps = day.happenings.flatMap((happening) =>
      happening.kind === 'bookChanged' ? happening.changes.length : [],
    )
    const mean = steps.reduce((sum, changes) => sum + changes, 0) / steps.length
    expect(mean).toBeLessThan(12)
  })

  test('each city is determined five minutes after its climate day and settled after its timer, the last at 07:10Z', () => {
    const times = (type: string) =>
      new Map(
        day.happenings.flatMap((happening) =>
          happening.kind === 'lifecycle' && happening.type === type
            ? [[happening.market.split('-')[0] ?? '', new Date(happening.tsMs).toISOString()] as const]
            : [],
        ),
      )
    expect(Object.fromEntries(times('determined'))).toEqual({
      KXHIGHNY: '2024-12-18T05:05:00.000Z',
      KXHIGHCHI: '2024-12-18T06:05:00.000Z',
      KXHIGHAUS: '2024-12-18T06:05:00.000Z',
      KXHIGHDEN: '2024-12-18T07:05:00.000Z',
    })
    expect(Object.fromEntries(times('settled'))).toEqual({
      KXHIGHNY: '2024-12-18T06:05:00.000Z',
      KXHIGHCHI: '2024-12-18T07:05:00.000Z',
      KXHIGHAUS: '2024-12-18T07:05:00.000Z',
      KXHIGHDEN: '2024-12-18T07:10:00.000Z',
    })
    expect(day.happenings.at(-1)).toEqual({ kind: 'playEnded', tsMs: atMs('2024-12-18T07:10:00Z') })
  })

  test('a settled event pays one winner and shows its high on all six markets', () => {
    for (const event of day.core.events()) {
      const markets = event.markets.map((ticker) => day.core.market(ticker))
      expect(markets.map((market) => market?.status)).toEqual(Array(6).fill('finalized'))
      expect(markets.filter((market) => market?.result === 'yes')).toHaveLength(1)
      expect(markets.filter((market) => market?.settlementValue === 10_000)).toHaveLength(1)
      expect(new Set(markets.map((market) => market?.expirationValue)).size).toBe(1)
      expect(markets[0]?.expirationValue).toMatch(/^\d+\.00$/)
    }
  })
})

describe('an exchange core', { timeout: 60_000 }, () => {
  const NY = loadTape(BUNDLED, climateDateOf('2024-12-17')).events[0]?.markets[3]?.ticker
  if (!NY) throw new RangeError('the bundled day has New York')

  test('starts held at the first open with every market of the day active', () => {
    const { core } = heldDay()
    expect([core.nowMs(), core.rate()]).toEqual([atMs('2024-12-16T15:00:00Z'), 0])
    expect(new Set(core.markets().map((market) => market.status))).toEqual(new Set(['active']))
    expect(core.series().map(({ ticker, title }) => `${ticker} ${title}`)).toEqual([
      'KXHIGHNY Highest temperature in NYC',
      'KXHIGHCHI Highest temperature in Chicago',
      'KXHIGHAUS Highest temperature in Austin',
      'KXHIGHDEN Highest temperature in Denver',
    ])
  })

  test('a start in the middle has the books, trades and quotes that a play of the whole day has then', () => {
    const startMs = atMs('2024-12-17T17:30:00Z')
    const middle = heldDay({ startMs })
    const whole = playedDay({ stopMs: startMs })
    expect(middle.core.nowMs()).toBe(startMs)
    expect(middle.core.book(NY).bids.length).toBeGreaterThan(0)
    for (const { ticker } of whole.core.markets()) {
      expect(middle.core.book(ticker)).toEqual(whole.core.book(ticker))
      expect(middle.core.trades(ticker)).toEqual(whole.core.trades(ticker))
      expect(middle.core.quotes(ticker)).toEqual(whole.core.quotes(ticker))
      expect(middle.core.market(ticker)).toEqual(whole.core.market(ticker))
    }
    expect(middle.happenings).toEqual([])
  })

  test('status follows market time: active, closed, determined, finalized, and the result appears with the determination', () => {
    const { core, clock } = heldDay({ startMs: atMs('2024-12-18T04:58:59.999Z'), speed: 1 })
    const at = (text: string) => {
      clock.advance(atMs(text) - core.nowMs())
      return core.market(NY)
    }
    core.play()
    expect(at('2024-12-18T04:58:59.999Z')).toMatchObject({ status: 'active', result: '', expirationValue: '' })
    expect(at('2024-12-18T04:59:00Z')).toMatchObject({ status: 'closed', result: '' })
    expect(at('2024-12-18T05:04:59.999Z')).toMatchObject({ status: 'closed', result: '', expirationValue: '' })
    const determined = at('2024-12-18T05:05:00Z')
    expect(determined).toMatchObject({ status: 'determined', result: 'no', expirationValue: '59.00' })
    expect(determined).not.toHaveProperty('settledMs')
    expect(at('2024-12-18T06:05:00Z')).toMatchObject({ status: 'finalized', settledMs: atMs('2024-12-18T06:05:00Z') })
  })

  test('last price, volume and the volume of 24 hours follow the trades', () => {
    const { core } = heldDay({ startMs: atMs('2024-12-18T04:58:00Z') })
    const [market, trades] = [core.market(NY), core.trades(NY)]
    const dayAgo = atMs('2024-12-17T04:58:00Z')
    const sum = (some: typeof trades) => some.reduce((total, trade) => total + trade.quantity, 0)
    expect(market?.lastPrice).toBe(trades[0]?.price)
    expect(market?.previousPrice).toBe(trades.find((trade) => trade.tsMs <= dayAgo)?.price)
    expect(market?.volume).toBe(sum(trades))
    expect(market?.volume24h).toBe(sum(trades.filter((trade) => trade.tsMs > dayAgo)))
    expect(market?.volume24h).toBeLessThan(market?.volume ?? 0)
  })

  test('trades come newest first, of one market or of all', () => {
    const { core } = heldDay({ startMs: atMs('2024-12-17T17:30:00Z') })
    for (const trades of [core.trades(), core.trades(NY)]) {
      const times = trades.map((trade) => trade.tsMs)
      expect(times).toEqual(times.toSorted((a, b) => b - a))
    }
    expect(core.trades(NY).every((trade) => trade.market === NY)).toBe(true)
  })

  test('the run has its own id, a market the same id in every run', () => {
    const [one, two] = [heldDay(), heldDay({ seed: 'other' })]
    expect(one.core.market(NY)?.id).toBe(two.core.market(NY)?.id)
    expect(one.core.market(NY)?.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(one.core.runId).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('a listener that left hears nothing more', () => {
    const { core, clock } = heldDay()
    let heard = 0
    core.listen(() => heard++)()
    core.play()
    clock.advance(0)
    expect(heard).toBe(0)
  })

  test('a start or stop outside the recorded day is refused with the day’s own bounds', () => {
    expect(() => heldDay({ startMs: atMs('2024-12-15T00:00:00Z') })).toThrow(
      /runs from 2024-12-16T15:00:00Z.*07:10:00Z/,
    )
    expect(() => heldDay({ stopMs: atMs('2024-12-19T00:00:00Z') })).toThrow(/not possible/)
    expect(() => heldDay({ startMs: atMs('2024-12-17T12:00:00Z'), stopMs: atMs('2024-12-17T11:00:00Z') })).toThrow(
      /not possible/,
    )
  })
})
