import { beforeEach, describe, expect, it } from 'vitest'
import { EXCHANGE_SEND_BUFFER_BYTES_MAX } from '../../../src/config/limits.ts'
import { marketTickerOf } from '../../../src/domain/ids.ts'
import { type FakeExchangeCore, fakeExchangeCore, HIGH, LOW, MIDDLE } from '../../support/fake-exchange-core.ts'
import { marketDataOf, type WireClient, wireClient } from '../../support/frame-list.ts'

let core: FakeExchangeCore
let client: WireClient

beforeEach(() => {
  core = fakeExchangeCore()
  client = wireClient(core, marketDataOf(core))
})

const subscribe = (id: number, params: object) => ({ id, cmd: 'subscribe', params })
const books = (...tickers: string[]) => ({ channels: ['orderbook_delta'], market_tickers: tickers })
const update = (id: number, params: object) => ({ id, cmd: 'update_subscription', params })

describe('sid and seq', () => {
  it('subscribed carries no seq, and the first snapshot is number 1', () => {
    const [ack, snapshot] = client.command(subscribe(1, books(LOW)))
    expect(ack).toEqual({ type: 'subscribed', id: 1, msg: { channel: 'orderbook_delta', sid: 1 } })
    expect(snapshot).toMatchObject({ type: 'orderbook_snapshot', sid: 1, seq: 1, msg: { market_ticker: LOW } })
    expect(snapshot).not.toHaveProperty('id')
  })

  it('every channel of a command has its own sid, counted from 1', () => {
    const acks = client.command(subscribe(1, { channels: ['ticker', 'trade', 'market_lifecycle_v2'] }))
    expect(acks.map((ack) => ack.msg)).toEqual([
      { channel: 'ticker', sid: 1 },
      { channel: 'trade', sid: 2 },
      { channel: 'market_lifecycle_v2', sid: 3 },
    ])
  })

  it('numbers all markets of a sid in one dense sequence, control frames included', () => {
    client.command(subscribe(1, books(LOW)))
    core.change(LOW, [['bid', '0.3000', '5.00']])
    client.command(update(2, { sids: [1], action: 'add_markets', market_tickers: [MIDDLE] }))
    core.change(MIDDLE, [['ask', '0.6000', '1.00']])
    client.command(update(3, { sid: 1, action: 'get_snapshot', market_tickers: [LOW] }))
    client.command(update(4, { sid: 1, action: 'nonsense', market_tickers: [LOW] }))
    client.command({ id: 5, cmd: 'unsubscribe', params: { sids: [1] } })
    const stream = client.list.frames.filter((frame) => frame.seq !== undefined)
    expect(stream.map(({ type, seq, id }) => [type, seq, id])).toEqual([
      ['orderbook_snapshot', 1, undefined],
      ['orderbook_delta', 2, undefined],
      ['ok', 3, 2],
      ['orderbook_snapshot', 4, undefined],
      ['orderbook_delta', 5, undefined],
      ['orderbook_snapshot', 6, 3],
      ['error', 7, 4],
      ['unsubscribed', 8, 5],
    ])
  })

  it('ticker frames carry no seq', async () => {
    client.command(subscribe(1, { channels: ['ticker'] }))
    core.change(LOW, [['bid', '0.3000', '5.00']])
    await Promise.resolve()
    const [ticker] = client.list.take()
    expect(ticker).toMatchObject({ type: 'ticker', sid: 1, msg: { market_ticker: LOW, yes_bid_dollars: '0.3000' } })
    expect(ticker).not.toHaveProperty('seq')
  })

  it('an unsubscribed channel comes back under a new sid that starts at 1', () => {
    client.command(subscribe(1, books(LOW)))
    client.command({ id: 2, cmd: 'unsubscribe', params: { sids: [1] } })
    const [ack, snapshot] = client.command(subscribe(3, books(LOW)))
    expect(ack?.msg).toEqual({ channel: 'orderbook_delta', sid: 2 })
    expect(snapshot).toMatchObject({ sid: 2, seq: 1 })
  })

  it('sends nothing of a channel that was unsubscribed', () => {
    client.command(subscribe(1, books(LOW)))
    client.command({ id: 2, cmd: 'unsubscribe', params: { sids: [1] } })
    core.change(LOW, [['bid', '0.3000', '5.00']])
    expect(client.list.take()).toEqual([])
  })
})

