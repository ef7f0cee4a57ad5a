import type { z } from 'zod'
import type { Level } from '../domain/book.ts'
import { eventTickerOf, marketTickerOf, seriesTickerOf } from '../domain/ids.ts'
import { type Price, parsePrice, parseQuantity } from '../domain/units.ts'
import { type Frame, type LifecycleChange, type MalformedFrame, NONE } from './frame.ts'
import { parsePriceRanges } from './price-ranges.ts'
import * as schemas from './schemas/ws.ts'

type Wire = Readonly<Record<string, unknown>>

/** Everything but snapshots, deltas and trades: rare, so checked by the schemas. `sid` and `seq` are checked already. */
export function decodeControlFrame(sid: number, seq: number, wire: Wire): Frame {
  const decode = DECODERS.get(typeof wire.type === 'string' ? wire.type : '')
  if (decode) return decode(sid, seq, wire)
  if (typeof wire.type !== 'string') return malformed(sid, seq, 'type')
  return { kind: 'unknown', sid, seq, type: wire.type }
}

type Decoder = (sid: number, seq: number, wire: Wire) => Frame

const DECODERS: ReadonlyMap<string, Decoder> = new Map<string, Decoder>([
  ['subscribed', decodeSubscribed],
  ['ok', decodeOk],
  ['unsubscribed', decodeUnsubscribed],
  ['error', decodeError],
  ['ticker', decodeTicker],
  ['market_lifecycle_v2', decodeLifecycle],
  ['event_lifecycle', decodeEventLifecycle],
  ['event_fee_update', decodeEventFee],
])

function decodeSubscribed(sid: number, seq: number, wire: Wire): Frame {
  const parsed = schemas.subscribed.safeParse(wire)
  if (!parsed.success) return malformedBy(sid, seq, 'subscribed', parsed.error)
  const { id, msg } = parsed.data
  return { kind: 'subscribed', sid: msg.sid, seq, id: id ?? NONE, channel: msg.channel }
}

/** Answers update_subscription with the resulting markets, or list_subscriptions with a list that nobody here needs. */
function decodeOk(sid: number, seq: number, wire: Wire): Frame {
  if (Array.isArray(wire.msg)) {
    const parsed = schemas.okSubscriptions.safeParse(wire)
    if (!parsed.success) return malformedBy(sid, seq, 'ok', parsed.error)
    return { kind: 'ok', sid, seq, id: parsed.data.id ?? NONE, markets: [] }
  }
  const parsed = schemas.okMarkets.safeParse(wire)
  if (!parsed.success) return malformedBy(sid, seq, 'ok', parsed.error)
  const { id, msg } = parsed.data
  // The list is left out where the subscription asked for `skip_ticker_ack`.
  const markets = msg.market_tickers?.map(marketTickerOf) ?? []
  return { kind: 'ok', sid, seq, id: id ?? NONE, markets }
}

function decodeUnsubscribed(sid: number, seq: number, wire: Wire): Frame {
  const parsed = schemas.unsubscribed.safeParse(wire)
  if (!parsed.success) return malformedBy(sid, seq, 'unsubscribed', parsed.error)
  return { kind: 'unsubscribed', sid, seq, id: parsed.data.id ?? NONE }
}

function decodeError(sid: number, seq: number, wire: Wire): Frame {
  const parsed = schemas.wsError.safeParse(wire)
  if (!parsed.success) return malformedBy(sid, seq, 'error', parsed.error)
  const { id, msg } = parsed.data
  const markets = msg.market_tickers ?? (msg.market_ticker === undefined ? [] : [msg.market_ticker])
  return {
    kind: 'error',
    sid,
    seq,
    id: id ?? NONE,
    code: msg.code,
    text: msg.msg,
    markets: markets.map(marketTickerOf),
  }
}

function decodeTicker(sid: number, seq: number, wire: Wire): Frame {
  const parsed = schemas.ticker.safeParse(wire)
  if (!parsed.success) return malformedBy(sid, seq, 'ticker', parsed.error)
  const { msg } = parsed.data
  const bid = readQuote(msg.yes_bid_dollars, msg.yes_bid_size_fp)
  const ask = readQuote(msg.yes_ask_dollars, msg.yes_ask_size_fp)
  if (bid === 'invalid' || ask === 'invalid') return malformed(sid, seq, 'ticker.quote')
  const market = marketTickerOf(msg.market_ticker)
  return { kind: 'ticker', sid, seq, market, bid, ask, tsVenueMs: msg.ts_ms }
}

