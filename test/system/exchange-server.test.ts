import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ClientOptions, WebSocket } from 'ws'
import { seededRandom } from '../../src/clock/seeded-random.ts'
import { simulatedClock } from '../../src/clock/simulated-clock.ts'
import { MARKET_TIME_HEADER, parseMarketTime } from '../../src/clock/venue-clock.ts'
import { EXCHANGE_PING_MS, EXCHANGE_PONG_SILENCE_MS, EXCHANGE_SEND_BUFFER_BYTES_MAX } from '../../src/config/limits.ts'
import { createKeyPair, type KeyPair } from '../../src/exchange/api-keys.ts'
import { type ExchangeServer, startExchangeServer } from '../../src/exchange/server.ts'
import { FAKE_NOW_MS, type FakeExchangeCore, fakeExchangeCore, LOW } from '../support/fake-exchange-core.ts'
import { signedHeaders } from '../support/signed-headers.ts'

const WALL_MS = 1_795_132_800_123
const WS_PATH = '/trade-api/ws/v2'
const rsa = createKeyPair('rsa', seededRandom('rsa'))
const ed25519 = createKeyPair('ed25519', seededRandom('ed25519'))

let core: FakeExchangeCore
let clock: ReturnType<typeof simulatedClock>
let server: ExchangeServer
const sockets: WebSocket[] = []

beforeEach(async () => {
  core = fakeExchangeCore()
  clock = simulatedClock({ startMs: WALL_MS })
  server = await startExchangeServer({
    core,
    port: 0,
    keys: [rsa.key, ed25519.key],
    world: { transport: clock.transport },
  })
})

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate()
  await server.close()
})

function open(headers: Record<string, string>, options: ClientOptions = {}): WebSocket {
  const socket = new WebSocket(server.wsUrl, { headers, ...options })
  // A refused upgrade is an error of the client too; the tests look at the answer.
  socket.on('error', () => undefined)
  sockets.push(socket)
  return socket
}

const signed = (pair: KeyPair, wallMs = WALL_MS): Record<string, string> => signedHeaders(pair, wallMs, 'GET', WS_PATH)

/** Listens from now on and resolves with the first `count` frames; several may come in one read. */
function frames(socket: WebSocket, count: number): Promise<Record<string, unknown>[]> {
  const received: Record<string, unknown>[] = []
  return new Promise((resolve) => {
    socket.on('message', (data) => {
      received.push(JSON.parse(String(data)) as Record<string, unknown>)
      if (received.length === count) resolve(received)
    })
  })
}

describe('the upgrade', () => {
  it.each([
    ['RSA', rsa],
    ['Ed25519', ed25519],
  ])('is accepted with an %s signature, without compression', async (_type, pair) => {
    const socket = open(signed(pair))
    await once(socket, 'open')
    expect(socket.extensions).toBe('')
    socket.send('{"id":1,"cmd":"list_subscriptions"}')
    expect(await frames(socket, 1)).toEqual([{ type: 'ok', id: 1, msg: [] }])
  })

  it.each([
    ['without headers', () => ({}), 'authentication_error', 'INVALID_PARAMETER'],
    ['with an old timestamp', () => signed(rsa, WALL_MS - 60_000), 'header_timestamp_expired', undefined],
    [
      'with another key’s signature',
      () => ({ ...signed(ed25519), 'KALSHI-ACCESS-KEY': rsa.key.id }),
      'authentication_error',
      'INCORRECT_API_KEY_SIGNATURE',
    ],
  ])('%s is refused as plain HTTP 401', async (_what, headers, code, details) => {
    const socket = open(headers())
    const [, response] = await once(socket, 'unexpected-response')
    const chunks: Buffer[] = await response.toArray()
    const body = JSON.parse(Buffer.concat(chunks).toString())
    expect(response.statusCode).toBe(401)
    expect(body.error).toEqual({ code, message: expect.any(String), ...(details === undefined ? {} : { details }) })
    expect(response.headers.date).toBe('Fri, 20 Nov 2026 00:00:00 GMT')
    // A client whose clock is wrong learns the time from the refusal.
    expect(parseMarketTime(response.headers[MARKET_TIME_HEADER])).toMatchObject({ wallMs: WALL_MS })
  })
})

