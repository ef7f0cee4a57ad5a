import { fileURLToPath } from 'node:url'
import { createFeed, type Feed } from '../../actors/feed.ts'
import { createPredictor, type Predictor } from '../../actors/predictor.ts'
import { createTradingGate, type TradingGate } from '../../actors/trading-gate.ts'
import type { TraderContext } from '../../machines/trader.machine.ts'
import type { Timer, World } from '../clock/clock.ts'
import { IDLE_BASELINE_MS, INFERENCE_THREADS, PLAY_END_QUIET_MS } from '../config/limits.ts'
import { configHash, redact } from '../config/redact.ts'
import { VERSION } from '../config/version.ts'
import { CITIES } from '../domain/city.ts'
import { accountIdOf, type EventTicker, type SessionId, sessionIdOf } from '../domain/ids.ts'
import { invariant } from '../domain/invariant.ts'
import type { Inference } from '../inference/index.ts'
import { createPool } from '../inference/pool.ts'
import { createRestClient, type RestClient } from '../kalshi/rest.ts'
import type { AccountState, Ledger } from '../ledger/index.ts'
import type { LedgerRecord, SessionRecord } from '../ledger/records.ts'
import { databaseSettingsOf } from '../ledger/settings.ts'
import { createLedger } from '../ledger/thread.ts'
import { createPortfolio, type Portfolio } from '../portfolio/portfolio.ts'
import { riskLimitsOf } from '../risk/limits.ts'
import { weatherEvSettingsOf } from '../strategy/settings.ts'
import { type EventLoopMonitor, startEventLoopMonitor } from '../telemetry/event-loop.ts'
import { createLatencyHistogram } from '../telemetry/latency.ts'
import type { WeatherSource } from '../weather/source.ts'
import { createAnnouncer } from './announcer.ts'
import { startCityBoard } from './city-board.ts'
import type { DaemonOptions } from './daemon.ts'
import { DeskRouter, type FollowedEvent } from './desk-router.ts'
import { createFeeBook, type FeeBook } from './fee-book.ts'
import { followHeldEvents } from './held-events.ts'
import { type MarketTime, openMarketTime } from './market-time.ts'
import type { SessionReport } from './report.ts'
import { createScorekeeper, type Scorekeeper } from './scorekeeper.ts'
import { createSessionNotes, sessionReport } from './session-report.ts'
import { openWeather } from './weather.ts'

const BUNDLED_MODEL = fileURLToPath(new URL('../../models/high-ordinal-1', import.meta.url))

/** Everything between the first and the last step of a session, in the order in which it comes to be. */
export class DaemonParts {
  onFailure: (error: unknown) => void = () => undefined
  onComplete: () => void = () => undefined
  outcome: TraderContext['outcome'] = 'interrupted'
  /** What is being drained now, for the message when it hangs. */
  draining = 'nothing'

  readonly #options: DaemonOptions
  readonly #startedNs: number
  readonly #session: SessionId
  readonly #tickToDecision = createLatencyHistogram()
  readonly #notes = createSessionNotes()
  #rest: RestClient | undefined
  #time: MarketTime | undefined
  #world: World | undefined
  #ledger: Ledger | undefined
  #sessionRecord: SessionRecord | undefined
  #account: AccountState | undefined
  #portfolio: Portfolio | undefined
  #gate: TradingGate | undefined
  #inference: Inference | undefined
  #source: WeatherSource | undefined
  #predictor: Predictor | undefined
  #fees: FeeBook | undefined
  #feed: Feed | undefined
  #router: DeskRouter | undefined
  #scorekeeper: Scorekeeper | undefined
  #board: { stop(): void } | undefined
  #monitor: EventLoopMonitor | undefined
  #lastRecord = 0
  #isTrading = false
  #beginning: Promise<void> = Promise.resolve()
  #ending: Timer | undefined
  #isDrained: Promise<void> | undefined

