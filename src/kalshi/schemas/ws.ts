import { z } from 'zod'
import { decimal, level, priceRange, timestamp, whole } from './decimal.ts'

/**
 * Shapes of the WebSocket (kalshi-api §2). What is required is required, what is unknown is tolerated, decimals stay
 * strings: the translation into domain words is the adapter's. `side` and `book_side` are closed, because a side that is not
 * understood has no safe reading; every other word of the venue (statuses, reasons, event types) stays open.
 */
export const SEQUENCED_TYPES = [
  'orderbook_snapshot',
  'orderbook_delta',
  'trade',
  'market_lifecycle_v2',
  'event_lifecycle',
  'event_fee_update',
] as const

const outcomeSide = z.enum(['yes', 'no'])
const bookSide = z.enum(['bid', 'ask'])
const sid = z.int().positive()
const seq = z.int().positive()

/** The part that every server frame has; `seq` is checked before anything else of the frame is looked at. */
export const envelope = z.looseObject({
  type: z.string(),
  id: whole.optional(),
  sid: sid.optional(),
  seq: seq.optional(),
  msg: z.unknown().optional(),
})

const sequenced = <Type extends string, Msg extends z.ZodType>(type: Type, msg: Msg) =>
  z.looseObject({ type: z.literal(type), id: whole.optional(), sid, seq, msg })

const unsequenced = <Type extends string, Msg extends z.ZodType>(type: Type, msg: Msg) =>
  z.looseObject({ type: z.literal(type), sid, msg })

/** A side without orders is absent; both absent is an empty book. NO levels are in NO price unless `use_yes_price` was sent. */
export const orderbookSnapshot = sequenced(
  'orderbook_snapshot',
  z.looseObject({
    market_ticker: z.string(),
    market_id: z.string(),
    yes_dollars_fp: z.array(level).nullish(),
    no_dollars_fp: z.array(level).nullish(),
  }),
)

/** `delta_fp` is the signed change of the level, never its new size. */
export const orderbookDelta = sequenced(
  'orderbook_delta',
  z.looseObject({
    market_ticker: z.string(),
    market_id: z.string(),
    price_dollars: decimal,
    delta_fp: decimal,
    side: outcomeSide,
    client_order_id: z.string().optional(),
    subaccount: whole.optional(),
    ts: z.string().optional(),
    ts_ms: whole.optional(),
  }),
)

export const ticker = unsequenced(
  'ticker',
  z.looseObject({
    market_id: z.string(),
    market_ticker: z.string(),
    price_dollars: decimal,
    yes_bid_dollars: decimal,
    yes_ask_dollars: decimal,
    yes_bid_size_fp: decimal,
    yes_ask_size_fp: decimal,
    last_trade_size_fp: decimal,
    volume_fp: decimal,
    open_interest_fp: decimal,
    dollar_volume: whole,
    dollar_open_interest: whole,
    ts_ms: whole,
  }),
)

export const trade = sequenced(
  'trade',
  z.looseObject({
    trade_id: z.string(),
    market_ticker: z.string(),
    yes_price_dollars: decimal,
    no_price_dollars: decimal,
    count_fp: decimal,
    taker_outcome_side: outcomeSide,
    taker_book_side: bookSide,
    is_block_trade: z.boolean(),
    ts_ms: whole,
  }),
)

/** What `created` says about a market, beside its times and prices. */
const additionalMetadata = z.looseObject({
  name: z.string().optional(),
  title: z.string().optional(),
  yes_sub_title: z.string().optional(),
  no_sub_title: z.string().optional(),
  rules_primary: z.string().optional(),
  rules_secondary: z.string().optional(),
  can_close_early: z.boolean().optional(),
  event_ticker: z.string(),
  expected_expiration_ts: whole.optional(),
  strike_type: z.string().optional(),
  floor_strike: z.number().nullish(),
  cap_strike: z.number().nullish(),
  custom_strike: z.looseObject({}).nullish(),
})

/** Which of the optional fields are there depends on `event_type`. Times are unix seconds. */
export const marketLifecycle = sequenced(
  'market_lifecycle_v2',
  z.looseObject({
    market_ticker: z.string(),
    event_type: z.string(),
    exchange_index: whole.optional(),
    open_ts: whole.optional(),
    close_ts: whole.optional(),
    price_level_structure: z.string().optional(),
    price_ranges: z.array(priceRange).optional(),
    additional_metadata: additionalMetadata.optional(),
    is_deactivated: z.boolean().optional(),
    result: z.string().optional(),
    settlement_value: decimal.optional(),
    determination_ts: whole.optional(),
    settled_ts: whole.optional(),
  }),
)

