import {
  AccountApi,
  ApiKeysApi,
  Configuration,
  EventsApi,
  ExchangeApi,
  HistoricalApi,
  MarketApi,
} from 'kalshi-typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seededRandom } from '../../src/clock/seeded-random.ts'
import { systemTransportClock } from '../../src/clock/system-clock.ts'
import { createKeyPair } from '../../src/exchange/api-keys.ts'
import { type ExchangeServer, startExchangeServer } from '../../src/exchange/server.ts'
import {
  FAKE_EVENT,
  FAKE_NOW_MS,
  FAKE_SERIES,
  fakeExchangeCore,
  HIGH,
  LOW,
  MIDDLE,
} from '../support/fake-exchange-core.ts'
import { mismatchesOf } from '../support/sdk-models.ts'

/** The official SDK, unmodified, with the RSA key that it needs, against the real server over loopback. */
const core = fakeExchangeCore()
const pair = createKeyPair('rsa', seededRandom('contract'))
let server: ExchangeServer
/** Made once: each of them adds its signer to the axios instance that all of them share. */
let apis: ReturnType<typeof apisOf>

const apisOf = (configuration: Configuration) => ({
  account: new AccountApi(configuration),
  apiKeys: new ApiKeysApi(configuration),
  events: new EventsApi(configuration),
  exchange: new ExchangeApi(configuration),
  historical: new HistoricalApi(configuration),
  market: new MarketApi(configuration),
})

beforeAll(async () => {
  core.change(LOW, [
    ['bid', '0.3100', '120.00'],
    ['bid', '0.3200', '45.50'],
    ['ask', '0.3500', '10.00'],
  ])
  core.trade(LOW, '0.3500', '4.00', 'bid')
  core.trade(MIDDLE, '0.4100', '2.50', 'ask')
  core.lifecycle(HIGH, 'determined')
  core.lifecycle(HIGH, 'settled')
  const world = { transport: systemTransportClock() }
  server = await startExchangeServer({ core, port: 0, keys: [pair.key], world })
  const { privateKeyPem } = pair
  apis = apisOf(new Configuration({ apiKey: pair.key.id, privateKeyPem, basePath: server.url }))
})

afterAll(() => server.close())

const day = { start: Math.floor(FAKE_NOW_MS / 1000) - 7_200, end: Math.floor(FAKE_NOW_MS / 1000) }

describe('kalshi-typescript reads', () => {
  const calls: readonly [name: string, model: string, call: () => Promise<{ status: number; data: unknown }>][] = [
    ['status', 'ExchangeStatus', () => apis.exchange.getExchangeStatus()],
    ['schedule', 'GetExchangeScheduleResponse', () => apis.exchange.getExchangeSchedule()],
    ['data timestamp', 'GetUserDataTimestampResponse', () => apis.exchange.getUserDataTimestamp()],
    ['all series', 'GetSeriesListResponse', () => apis.market.getSeriesList()],
    ['one series', 'GetSeriesResponse', () => apis.market.getSeries(FAKE_SERIES)],
    ['fee changes', 'GetSeriesFeeChangesResponse', () => apis.exchange.getSeriesFeeChanges(FAKE_SERIES, true)],
    ['events', 'GetEventsResponse', () => apis.events.getEvents(200, undefined, true)],
    ['one event', 'GetEventResponse', () => apis.events.getEvent(FAKE_EVENT, false)],
    ['one nested event', 'GetEventResponse', () => apis.events.getEvent(FAKE_EVENT, true)],
    ['event metadata', 'GetEventMetadataResponse', () => apis.events.getEventMetadata(FAKE_EVENT)],
    ['markets', 'GetMarketsResponse', () => apis.market.getMarkets(100, undefined, undefined, FAKE_SERIES)],
    ['one market', 'GetMarketResponse', () => apis.market.getMarket(LOW)],
    ['a settled market', 'GetMarketResponse', () => apis.market.getMarket(HIGH)],
    ['an order book', 'GetMarketOrderbookResponse', () => apis.market.getMarketOrderbook(LOW, 10)],
    ['order books', 'GetMarketOrderbooksResponse', () => apis.market.getMarketOrderbooks([LOW, MIDDLE])],
    ['trades', 'GetTradesResponse', () => apis.market.getTrades(100)],
    [
      'candlesticks',
      'GetMarketCandlesticksResponse',
      () => apis.market.getMarketCandlesticks(FAKE_SERIES, LOW, day.start, day.end, 60),
    ],
    [
      'candlesticks of several markets',
      'BatchGetMarketCandlesticksResponse',
      () => apis.market.batchGetMarketCandlesticks(`${LOW},${MIDDLE}`, day.start, day.end, 60),
    ],
    [
      'candlesticks of an event',
      'GetEventCandlesticksResponse',
      () => apis.events.getMarketCandlesticksByEvent(FAKE_EVENT, FAKE_SERIES, day.start, day.end, 60),
    ],
    ['historical cutoff', 'GetHistoricalCutoffResponse', () => apis.historical.getHistoricalCutoff()],
    ['account limits', 'GetAccountApiLimitsResponse', () => apis.account.getAccountApiLimits()],
    ['endpoint costs', 'GetAccountEndpointCostsResponse', () => apis.account.getAccountEndpointCosts()],
    ['API keys', 'GetApiKeysResponse', () => apis.apiKeys.getApiKeys()],
  ]

  it.each(calls)('%s, fitting its %s', async (_name, model, call) => {
    const { status, data } = await call()
    expect(status).toBe(200)
    expect(mismatchesOf(model, data)).toEqual([])
  })

  it('values, not only shapes', async () => {
    const api = apis.market
    const { data: book } = await api.getMarketOrderbook(LOW)
    expect(book.orderbook_fp.no_dollars).toEqual([['0.6500', '10.00']])
    const { data: trades } = await api.getTrades(100, undefined, MIDDLE)
    expect(trades.trades).toMatchObject([{ ticker: MIDDLE, taker_outcome_side: 'no', count_fp: '2.50' }])
    const { data: limits } = await apis.account.getAccountApiLimits()
    expect(limits).toMatchObject({ usage_tier: 'advanced', read: { refill_rate: 300, bucket_capacity: 900 } })
  })
})

describe('the check itself', () => {
  it('finds what is missing, of the wrong type, or no word of an enumeration', async () => {
    const { data } = await apis.market.getMarket(LOW)
    const { ticker: _ticker, ...market } = data.market
    const broken = { market: { ...market, volume_fp: 3, status: 'open', price_ranges: [{ start: '0' }] } }
    expect(mismatchesOf('GetMarketResponse', broken).map((line) => line.split(':')[0])).toEqual([
      'GetMarketResponse.market.ticker',
      'GetMarketResponse.market.status',
      'GetMarketResponse.market.volume_fp',
      'GetMarketResponse.market.price_ranges[0].end',
      'GetMarketResponse.market.price_ranges[0].step',
    ])
  })
})
