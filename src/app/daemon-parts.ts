import type { TraderContext } from '../../machines/trader.machine.ts'
import type { Timer, World } from '../clock/clock.ts'
import { IDLE_BASELINE_MS, INFERENCE_THREADS, PLAY_END_QUIET_MS } from '../config/limits.ts'
import { type SessionId, sessionIdOf } from '../domain/ids.ts'
import { invariant } from '../domain/invariant.ts'
import type { Inference } from '../inference/index.ts'
import { BUNDLED_MODEL } from '../inference/package.ts'
import { createPool } from '../inference/pool.ts'
import { createRestClient, type RestClient } from '../kalshi/rest.ts'
import type { Ledger } from '../ledger/index.ts'
import { databaseSettingsOf } from '../ledger/settings.ts'
import { createLedger } from '../ledger/thread.ts'
import { type EventLoopMonitor, startEventLoopMonitor } from '../telemetry/event-loop.ts'
import type { WeatherSource } from '../weather/source.ts'
import type { DaemonOptions } from './daemon.ts'
import { createStrategyModes, type StrategyModes } from './demotion.ts'
import { type MarketTime, openMarketTime } from './market-time.ts'
import { createModelReload, type ModelReload } from './model-reload.ts'
import { openSessionBooks, type SessionBooks } from './session-books.ts'
import { sessionReport } from './session-report.ts'
import { TradingFloor } from './trading-floor.ts'
import { openWeather } from './weather.ts'
import { openWeatherPast, type WeatherPastKeeper } from './weather-past.ts'

/** The steps of the trader machine, in the order of a session, and the drain that ends whatever they have made. */
export class DaemonParts {
  onFailure: (error: unknown) => void = () => undefined
  onComplete: () => void = () => undefined
  outcome: TraderContext['outcome'] = 'interrupted'
  /** What is being drained now, for the message when it hangs. */
  draining = 'nothing'

