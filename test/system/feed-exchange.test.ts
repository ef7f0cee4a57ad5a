import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { createFeed, type Feed } from '../../actors/feed.ts'
import { systemRandom, systemTransportClock, wallMarketClock } from '../../src/clock/system-clock.ts'
import { venueMarketClock } from '../../src/clock/venue-clock.ts'
import type { Level } from '../../src/domain/book.ts'
import { type MarketTicker, marketTickerOf, seriesTickerOf } from '../../src/domain/ids.ts'
import { OperatingError } from '../../src/domain/operating-error.ts'
import { formatPrice, formatQuantity } from '../../src/domain/units.ts'
import type { MarketDataListener } from '../../src/kalshi/market-data.ts'
import { createRestClient } from '../../src/kalshi/rest.ts'
import { loadCredentials } from '../../src/kalshi/signing.ts'
import { silentLog } from '../../src/telemetry/log.ts'

/** Two recorded hours of the bundled day, a few seconds long. */
const HOURS = ['--start', '2024-12-17T15:00:00Z', '--stop', '2024-12-17T17:00:00Z', '--speed', '1600']
const SERIES = ['KXHIGHNY', 'KXHIGHCHI', 'KXHIGHAUS', 'KXHIGHDEN'].map(seriesTickerOf)
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

const endings: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

interface Point {
  readonly sid: number
  readonly seq: number
  readonly market: string
  readonly bids: readonly (readonly [string, string])[]
  readonly asks: readonly (readonly [string, string])[]
}

interface Announcement {
  readonly url: string
  readonly wsUrl: string
  readonly keyId: string
  readonly keyFile: string
}

async function startExchange(...flags: string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'halcyon-feed-'))
  const bookLog = join(folder, 'books.jsonl')
  const args = [MAIN, 'exchange', '--json', '--hold', '--parent-pipe', '--exit-at-end', '--keys', join(folder, 'keys')]
  const child: ChildProcess = spawn(
    process.execPath,
    [...args, '--book-log', bookLog, '--book-log-points', '250', ...HOURS, ...flags],
    { stdio: ['pipe', 'pipe', 'inherit'], cwd: folder },
  )
  const ended = once(child, 'exit')
  endings.push(async () => {
    child.stdin?.end()
    await ended
    await rm(folder, { recursive: true, force: true })
  })
  if (!child.stdout) throw new Error('the exchange has no standard output')
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  const announced = JSON.parse(String(line)) as Announcement
  const points = async (): Promise<Point[]> =>
    (await readFile(bookLog, 'utf8'))
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text) as Point)
  return { announced, play: () => child.stdin?.write('play\n'), ended, points }
}

const venueLevels = (levels: readonly Level[]): string[] =>
  levels.map(({ price, quantity }) => `${formatPrice(price)} ${formatQuantity(quantity)}`).sort()
const pairs = (levels: readonly (readonly [string, string])[]): string[] =>
  levels.map(([price, quantity]) => `${price} ${quantity}`).sort()