describe('a second subscription to a channel', () => {
  it('merges into its sid: ok with all markets, sorted, and snapshots of the new ones only', () => {
    client.command(subscribe(1, books(LOW)))
    const frames = client.command(subscribe(2, books(MIDDLE, LOW)))
    expect(frames).toEqual([
      { type: 'ok', id: 2, sid: 1, seq: 2, msg: { market_tickers: [MIDDLE, LOW] } },
      expect.objectContaining({ type: 'orderbook_snapshot', sid: 1, seq: 3 }),
    ])
    expect(frames[1]?.msg).toMatchObject({ market_ticker: MIDDLE })
  })

  it('must not change the price convention of its sid', () => {
    client.command(subscribe(1, { ...books(LOW), use_yes_price: true }))
    const [error] = client.command(subscribe(2, { ...books(MIDDLE), use_yes_price: false }))
    expect(error).toMatchObject({ type: 'error', id: 2, sid: 1, seq: 2, msg: { code: 11 } })
  })
})

describe('add, delete and list', () => {
  it('lists the resulting markets, or none with skip_ticker_ack', () => {
    client.command(subscribe(1, { ...books(LOW, MIDDLE), skip_ticker_ack: true }))
    const [skipped] = client.command(update(2, { sids: [1], action: 'delete_markets', market_ticker: LOW }))
    expect(skipped?.msg).toEqual({ market_tickers: [] })

    const other = wireClient(core, marketDataOf(core))
    other.command(subscribe(1, books(LOW, MIDDLE, HIGH)))
    const [listed] = other.command(update(2, { sids: [1], action: 'delete_markets', market_ticker: LOW }))
    expect(listed?.msg).toEqual({ market_tickers: [MIDDLE, HIGH] })
  })

  it('sends no deltas of a deleted market', () => {
    client.command(subscribe(1, books(LOW, MIDDLE)))
    client.command(update(2, { sids: [1], action: 'delete_markets', market_tickers: [LOW] }))
    core.change(LOW, [['bid', '0.3000', '5.00']])
    core.change(MIDDLE, [['bid', '0.3000', '5.00']])
    expect(client.list.take().map((frame) => frame.msg?.market_ticker)).toEqual([MIDDLE])
  })

  it('lists subscriptions without sid or seq', () => {
    client.command(subscribe(1, { channels: ['trade'] }))
    client.command(subscribe(2, books(LOW)))
    expect(client.command({ id: 3, cmd: 'list_subscriptions' })).toEqual([
      {
        type: 'ok',
        id: 3,
        msg: [
          { channel: 'trade', sid: 1 },
          { channel: 'orderbook_delta', sid: 2 },
        ],
      },
    ])
  })

  it('echoes no id where none or 0 was sent', () => {
    expect(client.command({ cmd: 'list_subscriptions' })[0]).toEqual({ type: 'ok', msg: [] })
    expect(client.command({ id: 0, cmd: 'list_subscriptions' })[0]).toEqual({ type: 'ok', msg: [] })
  })

  it('sends a ticker per market at once where the subscription asks for it, by ticker or by id', () => {
    const id = core.market(MIDDLE)?.id
    const frames = client.command(subscribe(1, { channels: ['ticker'], market_ids: [id], send_initial_snapshot: true }))
    expect(frames.map((frame) => frame.type)).toEqual(['subscribed', 'ticker'])
    expect(frames[1]?.msg).toMatchObject({ market_ticker: MIDDLE, market_id: id, yes_ask_dollars: '1.0000' })
  })
})

