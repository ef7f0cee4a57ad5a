import type { Timer, World } from '../src/clock/clock.ts'
import { DISCOVERY_INTERVAL_MS, PING_INTERVAL_MS, STREAM_PROBE_MS } from '../src/config/limits.ts'
import type { Level, TopOfBook } from '../src/domain/book.ts'
import type { MarketTicker, SeriesTicker } from '../src/domain/ids.ts'
import type { Market, MarketEvent, MarketOutcome } from '../src/domain/market.ts'
import type { ErrorFrame, Frame } from '../src/kalshi/frame.ts'
import { createFrameDecoder } from '../src/kalshi/frame-decoder.ts'
import type { MarketDataListener } from '../src/kalshi/market-data.ts'
import type { RestClient } from '../src/kalshi/rest.ts'
import { operatingErrorOf } from '../src/kalshi/rest-error.ts'
import { TERMINAL_WS_ERRORS } from '../src/kalshi/schemas/ws.ts'
import type { Credentials } from '../src/kalshi/signing.ts'
import { type OpenSocket, openWebSocket } from '../src/kalshi/socket.ts'
import type { Log } from '../src/telemetry/log.ts'
import { type Connection, createConnection } from './connection.ts'
import { FeedCounts, type FeedStats } from './feed-counts.ts'
import { FeedEndings } from './feed-endings.ts'
import { routeLifecycle } from './feed-lifecycle.ts'
import { createFeedStart, type FeedStart } from './feed-start.ts'
import { FeedStreams } from './feed-streams.ts'
import { MarketBooks } from './market-books.ts'
import { createMarketDiscovery, type MarketDiscovery } from './market-discovery.ts'
import { NO_LADDER_IN_YES_PRICE } from './subscription.ts'
import { TopPublisher } from './top-publisher.ts'

export interface FeedOptions {
  readonly restClient: RestClient
  readonly wsUrl: string
  readonly credentials: Credentials
  readonly world: World
  readonly series: readonly SeriesTicker[]
  readonly listener: MarketDataListener
  readonly log: Log
  /** Live, where market time is the wall clock: the age of frames counts as lag. A play's frames are as old as the play says. */
  readonly isFrameAgeLag: boolean
  /** Every text frame as it came, before anything else looks at it; must not throw and must not block. */
  readonly onRawFrame?: (text: string, tsReceivedNs: number) => void
  readonly openSocket?: OpenSocket
}

export interface FeedBooks {
  /** Undefined while the market is not live. */
  top(market: MarketTicker): TopOfBook | undefined
  isLive(market: MarketTicker): boolean
  /** Number of the last frame accepted on the market's stream; 0 before its first snapshot. */
  streamSeq(market: MarketTicker): number
  /** Best first; undefined while the market is not live. */
  levels(market: MarketTicker): { readonly bids: readonly Level[]; readonly asks: readonly Level[] } | undefined
}

export interface Feed {
  /**
   * Discovers the markets, connects and subscribes. Resolves with the events once every book is live, or once the time for
   * that is over while connected: the rest becomes live on its own.
   * @throws OperatingError where the venue cannot be reached (exit 4) or does not accept the key.
   */
  start(): Promise<readonly MarketEvent[]>
  stop(): Promise<void>
  readonly books: FeedBooks
  /** How far behind the venue we are: the oldest unanswered of our own pings and, live, the age of the last frame. */
  lagMs(): number
  /** Since the last frame or ping of the venue. */
  silenceMs(): number
  isConnected(): boolean
  stats(): FeedStats
}

/** The venue's market data: REST discovery, one connection, three channels, books, and what they mean for the listener. */
export const createFeed = (options: FeedOptions): Feed => new MarketFeed(options)

