import { z } from 'zod'
import { EXCHANGE_ORDERBOOK_TICKERS_MAX } from '../../config/limits.ts'
import { marketTickerOf } from '../../domain/ids.ts'
import type { ExchangeTrade } from '../core.ts'
import { marketObject, orderbookObject, tradeObject } from '../wire-objects.ts'
import { type Answer, badRequest, notFound, ok } from './answer.ts'
import { filterMarkets, marketsShape, refuseCombination } from './market-filters.ts'
import { flag, pageOf, pageShape, parseQuery, wholeNumber } from './query.ts'
import type { RestRequest, Route } from './route.ts'

const MARKETS_PAGE = { standard: 100, max: 1_000 }
const TRADES_PAGE = { standard: 100, max: 1_000 }
const DEPTH_MAX = 100

/** Order books need a signature by the schema and none in practice (kalshi-api §1.4): both work here. */
export const MARKET_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/markets', access: 'public', answer: listMarkets },
  { method: 'GET', path: '/markets/trades', access: 'public', answer: listTrades },
  { method: 'GET', path: '/markets/orderbooks', access: 'public', answer: listOrderbooks },
  { method: 'GET', path: '/markets/:ticker', access: 'public', answer: getMarket },
  { method: 'GET', path: '/markets/:ticker/orderbook', access: 'public', answer: getOrderbook },
]

function listMarkets({ core, query }: RestRequest): Answer {
  const parsed = parseQuery(query, marketsShape, ['tickers'])
  if (!parsed.ok) return parsed.answer
  const refusal = refuseCombination(parsed.value)
  if (refusal) return refusal
  const page = pageOf(
    filterMarkets(core.markets(), parsed.value),
    (market) => market.ticker,
    parsed.value,
    MARKETS_PAGE,
  )
  if (!page.ok) return page.answer
  const markets = page.value.items.map((market) => marketObject(market, core.book(market.ticker)))
  return ok({ markets, cursor: page.value.cursor })
}

function getMarket({ core, params }: RestRequest): Answer {
  const market = core.market(marketTickerOf(params.ticker ?? ''))
  return market ? ok({ market: marketObject(market, core.book(market.ticker)) }) : notFound()
}

function getOrderbook({ core, params, query }: RestRequest): Answer {
  const parsed = parseQuery(query, { depth: wholeNumber.optional() })
  if (!parsed.ok) return parsed.answer
  const depth = parsed.value.depth ?? 0
  if (depth > DEPTH_MAX) return badRequest(`depth must be at most ${DEPTH_MAX}`)
  const market = core.market(marketTickerOf(params.ticker ?? ''))
  return market ? ok({ orderbook_fp: orderbookObject(core.book(market.ticker), depth) }) : notFound()
}

function listOrderbooks({ core, query }: RestRequest): Answer {
  const parsed = parseQuery(query, { tickers: z.array(z.string()) }, ['tickers'])
  if (!parsed.ok) return parsed.answer
  const tickers = [...new Set(parsed.value.tickers)].map(marketTickerOf)
  if (tickers.length > EXCHANGE_ORDERBOOK_TICKERS_MAX) {
    return badRequest(`tickers must be at most ${EXCHANGE_ORDERBOOK_TICKERS_MAX}`)
  }
  if (tickers.some((ticker) => core.market(ticker) === undefined)) return notFound()
  return ok({ orderbooks: tickers.map((ticker) => ({ ticker, orderbook_fp: orderbookObject(core.book(ticker)) })) })
}

function listTrades({ core, query }: RestRequest): Answer {
  const parsed = parseQuery(query, {
    ...pageShape,
    ticker: z.string().optional(),
    min_ts: wholeNumber.optional(),
    max_ts: wholeNumber.optional(),
    is_block_trade: flag.optional(),
  })
  if (!parsed.ok) return parsed.answer
  const { ticker, min_ts = 0, max_ts = Number.POSITIVE_INFINITY, is_block_trade: wantsBlocks = false } = parsed.value
  const all = ticker === undefined ? core.trades() : core.trades(marketTickerOf(ticker))
  const isWanted = ({ tsMs }: ExchangeTrade): boolean => tsMs >= min_ts * 1000 && tsMs <= max_ts * 1000
  // The tape holds no block trades.
  const page = pageOf(wantsBlocks ? [] : all.filter(isWanted), (trade) => trade.tradeId, parsed.value, TRADES_PAGE)
  if (!page.ok) return page.answer
  return ok({ trades: page.value.items.map(tradeObject), cursor: page.value.cursor })
}