describe('errors', () => {
  const cases: readonly [string, unknown, number][] = [
    ['no JSON', 'hello', 1],
    ['no object', '[1]', 1],
    ['an id that is no number', { id: 'x', cmd: 'subscribe' }, 1],
    ['an unknown command', { id: 1, cmd: 'buy' }, 5],
    ['no params', { id: 1, cmd: 'subscribe' }, 2],
    ['params that are null', { id: 1, cmd: 'subscribe', params: null }, 2],
    ['params that are no object', { id: 1, cmd: 'subscribe', params: [] }, 11],
    ['no params to unsubscribe', { id: 1, cmd: 'unsubscribe' }, 2],
    ['no channels', { id: 1, cmd: 'subscribe', params: {} }, 3],
    ['empty channels', { id: 1, cmd: 'subscribe', params: { channels: [] } }, 3],
    ['no sids', { id: 1, cmd: 'unsubscribe', params: {} }, 4],
    ['an unknown sid', { id: 1, cmd: 'unsubscribe', params: { sids: [7] } }, 7],
    ['an unknown channel', { id: 1, cmd: 'subscribe', params: { channels: ['nonsense'] } }, 8],
    ['a channel that is not served here', { id: 1, cmd: 'subscribe', params: { channels: ['communications'] } }, 8],
    ['channels of the wrong type', { id: 1, cmd: 'subscribe', params: { channels: 'trade' } }, 11],
    ['two forms of markets', subscribe(1, { ...books(LOW), market_ticker: LOW }), 11],
    ['a market that does not exist', subscribe(1, books('KXHIGHCHI-24DEC17-B99.5')), 11],
    ['ids on the order book', subscribe(1, { channels: ['orderbook_delta'], market_ids: ['x'] }), 11],
    ['an order book without markets', subscribe(1, { channels: ['orderbook_delta'] }), 14],
    ['an order book of an empty list', subscribe(1, books()), 14],
    ['an update of no sid', update(1, { action: 'add_markets' }), 12],
    ['an update of two sids', update(1, { sids: [1, 2], action: 'add_markets' }), 12],
    ['an update of an unknown sid', update(1, { sid: 9, action: 'add_markets' }), 7],
  ]
  it.each(cases)('%s', (_what, command, code) => {
    const frames = client.command(command)
    expect(frames).toHaveLength(1)
    expect(frames[0]).toMatchObject({ type: 'error', msg: { code, msg: expect.any(String) } })
    expect(frames[0]).not.toHaveProperty('seq')
  })

  const updates: readonly [string, object, number][] = [
    ['no action', { sid: 1 }, 15],
    ['an unknown action', { sid: 1, action: 'swap_markets', market_tickers: [LOW] }, 13],
    ['no markets', { sid: 1, action: 'add_markets' }, 14],
    ['an empty list of markets', { sid: 1, action: 'add_markets', market_tickers: [] }, 14],
    ['a snapshot of no market', { sid: 1, action: 'get_snapshot' }, 14],
    ['a snapshot of a market not subscribed', { sid: 1, action: 'get_snapshot', market_tickers: [HIGH] }, 11],
  ]
  it.each(updates)('of a known sid belong to its stream: %s', (_what, params, code) => {
    client.command(subscribe(1, books(LOW)))
    const [error] = client.command(update(2, params))
    expect(error).toMatchObject({ type: 'error', id: 2, sid: 1, seq: 2, msg: { code } })
  })

  it('echo the id of a command that cannot be processed, where it has one', () => {
    expect(client.command({ id: 9 })[0]).toMatchObject({ type: 'error', id: 9, msg: { code: 1 } })
    expect(client.command({ id: 'x', cmd: 'subscribe' })[0]).not.toHaveProperty('id')
  })

  it('need no params to list, whatever they are', () => {
    expect(client.command({ id: 1, cmd: 'list_subscriptions', params: null })).toEqual([{ type: 'ok', id: 1, msg: [] }])
  })

  it('get_snapshot is for order books only', () => {
    client.command(subscribe(1, { channels: ['trade'], market_tickers: [LOW] }))
    const [error] = client.command(update(2, { sid: 1, action: 'get_snapshot', market_tickers: [LOW] }))
    expect(error).toMatchObject({ type: 'error', msg: { code: 13 } })
  })

  it('one unknown channel does not stop the others of its command', () => {
    const frames = client.command(subscribe(1, { channels: ['nonsense', 'trade'] }))
    expect(frames.map((frame) => frame.type)).toEqual(['error', 'subscribed'])
  })

  it('a reader that does not read loses its sid with error 25, and only that', () => {
    client.command(subscribe(1, { ...books(LOW), channels: ['orderbook_delta', 'trade'] }))
    client.list.backlog = EXCHANGE_SEND_BUFFER_BYTES_MAX + 1
    core.change(LOW, [
      ['bid', '0.3000', '5.00'],
      ['bid', '0.2900', '5.00'],
    ])
    expect(client.list.take()).toEqual([
      { type: 'error', sid: 1, seq: 2, msg: { code: 25, msg: 'Subscription buffer overflow' } },
    ])
    client.list.backlog = 0
    core.trade(LOW, '0.3000', '1.00', 'ask')
    expect(client.list.take().map((frame) => [frame.type, frame.sid])).toEqual([['trade', 2]])
    const [ack] = client.command(subscribe(2, books(LOW)))
    expect(ack?.msg).toEqual({ channel: 'orderbook_delta', sid: 3 })
  })

  it('a market that is created later can be added then', () => {
    client.command(subscribe(1, { ...books(LOW), channels: ['orderbook_delta'] }))
    const late = marketTickerOf('KXHIGHCHI-24DEC17-B40.5')
    core.create(late)
    const [ok] = client.command(update(2, { sid: 1, action: 'add_markets', market_tickers: [late] }))
    expect(ok).toMatchObject({ type: 'ok', seq: 2 })
  })
})
