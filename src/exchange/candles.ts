import type { Level } from '../domain/book.ts'
import { invariant } from '../domain/invariant.ts'
import { PRICE_ONE_DOLLAR, type Price, priceOf, type Quantity, quantityOf } from '../domain/units.ts'
import type { ExchangeTrade } from './core.ts'

/** The best of both sides after one step; a missing side is absent. */
export interface QuoteChange {
  readonly tsMs: number
  readonly bid?: Level
  readonly ask?: Level
}

export type CandleMinutes = 1 | 60 | 1440

export interface Ohlc {
  readonly open: Price
  readonly low: Price
  readonly high: Price
  readonly close: Price
}

/** One period of one market (kalshi-api §3.3). Prices on the YES axis. */
export interface Candle {
  /** Unix seconds, inclusive: an instant exactly at the end belongs to this period. */
  readonly endPeriodTs: number
  /** An empty side counts as 0 (bid) or 1 dollar (ask), as in the venue's market object. */
  readonly yesBid: Ohlc
  readonly yesAsk: Ohlc
  /** Absent where nothing traded in the period. `mean` weighs by contracts; `previous` is the close before the period. */
  readonly price?: Ohlc & { readonly mean: Price; readonly previous?: Price }
  readonly volume: Quantity
  readonly openInterest: Quantity
}

export interface CandleSource {
  /** Oldest first. */
  readonly trades: readonly ExchangeTrade[]
  /** Oldest first. */
  readonly quotes: readonly QuoteChange[]
  readonly openMs: number
  /** Now, or the close where that is earlier. */
  readonly untilMs: number
}

export interface CandleRange {
  /** Unix seconds; periods that end in start..end, both inclusive. */
  readonly startTs: number
  readonly endTs: number
  readonly minutes: CandleMinutes
}

const EMPTY_BID = priceOf(0)

/**
 * One candle for every period that has begun since the open, the last one possibly unfinished. Periods end on whole
 * multiples of their length in UTC. Open interest is the volume so far, as in the play's markets: an upper bound.
 */
export function candlesOf(source: CandleSource, { startTs, endTs, minutes }: CandleRange): readonly Candle[] {
  const lengthMs = minutes * 60_000
  const firstEndMs = Math.floor(source.openMs / lengthMs) * lengthMs + lengthMs
  const fromMs = Math.max(firstEndMs, Math.ceil((startTs * 1000) / lengthMs) * lengthMs)
  const candles: Candle[] = []
  const trades = { at: 0, volume: 0, last: undefined as Price | undefined }
  let quoteAt = 0
  let standing: QuoteChange | undefined
  for (let endMs = fromMs; endMs <= endTs * 1000 && endMs - lengthMs < source.untilMs; endMs += lengthMs) {
    const beginMs = endMs - lengthMs
    for (; isUntil(source.trades[trades.at], beginMs); trades.at++) countTrade(trades, source.trades[trades.at])
    for (; isUntil(source.quotes[quoteAt], beginMs); quoteAt++) standing = source.quotes[quoteAt]
    const previous = trades.last
    const inPeriod: ExchangeTrade[] = []
    for (let trade = source.trades[trades.at]; isUntil(trade, endMs); trade = source.trades[++trades.at]) {
      inPeriod.push(trade)
      countTrade(trades, trade)
    }
    const quotes: (QuoteChange | undefined)[] = [standing]
    for (let quote = source.quotes[quoteAt]; isUntil(quote, endMs); quote = source.quotes[++quoteAt]) {
      quotes.push(quote)
      standing = quote
    }
    candles.push({
      endPeriodTs: endMs / 1000,
      yesBid: ohlcOf(quotes.map((quote) => quote?.bid?.price ?? EMPTY_BID)),
      yesAsk: ohlcOf(quotes.map((quote) => quote?.ask?.price ?? PRICE_ONE_DOLLAR)),
      ...(inPeriod.length > 0 && { price: priceCandle(inPeriod, previous) }),
      volume: quantityOf(inPeriod.reduce((sum, trade) => sum + trade.quantity, 0)),
      openInterest: quantityOf(trades.volume),
    })
  }
  return candles
}

function isUntil<Item extends { readonly tsMs: number }>(item: Item | undefined, ms: number): item is Item {
  return item !== undefined && item.tsMs <= ms
}

function countTrade(state: { volume: number; last: Price | undefined }, trade: ExchangeTrade | undefined): void {
  if (!trade) return
  state.volume += trade.quantity
  state.last = trade.price
}

function ohlcOf(prices: readonly Price[]): Ohlc {
  const first = prices[0]
  invariant(first !== undefined, 'a period has a quote or a trade to open with')
  return {
    open: first,
    low: priceOf(Math.min(...prices)),
    high: priceOf(Math.max(...prices)),
    close: prices.at(-1) ?? first,
  }
}

function priceCandle(trades: readonly ExchangeTrade[], previous: Price | undefined): NonNullable<Candle['price']> {
  const volume = trades.reduce((sum, trade) => sum + trade.quantity, 0)
  const worth = trades.reduce((sum, trade) => sum + trade.price * trade.quantity, 0)
  const mean = priceOf(Math.round(worth / volume))
  return { ...ohlcOf(trades.map((trade) => trade.price)), mean, ...(previous !== undefined && { previous }) }
}
