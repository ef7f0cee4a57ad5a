import { createFeed, type Feed } from '../../actors/feed.ts'
import { createPredictor, type Predictor } from '../../actors/predictor.ts'
import type { World } from '../clock/clock.ts'
import { CITIES } from '../domain/city.ts'
import type { EventTicker, SeriesTicker } from '../domain/ids.ts'
import type { Inference } from '../inference/index.ts'
import type { RestClient } from '../kalshi/rest.ts'
import type { Ledger } from '../ledger/index.ts'
import { riskLimitsOf } from '../risk/limits.ts'
import { weatherEvSettingsOf } from '../strategy/settings.ts'
import { createLatencyHistogram } from '../telemetry/latency.ts'
import type { WeatherSource } from '../weather/source.ts'
import { createAnnouncer } from './announcer.ts'
import { startCityBoard } from './city-board.ts'
import type { DaemonOptions } from './daemon.ts'
import { DeskRouter, type FollowedEvent } from './desk-router.ts'
import { createFeeBook, type FeeBook } from './fee-book.ts'
import { followHeldEvents } from './held-events.ts'
import { createScorekeeper, type Scorekeeper } from './scorekeeper.ts'
import type { SessionBooks } from './session-books.ts'
import { createSessionNotes } from './session-report.ts'

export interface TradingFloorOptions {
  readonly daemon: DaemonOptions
  readonly world: World
  /** Market time is the wall clock: the age of a frame tells how far behind we are. */
  readonly isLive: boolean
  readonly rest: RestClient
  readonly ledger: Ledger
  readonly books: SessionBooks
  readonly source: WeatherSource
  readonly inference: Inference
  /** The last event that is followed has settled. */
  readonly onAllSettled: () => void
}

/** Where data meets decisions: the feed and the predictor tell the desks, the desks write and announce. */
export class TradingFloor {
  readonly feed: Feed
  readonly predictor: Predictor
  readonly router: DeskRouter
  readonly scorekeeper: Scorekeeper
  readonly notes = createSessionNotes()
  /** From a frame's arrival to the decision that it caused. */
  readonly tickToDecision = createLatencyHistogram()
  readonly #options: TradingFloorOptions
  readonly #fees: FeeBook
  readonly #series: readonly SeriesTicker[]
  #board: { stop(): void } | undefined

  constructor(options: TradingFloorOptions) {
    const { daemon, world, rest } = options
    const { config, log, address, credentials } = daemon
    this.#options = options
    this.#series = config.cities.map((city) => CITIES[city].series)
    this.#fees = createFeeBook(rest, log)
    this.predictor = this.#createPredictor()
    this.router = this.#createRouter()
    this.feed = createFeed({
      restClient: rest,
      wsUrl: address.wsUrl,
      credentials,
      world,
      series: this.#series,
      listener: this.router,
      log,
      isFrameAgeLag: options.isLive,
    })
    this.scorekeeper = createScorekeeper({ market: world.market, predictor: this.predictor, books: this.feed.books })
  }

  loadFees(): Promise<void> {
    return this.#fees.load(this.#series)
  }

  /** What ended while the daemon was down is settled before anything new is decided. */
  followHeldEvents(): Promise<void> {
    const { daemon, rest, books } = this.#options
    return followHeldEvents({ account: books.account, rest, router: this.router, log: daemon.log })
  }

  showBoard(): void {
    const { daemon, world, books } = this.#options
    this.#board = startCityBoard({
      market: world.market,
      predictor: this.predictor,
      books: this.feed.books,
      portfolio: books.portfolio,
      events: () => this.router.events(),
      print: daemon.print,
    })
  }

  stopWatching(): void {
    this.#board?.stop()
    this.scorekeeper.stop()
  }

  async closeDesks(): Promise<void> {
    await this.router.settled()
    this.router.shutdown()
  }

  #createPredictor(): Predictor {
    const { daemon, world, books, source, inference } = this.#options
    return createPredictor({
      inference,
      source,
      world,
      sessionSeed: books.record.id,
      events: [],
      onPrediction: (result, event) => {
        if (result.kind === 'prediction') books.write({ kind: 'prediction', row: result })
        this.router.prediction(result, event)
      },
      onForecast: (row) => {
        this.notes.forecast(row)
        books.write({ kind: 'forecast', row })
      },
      onObservation: (row) => {
        this.notes.observation(row)
        books.write({ kind: 'observation', row, source: source.name })
      },
      log: daemon.log,
    })
  }

  #createRouter(): DeskRouter {
    const { daemon, world, rest, ledger, books } = this.#options
    const { config, log, print } = daemon
    const announcer = createAnnouncer({ ledger, log, print })
    let sequence = books.account.decisions
    return new DeskRouter({
      desk: {
        settings: weatherEvSettingsOf(config.weatherEv, config.risk.bankrollDollars),
        limits: riskLimitsOf(config.risk, config.weatherEv),
        world,
        account: books.record.account,
        session: books.record.id,
        portfolio: books.portfolio,
        gate: books.gate,
        nextSequence: () => ++sequence,
        write: (record) => books.write(record),
        acceptsOrders: () => ledger.acceptsOrders,
        announce: (announcement) => announcer.announce(announcement, books.lastRecord()),
        onLatency: (latencyNs) => this.tickToDecision.record(latencyNs),
        workingOrders: books.account.workingOrders,
      },
      feed: {
        top: (market) => this.feed.books.top(market),
        isLive: (market) => this.feed.books.isLive(market),
        streamSeq: (market) => this.feed.books.streamSeq(market),
        silenceMs: () => this.feed.silenceMs(),
        lagMs: () => this.feed.lagMs(),
      },
      predictor: this.predictor,
      fees: this.#fees,
      readExpirationValue: (event) => readExpirationValue(rest, event),
      onFollowed: (followed) => this.scorekeeper.follow(followed),
      onSettled: (followed) => this.#settled(followed),
      advanceMarketTime: (tsVenueMs) => world.market.advanceTo(tsVenueMs),
      log,
    })
  }

  #settled(followed: FollowedEvent): void {
    const { ticker } = followed.event
    this.#options.daemon.log.info({ event: ticker }, 'Event settled')
    this.scorekeeper.settled(followed)
    this.predictor.remove(ticker)
    if (this.router.events().every(({ unsettled }) => unsettled.size === 0)) this.#options.onAllSettled()
  }
}

async function readExpirationValue(rest: RestClient, event: EventTicker): Promise<string | undefined> {
  const answer = await rest.event(event)
  if (!answer.ok) return undefined
  return answer.value.event.markets.find(({ expirationValue }) => expirationValue !== undefined)?.expirationValue
}
