import { z } from 'zod'
import { eventTickerOf, type MarketTicker } from '../../domain/ids.ts'
import type { WireMarket } from '../../kalshi/schemas/rest.ts'
import type { ExchangeCore, ExchangeEventInfo, ExchangeMarket } from '../core.ts'
import { eventObject, marketObject, seriesObject, settlementSources } from '../wire-objects.ts'
import { type Answer, notFound, ok } from './answer.ts'
import { flag, pageOf, pageShape, parseQuery, wholeNumber } from './query.ts'
import type { RestRequest, Route } from './route.ts'

const EVENTS_PAGE = { standard: 200, max: 200 }

export const EVENT_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/series/fee_changes', access: 'public', answer: () => ok({ series_fee_change_arr: [] }) },
  {
    method: 'GET',
    path: '/events/fee_changes',
    access: 'public',
    answer: () => ok({ event_fee_changes: [], cursor: '' }),
  },
  { method: 'GET', path: '/series', access: 'public', answer: listSeries },
  { method: 'GET', path: '/series/:series', access: 'public', answer: getSeries },
  { method: 'GET', path: '/events', access: 'public', answer: listEvents },
  { method: 'GET', path: '/events/:event', access: 'public', answer: getEvent },
  { method: 'GET', path: '/events/:event/metadata', access: 'public', answer: getMetadata },
]

function listSeries({ core, query }: RestRequest): Answer {
  const parsed = parseQuery(
    query,
    {
      category: z.string().optional(),
      tags: z.array(z.string()).optional(),
      include_product_metadata: flag.optional(),
      include_volume: flag.optional(),
      min_updated_ts: wholeNumber.optional(),
    },
    ['tags'],
  )
  if (!parsed.ok) return parsed.answer
  const { category, tags } = parsed.value
  // No series of a tape carries tags.
  const series = tags ? [] : core.series().filter((one) => category === undefined || one.category === category)
  return ok({ series: series.map(seriesObject) })
}

function getSeries({ core, params }: RestRequest): Answer {
  const series = core.series().find((one) => one.ticker === params.series)
  return series ? ok({ series: seriesObject(series) }) : notFound()
}

function listEvents({ core, query }: RestRequest): Answer {
  const parsed = parseQuery(
    query,
    {
      ...pageShape,
      with_nested_markets: flag.optional(),
      with_milestones: flag.optional(),
      status: z.enum(['unopened', 'open', 'closed', 'settled']).optional(),
      series_ticker: z.string().optional(),
      tickers: z.array(z.string()).optional(),
      min_close_ts: wholeNumber.optional(),
      min_updated_ts: wholeNumber.optional(),
    },
    ['tickers'],
  )
  if (!parsed.ok) return parsed.answer
  const { status, series_ticker, tickers, min_close_ts = 0, min_updated_ts = 0 } = parsed.value
  const wanted = existingEvents(core).filter((event) => {
    if (series_ticker !== undefined && event.series !== series_ticker) return false
    if (tickers && !tickers.includes(event.ticker)) return false
    const markets = marketsOf(core, event)
    if (status !== undefined && eventStatus(markets) !== status) return false
    return markets.some(({ closeMs }) => closeMs >= min_close_ts * 1000) && updatedMs(markets) >= min_updated_ts * 1000
  })
  const page = pageOf(wanted, (event) => event.ticker, parsed.value, EVENTS_PAGE)
  if (!page.ok) return page.answer
  const nested = parsed.value.with_nested_markets === true
  return ok({
    events: page.value.items.map((event) => eventObject(event, nested ? wireMarkets(core, event) : undefined)),
    ...(parsed.value.with_milestones === true ? { milestones: [] } : {}),
    cursor: page.value.cursor,
  })
}

function getEvent(request: RestRequest): Answer {
  const { core, query } = request
  const parsed = parseQuery(query, { with_nested_markets: flag.optional() })
  if (!parsed.ok) return parsed.answer
  const event = findEvent(request)
  if (!event) return notFound()
  const markets = wireMarkets(core, event)
  return parsed.value.with_nested_markets === true
    ? ok({ event: eventObject(event, markets), markets: [] })
    : ok({ event: eventObject(event), markets })
}

function getMetadata(request: RestRequest): Answer {
  const event = findEvent(request)
  if (!event) return notFound()
  return ok({
    image_url: '',
    market_details: marketsOf(request.core, event).map((market) => ({
      market_ticker: market.ticker,
      image_url: '',
      color_code: '',
    })),
    settlement_sources: settlementSources(),
  })
}

/** An event exists from its first market on. */
export const existingEvents = (core: ExchangeCore): readonly ExchangeEventInfo[] =>
  core.events().filter((event) => marketsOf(core, event).length > 0)

export function findEvent({ core, params }: RestRequest): ExchangeEventInfo | undefined {
  const ticker = eventTickerOf(params.event ?? '')
  return existingEvents(core).find((event) => event.ticker === ticker)
}

export function marketsOf(core: ExchangeCore, event: ExchangeEventInfo): readonly ExchangeMarket[] {
  return event.markets.flatMap((ticker: MarketTicker) => core.market(ticker) ?? [])
}

const wireMarkets = (core: ExchangeCore, event: ExchangeEventInfo): WireMarket[] =>
  marketsOf(core, event).map((market) => marketObject(market, core.book(market.ticker)))

const updatedMs = (markets: readonly ExchangeMarket[]): number =>
  markets.reduce((latest, one) => Math.max(latest, one.settledMs ?? one.determinedMs ?? one.createdMs), 0)

/** Open while one market is, settled when all are, unopened before the first opens. */
function eventStatus(markets: readonly ExchangeMarket[]): string {
  if (markets.every(({ status }) => status === 'finalized')) return 'settled'
  if (markets.some(({ status }) => status === 'active' || status === 'paused')) return 'open'
  return markets.every(({ status }) => status === 'initialized') ? 'unopened' : 'closed'
}
