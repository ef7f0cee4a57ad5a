import { join } from 'node:path'
import type { CityKey } from '../domain/city.ts'
import type { ClimateDate } from '../domain/climate-day.ts'
import { parseWeatherEventTicker } from '../domain/ticker.ts'
import { priceOf, quantityFromContracts } from '../domain/units.ts'
import { marketProbabilities, type Quotes } from '../pricing/market-probability.ts'
import { median } from '../weather/features-sources.ts'
import type { DataFolder } from './data-files.ts'
import {
  foreignEvent,
  isSkipped,
  type RecordedEvent,
  readEvents,
  reconstructStrikes,
  type SkippedEvent,
} from './market-events.ts'
import { readTrades, type TradeBook } from './market-trades.ts'
import type { NextTrade } from './row.ts'

/** What the markets of daily highs said, and when: events with their strikes, and every trade. */
export interface MarketHistory {
  readonly events: readonly RecordedEvent[]
  readonly tradeCount: number
  /** Market days that are not scored. */
  readonly skipped: readonly SkippedEvent[]
  event(city: CityKey, date: ClimateDate): RecordedEvent | undefined
  /**
   * P(YES) of every bracket at the instant, summing to 1: the last trade at or before it is the bracket's price, a bracket
   * without one counts as an empty book, and the rules of trading (§6) normalise them. Undefined where three or more have
   * not traded yet.
   */
  probabilities(event: RecordedEvent, atMs: number): readonly number[] | undefined
  /** Per bracket the YES price of the last trade at or before the instant. */
  lastCents(event: RecordedEvent, atMs: number): readonly (number | undefined)[]
  /** Of the brackets that have traded, the median age of that trade, milliseconds; null before the first. */
  priceAgeMs(event: RecordedEvent, atMs: number): number | null
  /** Per bracket the first trade after the instant. Nothing trades after the close. */
  nextTrades(event: RecordedEvent, atMs: number): readonly (NextTrade | undefined)[]
}

const EVENTS_FILE = /^kxhigh[a-z]+_events\.jsonl\.gz$/
const TRADES_FILE = /^kxhigh[a-z]+_trades\.csv\.gz$/

/** @throws OperatingError naming file and line of what is broken */
export function readMarketHistory(data: DataFolder): MarketHistory {
  const paths = (pattern: RegExp): readonly string[] =>
    data
      .list('kalshi-markets', pattern)
      .filter((file) => data.has('kalshi-markets', file))
      .map((file) => join(data.path('kalshi-markets'), file))
  return marketHistory(paths(EVENTS_FILE).flatMap(readEvents), readTrades(paths(TRADES_FILE)))
}

const keyOf = (city: CityKey, date: ClimateDate): string => `${city} ${date}`

export function marketHistory(recorded: ReturnType<typeof readEvents>, trades: TradeBook): MarketHistory {
  const skipped: SkippedEvent[] = []
  const seen = new Set<string>()
  const events = new Map<string, RecordedEvent>()
  for (const event of recorded) {
    const { ticker, city, date } = event
    if (seen.has(ticker)) skipped.push({ ticker, city, date, reason: 'market: a second event of the day' })
    else if (isSkipped(event)) skipped.push(event)
    else events.set(keyOf(event.city, event.date), event)
    seen.add(ticker)
  }
  for (const [ticker, markets] of trades.marketsByEvent) {
    if (seen.has(ticker)) continue
    const name = parseWeatherEventTicker(ticker)
    if (name === undefined) {
      skipped.push(foreignEvent(ticker))
      continue
    }
    const city = name.city.key
    const { date } = name
    const strikes = reconstructStrikes(markets)
    if (strikes === undefined) {
      skipped.push({ ticker, city, date, reason: 'market: only trades are recorded, and not of every bracket' })
    } else {
      events.set(keyOf(city, date), { city, date, ticker, ...strikes, settledHighF: undefined, isReconstructed: true })
    }
  }
  return {
    events: [...events.values()].sort((a, b) => (keyOf(a.city, a.date) < keyOf(b.city, b.date) ? -1 : 1)),
    tradeCount: trades.tradeCount,
    skipped,
    event: (city, date) => events.get(keyOf(city, date)),
    probabilities: ({ markets }, atMs) =>
      marketProbabilities(markets.map((market) => quotesAt(trades.lastCents(market, atMs)))),
    lastCents: ({ markets }, atMs) => markets.map((market) => trades.lastCents(market, atMs)),
    priceAgeMs({ markets }, atMs) {
      const ages = markets.flatMap((market) => trades.lastAgeMs(market, atMs) ?? [])
      return ages.length === 0 ? null : median(ages)
    },
    nextTrades: ({ markets }, atMs) => markets.map((market) => trades.next(market, atMs)),
  }
}

const ONE_CONTRACT = quantityFromContracts(1)

/** A traded price as both sides of a book: its mid is the price. Rounded to the venue's finest tick. */
function quotesAt(cents: number | undefined): Quotes {
  if (cents === undefined) return {}
  const level = { price: priceOf(Math.round(cents * 100)), quantity: ONE_CONTRACT }
  return { bid: level, ask: level }
}
