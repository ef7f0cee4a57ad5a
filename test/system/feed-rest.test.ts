import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { Random, TransportClock } from '../../src/clock/clock.ts'
import { systemTransportClock, wallMarketClock } from '../../src/clock/system-clock.ts'
import { REST_ATTEMPTS_MAX } from '../../src/config/limits.ts'
import { eventTickerOf, seriesTickerOf } from '../../src/domain/ids.ts'
import { createRestClient, type RestClient } from '../../src/kalshi/rest.ts'
import { EVENT_WIRE, MARKET_WIRE } from '../unit/kalshi/wire-samples.ts'

type Handler = (url: URL, request: IncomingMessage, response: ServerResponse) => void

const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

/** Nothing is waited for between attempts: the jitter draws zero. */
const noJitter: Random = { next: () => 0, uuid: () => '' }

async function clientOf(
  handler: Handler,
  options: { readonly transport?: TransportClock; readonly signal?: AbortSignal } = {},
): Promise<{ client: RestClient; requests: URL[]; agents: Set<number | undefined> }> {
  const requests: URL[] = []
  const agents = new Set<number | undefined>()
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://venue')
    requests.push(url)
    agents.add(request.socket.remotePort)
    handler(url, request, response)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const transport = options.transport ?? systemTransportClock()
  const client = createRestClient({
    restUrl: `http://127.0.0.1:${port}/trade-api/v2`,
    credentials: { keyId: 'the-key', keyType: 'ed25519', sign: (ts, method, path) => `${ts}${method}${path}` },
    world: { transport, market: wallMarketClock(transport), random: noJitter },
    ...(options.signal && { signal: options.signal }),
  })
  return { client, requests, agents }
}

const json = (response: ServerResponse, value: unknown, status = 200, headers = {}): void => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value))
}
const STATUS = { exchange_active: true, trading_active: false }
const CHI = seriesTickerOf('KXHIGHCHI')

