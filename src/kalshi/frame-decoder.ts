import type { BookSide, Level } from '../domain/book.ts'
import { marketTickerOf } from '../domain/ids.ts'
import { complement, PRICE_SCALE, type Price, parsePrice, parseQuantity } from '../domain/units.ts'
import { decodeControlFrame } from './control-frames.ts'
import { type Frame, type MalformedFrame, NONE } from './frame.ts'

/**
 * HOT PATH: frame text → domain values, once, strictly, on the YES axis. Bench: test/bench/book.bench.ts.
 *
 * The three busy shapes (snapshot, delta, trade) are checked field by field by hand: a schema library costs several times
 * the parse. Everything rarer goes through the zod schemas in `control-frames.ts`. A frame that breaks the protocol comes
 * back as `malformed` with its numbers where they can be read, because it has still consumed one of its stream.
 */
export interface FrameDecoder {
  decode(text: string): Frame
}

type Wire = Readonly<Record<string, unknown>>

export interface FrameDecoderOptions {
  /** True where the subscription asked for `use_yes_price`: the NO ladder is then already in YES prices. */
  readonly noLadderInYesPrice: boolean
}

export function createFrameDecoder(options: FrameDecoderOptions): FrameDecoder {
  const { noLadderInYesPrice } = options
  return { decode: (text) => decodeFrame(text, noLadderInYesPrice) }
}

function decodeFrame(text: string, noLadderInYesPrice: boolean): Frame {
  let wire: unknown
  try {
    wire = JSON.parse(text)
  } catch {
    // swallowed: the parser's message quotes the frame; what matters is counted by this reason.
    return malformed(NONE, NONE, 'json')
  }
  if (!isObject(wire)) return malformed(NONE, NONE, 'envelope')
  const sid = readNumber(wire.sid)
  const seq = readNumber(wire.seq)
  if (sid < 0 || seq < 0 || (seq > 0 && sid === NONE)) return malformed(NONE, NONE, 'envelope')
  switch (wire.type) {
    case 'orderbook_delta':
      return decodeDelta(sid, seq, wire.msg, noLadderInYesPrice)
    case 'orderbook_snapshot':
      return decodeSnapshot(sid, seq, wire.msg, noLadderInYesPrice)
    case 'trade':
      return decodeTrade(sid, seq, wire.msg)
    default:
      return decodeControlFrame(sid, seq, wire)
  }
}

function decodeDelta(sid: number, seq: number, msg: unknown, noLadderInYesPrice: boolean): Frame {
  if (seq === NONE) return malformed(sid, seq, 'orderbook_delta.seq')
  if (!isObject(msg)) return malformed(sid, seq, 'orderbook_delta.msg')
  const { market_ticker: market, side: ladder, price_dollars: priceText, delta_fp: deltaText, ts_ms: tsMs } = msg
  if (!isName(market)) return malformed(sid, seq, 'orderbook_delta.market_ticker')
  if (ladder !== 'yes' && ladder !== 'no') return malformed(sid, seq, 'orderbook_delta.side')
  const price = readLevelPrice(priceText, ladder === 'no' && !noLadderInYesPrice)
  if (price === undefined) return malformed(sid, seq, 'orderbook_delta.price_dollars')
  const delta = typeof deltaText === 'string' ? parseQuantity(deltaText) : undefined
  if (delta === undefined) return malformed(sid, seq, 'orderbook_delta.delta_fp')
  if (tsMs !== undefined && !isTimeMs(tsMs)) return malformed(sid, seq, 'orderbook_delta.ts_ms')
  const side: BookSide = ladder === 'yes' ? 'bid' : 'ask'
  return { kind: 'bookDelta', sid, seq, market: marketTickerOf(market), side, price, delta, tsVenueMs: tsMs }
}