export const eventLifecycle = sequenced(
  'event_lifecycle',
  z.looseObject({
    event_ticker: z.string(),
    exchange_index: whole.optional(),
    title: z.string(),
    subtitle: z.string(),
    collateral_return_type: z.string(),
    series_ticker: z.string(),
    strike_date: timestamp.nullish(),
    strike_period: z.string().nullish(),
  }),
)

/** `null` clears the override: the series' fee applies again. */
export const eventFeeUpdate = sequenced(
  'event_fee_update',
  z.looseObject({
    event_ticker: z.string(),
    fee_type_override: z.string().nullable(),
    fee_multiplier_override: z.number().nullable(),
  }),
)

/** Never sequenced. */
export const subscribed = z.looseObject({
  type: z.literal('subscribed'),
  id: whole.optional(),
  msg: z.looseObject({ channel: z.string(), sid }),
})

/** Answer to add_markets, delete_markets and to a subscription that was merged: the resulting markets. Sequenced. */
export const okMarkets = z.looseObject({
  type: z.literal('ok'),
  id: whole.optional(),
  sid,
  seq,
  msg: z.looseObject({
    market_tickers: z.array(z.string()).nullish(),
    market_ids: z.array(z.string()).nullish(),
  }),
})

/** Answer to list_subscriptions. Not sequenced. */
export const okSubscriptions = z.looseObject({
  type: z.literal('ok'),
  id: whole.optional(),
  msg: z.array(z.looseObject({ channel: z.string(), sid })),
})

export const unsubscribed = z.looseObject({
  type: z.literal('unsubscribed'),
  id: whole.optional(),
  sid,
  seq,
})

/** Carries `sid` and `seq` where it belongs to a subscription; it then consumes the number. */
export const wsError = z.looseObject({
  type: z.literal('error'),
  id: whole.optional(),
  sid: sid.optional(),
  seq: seq.optional(),
  msg: z.looseObject({
    code: z.int(),
    msg: z.string(),
    market_ticker: z.string().optional(),
    market_tickers: z.array(z.string()).optional(),
  }),
})

/** Codes of `error` frames (kalshi-api §2.4). */
export const WS_ERROR = {
  couldNotProcess: 1,
  paramsMissing: 2,
  channelsMissing: 3,
  sidsMissing: 4,
  unknownCommand: 5,
  unknownSid: 7,
  unknownChannel: 8,
  authenticationRequired: 9,
  /** Terminal for its sid. */
  channelError: 10,
  invalidParameter: 11,
  exactlyOneSidRequired: 12,
  unsupportedAction: 13,
  marketTickerRequired: 14,
  actionMissing: 15,
  commandTimedOut: 18,
  /** Terminal for its sid: the client read too slowly. */
  bufferOverflow: 25,
  marketLimitExceeded: 26,
  tooManyRequests: 27,
} as const

export type WsErrorCode = (typeof WS_ERROR)[keyof typeof WS_ERROR]

/** After one of these the sid is dead: its state is dropped and the channel subscribed anew. */
export const TERMINAL_WS_ERRORS: readonly number[] = [WS_ERROR.channelError, WS_ERROR.bufferOverflow]

export type WireEnvelope = z.infer<typeof envelope>
export type WireOrderbookSnapshot = z.infer<typeof orderbookSnapshot>
export type WireOrderbookDelta = z.infer<typeof orderbookDelta>
export type WireTicker = z.infer<typeof ticker>
export type WireTrade = z.infer<typeof trade>
export type WireMarketLifecycle = z.infer<typeof marketLifecycle>
export type WireEventLifecycle = z.infer<typeof eventLifecycle>
export type WireEventFeeUpdate = z.infer<typeof eventFeeUpdate>
export type WireSubscribed = z.infer<typeof subscribed>
export type WireOkMarkets = z.infer<typeof okMarkets>
export type WireOkSubscriptions = z.infer<typeof okSubscriptions>
export type WireUnsubscribed = z.infer<typeof unsubscribed>
export type WireWsError = z.infer<typeof wsError>