  constructor(options: DaemonOptions) {
    this.#options = options
    this.#startedNs = options.world.transport.monotonicNs()
    this.#session = sessionIdOf(options.world.random.uuid())
  }

  /** One step of the start. A stop does not interrupt it: `drain` waits for it, and ends what it has made. */
  begin(step: () => Promise<void>): Promise<void> {
    const begun = step()
    // The trader hears of a failure; here only the end of the step counts.
    this.#beginning = begun.catch(() => undefined)
    return begun
  }

  async findVenue(): Promise<void> {
    const { address, credentials, world, config, signal } = this.#options
    this.#rest = createRestClient({
      restUrl: address.restUrl,
      credentials,
      world,
      signal,
      onMarketTime: (anchor) => this.#time?.anchor(anchor),
    })
    this.#time = await openMarketTime(config.clock, this.#rest, world.transport)
    this.#world = { ...world, market: this.#time.clock }
  }

  async openLedger(): Promise<void> {
    const { config, log, address, credentials } = this.#options
    const world = present(this.#world)
    this.#ledger = await createLedger({
      database: await databaseSettingsOf(config.database),
      decisionDays: config.database.decisionDays,
      world,
      log,
    })
    this.#ledger.onFailure((error) => this.onFailure(error))
    const runId = this.#time?.runId
    this.#sessionRecord = {
      id: this.#session,
      account: accountIdOf([config.mode, address.restUrl, credentials.keyId, runId].filter(Boolean).join('|')),
      mode: config.mode,
      venueUrl: address.restUrl,
      keyId: credentials.keyId,
      ...(runId === undefined ? {} : { runId }),
      startedWallMs: world.transport.wallMs(),
      startedMarketMs: world.market.nowMs(),
      codeVersion: VERSION,
      configHash: configHash(config),
      config: redact(config),
    }
    this.#account = await this.#ledger.openSession(this.#sessionRecord)
    const { positions, settledMarkets, isHalted } = this.#account
    this.#portfolio = createPortfolio({ nowMs: world.market.nowMs(), positions, settledMarkets })
    this.#gate = createTradingGate({ isHalted, market: world.market, write: (record) => this.#write(record) })
    if (isHalted) log.error({}, 'Trading is halted since an earlier session')
  }

  async prepareModel(): Promise<void> {
    const { config, log } = this.#options
    const world = present(this.#world)
    this.#source = await openWeather(config, world)
    const packageFolder = config.models.weatherHigh ?? BUNDLED_MODEL
    this.#inference = await createPool({
      packageFolder,
      threads: INFERENCE_THREADS,
      world,
      onTrouble: (error) => log.error({ error }, 'Inference thread failed'),
    })
    await this.#inference.ready()
  }

  async connectFeed(): Promise<void> {
    const { config, log, address, credentials } = this.#options
    const world = present(this.#world)
    const rest = present(this.#rest)
    const series = config.cities.map((city) => CITIES[city].series)
    this.#fees = createFeeBook(rest, log)
    await this.#fees.load(series)
    this.#predictor = this.#createPredictor(world)
    const router = this.#createRouter(world, rest, this.#predictor, this.#fees)
    this.#router = router
    this.#feed = createFeed({
      restClient: rest,
      wsUrl: address.wsUrl,
      credentials,
      world,
      series,
      listener: router,
      log,
      isFrameAgeLag: config.clock === 'wall',
    })
    this.#scorekeeper = createScorekeeper({ market: world.market, predictor: this.#predictor, books: this.#feed.books })
    await this.#measureIdleLoop(world)
    if (!this.#isDrained) await this.#feed.start()
    if (!this.#isDrained) await followHeldEvents({ account: present(this.#account), rest, router, log })
  }

  /** Everything is loaded and nothing has been asked for: what the loop shows now is the machine's own delay. */
  async #measureIdleLoop({ transport }: World): Promise<void> {
    this.#monitor = startEventLoopMonitor()
    const { promise, resolve } = Promise.withResolvers<void>()
    transport.after(IDLE_BASELINE_MS, resolve)
    await promise
    this.#monitor.endBaseline()
  }

  startTrading(): void {
    if (this.#isTrading) return
    this.#isTrading = true
    const world = present(this.#world)
    const feed = present(this.#feed)
    const { log, play, print } = this.#options
    const events = this.#router?.events() ?? []
    log.info({ events: events.length, session: this.#session }, 'Running')
    if (events.length === 0) log.warn({}, 'No open event of the configured cities')
    this.#board = startCityBoard({
      market: world.market,
      predictor: present(this.#predictor),
      books: feed.books,
      portfolio: present(this.#portfolio),
      events: () => this.#router?.events() ?? [],
      print,
    })
    this.#options.onRunning?.({
      inference: present(this.#inference),
      source: present(this.#source),
      predictor: present(this.#predictor),
      world,
      events: () => this.#router?.events().map(({ event }) => event) ?? [],
    })
    if (!play) return
    play.release()
    this.#time?.released()
    this.#ending = world.transport.every(PLAY_END_QUIET_MS, () => {
      if (world.market.nowMs() >= play.endMs && feed.silenceMs() >= PLAY_END_QUIET_MS) this.#playOver()
    })
  }

  isHalted(): boolean {
    return this.#gate?.state() === 'halted'
  }

  /** Last in, first out; every step tolerates that its part never came to be. Idempotent. */
  drain(outcome?: TraderContext['outcome']): Promise<void> {
    if (outcome) this.outcome = outcome
    this.#isDrained ??= this.#drain()
    return this.#isDrained
  }

  async #drain(): Promise<void> {
    this.#ending?.cancel()
    this.#board?.stop()
    this.#scorekeeper?.stop()
    // A feed that is still connecting gives up at once when it is stopped.
    if (!this.#isTrading) await this.#step('the feed', async () => this.#feed?.stop())
    await this.#step('the start', () => this.#beginning)
    await this.#step('the desks', async () => {
      await this.#router?.settled()
      this.#router?.shutdown()
    })
    await this.#step('the feed', async () => this.#feed?.stop())
    await this.#step('the predictor', async () => this.#predictor?.close())
    await this.#step('the model', async () => this.#inference?.close())
    await this.#step('the ledger', async () => this.#closeLedger())
    this.#time?.stop()
    this.#gate?.stop()
    this.#monitor?.stop()
  }

  async #step(name: string, run: () => Promise<void>): Promise<void> {
    this.draining = name
    try {
      await run()
    } catch (error) {
      // The others must still be drained; the first failure is what the session ends with.
      this.onFailure(error)
    }
  }

  async #closeLedger(): Promise<void> {
    const ledger = this.#ledger
    if (!ledger) return
    try {
      if (this.#account && !(this.outcome === 'completed' && this.#options.play?.stays)) await this.#report(ledger)
      if (this.#account) {
        const world = present(this.#world)
        await ledger.closeSession({
          endedWallMs: world.transport.wallMs(),
          endedMarketMs: world.market.nowMs(),
          status: this.outcome,
          totals: { ...ledger.stats(), decisionsByDesk: this.#deskStats() },
        })
      }
    } finally {
      await ledger.close()
    }
  }

  #deskStats(): unknown {
    return Object.fromEntries((this.#router?.events() ?? []).map(({ desk }) => [desk.event, desk.stats()]))
  }

  async #report(ledger: Ledger): Promise<void> {
    if (!this.#isTrading) return
    await ledger.committed()
    const record = present(this.#sessionRecord)
    const report: SessionReport = sessionReport({
      record,
      outcome: this.outcome,
      quotes: this.#options.quotes,
      ledger: await ledger.report(this.#session),
      events: this.#router?.events() ?? [],
      notes: this.#notes,
      score: this.#scorekeeper?.score(),
      feed: this.#feed?.stats(),
      predictor: this.#predictor?.stats(),
      tickToDecision: this.#tickToDecision.summary(),
      eventLoop: present(this.#monitor).report(),
      wallSeconds: (this.#options.world.transport.monotonicNs() - this.#startedNs) / 1e9,
    })
    this.#options.onReport(report)
  }

  #write(record: LedgerRecord): void {
    this.#lastRecord = present(this.#ledger).write(record)
  }

  #createPredictor(world: World): Predictor {
    return createPredictor({
      inference: present(this.#inference),
      source: present(this.#source),
      world,
      sessionSeed: this.#session,
      events: [],
      onPrediction: (result, event) => {
        if (result.kind === 'prediction') this.#write({ kind: 'prediction', row: result })
        this.#router?.prediction(result, event)
      },
      onForecast: (row) => {
        this.#notes.forecast(row)
        this.#write({ kind: 'forecast', row })
      },
      onObservation: (row) => {
        this.#notes.observation(row)
        this.#write({ kind: 'observation', row })
      },
      log: this.#options.log,
    })
  }

  #createRouter(world: World, rest: RestClient, predictor: Predictor, fees: FeeBook): DeskRouter {
    const { config, log, print } = this.#options
    const ledger = present(this.#ledger)
    const announcer = createAnnouncer({ ledger, log, print })
    const feed = (): Feed => present(this.#feed)
    let sequence = this.#account?.decisions ?? 0
    return new DeskRouter({
      desk: {
        settings: weatherEvSettingsOf(config.weatherEv, config.risk.bankrollDollars),
        limits: riskLimitsOf(config.risk, config.weatherEv),
        world,
        account: present(this.#sessionRecord).account,
        session: this.#session,
        portfolio: present(this.#portfolio),
        gate: present(this.#gate),
        nextSequence: () => ++sequence,
        write: (record) => this.#write(record),
        acceptsOrders: () => ledger.acceptsOrders,
        announce: (announcement) => announcer.announce(announcement, this.#lastRecord),
        onLatency: (latencyNs) => this.#tickToDecision.record(latencyNs),
        workingOrders: this.#account?.workingOrders ?? [],
      },
      feed: {
        top: (market) => feed().books.top(market),
        isLive: (market) => feed().books.isLive(market),
        streamSeq: (market) => feed().books.streamSeq(market),
        silenceMs: () => feed().silenceMs(),
        lagMs: () => feed().lagMs(),
      },
      predictor,
      fees,
      readExpirationValue: (event) => readExpirationValue(rest, event),
      onFollowed: (followed) => this.#scorekeeper?.follow(followed),
      onSettled: (followed) => this.#eventSettled(followed),
      advanceMarketTime: (tsVenueMs) => world.market.advanceTo(tsVenueMs),
      log,
    })
  }

  #eventSettled(followed: FollowedEvent): void {
    const { ticker } = followed.event
    this.#options.log.info({ event: ticker }, 'Event settled')
    this.#scorekeeper?.settled(followed)
    this.#predictor?.remove(ticker)
    if (this.#router?.events().every(({ unsettled }) => unsettled.size === 0)) this.#playOver()
  }

  #playOver(): void {
    const { play } = this.#options
    if (!this.#ending || !play) return
    this.#ending.cancel()
    this.#ending = undefined
    if (!play.stays) {
      this.onComplete()
      return
    }
    this.outcome = 'completed'
    void this.#report(present(this.#ledger)).catch((error: unknown) => this.onFailure(error))
  }
}

function present<Part>(part: Part | undefined): Part {
  invariant(part !== undefined, 'the parts of the daemon come to be in their order')
  return part
}

async function readExpirationValue(rest: RestClient, event: EventTicker): Promise<string | undefined> {
  const answer = await rest.event(event)
  if (!answer.ok) return undefined
  return answer.value.event.markets.find(({ expirationValue }) => expirationValue !== undefined)?.expirationValue
}
