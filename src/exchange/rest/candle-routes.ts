import { z } from 'zod'
import { EXCHANGE_CANDLES_MAX, EXCHANGE_ORDERBOOK_TICKERS_MAX } from '../../config/limits.ts'
import { marketTickerOf } from '../../domain/ids.ts'
import { formatPrice, formatQuantity, ZERO_QUANTITY } from '../../domain/units.ts'
import type { WireCandlestick } from '../../kalshi/schemas/rest.ts'
import { type Candle, type CandleMinutes, type CandleRange, candlesOf, type Ohlc } from '../candles.ts'
import type { ExchangeMarket } from '../core.ts'
import { type Answer, badRequest, notFound, ok } from './answer.ts'
import { findEvent, marketsOf } from './event-routes.ts'
import { flag, parseQuery, wholeNumber } from './query.ts'
import type { RestRequest, Route, ServedExchange } from './route.ts'

export const CANDLE_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/markets/candlesticks', access: 'public', answer: batch },
  { method: 'GET', path: '/series/:series/markets/:ticker/candlesticks', access: 'public', answer: ofMarket },
  { method: 'GET', path: '/series/:series/events/:event/candlesticks', access: 'public', answer: ofEvent },
]

const MINUTES: Readonly<Record<string, CandleMinutes>> = { 1: 1, 60: 60, 1440: 1440 }

const rangeShape = {
  start_ts: wholeNumber,
  end_ts: wholeNumber,
  period_interval: z.enum(['1', '60', '1440']).transform((text): CandleMinutes => MINUTES[text] ?? 1),
  include_latest_before_start: flag.optional(),
}

interface CandleQuery {
  readonly start_ts: number
  readonly end_ts: number
  readonly period_interval: CandleMinutes
  readonly include_latest_before_start?: boolean | undefined
}

function ofMarket({ core, params, query }: RestRequest): Answer {
  const parsed = parseQuery(query, rangeShape)
  if (!parsed.ok) return parsed.answer
  const refusal = refuseRange(parsed.value, 1)
  if (refusal) return refusal
  const market = core.market(marketTickerOf(params.ticker ?? ''))
  if (!market || market.series !== params.series) return notFound()
  return ok({ ticker: market.ticker, candlesticks: candlesticks(core, market, parsed.value) })
}

function batch({ core, query }: RestRequest): Answer {
  const parsed = parseQuery(query, { ...rangeShape, market_tickers: z.array(z.string()) }, ['market_tickers'])
  if (!parsed.ok) return parsed.answer
  const tickers = [...new Set(parsed.value.market_tickers)].map(marketTickerOf)
  if (tickers.length > EXCHANGE_ORDERBOOK_TICKERS_MAX) {
    return badRequest(`market_tickers must be at most ${EXCHANGE_ORDERBOOK_TICKERS_MAX}`)
  }
  const refusal = refuseRange(parsed.value, tickers.length)
  if (refusal) return refusal
  const markets = tickers.flatMap((ticker) => core.market(ticker) ?? [])
  return ok({
    markets: markets.map((market) => ({
      market_ticker: market.ticker,
      candlesticks: candlesticks(core, market, parsed.value),
    })),
  })
}

function ofEvent(request: RestRequest): Answer {
  const { core, params, query } = request
  const parsed = parseQuery(query, rangeShape)
  if (!parsed.ok) return parsed.answer
  const event = findEvent(request)
  if (!event || event.series !== params.series) return notFound()
  const markets = marketsOf(core, event)
  const refusal = refuseRange(parsed.value, markets.length)
  if (refusal) return refusal
  return ok({
    market_tickers: markets.map((market) => market.ticker),
    market_candlesticks: markets.map((market) => candlesticks(core, market, parsed.value)),
    adjusted_end_ts: parsed.value.end_ts,
  })
}

function refuseRange({ start_ts, end_ts, period_interval }: CandleQuery, markets: number): Answer | undefined {
  if (end_ts < start_ts) return badRequest('end_ts must not be before start_ts')
  const perMarket = Math.floor((end_ts - start_ts) / (period_interval * 60)) + 1
  return perMarket * markets > EXCHANGE_CANDLES_MAX
    ? badRequest(`a request is limited to ${EXCHANGE_CANDLES_MAX} candlesticks`)
    : undefined
}

function candlesticks(core: ServedExchange, market: ExchangeMarket, query: CandleQuery): WireCandlestick[] {
  const source = {
    trades: core.trades(market.ticker).toReversed(),
    quotes: core.quotes(market.ticker),
    openMs: market.openMs,
    untilMs: Math.min(core.nowMs(), market.closeMs),
  }
  const range: CandleRange = { startTs: query.start_ts, endTs: query.end_ts, minutes: query.period_interval }
  const candles = candlesOf(source, range).map(candlestickObject)
  if (query.include_latest_before_start !== true) return candles
  const before = candlesOf(source, { ...range, startTs: 0, endTs: query.start_ts - 1 }).at(-1)
  return before ? [standingCandlestick(before, query.start_ts), ...candles] : candles
}

const ohlc = ({ open, low, high, close }: Ohlc) => ({
  open_dollars: formatPrice(open),
  low_dollars: formatPrice(low),
  high_dollars: formatPrice(high),
  close_dollars: formatPrice(close),
})

function candlestickObject(candle: Candle): WireCandlestick {
  const { price } = candle
  return {
    end_period_ts: candle.endPeriodTs,
    yes_bid: ohlc(candle.yesBid),
    yes_ask: ohlc(candle.yesAsk),
    price: price
      ? {
          ...ohlc(price),
          mean_dollars: formatPrice(price.mean),
          ...(price.previous === undefined ? {} : { previous_dollars: formatPrice(price.previous) }),
        }
      : {},
    volume_fp: formatQuantity(candle.volume),
    open_interest_fp: formatQuantity(candle.openInterest),
  }
}

/** A candle without trades that carries the last state before the range to its start, so that a chart has no hole. */
function standingCandlestick(before: Candle, startTs: number): WireCandlestick {
  const standing = ({ close }: Ohlc): Ohlc => ({ open: close, low: close, high: close, close })
  return {
    end_period_ts: startTs,
    yes_bid: ohlc(standing(before.yesBid)),
    yes_ask: ohlc(standing(before.yesAsk)),
    price: before.price ? { previous_dollars: formatPrice(before.price.close) } : {},
    volume_fp: formatQuantity(ZERO_QUANTITY),
    open_interest_fp: formatQuantity(before.openInterest),
  }
}
