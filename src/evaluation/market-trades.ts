import type { EventTicker, MarketTicker } from '../domain/ids.ts'
import { eventTickerOfMarket, withCurrentPrefix } from '../domain/ticker.ts'
import { numberedLines, parseMicroseconds } from '../exchange/tape-line.ts'
import { badLine, readGzip } from './data-files.ts'
import type { NextTrade } from './row.ts'

/**
 * All trades of one market at one recorded instant. More than a third of the trades share their time with the one before,
 * and the order among them is arbitrary: so they count as one, at the price at which their middle contract changed hands
 * (the lower one of two), on the side that took more contracts (YES where both took the same).
 */
interface Print {
  readonly tsUs: number
  readonly yesCents: number
  readonly count: number
  readonly takerSide: 'yes' | 'no'
}

/** The trades of every market of some files. */
export interface TradeBook {
  readonly tradeCount: number
  /** Every market that traded, by event, under today's names. */
  readonly marketsByEvent: ReadonlyMap<EventTicker, readonly MarketTicker[]>
  /** YES price in cents of the last trade at or before the instant; undefined before the first. */
  lastCents(market: MarketTicker, atMs: number): number | undefined
  /** How long ago that trade was, milliseconds. */
  lastAgeMs(market: MarketTicker, atMs: number): number | undefined
  /** The first trade after the instant. */
  next(market: MarketTicker, atMs: number): NextTrade | undefined
}

const COLUMNS = ['ticker', 'created_time', 'yes_price', 'count', 'taker_side'] as const

interface Trade {
  readonly tsUs: number
  readonly yesCents: number
  readonly count: number
  readonly takerSide: 'yes' | 'no'
}

/** @throws OperatingError naming file and line of a broken row */
export function readTrades(paths: readonly string[]): TradeBook {
  const byMarket = new Map<MarketTicker, Trade[]>()
  const known = new Map<string, Trade[]>()
  let tradeCount = 0
  for (const path of paths) {
    for (const { ticker, trade } of tradesOf(path)) {
      let trades = known.get(ticker)
      if (trades === undefined) {
        const market = withCurrentPrefix(ticker)
        trades = byMarket.get(market) ?? []
        byMarket.set(market, trades)
        known.set(ticker, trades)
      }
      trades.push(trade)
      tradeCount++
    }
  }
  const prints = new Map([...byMarket].map(([market, trades]) => [market, printsOf(trades)]))
  const indexAfter = (list: readonly Print[], atMs: number): number => {
    let low = 0
    let high = list.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((list[middle]?.tsUs ?? Number.POSITIVE_INFINITY) <= atMs * 1_000) low = middle + 1
      else high = middle
    }
    return low
  }
  const last = (market: MarketTicker, atMs: number): Print | undefined => {
    const list = prints.get(market) ?? []
    return list[indexAfter(list, atMs) - 1]
  }
  return {
    tradeCount,
    marketsByEvent: Map.groupBy(byMarket.keys(), eventTickerOfMarket),
    lastCents: (market, atMs) => last(market, atMs)?.yesCents,
    lastAgeMs(market, atMs) {
      const print = last(market, atMs)
      return print && atMs - print.tsUs / 1_000
    },
    next(market, atMs) {
      const list = prints.get(market) ?? []
      const print = list[indexAfter(list, atMs)]
      if (print === undefined) return undefined
      const { yesCents, count, takerSide, tsUs } = print
      return { yesCents, tsMs: Math.ceil(tsUs / 1_000), takerSide, count }
    },
  }
}

function* tradesOf(path: string): Generator<{ readonly ticker: string; readonly trade: Trade }> {
  const lines = numberedLines(readGzip(path))
  const header = lines.next()
  const columns = header.done ? [] : header.value.text.split(',')
  const [ticker, time, price, count, side] = COLUMNS.map((name) => {
    const index = columns.indexOf(name)
    return index < 0 ? badLine({ path, line: 1 }, `no column ${name}`, `the columns ${COLUMNS.join(', ')}`) : index
  }) as [number, number, number, number, number]
  for (const { line, text } of lines) {
    const cells = text.split(',')
    const refuse = (name: string, index: number, expected: string): never =>
      badLine({ path, line }, `${name} "${cells[index] ?? ''}"`, expected)
    const tsUs = parseMicroseconds(cells[time] ?? '')
    const yesCents = Number(cells[price] || Number.NaN)
    const contracts = Number(cells[count] || Number.NaN)
    const takerSide = cells[side]
    if (!cells[ticker]) refuse('ticker', ticker, 'the name of a market')
    if (tsUs === undefined) refuse('created_time', time, 'a UTC time such as 2024-12-16T15:11:17.268237Z')
    if (!(yesCents > 0 && yesCents < 100)) refuse('yes_price', price, 'cents between 0 and 100')
    if (!(contracts > 0 && Number.isFinite(contracts))) refuse('count', count, 'a positive number of contracts')
    if (takerSide !== 'yes' && takerSide !== 'no') return refuse('taker_side', side, 'yes or no')
    yield { ticker: cells[ticker] ?? '', trade: { tsUs: tsUs ?? 0, yesCents, count: contracts, takerSide } }
  }
}

/** One print per instant, ascending. */
function printsOf(trades: readonly Trade[]): readonly Print[] {
  const sorted = trades.toSorted((a, b) => a.tsUs - b.tsUs)
  const prints: Print[] = []
  for (let start = 0; start < sorted.length; ) {
    let end = start + 1
    while (sorted[end]?.tsUs === sorted[start]?.tsUs && end < sorted.length) end++
    prints.push(printOf(sorted.slice(start, end)))
    start = end
  }
  return prints
}

function printOf(together: readonly Trade[]): Print {
  const [first] = together
  if (first !== undefined && together.length === 1) return first
  const count = together.reduce((sum, trade) => sum + trade.count, 0)
  const bought = together.reduce((sum, trade) => sum + (trade.takerSide === 'yes' ? trade.count : 0), 0)
  let cumulative = 0
  let yesCents = Number.NaN
  for (const trade of together.toSorted((a, b) => a.yesCents - b.yesCents)) {
    cumulative += trade.count
    yesCents = trade.yesCents
    if (cumulative * 2 >= count) break
  }
  return { tsUs: first?.tsUs ?? Number.NaN, yesCents, count, takerSide: bought * 2 >= count ? 'yes' : 'no' }
}
