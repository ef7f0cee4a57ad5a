import type { z } from 'zod'
import type { MarketTimeAnchor } from '../clock/venue-clock.ts'
import { REST_PAGES_MAX } from '../config/limits.ts'
import type { EventTicker, SeriesTicker } from '../domain/ids.ts'
import type { FeeType } from '../domain/market.ts'
import { type QueryValue, VenueHttp, type VenueHttpOptions } from './http.ts'
import { eventFromWire, feeTypeOf, instantMs, type MappedEvent } from './market-mapping.ts'
import { type RestResult, restFailure, restOk } from './rest-error.ts'
import * as schemas from './schemas/rest.ts'

/** A fee rule from an instant on. `type` is undefined where the venue names one whose rates are not public. */
export interface FeeRule {
  readonly type: FeeType | undefined
  readonly multiplier: number
}

export interface SeriesFeePlan {
  readonly current: FeeRule
  /** Announced ones, in order of time. */
  readonly changes: readonly (FeeRule & { readonly fromMs: number })[]
}

/** The rule in force at an instant of market time. */
export function feeRuleAt(plan: SeriesFeePlan, nowMs: number): FeeRule {
  return plan.changes.findLast(({ fromMs }) => fromMs <= nowMs) ?? plan.current
}

export interface EventFeeChange {
  readonly event: EventTicker
  readonly fromMs: number
  /** Undefined where the series' own applies again. */
  readonly type: FeeType | undefined
  readonly multiplier: number | undefined
}

export interface ExchangeStatus {
  readonly isExchangeActive: boolean
  readonly isTradingActive: boolean
}

export interface TokenBucket {
  readonly refillPerSecond: number
  readonly capacity: number
}

export interface AccountLimits {
  readonly tier: string
  readonly read: TokenBucket
  readonly write: TokenBucket
}

export interface EndpointCosts {
  readonly defaultCost: number
  readonly costs: readonly { readonly method: string; readonly path: string; readonly cost: number }[]
}

export interface RestClient {
  readonly restUrl: string
  /** The events of these series that close at or after an instant of market time, with their markets: all, or an error. */
  discover(options: {
    readonly series: readonly SeriesTicker[]
    readonly minCloseMs: number
  }): Promise<RestResult<readonly MappedEvent[]>>
  event(event: EventTicker): Promise<RestResult<MappedEvent>>
  seriesFees(series: SeriesTicker): Promise<RestResult<SeriesFeePlan>>
  eventFeeChanges(event: EventTicker): Promise<RestResult<readonly EventFeeChange[]>>
  exchangeStatus(): Promise<RestResult<ExchangeStatus>>
  accountLimits(): Promise<RestResult<AccountLimits>>
  endpointCosts(): Promise<RestResult<EndpointCosts>>
  /** Of the latest answer that carried it: only the local exchange's do. */
  marketTime(): MarketTimeAnchor | undefined
  /** Our wall clock minus the venue's, by the `Date` header of the latest answer. */
  clockSkewMs(): number | undefined
}

const EVENTS_PER_PAGE = 200

/** The venue's REST reads as domain values. Every answer passes its schema; every failure is a value. */
export function createRestClient(options: VenueHttpOptions): RestClient {
  const http = new VenueHttp(options)
  return {
    restUrl: options.restUrl,
    discover: (query) => discover(http, query),
    event: (ticker) => readEvent(http, ticker),
    seriesFees: (series) => readSeriesFees(http, series),
    eventFeeChanges: (event) => readEventFeeChanges(http, event),
    async exchangeStatus() {
      const answer = await http.get('/exchange/status', schemas.exchangeStatusResponse)
      if (!answer.ok) return answer
      const { exchange_active: isExchangeActive, trading_active: isTradingActive } = answer.value
      return restOk({ isExchangeActive, isTradingActive })
    },
    async accountLimits() {
      const answer = await http.get('/account/limits', schemas.accountLimitsResponse)
      if (!answer.ok) return answer
      const { usage_tier: tier, read, write } = answer.value
      return restOk({ tier, read: bucketOf(read), write: bucketOf(write) })
    },
    async endpointCosts() {
      const answer = await http.get('/account/endpoint_costs', schemas.endpointCostsResponse)
      if (!answer.ok) return answer
      const { default_cost: defaultCost, endpoint_costs: costs } = answer.value
      return restOk({ defaultCost, costs: (costs ?? []).map(({ method, path, cost }) => ({ method, path, cost })) })
    },
    marketTime: () => http.marketTime(),
    clockSkewMs: () => http.clockSkewMs(),
  }
}

