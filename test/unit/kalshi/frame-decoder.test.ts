import { describe, expect, it } from 'vitest'
import { createFrameDecoder } from '../../../src/kalshi/frame-decoder.ts'

const decoder = createFrameDecoder({ noLadderInYesPrice: false })
const decode = (frame: unknown) => decoder.decode(JSON.stringify(frame))

const DELTA = {
  type: 'orderbook_delta',
  sid: 1,
  seq: 2,
  msg: {
    market_ticker: 'KXHIGHCHI-26NOV20-B42.5',
    market_id: '6c1d0f8e-1111-4f0a-9d52-000000000001',
    price_dollars: '0.3200',
    delta_fp: '-45.50',
    side: 'yes',
    ts_ms: 1_795_132_800_456,
  },
}
const delta = (msg: Record<string, unknown>) => ({ ...DELTA, msg: { ...DELTA.msg, ...msg } })

const SNAPSHOT = {
  type: 'orderbook_snapshot',
  sid: 1,
  seq: 1,
  msg: {
    market_ticker: 'KXHIGHCHI-26NOV20-B42.5',
    market_id: '6c1d0f8e-1111-4f0a-9d52-000000000001',
    yes_dollars_fp: [
      ['0.3100', '120.00'],
      ['0.3200', '45.50'],
    ],
    no_dollars_fp: [['0.6500', '10.00']],
  },
}
const snapshot = (msg: Record<string, unknown>) => ({ ...SNAPSHOT, msg: { ...SNAPSHOT.msg, ...msg } })

const TRADE = {
  type: 'trade',
  sid: 3,
  seq: 17,
  msg: {
    trade_id: 'd2a0c1c4',
    market_ticker: 'KXNFLGAME-26NOV22PITCHI-CHI',
    yes_price_dollars: '0.5600',
    no_price_dollars: '0.4400',
    count_fp: '12.34',
    taker_outcome_side: 'no',
    taker_book_side: 'ask',
    taker_side: 'no',
    is_block_trade: false,
    ts: 1_795_132_801,
    ts_ms: 1_795_132_801_123,
  },
}
const trade = (msg: Record<string, unknown>) => ({ ...TRADE, msg: { ...TRADE.msg, ...msg } })

const lifecycle = (msg: Record<string, unknown>) => ({
  type: 'market_lifecycle_v2',
  sid: 7,
  seq: 204,
  msg: { market_ticker: 'KXHIGHCHI-26NOV20-B42.5', ...msg },
})