/** An empty side is quoted at an end of the axis. */
function readQuote(priceText: string, quantityText: string): Level | undefined | 'invalid' {
  const price = parsePrice(priceText)
  const quantity = parseQuantity(quantityText)
  if (price === undefined || quantity === undefined || quantity < 0) return 'invalid'
  return price === 0 || price === 10_000 || quantity === 0 ? undefined : { price, quantity }
}

function decodeLifecycle(sid: number, seq: number, wire: Wire): Frame {
  const parsed = schemas.marketLifecycle.safeParse(wire)
  if (!parsed.success) return malformedBy(sid, seq, 'market_lifecycle_v2', parsed.error)
  const { msg } = parsed.data
  const change = lifecycleChangeOf(msg)
  if (change === 'unknown') return { kind: 'unknown', sid, seq, type: `market_lifecycle_v2.${msg.event_type}` }
  if (change === 'malformed') return malformed(sid, seq, `market_lifecycle_v2.${msg.event_type}`)
  return { kind: 'lifecycle', sid, seq, market: marketTickerOf(msg.market_ticker), change }
}

const RESULTS = ['yes', 'no', 'scalar'] as const

/** The fields that a change needs depend on its type; times are unix seconds on the wire. */
function lifecycleChangeOf(msg: schemas.WireMarketLifecycle['msg']): LifecycleChange | 'unknown' | 'malformed' {
  switch (msg.event_type) {
    case 'created': {
      const event = msg.additional_metadata?.event_ticker
      return event === undefined ? 'malformed' : { type: 'created', event: eventTickerOf(event) }
    }
    case 'activated':
    case 'deactivated':
      return { type: msg.event_type }
    case 'close_date_updated':
      return msg.close_ts === undefined ? 'malformed' : { type: 'closeDateUpdated', closeMs: msg.close_ts * 1_000 }
    case 'determined': {
      const settlementValue: Price | undefined =
        msg.settlement_value === undefined ? undefined : parsePrice(msg.settlement_value)
      const result = RESULTS.find((known) => known === msg.result)
      if (result === undefined || settlementValue === undefined) return 'malformed'
      if (msg.determination_ts === undefined) return 'malformed'
      return { type: 'determined', result, settlementValue, atMs: msg.determination_ts * 1_000 }
    }
    case 'settled':
      return msg.settled_ts === undefined ? 'malformed' : { type: 'settled', atMs: msg.settled_ts * 1_000 }
    case 'price_level_structure_updated': {
      const priceRanges = msg.price_ranges && parsePriceRanges(msg.price_ranges)
      return priceRanges ? { type: 'priceRangesUpdated', priceRanges } : 'malformed'
    }
    case 'metadata_updated':
      return { type: 'metadataUpdated' }
    default:
      return 'unknown'
  }
}

function decodeEventLifecycle(sid: number, seq: number, wire: Wire): Frame {
  const parsed = schemas.eventLifecycle.safeParse(wire)
  if (!parsed.success) return malformedBy(sid, seq, 'event_lifecycle', parsed.error)
  const { event_ticker: event, series_ticker: series } = parsed.data.msg
  return { kind: 'eventLifecycle', sid, seq, event: eventTickerOf(event), series: seriesTickerOf(series) }
}

function decodeEventFee(sid: number, seq: number, wire: Wire): Frame {
  const parsed = schemas.eventFeeUpdate.safeParse(wire)
  if (!parsed.success) return malformedBy(sid, seq, 'event_fee_update', parsed.error)
  const { event_ticker: event, fee_type_override, fee_multiplier_override } = parsed.data.msg
  return {
    kind: 'eventFee',
    sid,
    seq,
    event: eventTickerOf(event),
    feeType: fee_type_override ?? undefined,
    feeMultiplier: fee_multiplier_override ?? undefined,
  }
}

const malformed = (sid: number, seq: number, reason: string): MalformedFrame => ({
  kind: 'malformed',
  sid,
  seq,
  reason,
})

/** Names the first offending field, so that each kind of breakage is counted and logged under one name. */
function malformedBy(sid: number, seq: number, type: string, error: z.ZodError): MalformedFrame {
  const path = error.issues[0]?.path.filter((part) => part !== 'msg').map(String) ?? []
  return malformed(sid, seq, [type, ...path].join('.'))
}