const bucketOf = (bucket: { readonly refill_rate: number; readonly bucket_capacity: number }): TokenBucket => ({
  refillPerSecond: bucket.refill_rate,
  capacity: bucket.bucket_capacity,
})

async function discover(
  http: VenueHttp,
  query: { readonly series: readonly SeriesTicker[]; readonly minCloseMs: number },
): Promise<RestResult<readonly MappedEvent[]>> {
  const events: MappedEvent[] = []
  for (const series of query.series) {
    const pages = await readPages(
      http,
      '/events',
      schemas.eventsResponse,
      {
        series_ticker: series,
        with_nested_markets: true,
        min_close_ts: Math.floor(query.minCloseMs / 1_000),
        limit: EVENTS_PER_PAGE,
      },
      (page) => page.events,
    )
    if (!pages.ok) return pages
    for (const event of pages.value) {
      // A venue that does not know the filter would send every series.
      if (event.series_ticker !== series) continue
      if (event.markets) {
        events.push(eventFromWire(event, event.markets))
        continue
      }
      const markets = await readMarkets(http, event.event_ticker)
      if (!markets.ok) return markets
      events.push(eventFromWire(event, markets.value))
    }
  }
  return restOk(events)
}

async function readEvent(http: VenueHttp, ticker: EventTicker): Promise<RestResult<MappedEvent>> {
  const path = `/events/${encodeURIComponent(ticker)}`
  const answer = await http.get(path, schemas.eventResponse, { with_nested_markets: true })
  if (!answer.ok) return answer
  const { event, markets } = answer.value
  return restOk(eventFromWire(event, event.markets ?? markets ?? []))
}

const readMarkets = (http: VenueHttp, event: string): Promise<RestResult<readonly schemas.WireMarket[]>> =>
  readPages(http, '/markets', schemas.marketsResponse, { event_ticker: event, limit: 1_000 }, (page) => page.markets)

/** All pages or an error: a list cut short must never pass for a whole one. */
async function readPages<Schema extends z.ZodType<{ readonly cursor?: string | undefined }>, Item>(
  http: VenueHttp,
  path: string,
  schema: Schema,
  query: Readonly<Record<string, QueryValue>>,
  itemsOf: (page: z.infer<Schema>) => readonly Item[] | null | undefined,
): Promise<RestResult<readonly Item[]>> {
  const items: Item[] = []
  const seen = new Set<string>()
  let cursor: string | undefined
  for (let page = 0; page < REST_PAGES_MAX; page++) {
    const answer = await http.get(path, schema, { ...query, cursor })
    if (!answer.ok) return answer
    items.push(...(itemsOf(answer.value) ?? []))
    cursor = answer.value.cursor
    if (!cursor) return restOk(items)
    if (seen.has(cursor)) break
    seen.add(cursor)
  }
  const text = `the list does not end (${seen.size} pages read)`
  return restFailure({ kind: 'malformed', request: `GET ${path}`, status: 200, code: undefined, text })
}

async function readSeriesFees(http: VenueHttp, series: SeriesTicker): Promise<RestResult<SeriesFeePlan>> {
  const answer = await http.get(`/series/${encodeURIComponent(series)}`, schemas.seriesResponse)
  if (!answer.ok) return answer
  const changes = await http.get('/series/fee_changes', schemas.seriesFeeChangesResponse, { series_ticker: series })
  if (!changes.ok) return changes
  const { fee_type, fee_multiplier } = answer.value.series
  return restOk({
    current: { type: feeTypeOf(fee_type), multiplier: fee_multiplier },
    changes: (changes.value.series_fee_change_arr ?? [])
      .filter((change) => change.series_ticker === series)
      .map((change) => ({
        type: feeTypeOf(change.fee_type),
        multiplier: change.fee_multiplier,
        fromMs: instantMs(change.scheduled_ts),
      }))
      .sort((a, b) => a.fromMs - b.fromMs),
  })
}

async function readEventFeeChanges(
  http: VenueHttp,
  event: EventTicker,
): Promise<RestResult<readonly EventFeeChange[]>> {
  const pages = await readPages(
    http,
    '/events/fee_changes',
    schemas.eventFeeChangesResponse,
    { event_ticker: event },
    (page) => page.event_fee_changes,
  )
  if (!pages.ok) return pages
  const changes = pages.value
    .filter((change) => change.event_ticker === event)
    .map((change) => ({
      event,
      fromMs: instantMs(change.scheduled_ts),
      type: feeTypeOf(change.fee_type_override),
      multiplier: change.fee_multiplier_override ?? undefined,
    }))
  return restOk(changes.sort((a, b) => a.fromMs - b.fromMs))
}