describe('the frame decoder', () => {
  it('puts both ladders on the YES axis', () => {
    expect(decode(SNAPSHOT)).toMatchObject({
      kind: 'bookSnapshot',
      bids: [
        { price: 3100, quantity: 12_000 },
        { price: 3200, quantity: 4550 },
      ],
      asks: [{ price: 3500, quantity: 1000 }],
    })
    expect(decode(delta({ side: 'no', price_dollars: '0.6500' }))).toMatchObject({
      kind: 'bookDelta',
      side: 'ask',
      price: 3500,
      delta: -4550,
      tsVenueMs: 1_795_132_800_456,
    })
    expect(decode(DELTA)).toMatchObject({ side: 'bid', price: 3200 })
  })

  it('takes the NO ladder as it is where the subscription asked for YES prices', () => {
    const other = createFrameDecoder({ noLadderInYesPrice: true })
    expect(other.decode(JSON.stringify(SNAPSHOT))).toMatchObject({ asks: [{ price: 6500 }] })
    expect(other.decode(JSON.stringify(delta({ side: 'no' })))).toMatchObject({ side: 'ask', price: 3200 })
  })

  it('reads a snapshot without sides as an empty book', () => {
    const { yes_dollars_fp: _yes, no_dollars_fp: _no, ...empty } = SNAPSHOT.msg
    expect(decode({ ...SNAPSHOT, msg: empty })).toMatchObject({ kind: 'bookSnapshot', bids: [], asks: [] })
  })

  it('keeps sub-cent prices and fractions of a contract exact', () => {
    expect(decode(delta({ price_dollars: '0.0025', delta_fp: '0.01' }))).toMatchObject({ price: 25, delta: 1 })
  })

  it("reads a trade by the taker's book side and YES price", () => {
    expect(decode(TRADE)).toEqual({
      kind: 'trade',
      sid: 3,
      seq: 17,
      isBlockTrade: false,
      trade: {
        market: 'KXNFLGAME-26NOV22PITCHI-CHI',
        tradeId: 'd2a0c1c4',
        price: 5600,
        quantity: 1234,
        takerSide: 'ask',
        tsVenueMs: 1_795_132_801_123,
      },
    })
  })

  it.each([
    ['orderbook_delta.market_ticker', delta({ market_ticker: undefined })],
    ['orderbook_delta.side', delta({ side: 'bid' })],
    ['orderbook_delta.price_dollars', delta({ price_dollars: undefined })],
    ['orderbook_delta.price_dollars', delta({ price_dollars: 0.32 })],
    ['orderbook_delta.price_dollars', delta({ price_dollars: '0.32001' })],
    ['orderbook_delta.price_dollars', delta({ price_dollars: '1.0000' })],
    ['orderbook_delta.price_dollars', delta({ price_dollars: '0.0000' })],
    ['orderbook_delta.price_dollars', delta({ price_dollars: '3.2e-1' })],
    ['orderbook_delta.delta_fp', delta({ delta_fp: null })],
    ['orderbook_delta.delta_fp', delta({ delta_fp: 'NaN' })],
    ['orderbook_delta.ts_ms', delta({ ts_ms: '1795132800456' })],
    ['orderbook_delta.msg', { ...DELTA, msg: [] }],
    ['orderbook_delta.seq', { ...DELTA, seq: undefined }],
    ['orderbook_snapshot.yes_dollars_fp', snapshot({ yes_dollars_fp: [['0.3100']] })],
    ['orderbook_snapshot.yes_dollars_fp', snapshot({ yes_dollars_fp: [[31, 120]] })],
    ['orderbook_snapshot.no_dollars_fp', snapshot({ no_dollars_fp: [['0.6500', '-1.00']] })],
    ['orderbook_snapshot.no_dollars_fp', snapshot({ no_dollars_fp: {} })],
    ['trade.taker_book_side', trade({ taker_book_side: undefined })],
    ['trade.yes_price_dollars', trade({ yes_price_dollars: undefined })],
    ['trade.count_fp', trade({ count_fp: '0.00' })],
    ['trade.ts_ms', trade({ ts_ms: undefined })],
    ['trade.is_block_trade', trade({ is_block_trade: undefined })],
    ['ticker.market_id', { type: 'ticker', sid: 2, msg: {} }],
    ['market_lifecycle_v2.determined', lifecycle({ event_type: 'determined', result: 'yes' })],
    [
      'market_lifecycle_v2.determined',
      lifecycle({ event_type: 'determined', result: 'maybe', settlement_value: '1.0000', determination_ts: 1 }),
    ],
    ['market_lifecycle_v2.created', lifecycle({ event_type: 'created' })],
    ['error.code', { type: 'error', id: 7, msg: { msg: 'no code' } }],
    ['type', { sid: 1, seq: 4 }],
    ['envelope', { ...DELTA, seq: '2' }],
    ['envelope', { ...DELTA, sid: undefined }],
    ['envelope', [1]],
  ])('never turns a broken field into a default: %s', (reason, frame) => {
    const decoded = decode(frame)
    expect(decoded).toMatchObject({ kind: 'malformed', reason })
  })

  it('keeps the number of a malformed frame, because it was consumed', () => {
    expect(decode(delta({ delta_fp: 'x' }))).toMatchObject({ kind: 'malformed', sid: 1, seq: 2 })
  })

  it('calls text that is no JSON malformed', () => {
    expect(decoder.decode('{"type":"ok"')).toMatchObject({ kind: 'malformed', reason: 'json' })
    expect(decoder.decode('')).toMatchObject({ kind: 'malformed', reason: 'json' })
  })

  it('tolerates unknown types and unknown fields', () => {
    expect(decode({ type: 'tomorrow', sid: 1, seq: 9 })).toEqual({ kind: 'unknown', sid: 1, seq: 9, type: 'tomorrow' })
    expect(decode(lifecycle({ event_type: 'floated' }))).toMatchObject({
      kind: 'unknown',
      type: 'market_lifecycle_v2.floated',
    })
    expect(decode({ ...delta({ colour: 'red' }), extra: 1 })).toMatchObject({ kind: 'bookDelta' })
  })

  it.each([
    [
      { type: 'subscribed', id: 1, msg: { channel: 'trade', sid: 3 } },
      { kind: 'subscribed', id: 1, sid: 3, seq: 0, channel: 'trade' },
    ],
    [
      { type: 'ok', id: 3, sid: 1, seq: 8, msg: { market_tickers: ['A-1'] } },
      { kind: 'ok', id: 3, sid: 1, seq: 8, markets: ['A-1'] },
    ],
    [
      { type: 'ok', id: 6, msg: [{ channel: 'fill', sid: 2 }] },
      { kind: 'ok', id: 6, seq: 0, markets: [] },
    ],
    [
      { type: 'unsubscribed', id: 5, sid: 1, seq: 12 },
      { kind: 'unsubscribed', id: 5, sid: 1, seq: 12 },
    ],
    [
      { type: 'error', sid: 1, seq: 13, msg: { code: 25, msg: 'slow' } },
      { kind: 'error', id: 0, sid: 1, seq: 13, code: 25, text: 'slow', markets: [] },
    ],
    [
      lifecycle({ event_type: 'settled', settled_ts: 5 }),
      { kind: 'lifecycle', change: { type: 'settled', atMs: 5000 } },
    ],
    [
      lifecycle({ event_type: 'determined', result: 'scalar', settlement_value: '0.5000', determination_ts: 2 }),
      { change: { type: 'determined', result: 'scalar', settlementValue: 5000, atMs: 2000 } },
    ],
    [
      lifecycle({
        event_type: 'price_level_structure_updated',
        price_ranges: [{ start: '0.0000', end: '1.0000', step: '0.0010' }],
      }),
      { change: { type: 'priceRangesUpdated', priceRanges: [{ start: 0, end: 10_000, step: 10 }] } },
    ],
    [
      {
        type: 'event_fee_update',
        sid: 7,
        seq: 1,
        msg: { event_ticker: 'E', fee_type_override: null, fee_multiplier_override: 0.5 },
      },
      { kind: 'eventFee', event: 'E', feeType: undefined, feeMultiplier: 0.5 },
    ],
  ])('decodes control frames %#', (frame, expected) => {
    expect(decode(frame)).toMatchObject(expected)
  })
})
