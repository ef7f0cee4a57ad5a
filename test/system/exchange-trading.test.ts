import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { seededRandom } from '../../src/clock/seeded-random.ts'
import { simulatedClock } from '../../src/clock/simulated-clock.ts'
import { EXCHANGE_BODY_BYTES_MAX, EXCHANGE_PING_MS } from '../../src/config/limits.ts'
import { type ApiKey, createKeyPair } from '../../src/exchange/api-keys.ts'
import type { ExchangeControls } from '../../src/exchange/play-controls.ts'
import { type ExchangeServer, startExchangeServer } from '../../src/exchange/server.ts'
import { type InjectedFault, TradingFaults } from '../../src/exchange/trading-faults.ts'
import { type FakeExchangeCore, fakeExchangeCore, LOW } from '../support/fake-exchange-core.ts'
import { signedHeaders } from '../support/signed-headers.ts'

const WALL_MS = 1_795_132_800_123
const ORDERS = '/portfolio/events/orders'
const pair = createKeyPair('ed25519', seededRandom('trader'))
const reader = createKeyPair('ed25519', seededRandom('reader'))
const readOnly: ApiKey = { ...reader.key, scopes: ['read'] }

let core: FakeExchangeCore
let clock: ReturnType<typeof simulatedClock>
let server: ExchangeServer
let faults: TradingFaults
let injected: InjectedFault[]
let done: unknown[]
const sockets: WebSocket[] = []

beforeEach(async () => {
  core = fakeExchangeCore()
  clock = simulatedClock({ startMs: WALL_MS })
  injected = []
  done = []
  faults = new TradingFaults({
    random: seededRandom('faults'),
    clock: clock.transport,
    log: (fault) => void injected.push(fault),
  })
  const world = { transport: clock.transport }
  const keys = [pair.key, readOnly]
  server = await startExchangeServer({ core, port: 0, keys, world, tradingFaults: faults, controls: noted() })
})

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate()
  await server.close()
})

/** What the operator's endpoint asks of the core, which has tests of its own. */
function noted(): ExchangeControls {
  const note =
    (name: string) =>
    (...values: unknown[]): void =>
      void done.push([name, ...values])
  return {
    pause: (level) => core.trading.setPause(level),
    deactivate: note('deactivate'),
    activate: note('activate'),
    closeEarly: note('closeEarly'),
    changeTicks: note('changeTicks'),
    changeFees: note('changeFees'),
    settleAs: note('settleAs'),
    delaySettlement: note('delaySettlement'),
  }
}

async function call(
  method: string,
  path: string,
  body?: unknown,
  key = pair,
): Promise<{ status: number; text: string }> {
  const headers = signedHeaders(key, WALL_MS, method, `/trade-api/v2${path.split('?')[0]}`)
  const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) }
  const response = await fetch(server.url + path, init)
  return { status: response.status, text: await response.text() }
}

let ids = 0
const order = (more: object = {}) => ({
  ticker: LOW,
  client_order_id: `o-${ids++}`,
  side: 'bid',
  count: '1.00',
  price: '0.3000',
  time_in_force: 'good_till_canceled',
  self_trade_prevention_type: 'taker_at_cross',
  ...more,
})
const openOrders = async (): Promise<number> => {
  const { text } = await call('GET', '/portfolio/orders?status=resting')
  return JSON.parse(text).orders.length
}

const control = async (body?: object): Promise<{ status: number; body: unknown }> => {
  const url = server.url.replace('/trade-api/v2', '/halcyon/controls')
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
  const response = await fetch(url, init)
  return { status: response.status, body: await response.json() }
}

async function subscribed(channels: readonly string[]): Promise<{ socket: WebSocket; frames: { type: string }[] }> {
  const headers = signedHeaders(pair, WALL_MS, 'GET', '/trade-api/ws/v2')
  const socket = new WebSocket(server.wsUrl, { headers })
  sockets.push(socket)
  const frames: { type: string }[] = []
  socket.on('message', (data) => frames.push(JSON.parse(String(data))))
  await once(socket, 'open')
  socket.send(JSON.stringify({ id: 1, cmd: 'subscribe', params: { channels } }))
  while (frames.length < channels.length) await once(socket, 'message')
  frames.length = 0
  return { socket, frames }
}

