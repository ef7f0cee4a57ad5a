import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFeed, type Feed } from '../../actors/feed.ts'
import { systemRandom, systemTransportClock } from '../../src/clock/system-clock.ts'
import { venueMarketClock } from '../../src/clock/venue-clock.ts'
import { createRestClient } from '../../src/kalshi/rest.ts'
import { silentLog } from '../../src/telemetry/log.ts'
import { levelCount, textOfPoint } from '../support/play/book-text.ts'
import { BookWatch } from '../support/play/book-watch.ts'
import { BUNDLED_SERIES, type PlayedExchangeServer, startPlayedExchange } from '../support/play/played-exchange.ts'
import { ToldBooks } from '../support/play/told-books.ts'

/** More than a day's changes allow in its quiet hours: what is drawn there is logged at the next change, if one comes. */
const POINTS = 2_000

let exchange: PlayedExchangeServer
let feed: Feed
let watch: BookWatch
let trades = 0
const notLive: string[] = []

beforeAll(async () => {
  exchange = await startPlayedExchange({ speed: 'max', seed: '1', points: POINTS })
  const { core, server, credentials } = exchange
  const transport = systemTransportClock()
  const anchor = { marketMs: core.nowMs(), wallMs: transport.wallMs(), rate: 0, runId: core.runId }
  const world = { transport, market: venueMarketClock(transport, anchor), random: systemRandom() }
  watch = new BookWatch(
    () => feed.books,
    () => 1,
  )
  feed = createFeed({
    restClient: createRestClient({ restUrl: server.url, credentials, world }),
    wsUrl: server.wsUrl,
    credentials,
    world,
    series: BUNDLED_SERIES,
    log: silentLog,
    isFrameAgeLag: false,
    listener: {
      marketAdded: () => undefined,
      marketLive: () => undefined,
      marketNotLive: (_market, reason) => void notLive.push(reason),
      topChanged: () => undefined,
      trade: () => void trades++,
      lifecycle: () => undefined,
      priceRangesChanged: () => undefined,
      eventFeesChanged: () => undefined,
      onFrameTime: (tsVenueMs) => world.market.advanceTo(tsVenueMs),
    },
    onRawFrame: (text) => watch.frame(text),
  })
  await feed.start()
  core.play()
  await exchange.ended
  // What was told last is still on its way: the exchange closes once it is read.
  await exchange.server.close()
  await feed.stop()
  watch.look()
})

afterAll(async () => {
  await feed?.stop()
  await exchange?.server.close()
})

describe('the bundled day through real sockets', () => {
  it('arrives whole: every trade, no gap, no duplicate, nothing malformed', () => {
    expect(trades).toBe(7_496)
    expect(feed.stats()).toMatchObject({ gaps: 0, lost: 0, duplicates: 0, resyncs: 0, malformed: {}, unknown: {} })
    // The unsequenced acknowledgements of the three channels come besides.
    expect(watch.frames).toBe(exchange.tap.told.length + 3)
  })

  it('makes every local book equal the exchange’s, level by level, at every seeded point and before every close', () => {
    const points = exchange.points
    const seen = new Map(
      watch.markets().flatMap((market) => watch.of(market).map((one) => [`${one.sid}:${one.seq}:${market}`, one.book])),
    )
    const wrong = points.filter((point) => seen.get(`${point.sid}:${point.seq}:${point.market}`) !== textOfPoint(point))
    expect(wrong).toEqual([])
    const levels = points.reduce((sum, point) => sum + levelCount(textOfPoint(point)), 0)
    const closes = points.filter(({ kind }) => kind === 'close')
    console.info(`${points.length} points (${closes.length} before a close), ${levels} levels compared`)
    expect(points.filter(({ kind }) => kind === 'seeded').length).toBeGreaterThan(200)
    expect(levels).toBeGreaterThan(1_000)
    // One market of the day never traded, so that its book was never told.
    expect(closes).toHaveLength(23)
    expect(new Set(closes.map(({ market }) => market)).size).toBe(23)
    expect(closes.filter((point) => levelCount(textOfPoint(point)) === 0)).toEqual([])
  })

  it('and after every other frame too', () => {
    const told = new ToldBooks(exchange.tap.told)
    let compared = 0
    for (const market of watch.markets()) {
      const seen = watch.of(market)
      const history = told.history(market, 1, seen[0]?.sid ?? 0)
      expect(seen.map(({ seq }) => seq)).toEqual(history.map(({ seq }) => seq))
      expect(seen.filter(({ book }, index) => book !== history[index]?.book)).toEqual([])
      compared += seen.length
    }
    console.info(`${compared} books compared after their frames`)
    expect(compared).toBeGreaterThan(30_000)
  })
})