describe('an open connection', () => {
  it('gets a ping with the payload "heartbeat" every ten seconds', async () => {
    const socket = open(signed(rsa))
    await once(socket, 'open')
    for (let beat = 0; beat < 2; beat++) {
      const ping = once(socket, 'ping')
      clock.advance(EXCHANGE_PING_MS)
      expect(String((await ping)[0])).toBe('heartbeat')
    }
  })

  it('is ended where the client answers no ping', async () => {
    const socket = open(signed(rsa), { autoPong: false })
    await once(socket, 'open')
    const closed = once(socket, 'close')
    clock.advance(EXCHANGE_PONG_SILENCE_MS + EXCHANGE_PING_MS)
    await closed
    expect(clock.pending()).toBe(0)
  })

  it('gets one JSON object per text frame, also of many in one turn', async () => {
    const socket = open(signed(rsa))
    await once(socket, 'open')
    socket.send(
      JSON.stringify({ id: 1, cmd: 'subscribe', params: { channels: ['orderbook_delta'], market_ticker: LOW } }),
    )
    await frames(socket, 2)
    const received = new Promise<string[]>((resolve) => {
      const texts: string[] = []
      socket.on('message', (data, isBinary) => {
        texts.push(`${isBinary}:${JSON.parse(String(data)).seq}`)
        if (texts.length === 50) resolve(texts)
      })
    })
    for (let change = 0; change < 50; change++) core.change(LOW, [['bid', '0.3000', '1.00']])
    expect(await received).toEqual(Array.from({ length: 50 }, (_, change) => `false:${change + 2}`))
  })

  it('loses with error 25 the sid that it does not read, and keeps the others', async () => {
    const socket = open(signed(rsa))
    await once(socket, 'open')
    socket.send(
      JSON.stringify({ id: 1, cmd: 'subscribe', params: { channels: ['orderbook_delta'], market_ticker: LOW } }),
    )
    await frames(socket, 2)
    let last: Record<string, unknown> = {}
    let seq = 1
    const overflow = new Promise<void>((resolve) => {
      socket.on('message', (data) => {
        last = JSON.parse(String(data)) as Record<string, unknown>
        if (last.seq === undefined) return
        seq += 1
        expect(last.seq).toBe(seq)
        if (last.type === 'error') resolve()
      })
    })
    const frameBytesMin = 200
    for (let change = 0; change < EXCHANGE_SEND_BUFFER_BYTES_MAX / frameBytesMin; change++) {
      core.change(LOW, [['bid', '0.3000', '1.00']])
    }
    await overflow
    expect(last).toMatchObject({ sid: 1, msg: { code: 25 } })
    socket.send('{"id":2,"cmd":"list_subscriptions"}')
    expect((await frames(socket, 1))[0]).toEqual({ type: 'ok', id: 2, msg: [] })
  })

  it('answers a binary frame with error 1 and lives on', async () => {
    const socket = open(signed(rsa))
    await once(socket, 'open')
    socket.send(Buffer.from([1, 2, 3]))
    expect(await frames(socket, 1)).toMatchObject([{ type: 'error', msg: { code: 1 } }])
    expect(socket.readyState).toBe(WebSocket.OPEN)
  })
})

describe('REST', () => {
  it.each(['/exchange/status', '/nope', '/portfolio/balance'])('%s carries market time and Date', async (path) => {
    const response = await fetch(server.url + path)
    expect(parseMarketTime(response.headers.get(MARKET_TIME_HEADER))).toEqual({
      marketMs: FAKE_NOW_MS,
      wallMs: WALL_MS,
      rate: 1600,
      runId: 'run-1',
    })
    expect(response.headers.get('date')).toMatch(/GMT$/)
    expect(response.headers.get('retry-after')).toBeNull()
  })

  it.each([
    ['POST', '/portfolio/orders', 410, 'deprecated_v1_order_endpoint'],
    ['DELETE', '/portfolio/orders/7f', 410, 'deprecated_v1_order_endpoint'],
    ['POST', '/portfolio/orders/7f/amend', 410, 'deprecated_v1_order_endpoint'],
    ['GET', '/portfolio/nope', 404, 'not_found'],
  ])('%s %s answers %d', async (method, path, status, code) => {
    const headers = signedHeaders(ed25519, WALL_MS, method, `/trade-api/v2${path}`)
    const response = await fetch(server.url + path, { method, headers })
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ error: { code } })
  })

  it('GET /portfolio/events/orders is a 404 in plain text', async () => {
    const headers = signedHeaders(rsa, WALL_MS, 'GET', '/trade-api/v2/portfolio/events/orders')
    const response = await fetch(`${server.url}/portfolio/events/orders`, { headers })
    expect([response.status, response.headers.get('content-type')]).toEqual([404, 'text/plain'])
  })

  it.each([
    ['an offer of HTTP/2', { upgrade: 'h2c', connection: 'Upgrade, HTTP2-Settings', 'http2-settings': 'AAMAAABk' }],
    ['no offer', {}],
  ])('is served over HTTP/1.1 to a client with %s', async (_offer, headers) => {
    const request = get(`${server.url}/exchange/status`, { headers })
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    response.resume()
    expect(response.statusCode).toBe(200)
  })

  it('answers a HEAD with the status and headers of its GET', async () => {
    const response = await fetch(`${server.url}/exchange/status`, { method: 'HEAD' })
    expect(response.status).toBe(200)
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(0)
    expect(await response.text()).toBe('')
  })

  it('a signed query is signed without it', async () => {
    const headers = signedHeaders(rsa, WALL_MS, 'GET', '/trade-api/v2/markets')
    const response = await fetch(`${server.url}/markets?limit=1`, { headers })
    expect(response.status).toBe(200)
  })

  it('a wrong signature is refused also where none is needed', async () => {
    const headers = signedHeaders(rsa, WALL_MS, 'GET', '/trade-api/v2/series')
    expect((await fetch(`${server.url}/markets`, { headers })).status).toBe(401)
  })
})

it('a port in use is an error that says so', async () => {
  const start = startExchangeServer({ core, port: server.port, keys: [], world: { transport: clock.transport } })
  await expect(start).rejects.toThrow(/Port 127\.0\.0\.1:\d+ is in use\./)
})
