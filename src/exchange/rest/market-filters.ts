import { z } from 'zod'
import type { MarketStatus } from '../../domain/market.ts'
import type { ExchangeMarket } from '../core.ts'
import { type Answer, badRequest } from './answer.ts'
import { pageShape, wholeNumber } from './query.ts'

/** The filter words differ from the statuses (kalshi-api §3.3). */
export const STATUS_FILTERS: Readonly<Record<string, readonly MarketStatus[]>> = {
  unopened: ['initialized'],
  open: ['active'],
  paused: ['paused'],
  closed: ['closed', 'determined', 'disputed', 'amended'],
  settled: ['finalized'],
}

export const marketsShape = {
  ...pageShape,
  event_ticker: z.string().optional(),
  series_ticker: z.string().optional(),
  tickers: z.array(z.string()).optional(),
  status: z.enum(['unopened', 'open', 'paused', 'closed', 'settled']).optional(),
  min_created_ts: wholeNumber.optional(),
  max_created_ts: wholeNumber.optional(),
  min_close_ts: wholeNumber.optional(),
  max_close_ts: wholeNumber.optional(),
  min_settled_ts: wholeNumber.optional(),
  max_settled_ts: wholeNumber.optional(),
  min_updated_ts: wholeNumber.optional(),
  mve_filter: z.enum(['only', 'exclude']).optional(),
}

const marketsQuery = z.object(marketsShape)
export type MarketsQuery = z.infer<typeof marketsQuery>

const TIME_FILTERS = [
  ['min_created_ts', 'max_created_ts', ['unopened', 'open']],
  ['min_close_ts', 'max_close_ts', ['closed']],
  ['min_settled_ts', 'max_settled_ts', ['settled']],
] as const

/** Combinations that the venue refuses: one kind of time filter, with the statuses that go with it. */
export function refuseCombination(query: MarketsQuery): Answer | undefined {
  const used = TIME_FILTERS.filter(([min, max]) => query[min] !== undefined || query[max] !== undefined)
  if (used.length > 1) return badRequest('time filters of different kinds cannot be combined')
  for (const [min, , statuses] of used) {
    if (query.status !== undefined && !(statuses as readonly string[]).includes(query.status)) {
      return badRequest(`status=${query.status} cannot be combined with ${min}`)
    }
  }
  if (query.min_updated_ts === undefined) return undefined
  const mixed = used.length > 0 || query.event_ticker || query.tickers || query.status
  if (mixed || query.mve_filter === 'only') return badRequest('min_updated_ts cannot be combined with this filter')
  if (query.series_ticker !== undefined && query.mve_filter !== 'exclude') {
    return badRequest('min_updated_ts with series_ticker needs mve_filter=exclude')
  }
  return undefined
}

export function filterMarkets(markets: readonly ExchangeMarket[], query: MarketsQuery): readonly ExchangeMarket[] {
  // There are no combinations here.
  if (query.mve_filter === 'only') return []
  const tickers = query.tickers && new Set(query.tickers)
  const statuses = query.status === undefined ? undefined : STATUS_FILTERS[query.status]
  return markets.filter((market) => {
    if (query.event_ticker !== undefined && market.event !== query.event_ticker) return false
    if (query.series_ticker !== undefined && market.series !== query.series_ticker) return false
    if (tickers && !tickers.has(market.ticker)) return false
    if (statuses && !statuses.includes(market.status)) return false
    const updatedMs = market.settledMs ?? market.determinedMs ?? market.createdMs
    return (
      isWithin(market.createdMs, query.min_created_ts, query.max_created_ts) &&
      isWithin(market.closeMs, query.min_close_ts, query.max_close_ts) &&
      isWithin(market.settledMs, query.min_settled_ts, query.max_settled_ts) &&
      isWithin(updatedMs, query.min_updated_ts, undefined)
    )
  })
}

function isWithin(ms: number | undefined, minSeconds: number | undefined, maxSeconds: number | undefined): boolean {
  if (minSeconds === undefined && maxSeconds === undefined) return true
  if (ms === undefined) return false
  return ms >= (minSeconds ?? 0) * 1000 && ms <= (maxSeconds ?? Number.POSITIVE_INFINITY) * 1000
}
