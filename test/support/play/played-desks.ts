import { fileURLToPath } from 'node:url'
import type { DeskFeed } from '../../../actors/desk-options.ts'
import { createFeed, type Feed } from '../../../actors/feed.ts'
import { createPredictor, type Predictor } from '../../../actors/predictor.ts'
import { createTradingGate } from '../../../actors/trading-gate.ts'
import { DeskRouter, type DeskRouterOptions } from '../../../src/app/desk-router.ts'
import { createFeeBook } from '../../../src/app/fee-book.ts'
import { type MarketTime, openMarketTime } from '../../../src/app/market-time.ts'
import type { World } from '../../../src/clock/clock.ts'
import { systemRandom, systemTransportClock, wallMarketClock } from '../../../src/clock/system-clock.ts'
import type { TopOfBook } from '../../../src/domain/book.ts'
import { accountIdOf, type MarketTicker, sessionIdOf } from '../../../src/domain/ids.ts'
import { createInProcess } from '../../../src/inference/in-process.ts'
import type { MarketDataListener } from '../../../src/kalshi/market-data.ts'
import { createRestClient } from '../../../src/kalshi/rest.ts'
import { createInMemoryLedger } from '../../../src/ledger/in-memory.ts'
import type { DecisionRecord, LedgerRecord } from '../../../src/ledger/records.ts'
import { createPortfolio } from '../../../src/portfolio/portfolio.ts'
import { DEFAULT_RISK_LIMITS } from '../../../src/risk/limits.ts'
import { DEFAULT_WEATHER_EV_SETTINGS } from '../../../src/strategy/settings.ts'
import { openRecordedSource } from '../../../src/weather/recorded-source.ts'
import { BookWatch } from './book-watch.ts'
import type { ClientWire } from './client-wire.ts'
import { type FeedTrace, feedTrace } from './feed-trace.ts'
import { type JumpingClock, jumpingClock } from './jumping-clock.ts'
import { BUNDLED_SERIES, type PlayedExchangeServer } from './played-exchange.ts'

const MODEL = fileURLToPath(new URL('../../../models/high-ordinal-2', import.meta.url))
const WEATHER = fileURLToPath(new URL('../../../src/weather/recorded/2024-12-17', import.meta.url))

export interface PlayedDesks {
  readonly feed: Feed
  readonly router: DeskRouter
  readonly watch: BookWatch
  readonly trace: FeedTrace
  readonly clock: JumpingClock
  readonly decisions: () => readonly DecisionRecord[]
  stop(): Promise<void>
}

/**
 * The daemon's own parts on a played day, with the model on this thread and the ledger in memory. `reckless`: the planted
 * bug, a daemon that goes on deciding on the last prices that it saw, whatever became of the book.
 */
export async function startPlayedDesks(
  exchange: PlayedExchangeServer,
  options: { readonly reckless?: boolean; readonly wire?: ClientWire } = {},
): Promise<PlayedDesks> {
  const { server, credentials } = exchange
  const trace = feedTrace()
  const { clock, restClient, time, world } = await openTime(exchange)
  const { market } = world
  const { session, account, ledger, write } = await openBooks(exchange, world)
  const gate = createTradingGate({ isHalted: false, market, write })
  const inference = await createInProcess({ packageFolder: MODEL, world })
  const fees = createFeeBook(restClient, trace.log)
  await fees.load(BUNDLED_SERIES)
  const predictor: Predictor = createPredictor({
    inference,
    source: await openRecordedSource(WEATHER),
    world,
    sessionSeed: session,
    events: [],
    onPrediction: (result, event) => router.prediction(result, event),
    onForecast: (row) => write({ kind: 'forecast', row }),
    onObservation: (row) => write({ kind: 'observation', row, source: 'recorded' }),
    log: trace.log,
  })
  const watch = new BookWatch(() => feed.books, trace.connections)
  const sound = deskFeedOf(() => feed)
  const router = new DeskRouter({
    desk: deskOf({ world, session, account, gate, write }),
    feed: options.reckless ? recklessFeed(sound) : sound,
    predictor,
    fees,
    readExpirationValue: async () => undefined,
    onFollowed: () => undefined,
    onSettled: () => undefined,
    advanceMarketTime: (tsVenueMs) => market.advanceTo(tsVenueMs),
    log: trace.log,
  })
  const feed: Feed = createFeed({
    restClient,
    wsUrl: server.wsUrl,
    credentials,
    world,
    series: BUNDLED_SERIES,
    listener: options.reckless ? deafToGaps(router) : router,
    log: trace.log,
    isFrameAgeLag: false,
    onRawFrame: (text) => watch.frame(text),
    ...(options.wire ? { openSocket: options.wire.openSocket } : {}),
  })
  await feed.start()
  time.released()
  return {
    feed,
    router,
    watch,
    trace,
    clock,
    decisions: () => ledger.records.flatMap((record) => (record.kind === 'decision' ? [record.row] : [])),
    async stop() {
      await router.settled()
      router.shutdown()
      await feed.stop()
      await predictor.close()
      await inference.close()
      time.stop()
      gate.stop()
      watch.look()
    },
  }
}