describe('the write budget', () => {
  it('pays 10 for a create and 2 for a cancel, apart from what reads cost, and refills', async () => {
    const ids: string[] = []
    for (let index = 0; index < 60; index++) {
      const { status, text } = await call('POST', ORDERS, order())
      expect(status).toBe(201)
      ids.push(JSON.parse(text).order_id)
    }
    expect(await call('POST', ORDERS, order())).toEqual({ status: 429, text: '{"error":"too many requests"}' })
    expect(await openOrders()).toBe(60)
    // 300 tokens a second: 7 ms bring 2, which is one cancel.
    clock.advance(7)
    expect((await call('DELETE', `${ORDERS}/${ids[0]}`)).status).toBe(200)
    expect((await call('DELETE', `${ORDERS}/${ids[1]}`)).status).toBe(429)
  })

  it('charges a batch for each of its items, and takes none that could never be paid', async () => {
    const batch = (items: number) => ({ orders: Array.from({ length: items }, () => order()) })
    expect((await call('POST', `${ORDERS}/batched`, batch(61))).status).toBe(400)
    expect((await call('POST', `${ORDERS}/batched`, batch(59))).status).toBe(201)
    expect((await call('POST', `${ORDERS}/batched`, batch(2))).status).toBe(429)
    expect((await call('POST', `${ORDERS}/batched`, batch(1))).status).toBe(201)
  })

  it('is not touched by a key that may only read: 403', async () => {
    expect((await call('POST', ORDERS, order(), reader)).status).toBe(403)
    expect((await call('GET', '/portfolio/balance', undefined, reader)).status).toBe(200)
  })

  it('a body that is too large is refused', async () => {
    const huge = order({ client_order_id: 'x'.repeat(EXCHANGE_BODY_BYTES_MAX) })
    expect((await call('POST', ORDERS, huge)).status).toBe(413)
  })
})

describe('a fault', () => {
  it('refuses what it has not looked at: 429 as ever, 503 without JSON', async () => {
    faults.set({ tooManyRequests: 1 })
    expect(await call('POST', ORDERS, order())).toEqual({ status: 429, text: '{"error":"too many requests"}' })
    faults.set({ tooManyRequests: 0, unavailable: 1 })
    const { status, text } = await call('POST', ORDERS, order())
    expect([status, text.startsWith('<html>')]).toEqual([503, true])
    faults.set({ unavailable: 0 })
    expect([await openOrders(), injected]).toEqual([0, ['tooManyRequests', 'unavailable']])
    expect((await fetch(`${server.url}/exchange/status`)).status).toBe(200)
  })

  it('loses the reply of an order that was accepted, by an error or by a reset', async () => {
    faults.set({ acceptedThenError: 1 })
    const same = order()
    expect([500, 504]).toContain((await call('POST', ORDERS, same)).status)
    faults.set({ acceptedThenError: 0, acceptedThenReset: 1 })
    await expect(call('POST', ORDERS, order())).rejects.toThrow()
    faults.set({ acceptedThenReset: 0 })
    expect(await openOrders()).toBe(2)
    expect((await call('POST', ORDERS, same)).status).toBe(409)
  })

  it('holds a reply back until after the frames', async () => {
    const { socket, frames } = await subscribed(['user_orders'])
    faults.set({ replyDelay: 1, replyDelayMs: 500 })
    let isReplied = false
    const reply = call('POST', ORDERS, order()).then((answer) => {
      isReplied = true
      return answer
    })
    await once(socket, 'message')
    expect([frames.map((frame) => frame.type), isReplied]).toEqual([['user_order'], false])
    clock.advance(500)
    expect((await reply).status).toBe(201)
  })

  it('lets portfolio reads lag behind the matching engine', async () => {
    await call('POST', ORDERS, order())
    faults.set({ readLagMs: 400 })
    await call('POST', ORDERS, order())
    expect(await openOrders()).toBe(1)
    clock.advance(400)
    expect(await openOrders()).toBe(2)
  })

  it('fails single items of a batch', async () => {
    faults.set({ batchItem: 1 })
    const { status, text } = await call('POST', `${ORDERS}/batched`, { orders: [order()] })
    expect([status, JSON.parse(text).orders[0].error.code]).toEqual([201, 'internal_server_error'])
    expect(await openOrders()).toBe(0)
  })

  it('loses, repeats and delays private frames', async () => {
    const { socket, frames } = await subscribed(['user_orders', 'order_group_updates'])
    faults.set({ frameDrop: 1 })
    await call('POST', ORDERS, order())
    faults.set({ frameDrop: 0, frameDuplicate: 1 })
    await call('POST', ORDERS, order())
    while (frames.length < 2) await once(socket, 'message')
    faults.set({ frameDuplicate: 0, frameDelay: 1, frameDelayMs: 100 })
    await call('POST', ORDERS, order())
    // What is numbered is not touched, so it overtakes.
    await call('POST', '/portfolio/order_groups/create', { contracts_limit: 5 })
    while (frames.length < 3) await once(socket, 'message')
    clock.advance(100)
    while (frames.length < 4) await once(socket, 'message')
    expect(frames.map((frame) => frame.type)).toEqual(['user_order', 'user_order', 'order_group_updates', 'user_order'])
  })

  it('cancels orders that come soon after a cancel of everything', async () => {
    faults.set({ cancelAllAftermath: 1 })
    await call('POST', ORDERS, order())
    expect([(await call('DELETE', ORDERS)).status, await openOrders()]).toEqual([204, 0])
    expect((await call('POST', ORDERS, order())).status).toBe(201)
    expect(await openOrders()).toBe(0)
    core.advance(60_000)
    await call('POST', ORDERS, order())
    expect(await openOrders()).toBe(1)
  })

  it('accepts a post-only order that would take, and cancels it', async () => {
    core.floor.tape(LOW, 'ask', 35, 5)
    faults.set({ postOnlyCancel: 1 })
    const { status, text } = await call('POST', ORDERS, order({ price: '0.3500', post_only: true }))
    expect([status, JSON.parse(text)]).toMatchObject([201, { fill_count: '0.00', remaining_count: '0.00' }])
    const last = core.floor.happenings.findLast((one) => one.kind === 'orderChanged')
    expect(last?.kind === 'orderChanged' && last.order.reason).toBe('PostOnlyCrossCancel')
  })

  it('out of its range is refused', () => {
    expect(() => faults.set({ frameDrop: 1.5 })).toThrow(/frameDrop=1.5 is not from 0 to 1/)
    expect(() => faults.set({ readLagMs: -1 })).toThrow(/readLagMs/)
  })
})

