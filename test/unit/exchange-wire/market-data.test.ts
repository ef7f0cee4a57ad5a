import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { beforeEach, describe, expect, it } from 'vitest'
import { marketTickerOf } from '../../../src/domain/ids.ts'
import {
  eventLifecycle,
  marketLifecycle,
  orderbookDelta,
  orderbookSnapshot,
  ticker,
  trade,
} from '../../../src/kalshi/schemas/ws.ts'
import { FAKE_NOW_MS, type FakeExchangeCore, fakeExchangeCore, HIGH, LOW } from '../../support/fake-exchange-core.ts'
import { type Frame, marketDataOf, type WireClient, wireClient } from '../../support/frame-list.ts'

let core: FakeExchangeCore
let client: WireClient

beforeEach(() => {
  core = fakeExchangeCore()
  core.change(LOW, [
    ['bid', '0.3100', '120.00'],
    ['bid', '0.3200', '45.50'],
    ['ask', '0.3500', '10.00'],
    ['ask', '0.3700', '80.00'],
  ])
  client = wireClient(core, marketDataOf(core))
})

const book = (params: object = {}) =>
  client.command({
    id: 1,
    cmd: 'subscribe',
    params: { channels: ['orderbook_delta'], market_tickers: [LOW], ...params },
  })

/** Keys of the frames in the recorded session of 2026-07-01, in its order: `type {keys of msg}`. */
const RECORDED_KEYS: Readonly<Record<string, string>> = {
  subscribed: 'type,id,msg{channel,sid}',
  ok: 'type,id,sid,seq,msg{market_tickers}',
  orderbook_snapshot: 'type,sid,seq,msg{market_ticker,market_id,yes_dollars_fp,no_dollars_fp}',
  orderbook_delta: 'type,sid,seq,msg{market_ticker,market_id,price_dollars,delta_fp,side,ts,ts_ms}',
}

const keysOf = (frame: Frame): string =>
  Object.entries(frame)
    .map(([key, value]) => (key === 'msg' ? `msg{${Object.keys(value as object).join(',')}}` : key))
    .join(',')

describe('frames of the order book', () => {
  it('have exactly the keys of the recorded ones', () => {
    book()
    client.command({ id: 2, cmd: 'subscribe', params: { channels: ['orderbook_delta'], market_tickers: [LOW, HIGH] } })
    core.change(LOW, [['bid', '0.3200', '-45.50']])
    const seen = Object.fromEntries(client.list.frames.map((frame) => [frame.type, keysOf(frame)]))
    // The snapshot of HIGH is empty and came last: both sides are left out there.
    const full = client.list.frames.find((frame) => frame.type === 'orderbook_snapshot')
    expect({ ...seen, orderbook_snapshot: full && keysOf(full) }).toEqual(RECORDED_KEYS)
  })

  const shared = process.env.HALCYON_SHARED_DATA
  it.skipIf(shared === undefined)('and the recorded session has these keys', () => {
    const file = join(shared ?? '', 'kalshi-ws/ws_demo_20260701_part1.jsonl.gz')
    const lines = gunzipSync(readFileSync(file)).toString().split('\n')
    const seen = new Set(
      lines
        .filter((line) => line.trim() !== '')
        .map((line) => JSON.parse(line) as Frame)
        .map((frame) => `${frame.type} ${keysOf(frame)}`),
    )
    expect([...seen].sort()).toEqual(
      Object.entries(RECORDED_KEYS)
        .map(([type, keys]) => `${type} ${keys}`)
        .sort(),
    )
  })

  it('write both ladders as bids, NO in NO price, best last', () => {
    const snapshot = book()[1]
    expect(snapshot?.msg).toEqual({
      market_ticker: LOW,
      market_id: core.market(LOW)?.id,
      yes_dollars_fp: [
        ['0.3100', '120.00'],
        ['0.3200', '45.50'],
      ],
      no_dollars_fp: [
        ['0.6300', '80.00'],
        ['0.6500', '10.00'],
      ],
    })
    expect(orderbookSnapshot.safeParse(snapshot).success).toBe(true)
  })

  it('write the NO ladder in YES price where the subscription asks for it, in snapshots and deltas', () => {
    const snapshot = book({ use_yes_price: true })[1]
    expect(snapshot?.msg?.no_dollars_fp).toEqual([
      ['0.3700', '80.00'],
      ['0.3500', '10.00'],
    ])
    core.change(LOW, [['ask', '0.3500', '-4.00']])
    expect(client.list.take()[0]?.msg).toMatchObject({ price_dollars: '0.3500', delta_fp: '-4.00', side: 'no' })
  })

  it('leave out a side without orders, and both of an empty book', () => {
    const [, low, high] = book({ market_tickers: [LOW, HIGH] })
    core.change(LOW, [
      ['ask', '0.3500', '-10.00'],
      ['ask', '0.3700', '-80.00'],
    ])
    client.list.take()
    const [again] = client.command({
      id: 2,
      cmd: 'update_subscription',
      params: { sid: 1, action: 'get_snapshot', market_tickers: [LOW] },
    })
    expect(Object.keys(low?.msg ?? {})).toContain('no_dollars_fp')
    expect(Object.keys(high?.msg ?? {})).toEqual(['market_ticker', 'market_id'])
    expect(Object.keys(again?.msg ?? {})).toEqual(['market_ticker', 'market_id', 'yes_dollars_fp'])
  })

  it('are one delta per changed level, in order, all with the time of their step', () => {
    book()
    client.list.take()
    core.change(LOW, [
      ['bid', '0.3200', '-45.50'],
      ['ask', '0.3300', '1.25'],
    ])
    const deltas = client.list.take()
    expect(deltas.map(({ seq, msg }) => [seq, msg?.price_dollars, msg?.delta_fp, msg?.side, msg?.ts_ms])).toEqual([
      [2, '0.3200', '-45.50', 'yes', FAKE_NOW_MS],
      [3, '0.6700', '1.25', 'no', FAKE_NOW_MS],
    ])
    for (const delta of deltas) expect(orderbookDelta.safeParse(delta).success).toBe(true)
  })
})