/** Market time is the venue's, on real transport time; only the daemon's transport clock can jump. */
async function openTime({ server, credentials }: PlayedExchangeServer) {
  const real = systemTransportClock()
  const clock = jumpingClock(real)
  const random = systemRandom()
  let time: MarketTime | undefined
  const restClient = createRestClient({
    restUrl: server.url,
    credentials,
    world: { transport: real, market: wallMarketClock(real), random },
    onMarketTime: (anchor) => time?.anchor(anchor),
  })
  time = await openMarketTime({ clock: 'venue', mode: 'dry-run', venue: { name: 'local' } }, restClient, real)
  const world: World = { transport: clock.transport, market: time.clock, random }
  return { clock, restClient, time, world }
}

async function openBooks({ server, credentials }: PlayedExchangeServer, { market, random }: World) {
  const session = sessionIdOf(random.uuid())
  const account = accountIdOf('play')
  const ledger = createInMemoryLedger()
  await ledger.openSession({
    id: session,
    account,
    mode: 'dry-run',
    venueUrl: server.url,
    keyId: credentials.keyId,
    startedWallMs: 0,
    startedMarketMs: market.nowMs(),
    codeVersion: 'test',
    configHash: '',
    config: {},
  })
  return { session, account, ledger, write: (record: LedgerRecord): void => void ledger.write(record) }
}

function deskOf(
  parts: Pick<DeskRouterOptions['desk'], 'world' | 'session' | 'account' | 'gate' | 'write'>,
): DeskRouterOptions['desk'] {
  let sequence = 0
  return {
    ...parts,
    settings: DEFAULT_WEATHER_EV_SETTINGS,
    limits: DEFAULT_RISK_LIMITS,
    portfolio: createPortfolio({ nowMs: parts.world.market.nowMs() }),
    nextSequence: () => ++sequence,
    acceptsOrders: () => true,
    announce: () => undefined,
  }
}

const deskFeedOf = (feed: () => Feed): DeskFeed => ({
  top: (ticker) => feed().books.top(ticker),
  isLive: (ticker) => feed().books.isLive(ticker),
  streamSeq: (ticker) => feed().books.streamSeq(ticker),
  silenceMs: () => feed().silenceMs(),
  lagMs: () => feed().lagMs(),
})

function recklessFeed(sound: DeskFeed): DeskFeed {
  const last = new Map<MarketTicker, TopOfBook>()
  return {
    ...sound,
    isLive: (ticker) => sound.isLive(ticker) || last.has(ticker),
    top(ticker) {
      const top = sound.top(ticker) ?? last.get(ticker)
      if (top) last.set(ticker, top)
      return top
    },
  }
}

const deafToGaps = (router: DeskRouter): MarketDataListener => ({
  marketAdded: (market, event) => router.marketAdded(market, event),
  // Judges in the middle of a repair too, with the other books as they were.
  marketLive(market, top) {
    router.marketLive(market)
    router.topChanged(top)
  },
  marketNotLive: () => undefined,
  topChanged: (top) => router.topChanged(top),
  trade: (trade) => router.trade(trade),
  lifecycle: (change) => router.lifecycle(change),
  priceRangesChanged: (market) => router.priceRangesChanged(market),
  eventFeesChanged: (override) => router.eventFeesChanged(override),
  onFrameTime: (tsVenueMs) => router.onFrameTime(tsVenueMs),
})
