import { z } from 'zod'
import { decimal, level, priceRange, timestamp, whole } from './decimal.ts'

/**
 * REST objects (kalshi-api §3.3, §3.7). Unknown fields are tolerated, required ones required, decimals stay strings; the
 * translation into domain words is the adapter's. Deprecated fields are absent on purpose: nobody may read them.
 */
const settlementSource = z.looseObject({ name: z.string().optional(), url: z.string().optional() })

export const market = z.looseObject({
  ticker: z.string(),
  event_ticker: z.string(),
  market_type: z.string(),
  yes_sub_title: z.string(),
  no_sub_title: z.string(),
  created_time: timestamp,
  updated_time: timestamp,
  open_time: timestamp,
  close_time: timestamp,
  expected_expiration_time: timestamp.nullish(),
  latest_expiration_time: timestamp,
  settlement_timer_seconds: whole,
  status: z.string(),
  yes_bid_dollars: decimal,
  yes_bid_size_fp: decimal,
  yes_ask_dollars: decimal,
  yes_ask_size_fp: decimal,
  no_bid_dollars: decimal,
  no_ask_dollars: decimal,
  last_price_dollars: decimal,
  volume_fp: decimal,
  volume_24h_fp: decimal,
  open_interest_fp: decimal,
  result: z.string(),
  can_close_early: z.boolean(),
  notional_value_dollars: decimal,
  previous_yes_bid_dollars: decimal,
  previous_yes_ask_dollars: decimal,
  previous_price_dollars: decimal,
  expiration_value: z.string(),
  settlement_value_dollars: decimal.nullish(),
  settlement_ts: timestamp.nullish(),
  fee_waiver_expiration_time: timestamp.nullish(),
  strike_type: z.string().optional(),
  floor_strike: z.number().nullish(),
  cap_strike: z.number().nullish(),
  custom_strike: z.looseObject({}).nullish(),
  rules_primary: z.string(),
  rules_secondary: z.string(),
  price_level_structure: z.string(),
  price_ranges: z.array(priceRange),
  exchange_index: whole.optional(),
})

export const event = z.looseObject({
  event_ticker: z.string(),
  series_ticker: z.string(),
  title: z.string(),
  sub_title: z.string(),
  collateral_return_type: z.string(),
  mutually_exclusive: z.boolean(),
  strike_date: timestamp.nullish(),
  strike_period: z.string().nullish(),
  settlement_sources: z.array(settlementSource).nullable(),
  last_updated_ts: timestamp.optional(),
  fee_type_override: z.string().nullish(),
  fee_multiplier_override: z.number().nullish(),
  exchange_index: whole.optional(),
  markets: z.array(market).nullish(),
})

export const series = z.looseObject({
  ticker: z.string(),
  frequency: z.string(),
  title: z.string(),
  category: z.string(),
  categories: z.array(z.string()).nullish(),
  tags: z.array(z.string()).nullable(),
  settlement_sources: z.array(settlementSource).nullable(),
  contract_url: z.string(),
  contract_terms_url: z.string(),
  fee_type: z.string(),
  fee_multiplier: z.number(),
  additional_prohibitions: z.array(z.string()).nullable(),
  exchange_index: whole.optional(),
})

export const trade = z.looseObject({
  trade_id: z.string(),
  ticker: z.string(),
  count_fp: decimal,
  yes_price_dollars: decimal,
  no_price_dollars: decimal,
  taker_outcome_side: z.enum(['yes', 'no']),
  taker_book_side: z.enum(['bid', 'ask']),
  created_time: timestamp,
  is_block_trade: z.boolean(),
})

/** NO levels always in NO price on REST, and without a sequence: it cannot be spliced with deltas. */
export const orderbook = z.looseObject({
  yes_dollars: z.array(level).nullable(),
  no_dollars: z.array(level).nullable(),
})

const quotes = z.looseObject({
  open_dollars: decimal,
  low_dollars: decimal,
  high_dollars: decimal,
  close_dollars: decimal,
})

export const candlestick = z.looseObject({
  /** Unix seconds, the inclusive end of the period. */
  end_period_ts: whole,
  yes_bid: quotes,
  yes_ask: quotes,
  /** Empty but for `previous_dollars` where nothing traded. */
  price: z.looseObject({
    open_dollars: decimal.nullish(),
    low_dollars: decimal.nullish(),
    high_dollars: decimal.nullish(),
    close_dollars: decimal.nullish(),
    mean_dollars: decimal.nullish(),
    previous_dollars: decimal.nullish(),
  }),
  volume_fp: decimal,
  open_interest_fp: decimal,
})