class MarketFeed implements Feed {
  readonly books: FeedBooks
  readonly #options: FeedOptions
  readonly #decoder = createFrameDecoder({ noLadderInYesPrice: NO_LADDER_IN_YES_PRICE })
  readonly #counts: FeedCounts
  readonly #books: MarketBooks
  readonly #tops: TopPublisher
  readonly #connection: Connection
  readonly #streams: FeedStreams
  readonly #discovery: MarketDiscovery
  readonly #endings = new FeedEndings()
  #starting: FeedStart | undefined
  #probing: Timer | undefined
  /** Without a book for now: asked for again, beside the others, now and then. */
  readonly #givenUp = new Set<MarketTicker>()
  #retryAtNs = 0
  #lastFrameAgeMs = 0
  #lastSequencedNs = 0
  /** Something happened after which the books may all be live; looked at once per frame. */
  #mayBeComplete = false
  #isStopped = false

  constructor(options: FeedOptions) {
    this.#options = options
    const { world, log, listener } = options
    this.#counts = new FeedCounts(log)
    this.#books = new MarketBooks({ sink: this.#booksSink(), marketNowMs: () => world.market.nowMs() })
    this.books = this.#books
    this.#tops = new TopPublisher({
      transport: world.transport,
      topOf: (market) => this.#books.top(market),
      publish: (top) => listener.topChanged(top),
    })
    this.#connection = this.#createConnection()
    this.#streams = new FeedStreams({
      world,
      log,
      books: this.#books,
      send: (text) => this.#connection.send(text),
      renewConnection: (reason) => this.#connection.renew(reason),
      unanswered: () => this.#giveUpOrRenew(),
      unservable: (markets) => this.#giveUp(markets),
      lifecycleGap: () => this.#refresh(),
    })
    this.#discovery = createMarketDiscovery({
      rest: options.restClient,
      world,
      series: options.series,
      log,
      found: (market, event) => this.#follow(market, event),
      ended: (market, outcome) => this.#endOverRest(market, outcome),
    })
  }

  async start(): Promise<readonly MarketEvent[]> {
    const { restClient, world, wsUrl, log } = this.#options
    const discovered = await this.#discovery.refresh()
    if (!discovered.ok) throw operatingErrorOf(discovered.error, restClient.restUrl)
    log.info({ events: discovered.value.length, markets: this.#books.markets().length }, 'Markets discovered')
    this.#discovery.start()
    this.#probing = world.transport.every(PING_INTERVAL_MS, () => this.#watch())
    this.#starting = createFeedStart({ world, wsUrl, isConnected: () => this.#connection.isOpen() })
    this.#connection.start()
    try {
      await this.#starting.finished
    } catch (error) {
      await this.stop()
      throw error
    }
    this.#starting = undefined
    return discovered.value
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return
    this.#isStopped = true
    this.#discovery.stop()
    this.#probing?.cancel()
    this.#starting?.done()
    this.#connection.stop()
    this.#streams.broadcast({ type: 'subscription.stop' })
  }

  lagMs(): number {
    return Math.max(this.#connection.lagMs(), this.#lastFrameAgeMs)
  }

  silenceMs(): number {
    return this.#connection.silenceMs()
  }

  isConnected(): boolean {
    return this.#connection.isOpen()
  }

  stats(): FeedStats {
    return this.#counts.stats({
      books: this.#books.stats(),
      connection: this.#connection.stats(),
      lagMs: this.lagMs(),
      unexpectedEvents: this.#streams.unexpectedEvents(),
    })
  }

  #booksSink(): ConstructorParameters<typeof MarketBooks>[0]['sink'] {
    const { listener, log } = this.#options
    return {
      becameLive: (market) => {
        this.#mayBeComplete = true
        const top = this.#books.top(market)
        if (!top) return
        this.#tops.becameLive(top)
        listener.marketLive(market, top)
      },
      becameNotLive: (market, reason) => {
        this.#tops.becameNotLive(market)
        listener.marketNotLive(market, reason)
      },
      topTouched: (market) => this.#tops.touched(market),
      faulted: (sid, reason) => {
        this.#counts.resyncs++
        this.#mayBeComplete = true
        log.warn({ sid, reason }, 'Book faulted')
        this.#streams.of(sid)?.send({ type: 'stream.faulted' })
      },
    }
  }

  #createConnection(): Connection {
    const { world, wsUrl, credentials, openSocket = openWebSocket, log } = this.#options
    return createConnection({
      world,
      wsUrl,
      credentials,
      openSocket,
      listener: {
        opened: (connection) => {
          log.info({ connection }, 'Connected')
          this.#books.connect(connection)
          this.#lastFrameAgeMs = 0
          this.#retryAtNs = 0
          this.#lastSequencedNs = world.transport.monotonicNs()
          this.#streams.connectionOpened()
          if (connection > 1) this.#refresh()
          if (this.#books.markets().length === 0) this.#starting?.done()
        },
        lost: () => {
          this.#books.disconnect()
          this.#streams.broadcast({ type: 'connection.lost' })
        },
        frame: (text, tsReceivedNs) => this.#onFrame(text, tsReceivedNs),
        failed: (reason, status) => {
          log.warn({ reason, status }, 'Connection failed')
          if (status === 401 || status === 403) this.#starting?.refuse(status)
        },
      },
    })
  }

  #onFrame(text: string, tsReceivedNs: number): void {
    this.#options.onRawFrame?.(text, tsReceivedNs)
    const frame = this.#decoder.decode(text)
    this.#noteVenueTime(frame)
    this.#streams.bind(frame)
    const verdict = this.#books.handle(frame, tsReceivedNs)
    if (verdict === 'duplicate' || verdict === 'dead') return
    if (verdict !== 'unsequenced' && frame.sid === this.#streams.orderBooks.sid()) this.#lastSequencedNs = tsReceivedNs
    if (verdict === 'gap') {
      this.#options.log.warn({ sid: frame.sid, seq: frame.seq }, 'Gap detected')
      this.#mayBeComplete = true
      this.#streams.of(frame.sid)?.send({ type: 'stream.gapDetected' })
    }
    if (frame.kind !== 'bookDelta') this.#dispatch(frame)
    if (this.#mayBeComplete) this.#reportCompletion()
  }

  #dispatch(frame: Frame): void {
    const { listener, world } = this.#options
    switch (frame.kind) {
      case 'bookSnapshot':
        if (this.#streams.orderBooks.isProbing()) this.#streams.orderBooks.send({ type: 'stream.answered' })
        return
      case 'trade':
        listener.trade(frame.trade)
        return
      case 'error':
        this.#onError(frame)
        return
      case 'malformed':
        this.#counts.malformed(frame.reason)
        return
      case 'unknown':
        this.#counts.unknown(frame.type)
        return
      case 'lifecycle':
      case 'eventLifecycle':
      case 'eventFee':
        routeLifecycle(frame, {
          discovery: this.#discovery,
          listener,
          nowMs: world.market.nowMs(),
          heard: (change) => this.#endings.noteFrame(change),
          reactivated: (market) => this.#reactivated(market),
          settled: (market) => this.#settled(market),
        })
        return
      default:
        return
    }
  }

  #noteVenueTime(frame: Frame): void {
    const tsVenueMs = frame.kind === 'bookDelta' ? frame.tsVenueMs : frame.kind === 'trade' && frame.trade.tsVenueMs
    if (typeof tsVenueMs !== 'number') return
    const { listener, isFrameAgeLag, restClient, world } = this.#options
    listener.onFrameTime(tsVenueMs)
    if (!isFrameAgeLag) return
    const venueNowMs = world.transport.wallMs() - (restClient.clockSkewMs() ?? 0)
    this.#lastFrameAgeMs = Math.max(0, venueNowMs - tsVenueMs)
  }

  #onError(frame: ErrorFrame): void {
    const { sid, id, code, text } = frame
    this.#options.log.warn({ sid, id, code, text }, 'Error from the venue')
    this.#counts.venueErrors++
    if (this.#streams.fail(frame) || !TERMINAL_WS_ERRORS.includes(code)) return
    this.#connection.renew(`terminal error ${code} of the venue`)
  }

  #follow(market: Market, event: MarketEvent): void {
    this.#options.listener.marketAdded(market, event)
    if (!isSubscribable(market)) return
    this.#books.track(market.ticker)
    this.#streams.marketsAdded()
  }

  /** The venue emptied this book when it paused the market (kalshi-api §4.2). */
  #reactivated(market: MarketTicker): void {
    if (!this.#books.isLive(market)) return
    this.#books.suspend(market, 'reactivated')
    this.#streams.orderBooks.send({ type: 'stream.faulted' })
  }

  #endOverRest({ ticker }: Market, outcome: MarketOutcome): void {
    const { listener, log } = this.#options
    for (const ending of this.#endings.takeMissing(ticker, outcome)) {
      log.info({ market: ticker, type: ending.type }, 'End of a market read over REST')
      if (ending.type === 'settled') this.#settled(ticker)
      listener.lifecycle(ending)
    }
    if (this.#mayBeComplete) this.#reportCompletion()
  }

  #settled(market: MarketTicker): void {
    this.#givenUp.delete(market)
    this.#books.untrack(market, 'settled')
    this.#mayBeComplete = true
  }

  #reportCompletion(): void {
    this.#mayBeComplete = false
    if (this.#books.notLiveCount > 0) return
    this.#streams.orderBooks.send({ type: 'stream.completed' })
    if (this.#streams.orderBooks.isLive()) this.#starting?.done()
  }

  /** One market that the venue does not serve must not keep the others from being whole. */
  #giveUpOrRenew(): void {
    const waiting = this.#books.waiting({ onlyNew: false })
    const strangers = this.#books.waiting({ onlyNew: true })
    if (waiting.length > strangers.length || strangers.length === this.#books.markets().length) {
      this.#connection.renew('snapshots did not come')
      return
    }
    this.#giveUp(strangers)
  }

  #giveUp(markets: readonly MarketTicker[]): void {
    this.#options.log.error({ markets }, 'The venue serves no book of these markets, which are asked for again later')
    for (const market of markets) {
      if (!this.#books.markets().includes(market)) continue
      this.#books.untrack(market, 'noSnapshot')
      this.#givenUp.add(market)
    }
    this.#retryAtNs = this.#options.world.transport.monotonicNs() + DISCOVERY_INTERVAL_MS * 1e6
    this.#reportCompletion()
  }

  /** Only beside books that are live: a market that the venue refuses must not keep others from their subscription. */
  #retryGivenUp(): void {
    if (this.#givenUp.size === 0 || this.#options.world.transport.monotonicNs() < this.#retryAtNs) return
    if (!this.#streams.orderBooks.isLive()) return
    for (const market of this.#givenUp) this.#books.track(market)
    this.#givenUp.clear()
    this.#streams.marketsAdded()
  }

  #refresh(): void {
    void this.#discovery.refresh().then((result) => {
      if (!result.ok) this.#options.log.warn({ error: result.error }, 'Discovery failed')
    })
  }

  #watch(): void {
    this.#retryGivenUp()
    this.#probeIfQuiet()
  }

  #probeIfQuiet(): void {
    const { orderBooks } = this.#streams
    const quietNs = this.#options.world.transport.monotonicNs() - this.#lastSequencedNs
    if (quietNs < STREAM_PROBE_MS * 1e6 || this.#books.markets().length === 0) return
    if (!orderBooks.isLive() || orderBooks.isProbing()) return
    this.#counts.probes++
    orderBooks.send({ type: 'stream.quiet' })
    // The last frame of the lifecycle channel can be lost likewise, and no snapshot would show it.
    this.#refresh()
  }
}

/** Closed markets are followed for their settlement only: their books are empty and the venue may refuse them. */
const isSubscribable = (market: Market): boolean => ['initialized', 'active', 'paused'].includes(market.status)