/** Plays the hours and keeps, for every frame of a live market, what our book held right after it. */
async function follow(...flags: string[]) {
  const exchange = await startExchange(...flags)
  const { keyId, keyFile, url: restUrl, wsUrl } = exchange.announced
  const credentials = await loadCredentials({ keyId, keyFile })
  const transport = systemTransportClock()
  const anchor = { marketMs: Date.parse('2024-12-17T15:00:00Z'), wallMs: 0, rate: 0, runId: 'test' }
  const world = { transport, market: venueMarketClock(transport, anchor), random: systemRandom() }
  const own = new Map<string, { bids: string[]; asks: string[] }>()
  const reasons: string[] = []
  let before: { sid: number; seq: number; market: MarketTicker } | undefined
  const remember = (): void => {
    if (!before) return
    const { sid, seq, market } = before
    before = undefined
    const levels = feed.books.levels(market)
    if (!levels || feed.books.streamSeq(market) !== seq) return
    own.set(`${sid}:${seq}:${market}`, { bids: venueLevels(levels.bids), asks: venueLevels(levels.asks) })
  }
  let trades = 0
  const feed: Feed = createFeed({
    restClient: createRestClient({ restUrl, credentials, world }),
    wsUrl,
    credentials,
    world,
    series: SERIES,
    log: silentLog,
    isFrameAgeLag: false,
    listener: {
      ...deaf,
      marketNotLive: (_market, reason) => reasons.push(reason),
      topChanged: (top) => expect(feed.books.isLive(top.market)).toBe(true),
      trade: () => void trades++,
      onFrameTime: (tsVenueMs) => world.market.advanceTo(tsVenueMs),
    },
    onRawFrame(text) {
      remember()
      const { type, sid, seq, msg } = JSON.parse(text)
      if (type === 'orderbook_delta' || type === 'orderbook_snapshot') {
        before = { sid, seq, market: marketTickerOf(msg.market_ticker) }
      }
    },
  })
  const events = await feed.start()
  endings.push(() => feed.stop())
  exchange.play()
  await exchange.ended
  remember()
  return { events, feed, own, points: await exchange.points(), trades, reasons }
}

/** Told nothing, so it says nothing. */
const deaf: MarketDataListener = {
  marketAdded: () => undefined,
  marketLive: () => undefined,
  marketNotLive: () => undefined,
  topChanged: () => undefined,
  trade: () => undefined,
  lifecycle: () => undefined,
  priceRangesChanged: () => undefined,
  eventFeesChanged: () => undefined,
  onFrameTime: () => undefined,
}

describe('the feed on the local exchange', () => {
  it('does not start with a key that the venue does not know, and says what to check', async () => {
    const { announced } = await startExchange()
    const { keyFile, url: restUrl, wsUrl } = announced
    const credentials = await loadCredentials({ keyId: 'somebody-else', keyFile })
    const transport = systemTransportClock()
    const world = { transport, market: wallMarketClock(transport), random: systemRandom() }
    const restClient = createRestClient({ restUrl, world })
    const options = { restClient, wsUrl, credentials, world, series: SERIES, log: silentLog, isFrameAgeLag: false }
    const error: unknown = await createFeed({ ...options, listener: deaf })
      .start()
      .catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(OperatingError)
    expect(String(error)).toMatch(/401.*--key-id/)
  })

  it('every book equals the exchange at every logged point, without a gap', async () => {
    const { events, feed, own, points, trades } = await follow()
    expect(events).toHaveLength(4)
    expect(trades).toBeGreaterThan(100)
    expect(feed.stats()).toMatchObject({ gaps: 0, duplicates: 0, resyncs: 0, malformed: {}, unknown: {} })
    expect(points.length).toBeGreaterThan(100)
    for (const { sid, seq, market, bids, asks } of points) {
      expect(own.get(`${sid}:${seq}:${market}`)).toEqual({ bids: pairs(bids), asks: pairs(asks) })
    }
  })

  it('with frames dropped, duplicated and swapped, a live book still equals the exchange', async () => {
    const { feed, own, points, reasons } = await follow('--faults', 'drop=0.01,duplicate=0.01,swap=0.01,seed=7')
    const stats = feed.stats()
    expect(stats.gaps).toBeGreaterThan(5)
    expect(stats.duplicates).toBeGreaterThan(5)
    expect(stats).toMatchObject({ resyncs: 0, malformed: {}, connections: 1 })
    // The exchange goes away at the end of its hours, which may be seen before or after we look.
    expect(new Set(reasons.filter((reason) => reason !== 'disconnected'))).toEqual(new Set(['gap']))
    let compared = 0
    for (const { sid, seq, market, bids, asks } of points) {
      const ours = own.get(`${sid}:${seq}:${market}`)
      if (!ours) continue
      expect(ours).toEqual({ bids: pairs(bids), asks: pairs(asks) })
      compared++
    }
    expect(compared).toBeGreaterThan(50)
  })
})