describe('the other channels', () => {
  it('a step is told as trade, deltas, ticker', async () => {
    client.command({
      id: 1,
      cmd: 'subscribe',
      params: { channels: ['ticker', 'orderbook_delta', 'trade'], market_tickers: [LOW] },
    })
    client.list.take()
    core.trade(LOW, '0.3500', '4.00', 'bid')
    core.change(LOW, [['ask', '0.3500', '-4.00']])
    await Promise.resolve()
    expect(client.list.take().map((frame) => frame.type)).toEqual(['trade', 'orderbook_delta', 'ticker'])
  })

  it('a ticker of one step goes out before the next step and shows nothing of it', async () => {
    client.command({
      id: 1,
      cmd: 'subscribe',
      params: { channels: ['ticker', 'orderbook_delta'], market_tickers: [LOW] },
    })
    client.list.take()
    core.change(LOW, [['ask', '0.3500', '-4.00']])
    core.advance(5)
    core.change(LOW, [['ask', '0.3500', '-1.00']])
    await Promise.resolve()
    const frames = client.list.take()
    expect(frames.map((frame) => frame.type)).toEqual(['orderbook_delta', 'ticker', 'orderbook_delta', 'ticker'])
    expect(frames[1]?.msg).toMatchObject({ yes_ask_size_fp: '6.00', ts_ms: FAKE_NOW_MS })
    expect(frames[3]?.msg).toMatchObject({ yes_ask_size_fp: '5.00', ts_ms: FAKE_NOW_MS + 5 })
  })

  it('a trade names the taker in the words of both axes', () => {
    client.command({ id: 1, cmd: 'subscribe', params: { channels: ['trade'] } })
    client.list.take()
    core.trade(LOW, '0.3500', '4.00', 'bid')
    core.trade(LOW, '0.3200', '2.50', 'ask')
    const [bought, sold] = client.list.take()
    expect(trade.safeParse(bought).success).toBe(true)
    expect(bought?.msg).toMatchObject({
      yes_price_dollars: '0.3500',
      no_price_dollars: '0.6500',
      count_fp: '4.00',
      taker_outcome_side: 'yes',
      taker_book_side: 'bid',
    })
    expect(sold?.msg).toMatchObject({ taker_outcome_side: 'no', taker_book_side: 'ask', count_fp: '2.50' })
    expect([bought?.seq, sold?.seq]).toEqual([1, 2])
  })

  it('a ticker has every field of the venue', async () => {
    client.command({ id: 1, cmd: 'subscribe', params: { channels: ['ticker'] } })
    core.trade(LOW, '0.3500', '41.00', 'bid')
    await Promise.resolve()
    const frame = client.list.take().find(({ type }) => type === 'ticker')
    expect(ticker.safeParse(frame).success).toBe(true)
    expect(frame?.msg).toMatchObject({ last_trade_size_fp: '41.00', volume_fp: '41.00', dollar_volume: 20 })
  })

  it('lifecycle: a new event is told before its first market, then determined and settled', () => {
    const fresh = fakeExchangeCore()
    const data = marketDataOf({ ...fresh, markets: () => [] })
    const listener = wireClient(fresh, data)
    listener.command({ id: 1, cmd: 'subscribe', params: { channels: ['market_lifecycle_v2'] } })
    listener.list.take()
    fresh.create(marketTickerOf('KXHIGHCHI-24DEC17-B40.5'))
    fresh.lifecycle(LOW, 'determined')
    fresh.lifecycle(LOW, 'settled')
    const frames = listener.list.take()
    expect(frames.map(({ type, seq, msg }) => [type, seq, msg?.event_type])).toEqual([
      ['event_lifecycle', 1, undefined],
      ['market_lifecycle_v2', 2, 'created'],
      ['market_lifecycle_v2', 3, 'determined'],
      ['market_lifecycle_v2', 4, 'settled'],
    ])
    expect(eventLifecycle.safeParse(frames[0]).success).toBe(true)
    for (const frame of frames.slice(1)) expect(marketLifecycle.safeParse(frame).success).toBe(true)
    expect(frames[2]?.msg).toEqual({
      market_ticker: LOW,
      event_type: 'determined',
      result: 'yes',
      settlement_value: '1.0000',
      determination_ts: FAKE_NOW_MS / 1000,
    })
    expect(frames[3]?.msg).toEqual({ market_ticker: LOW, event_type: 'settled', settled_ts: FAKE_NOW_MS / 1000 })
  })
})
