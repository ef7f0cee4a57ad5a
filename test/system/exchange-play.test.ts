import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { parseQuantity } from '../../src/domain/units.ts'
import { registeredKey } from '../../src/exchange/api-keys.ts'
import type { BookPoint } from '../../src/exchange/book-log.ts'
import type { Injection } from '../../src/exchange/frame-faults.ts'
import { mismatchesOf } from '../support/sdk-models.ts'
import { signedHeaders } from '../support/signed-headers.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'halcyon-exchange-'))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Announcement {
  readonly url: string
  readonly wsUrl: string
  readonly keyId: string
  readonly keyFile: string
  readonly runId: string
}

async function startExchange(args: readonly string[]) {
  const keys = join(folder, 'keys')
  const child = spawn(process.execPath, [MAIN, 'exchange', '--json', '--parent-pipe', '--keys', keys, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const exited = once(child, 'exit')
  let complaint = ''
  child.stderr.on('data', (text) => {
    complaint += String(text)
  })
  const lines = createInterface({ input: child.stdout })
  const first = await Promise.race([once(lines, 'line'), exited.then(() => undefined)])
  const announced = first ? (JSON.parse(String(first[0])) as Announcement) : undefined
  return { child, announced, exited, complaint: () => complaint }
}

/** A client of a few lines: it applies frames in the order in which they come and remembers each book by sequence. */
function naiveClient(announced: Announcement) {
  const privateKeyPem = readFileSync(announced.keyFile, 'utf8')
  const key = registeredKey(announced.keyId, privateKeyPem)
  if (!key) throw new Error('the exchange wrote a key')
  const headers = signedHeaders({ key, privateKeyPem }, Date.now(), 'GET', '/trade-api/ws/v2')
  const socket = new WebSocket(announced.wsUrl, { headers })
  const books = new Map<string, { yes: Map<string, number>; no: Map<string, number> }>()
  const bookAfter = new Map<number, string>()
  const seqs: number[] = []
  const types = new Map<string, number>()
  const quantity = (text: string): number => parseQuantity(text) ?? Number.NaN
  const ladder = (levels: [string, string][] = []) => new Map(levels.map(([price, count]) => [price, quantity(count)]))

  socket.on('message', (data) => {
    const { type, seq, sid, msg } = JSON.parse(String(data))
    types.set(type, (types.get(type) ?? 0) + 1)
    if (sid === 1 && seq !== undefined) seqs.push(seq)
    if (type === 'orderbook_snapshot') {
      books.set(msg.market_ticker, { yes: ladder(msg.yes_dollars_fp), no: ladder(msg.no_dollars_fp) })
    }
    if (type !== 'orderbook_delta') return
    const book = books.get(msg.market_ticker)
    const side = msg.side === 'yes' ? book?.yes : book?.no
    const left = (side?.get(msg.price_dollars) ?? 0) + quantity(msg.delta_fp)
    if (left === 0) side?.delete(msg.price_dollars)
    else side?.set(msg.price_dollars, left)
    bookAfter.set(seq, JSON.stringify([[...(book?.yes ?? [])].sort(), [...(book?.no ?? [])].sort()]))
  })
  const expected = ({ bids, asks }: BookPoint): string => {
    const side = (levels: BookPoint['bids']) => levels.map(([price, count]) => [price, quantity(count)]).sort()
    return JSON.stringify([side(bids), side(asks)])
  }
  return { socket, books, bookAfter, seqs, types, expected }
}

const linesOf = <Line>(file: string): Line[] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)

async function marketsOf(url: string): Promise<string[]> {
  const response = await fetch(`${url}/events?with_nested_markets=true`)
  const { events } = (await response.json()) as { events: { markets: { ticker: string }[] }[] }
  return events.flatMap((event) => event.markets.map((market) => market.ticker))
}

const subscription = (market_tickers: readonly string[], channels: readonly string[]) =>
  JSON.stringify({ id: 1, cmd: 'subscribe', params: { channels, market_tickers, use_yes_price: true } })

describe('the bundled day', () => {
  it('is told completely: every logged book is the one that the frames add up to', async () => {
    const log = join(folder, 'books.jsonl')
    const exchange = await startExchange(['--hold', '--speed', 'max', '--exit-at-end', '--book-log', log])
    if (!exchange.announced) throw new Error(exchange.complaint())
    const client = naiveClient(exchange.announced)
    await once(client.socket, 'open')
    const markets = await marketsOf(exchange.announced.url)
    expect(markets).toHaveLength(24)
    client.socket.send(subscription(markets, ['orderbook_delta', 'trade', 'market_lifecycle_v2']))
    await once(client.socket, 'message')
    exchange.child.stdin.write('play\n')
    expect(await exchange.exited).toEqual([0, null])

    expect(client.seqs).toEqual(client.seqs.map((_, index) => index + 1))
    expect(client.types.get('trade')).toBe(7_496)
    expect(client.types.get('market_lifecycle_v2')).toBe(48)
    const points = linesOf<BookPoint>(log)
    const wrong = points.filter((point) => client.bookAfter.get(point.seq) !== client.expected(point))
    expect(wrong).toEqual([])
    // The quiet last hours may hold fewer changes than points were drawn in them.
    expect(points.filter((point) => point.kind === 'seeded').length).toBeGreaterThan(200)
    // One market of the day never traded, so that its book was never told.
    expect(new Set(points.filter((point) => point.kind === 'close').map((point) => point.market)).size).toBe(23)
    expect(points.reduce((sum, { bids, asks }) => sum + bids.length + asks.length, 0)).toBeGreaterThan(1_000)
  })

  it('with faults, loses and doubles exactly what the injector logged', async () => {
    const log = join(folder, 'faults.jsonl')
    const faults = ['--faults', 'drop=0.002,duplicate=0.002,swap=0.002,seed=1', '--faults-log', log]
    const exchange = await startExchange(['--hold', '--speed', 'max', '--exit-at-end', ...faults])
    if (!exchange.announced) throw new Error(exchange.complaint())
    const client = naiveClient(exchange.announced)
    await once(client.socket, 'open')
    client.socket.send(subscription(await marketsOf(exchange.announced.url), ['orderbook_delta']))
    await once(client.socket, 'message')
    exchange.child.stdin.write('play\n')
    await exchange.exited

    const injected = linesOf<Injection>(log)
    const seqsOf = (kind: Injection['kind']) => injected.filter((one) => one.kind === kind).map((one) => one.seq)
    const counts = new Map<number, number>()
    for (const seq of client.seqs) counts.set(seq, (counts.get(seq) ?? 0) + 1)
    const lastSeq = Math.max(...client.seqs)
    const missing = Array.from({ length: lastSeq }, (_, index) => index + 1).filter((seq) => !counts.has(seq))
    expect(missing).toEqual(seqsOf('drop').filter((seq) => seq <= lastSeq))
    expect([...counts].filter(([, count]) => count > 1).map(([seq]) => seq)).toEqual(seqsOf('duplicate'))
    const late = client.seqs.filter((seq, index) => seq < (client.seqs[index - 1] ?? 0))
    expect(late.filter((seq) => counts.get(seq) === 1)).toEqual(seqsOf('swap'))
    expect(injected.length).toBeGreaterThan(100)
  })

  it('answers in the SDK’s shapes in the middle of the day, and ends with its parent', async () => {
    const exchange = await startExchange(['--hold', '--start', '2024-12-17T18:00:00Z'])
    if (!exchange.announced) throw new Error(exchange.complaint())
    const { url, keyFile } = exchange.announced
    expect(statSync(keyFile).mode & 0o777).toBe(0o600)
    const day = 'start_ts=1734397200&end_ts=1734458400&period_interval=60'
    const answers: readonly [path: string, model: string][] = [
      ['/series', 'GetSeriesListResponse'],
      ['/events?with_nested_markets=true', 'GetEventsResponse'],
      ['/markets?limit=1000&status=open', 'GetMarketsResponse'],
      ['/markets/trades?limit=1000', 'GetTradesResponse'],
      [`/markets/${(await marketsOf(url))[0]}/orderbook`, 'GetMarketOrderbookResponse'],
      [`/series/KXHIGHNY/events/KXHIGHNY-24DEC17/candlesticks?${day}`, 'GetEventCandlesticksResponse'],
    ]
    for (const [path, model] of answers) {
      const response = await fetch(url + path)
      const body = await response.json()
      expect({ path, status: response.status, mismatches: mismatchesOf(model, body) }).toEqual({
        path,
        status: 200,
        mismatches: [],
      })
    }
    exchange.child.stdin.end()
    expect(await exchange.exited).toEqual([0, null])
  })
})

describe('the command', () => {
  it('ends in order on Ctrl-C, and knows its key again the next time', async () => {
    const first = await startExchange(['--hold'])
    first.child.kill('SIGINT')
    expect(await first.exited).toEqual([0, null])
    const second = await startExchange(['--hold'])
    expect(second.announced?.keyId).toBe(first.announced?.keyId)
    expect(second.announced?.runId).not.toBe(first.announced?.runId)
    const port = new URL(second.announced?.url ?? '').port
    const third = await startExchange(['--hold', '--port', port])
    expect(await third.exited).toEqual([1, null])
    expect(third.complaint()).toMatch(/Port 127\.0\.0\.1:\d+ is in use/)
    second.child.stdin.end()
    await second.exited
  })

  it.each([
    [['--tape', '/nowhere', '--date', '2024-12-17'], /tape folder \/nowhere does not exist/],
    [['--date', '2024-12-18'], /2024-12-18/],
  ])('%j is one paragraph and exit code 2', async (args, message) => {
    const exchange = await startExchange(args)
    expect(await exchange.exited).toEqual([2, null])
    expect(exchange.complaint()).toMatch(message)
    expect(exchange.complaint()).not.toMatch(/\n\s+at /)
  })
})