const bucket = z.looseObject({ refill_rate: z.number(), bucket_capacity: z.number() })

const seriesFeeChange = z.looseObject({
  id: z.string(),
  series_ticker: z.string(),
  fee_type: z.string(),
  fee_multiplier: z.number(),
  scheduled_ts: timestamp,
})

const eventFeeChange = z.looseObject({
  id: z.string(),
  event_ticker: z.string(),
  series_ticker: z.string(),
  fee_type_override: z.string().nullish(),
  fee_multiplier_override: z.number().nullish(),
  scheduled_ts: timestamp,
})

const dailySchedule = z.array(z.looseObject({ open_time: z.string(), close_time: z.string() })).nullable()
const weeklySchedule = z.looseObject({
  start_time: timestamp,
  end_time: timestamp,
  monday: dailySchedule,
  tuesday: dailySchedule,
  wednesday: dailySchedule,
  thursday: dailySchedule,
  friday: dailySchedule,
  saturday: dailySchedule,
  sunday: dailySchedule,
})

/** The last page carries `cursor: ""` or none. */
const cursor = z.string().optional()

export const marketResponse = z.looseObject({ market })
export const marketsResponse = z.looseObject({ markets: z.array(market).nullable(), cursor })
export const eventResponse = z.looseObject({ event, markets: z.array(market).nullish() })
export const eventsResponse = z.looseObject({ events: z.array(event).nullable(), cursor })
export const seriesResponse = z.looseObject({ series })
export const seriesListResponse = z.looseObject({ series: z.array(series).nullable() })
export const tradesResponse = z.looseObject({ trades: z.array(trade).nullable(), cursor })
export const orderbookResponse = z.looseObject({ orderbook_fp: orderbook })
export const orderbooksResponse = z.looseObject({
  orderbooks: z.array(z.looseObject({ ticker: z.string(), orderbook_fp: orderbook })).nullable(),
})
export const candlesticksResponse = z.looseObject({
  ticker: z.string(),
  candlesticks: z.array(candlestick).nullable(),
})
export const seriesFeeChangesResponse = z.looseObject({ series_fee_change_arr: z.array(seriesFeeChange).nullable() })
export const eventFeeChangesResponse = z.looseObject({ event_fee_changes: z.array(eventFeeChange).nullable(), cursor })
export const exchangeStatusResponse = z.looseObject({
  exchange_active: z.boolean(),
  trading_active: z.boolean(),
  intra_exchange_transfers_active: z.boolean().optional(),
  exchange_estimated_resume_time: timestamp.nullish(),
})
export const exchangeScheduleResponse = z.looseObject({
  schedule: z.looseObject({
    standard_hours: z.array(weeklySchedule).nullable(),
    maintenance_windows: z.array(z.looseObject({ start_datetime: timestamp, end_datetime: timestamp })).nullable(),
  }),
})
export const userDataTimestampResponse = z.looseObject({ as_of_time: timestamp })
export const accountLimitsResponse = z.looseObject({ usage_tier: z.string(), read: bucket, write: bucket })
export const endpointCostsResponse = z.looseObject({
  default_cost: z.number(),
  endpoint_costs: z.array(z.looseObject({ method: z.string(), path: z.string(), cost: z.number() })).nullable(),
})
export const apiKeysResponse = z.looseObject({
  api_keys: z
    .array(z.looseObject({ api_key_id: z.string(), name: z.string(), scopes: z.array(z.string()) }))
    .nullable(),
  /** Unix seconds; absent if the account's location was never attested. */
  api_key_region_expiration_ts: whole.nullish(),
})
export const historicalCutoffResponse = z.looseObject({
  market_settled_ts: timestamp,
  trades_created_ts: timestamp,
  orders_updated_ts: timestamp,
  market_positions_last_updated_ts: timestamp.nullish(),
})

/** The four error bodies of the venue (kalshi-api §3.6). Answers that are no JSON exist too. */
export const errorBody = z.union([
  z.looseObject({
    error: z.looseObject({ code: z.string(), message: z.string().optional(), details: z.string().optional() }),
  }),
  z.looseObject({ code: z.string(), message: z.string().optional(), details: z.string().optional() }),
  z.looseObject({ msg: z.string() }),
  z.looseObject({ error: z.string() }),
])

export type WireMarket = z.infer<typeof market>
export type WireEvent = z.infer<typeof event>
export type WireSeries = z.infer<typeof series>
export type WireRestTrade = z.infer<typeof trade>
export type WireOrderbook = z.infer<typeof orderbook>
export type WireCandlestick = z.infer<typeof candlestick>
export type WireErrorBody = z.infer<typeof errorBody>