  readonly #options: DaemonOptions
  readonly #startedNs: number
  readonly #session: SessionId
  #rest: RestClient | undefined
  #time: MarketTime | undefined
  #ledger: Ledger | undefined
  #books: SessionBooks | undefined
  #past: WeatherPastKeeper | undefined
  #source: WeatherSource | undefined
  #inference: Inference | undefined
  #modes: StrategyModes | undefined
  #floor: TradingFloor | undefined
  #monitor: EventLoopMonitor | undefined
  #reload: ModelReload | undefined
  #isReloadAsked = false
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
    this.#time = await openMarketTime(config, this.#rest, world.transport)
  }

  async openLedger(): Promise<void> {
    const { config, log } = this.#options
    const world = this.#world()
    this.#ledger = await createLedger({
      database: await databaseSettingsOf(config.database),
      decisionDays: config.database.decisionDays,
      world,
      log,
    })
    this.#ledger.onFailure((error) => this.onFailure(error))
    this.#books = await openSessionBooks({
      daemon: this.#options,
      ledger: this.#ledger,
      world,
      session: this.#session,
      runId: this.#time?.runId,
      onRecord: (record) => this.#past?.note(record),
    })
  }

  async prepareModel(): Promise<void> {
    const { config, log } = this.#options
    const world = this.#world()
    if (config.weather.source === 'nws') {
      this.#past = await openWeatherPast(present(this.#ledger), world.market.nowMs())
    }
    this.#source = await openWeather(config, world, this.#past)
    this.#inference = await createPool({
      packageFolder: this.#modelFolder(),
      threads: INFERENCE_THREADS,
      world,
      onTrouble: (error) => log.error({ error }, 'Inference thread failed'),
    })
    await this.#inference.ready()
    this.#modes = createStrategyModes({
      mode: config.mode,
      config: config.demotion,
      ledger: present(this.#ledger),
      inference: this.#inference,
      world,
      write: (record) => this.#books?.write(record),
      log,
      print: this.#options.print,
    })
    await this.#modes.start()
  }

  async connectFeed(): Promise<void> {
    this.#floor = new TradingFloor({
      daemon: this.#options,
      world: this.#world(),
      isLive: present(this.#time).kind === 'wall',
      rest: present(this.#rest),
      ledger: present(this.#ledger),
      books: present(this.#books),
      source: present(this.#source),
      inference: present(this.#inference),
      onAllSettled: () => this.#playOver(),
    })
    await this.#floor.loadFees()
    await this.#measureIdleLoop()
    if (!this.#isDrained) await this.#floor.feed.start()
    if (!this.#isDrained) await this.#floor.followHeldEvents()
  }

  /** Everything is loaded and nothing has been asked for: what the loop shows now is the machine's own delay. */
  async #measureIdleLoop(): Promise<void> {
    this.#monitor = startEventLoopMonitor()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#options.world.transport.after(IDLE_BASELINE_MS, resolve)
    await promise
    this.#monitor.endBaseline()
  }

  /** Serves what the folder of the model package holds now; during the start, as soon as trading begins. */
  reloadModel(): void {
    if (this.#reload) this.#reload.request()
    else this.#isReloadAsked = true
  }

  startTrading(): void {
    if (this.#isTrading) return
    this.#isTrading = true
    const { log, print, onRunning, play } = this.#options
    const { router, predictor, feed } = present(this.#floor)
    const world = this.#world()
    const events = router.events().length
    log.info({ events, session: this.#session }, 'Running')
    if (events === 0) log.warn({}, 'No open event of the configured cities')
    this.#floor?.showBoard()
    this.#reload = createModelReload({
      inference: present(this.#inference),
      packageFolder: this.#modelFolder(),
      onSwapped: () => {
        predictor.lookAgain()
        void this.#modes?.modelChanged()
      },
      onFailure: (error) => this.onFailure(error),
      log,
      print,
    })
    if (this.#isReloadAsked) this.#reload.request()
    onRunning?.({
      inference: present(this.#inference),
      source: present(this.#source),
      predictor,
      world,
      events: () => router.events().map(({ event }) => event),
    })
    if (!play) return
    play.release()
    this.#time?.released()
    this.#ending = world.transport.every(PLAY_END_QUIET_MS, () => {
      if (world.market.nowMs() >= play.endMs && feed.silenceMs() >= PLAY_END_QUIET_MS) this.#playOver()
    })
  }

  isHalted(): boolean {
    return this.#books?.gate.state() === 'halted'
  }

  /** Last in, first out; every step tolerates that its part never came to be. Idempotent. */
  drain(outcome?: TraderContext['outcome']): Promise<void> {
    if (outcome) this.outcome = outcome
    this.#isDrained ??= this.#drain()
    return this.#isDrained
  }

  async #drain(): Promise<void> {
    this.#ending?.cancel()
    this.#reload?.stop()
    this.#modes?.stop()
    this.#floor?.stopWatching()
    // A feed that is still connecting gives up at once when it is stopped.
    if (!this.#isTrading) await this.#step('the feed', async () => this.#floor?.feed.stop())
    await this.#step('the start', () => this.#beginning)
    await this.#step('the desks', async () => this.#floor?.closeDesks())
    await this.#step('the feed', async () => this.#floor?.feed.stop())
    await this.#step('the predictor', async () => this.#floor?.predictor.close())
    await this.#step('the model', async () => this.#inference?.close())
    await this.#step('the ledger', () => this.#closeLedger())
    this.#time?.stop()
    this.#books?.gate.stop()
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
    try {
      if (!ledger || !this.#books) return
      if (this.outcome !== 'completed' || !this.#options.play?.stays) await this.#report()
      const desks = this.#floor?.router.events() ?? []
      const decisionsByDesk = Object.fromEntries(desks.map(({ desk }) => [desk.event, desk.stats()]))
      await this.#books.close(this.outcome, { ...ledger.stats(), decisionsByDesk })
    } finally {
      await ledger?.close()
    }
  }

  async #report(): Promise<void> {
    if (!this.#isTrading) return
    const ledger = present(this.#ledger)
    const { router, notes, scorekeeper, feed, predictor, tickToDecision } = present(this.#floor)
    await ledger.committed()
    this.#options.onReport(
      sessionReport({
        record: present(this.#books).record,
        outcome: this.outcome,
        quotes: present(this.#time).kind === 'venue' ? 'reconstructed' : 'venue',
        ledger: await ledger.report(this.#session),
        events: router.events(),
        notes,
        score: scorekeeper.score(),
        feed: feed.stats(),
        predictor: predictor.stats(),
        tickToDecision: tickToDecision.summary(),
        eventLoop: present(this.#monitor).report(),
        modes: present(this.#modes),
        wallSeconds: (this.#options.world.transport.monotonicNs() - this.#startedNs) / 1e9,
      }),
    )
  }

  /** The session's world: the process's, on the venue's market time where that is what the configuration says. */
  #world(): World {
    return { ...this.#options.world, market: present(this.#time).clock }
  }

  #modelFolder(): string {
    return this.#options.config.models.weatherHigh ?? BUNDLED_MODEL
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
    void this.#report().catch((error: unknown) => this.onFailure(error))
  }
}

function present<Part>(part: Part | undefined): Part {
  invariant(part !== undefined, 'the parts of the daemon come to be in their order')
  return part
}