describe('the REST client', () => {
  it('signs the path without its query and keeps its connection', async () => {
    const { client, requests, agents } = await clientOf((url, request, response) => {
      const stamp = request.headers['kalshi-access-timestamp']
      expect(request.headers['kalshi-access-key']).toBe('the-key')
      expect(request.headers['kalshi-access-signature']).toBe(`${stamp}GET${url.pathname}`)
      json(response, url.pathname.endsWith('/status') ? STATUS : { events: [], cursor: '' })
    })
    expect(await client.exchangeStatus()).toEqual({
      ok: true,
      value: { isExchangeActive: true, isTradingActive: false },
    })
    expect(await client.discover({ series: [CHI], minCloseMs: 5_000_999 })).toEqual({ ok: true, value: [] })
    expect(requests.map(({ pathname }) => pathname)).toEqual(['/trade-api/v2/exchange/status', '/trade-api/v2/events'])
    expect(requests[1]?.searchParams.get('min_close_ts')).toBe('5000')
    for (let request = 0; request < 8; request++) await client.exchangeStatus()
    // A connection can still be on its way back to the pool when the next request begins.
    expect(agents.size).toBeLessThanOrEqual(2)
  })

  it('reads every page', async () => {
    const { client } = await clientOf((url, _request, response) => {
      const cursor = url.searchParams.get('cursor')
      const page = cursor === null ? 1 : Number.parseInt(cursor, 10)
      const event = { ...EVENT_WIRE, event_ticker: `KXHIGHCHI-26NOV${20 + page}`, markets: [MARKET_WIRE] }
      json(response, { events: [event], cursor: page < 3 ? String(page + 1) : '' })
    })
    const result = await client.discover({ series: [CHI], minCloseMs: 0 })
    expect(result.ok && result.value.map(({ event }) => event.ticker)).toEqual([
      'KXHIGHCHI-26NOV21',
      'KXHIGHCHI-26NOV22',
      'KXHIGHCHI-26NOV23',
    ])
  })

  it('a page that fails makes the whole list an error, never a short list', async () => {
    const { client } = await clientOf((url, _request, response) => {
      if (url.searchParams.get('cursor')) json(response, { msg: 'no' }, 400)
      else json(response, { events: [{ ...EVENT_WIRE, markets: [MARKET_WIRE] }], cursor: 'next' })
    })
    expect(await client.discover({ series: [CHI], minCloseMs: 0 })).toMatchObject({
      ok: false,
      error: { kind: 'rejected', text: 'no' },
    })
  })

  it('a list whose cursor goes in circles is an error', async () => {
    const { client } = await clientOf((_url, _request, response) => json(response, { events: [], cursor: 'same' }))
    expect(await client.discover({ series: [CHI], minCloseMs: 0 })).toMatchObject({
      ok: false,
      error: { kind: 'malformed' },
    })
  })

  it('reads the markets of an event apart where they are not nested', async () => {
    const { client } = await clientOf((url, _request, response) => {
      if (url.pathname.endsWith('/events')) json(response, { events: [EVENT_WIRE], cursor: '' })
      else json(response, { markets: [MARKET_WIRE], cursor: '' })
    })
    const result = await client.discover({ series: [CHI], minCloseMs: 0 })
    expect(result.ok && result.value[0]?.event.markets).toHaveLength(1)
  })

  it.each([429, 500, 503])('tries again on %i, and gives up with what was answered', async (status) => {
    const { client, requests } = await clientOf((_url, _request, response) =>
      json(response, { error: 'too many requests' }, status),
    )
    expect(await client.exchangeStatus()).toMatchObject({ ok: false, error: { status, text: 'too many requests' } })
    expect(requests).toHaveLength(REST_ATTEMPTS_MAX)
  })

  it('takes the answer that comes after failures', async () => {
    let failures = 2
    const { client } = await clientOf((_url, request, response) => {
      if (failures-- > 0) request.socket.destroy()
      else json(response, STATUS)
    })
    expect(await client.exchangeStatus()).toMatchObject({ ok: true })
  })

  it('does not repeat what the venue refused', async () => {
    const { client, requests } = await clientOf((_url, _request, response) =>
      json(response, { error: { code: 'authentication_error', message: 'no' } }, 401),
    )
    expect(await client.accountLimits()).toMatchObject({
      ok: false,
      error: { kind: 'unauthorized', code: 'authentication_error' },
    })
    expect(requests).toHaveLength(1)
  })

  it.each([
    ['a missing field', { exchange_active: true }],
    ['a field of another type', { exchange_active: 'yes', trading_active: true }],
  ])('an answer with %s is an error that names the field', async (_what, body) => {
    const { client } = await clientOf((_url, _request, response) => json(response, body))
    const result = await client.exchangeStatus()
    expect(result).toMatchObject({ ok: false, error: { kind: 'malformed' } })
    expect(!result.ok && result.error.text).toMatch(/exchange_active|trading_active/)
  })

  it('an answer that is no JSON is an error', async () => {
    const { client } = await clientOf((_url, _request, response) => response.end('hello'))
    expect(await client.exchangeStatus()).toMatchObject({ ok: false, error: { kind: 'malformed' } })
  })

  it('an address where nobody listens is unreachable, by its own reason', async () => {
    const { client } = await clientOf((_url, _request, response) => json(response, STATUS))
    const server = servers.pop()
    await new Promise((resolve) => server?.close(resolve))
    expect(await client.exchangeStatus()).toMatchObject({
      ok: false,
      error: { kind: 'unreachable', text: 'ECONNREFUSED' },
    })
  })

  it('does not wait longer than its deadline', async () => {
    const real = systemTransportClock()
    const hasty: TransportClock = { ...real, after: (_delayMs, run) => real.after(20, run) }
    const { client } = await clientOf(() => undefined, { transport: hasty })
    expect(await client.exchangeStatus()).toMatchObject({ ok: false, error: { kind: 'timedOut' } })
  })

  it('ends what is under way when it is told to stop', async () => {
    const stop = new AbortController()
    const { client } = await clientOf(() => stop.abort(), { signal: stop.signal })
    expect(await client.exchangeStatus()).toMatchObject({ ok: false, error: { kind: 'aborted' } })
  })

  it('reads market time and the skew of our clock from each answer', async () => {
    const { client } = await clientOf((_url, _request, response) =>
      json(response, STATUS, 200, {
        'halcyon-market-time': '1734361200000;1795225544487;1600;run-1',
        date: new Date(0).toUTCString(),
      }),
    )
    expect(client.marketTime()).toBeUndefined()
    await client.exchangeStatus()
    expect(client.marketTime()).toMatchObject({ marketMs: 1_734_361_200_000, rate: 1600, runId: 'run-1' })
    expect(client.clockSkewMs()).toBeGreaterThan(1_000_000)
  })

  it('reads fees with their announced changes, limits and costs', async () => {
    const { client } = await clientOf((url, _request, response) => {
      const path = url.pathname.replace('/trade-api/v2', '')
      const change = { id: 'f', scheduled_ts: '2026-07-07T04:00:00Z' }
      if (path === '/series/KXHIGHCHI') {
        const base = { frequency: 'daily', title: 't', category: 'c', tags: null, settlement_sources: null }
        const urls = { contract_url: '', contract_terms_url: '', additional_prohibitions: null }
        return json(response, { series: { ticker: CHI, ...base, ...urls, fee_type: 'quadratic', fee_multiplier: 1 } })
      }
      if (path === '/series/fee_changes') {
        const rule = { series_ticker: CHI, fee_type: 'quadratic_with_maker_fees', fee_multiplier: 0.5 }
        return json(response, { series_fee_change_arr: [{ ...change, ...rule }] })
      }
      if (path === '/events/fee_changes') {
        const rule = { event_ticker: 'E', series_ticker: CHI, fee_type_override: null, fee_multiplier_override: 2 }
        return json(response, { event_fee_changes: [{ ...change, ...rule }], cursor: '' })
      }
      return json(response, {
        default_cost: 10,
        endpoint_costs: [{ method: 'DELETE', path: '/trade-api/v2/portfolio/events/orders/:order_id', cost: 2 }],
      })
    })
    expect(await client.seriesFees(CHI)).toMatchObject({
      value: {
        current: { type: 'quadratic', multiplier: 1 },
        changes: [{ type: 'quadratic_with_maker_fees', multiplier: 0.5, fromMs: 1_783_396_800_000 }],
      },
    })
    expect(await client.eventFeeChanges(eventTickerOf('E'))).toMatchObject({
      value: [{ event: 'E', type: undefined, multiplier: 2 }],
    })
    expect(await client.endpointCosts()).toMatchObject({ value: { defaultCost: 10, costs: [{ cost: 2 }] } })
  })
})