describe('the operator’s endpoint', () => {
  it('sets knobs and pauses while the exchange runs, and says how they stand', async () => {
    expect(await control({ knobs: { unavailable: 1 }, pause: 'trading' })).toMatchObject({
      status: 200,
      body: { knobs: { unavailable: 1, frameDrop: 0 }, pause: 'trading' },
    })
    expect(await control()).toMatchObject({ body: { pause: 'trading' } })
    expect((await call('POST', ORDERS, order())).status).toBe(503)
    await control({ knobs: { unavailable: 0 } })
    expect((await call('POST', ORDERS, order())).status).toBe(409)
    const status = await (await fetch(`${server.url}/exchange/status`)).json()
    expect(status).toMatchObject({ exchange_active: true, trading_active: false })
  })

  it.each([
    ['deactivate', { deactivate: LOW }, [LOW]],
    ['activate', { activate: LOW }, [LOW]],
    ['closeEarly', { close_early: LOW }, [LOW]],
    ['settleAs', { settle_as: { market: LOW, value: '0.5000' } }, [LOW, 5_000]],
    ['delaySettlement', { delay_settlement: { market: LOW, ms: 60_000 } }, [LOW, 60_000]],
    ['changeFees', { change_fees: { event: 'E', override: null } }, ['E', undefined]],
  ])('%s', async (name, body, values) => {
    expect((await control(body)).status).toBe(200)
    expect(done).toEqual([[name, ...values]])
  })

  it('moves the end of the location’s attestation, which weather does not ask for', async () => {
    const attested_until_ts = Math.floor(WALL_MS / 1000) - 1
    await control({ attested_until_ts })
    expect(JSON.parse((await call('GET', '/api_keys')).text)).toMatchObject({
      api_key_region_expiration_ts: attested_until_ts,
    })
    expect((await call('POST', ORDERS, order())).status).toBe(201)
    core.setCategory('Sports')
    const { status, text } = await call('POST', ORDERS, order())
    expect([status, JSON.parse(text).error.code]).toEqual([403, 'region_attestation_expired'])
    await control({ attested_until_ts: attested_until_ts + 3_600 })
    expect((await call('POST', ORDERS, order())).status).toBe(201)
  })

  it('refuses what it does not know, and what a market is not in the state for', async () => {
    expect(await control({ knob: 1 })).toMatchObject({ status: 400, body: { code: 'bad_request' } })
    expect(await control({ knobs: { frameDrop: 2 } })).toMatchObject({ status: 400 })
    expect(await control({ frames: { drop: 1, duplicate: 0, swap: 0 } })).toMatchObject({ status: 400 })
    expect(await control({ settle_as: { market: LOW, value: '1.5' } })).toMatchObject({ status: 400 })
  })

  it('ends channels and connections', async () => {
    const { socket, frames } = await subscribed(['fill'])
    await control({ end_channel: { channel: 'fill', code: 25 } })
    if (frames.length === 0) await once(socket, 'message')
    expect(frames).toMatchObject([{ type: 'error', sid: 1, msg: { code: 25 } }])
    const closed = once(socket, 'close')
    await control({ disconnect: true })
    await closed
  })

  it('leaves out the pings', async () => {
    const { socket } = await subscribed(['fill'])
    let pings = 0
    socket.on('ping', () => pings++)
    await control({ pings: false })
    clock.advance(EXCHANGE_PING_MS)
    await control({ pings: true })
    const ping = once(socket, 'ping')
    clock.advance(EXCHANGE_PING_MS)
    await ping
    expect(pings).toBe(1)
  })
})