function decodeSnapshot(sid: number, seq: number, msg: unknown, noLadderInYesPrice: boolean): Frame {
  if (seq === NONE) return malformed(sid, seq, 'orderbook_snapshot.seq')
  if (!isObject(msg)) return malformed(sid, seq, 'orderbook_snapshot.msg')
  if (!isName(msg.market_ticker)) return malformed(sid, seq, 'orderbook_snapshot.market_ticker')
  const bids = readLadder(msg.yes_dollars_fp, false)
  if (!bids) return malformed(sid, seq, 'orderbook_snapshot.yes_dollars_fp')
  const asks = readLadder(msg.no_dollars_fp, !noLadderInYesPrice)
  if (!asks) return malformed(sid, seq, 'orderbook_snapshot.no_dollars_fp')
  return { kind: 'bookSnapshot', sid, seq, market: marketTickerOf(msg.market_ticker), bids, asks }
}

const NO_LEVELS: readonly Level[] = []

/** A side without orders is absent. Undefined where any level is not a valid pair. */
function readLadder(value: unknown, isInNoPrice: boolean): readonly Level[] | undefined {
  if (value === undefined || value === null) return NO_LEVELS
  if (!Array.isArray(value)) return undefined
  const levels: Level[] = []
  for (const pair of value) {
    if (!Array.isArray(pair) || pair.length !== 2) return undefined
    const price = readLevelPrice(pair[0], isInNoPrice)
    const quantity = typeof pair[1] === 'string' ? parseQuantity(pair[1]) : undefined
    if (price === undefined || quantity === undefined || quantity < 0) return undefined
    if (quantity > 0) levels.push({ price, quantity })
  }
  return levels
}

function decodeTrade(sid: number, seq: number, msg: unknown): Frame {
  if (seq === NONE) return malformed(sid, seq, 'trade.seq')
  if (!isObject(msg)) return malformed(sid, seq, 'trade.msg')
  const { market_ticker: market, trade_id: tradeId, taker_book_side: takerSide, ts_ms: tsVenueMs } = msg
  if (!isName(market)) return malformed(sid, seq, 'trade.market_ticker')
  if (!isName(tradeId)) return malformed(sid, seq, 'trade.trade_id')
  if (takerSide !== 'bid' && takerSide !== 'ask') return malformed(sid, seq, 'trade.taker_book_side')
  const price = readLevelPrice(msg.yes_price_dollars, false)
  if (price === undefined) return malformed(sid, seq, 'trade.yes_price_dollars')
  const quantity = typeof msg.count_fp === 'string' ? parseQuantity(msg.count_fp) : undefined
  if (quantity === undefined || quantity <= 0) return malformed(sid, seq, 'trade.count_fp')
  if (!isTimeMs(tsVenueMs)) return malformed(sid, seq, 'trade.ts_ms')
  if (typeof msg.is_block_trade !== 'boolean') return malformed(sid, seq, 'trade.is_block_trade')
  const trade = { market: marketTickerOf(market), tradeId, price, quantity, takerSide, tsVenueMs } as const
  return { kind: 'trade', sid, seq, trade, isBlockTrade: msg.is_block_trade }
}

const malformed = (sid: number, seq: number, reason: string): MalformedFrame => ({
  kind: 'malformed',
  sid,
  seq,
  reason,
})

const isObject = (value: unknown): value is Wire => typeof value === 'object' && value !== null && !Array.isArray(value)

const isName = (value: unknown): value is string => typeof value === 'string' && value !== ''

const isTimeMs = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

/** An envelope number, NONE where it is absent, −1 where it is not a positive integer. */
function readNumber(value: unknown): number {
  if (value === undefined) return NONE
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : -1
}

/** Strictly inside (0, 1): nothing rests at the ends of the axis. */
function readLevelPrice(text: unknown, isInNoPrice: boolean): Price | undefined {
  const price = typeof text === 'string' ? parsePrice(text) : undefined
  if (price === undefined || price === 0 || price === PRICE_SCALE) return undefined
  return isInNoPrice ? complement(price) : price
}
