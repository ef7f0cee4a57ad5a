import type { Timer, World } from '../src/clock/clock.ts'
import {
  CONFIRM_MARKET_ATTEMPTS_MAX,
  CONFIRM_MARKET_DELAY_MS,
  DISCOVERY_INTERVAL_MS,
  DISCOVERY_LOOKBACK_MS,
  MARKETS_MAX,
} from '../src/config/limits.ts'
import type { EventTicker, MarketTicker, SeriesTicker } from '../src/domain/ids.ts'
import type { Market, MarketEvent, MarketOutcome } from '../src/domain/market.ts'
import type { MappedEvent } from '../src/kalshi/market-mapping.ts'
import type { RestClient } from '../src/kalshi/rest.ts'
import type { RestResult } from '../src/kalshi/rest-error.ts'
import type { Log } from '../src/telemetry/log.ts'

export interface MarketDiscovery {
  /** Reads all events of the series; every market that was unknown goes to `found`. */
  refresh(): Promise<RestResult<readonly MarketEvent[]>>
  /** Refreshes now and then, for markets whose `created` frame was lost. */
  start(): void
  stop(): void
  /** A `created` frame came: the market is followed once REST knows it, which can be a moment later. */
  confirm(event: EventTicker, market: MarketTicker): void
  isOurs(event: EventTicker): boolean
}

export interface MarketDiscoveryOptions {
  readonly rest: RestClient
  readonly world: World
  readonly series: readonly SeriesTicker[]
  readonly log: Log
  readonly found: (market: Market, event: MarketEvent) => void
  /** A market that was found is determined or settled: told at every reading, because the frame of it may have been lost. */
  readonly ended: (market: Market, outcome: MarketOutcome) => void
}

export const createMarketDiscovery = (options: MarketDiscoveryOptions): MarketDiscovery => new RestDiscovery(options)

interface Confirmation {
  readonly event: EventTicker
  readonly markets: Set<MarketTicker>
  attempts: number
  timer: Timer | undefined
}

/** Finds the markets to follow: over REST first, then as they are created. */
class RestDiscovery implements MarketDiscovery {
  readonly #options: MarketDiscoveryOptions
  readonly #known = new Set<MarketTicker>()
  readonly #complained = new Set<string>()
  readonly #confirming = new Map<EventTicker, Confirmation>()
  #refreshing: Timer | undefined
  #isStopped = false

  constructor(options: MarketDiscoveryOptions) {
    this.#options = options
  }

  async refresh(): Promise<RestResult<readonly MarketEvent[]>> {
    const { rest, world, series } = this.#options
    const result = await rest.discover({ series, minCloseMs: world.market.nowMs() - DISCOVERY_LOOKBACK_MS })
    if (!result.ok) return result
    if (!this.#isStopped) for (const mapped of result.value) this.#take(mapped)
    return { ok: true, value: result.value.map(({ event }) => event) }
  }

  start(): void {
    const { world, log } = this.#options
    this.#refreshing = world.transport.after(DISCOVERY_INTERVAL_MS, () => {
      void this.refresh().then((result) => {
        if (this.#isStopped) return
        if (!result.ok) log.warn({ error: result.error }, 'Discovery failed')
        this.start()
      })
    })
  }

  stop(): void {
    this.#isStopped = true
    this.#refreshing?.cancel()
    for (const { timer } of this.#confirming.values()) timer?.cancel()
  }

  confirm(event: EventTicker, market: MarketTicker): void {
    if (this.#known.has(market) || this.#isStopped) return
    const waiting = this.#confirming.get(event)
    if (waiting) {
      waiting.markets.add(market)
      return
    }
    const confirmation: Confirmation = { event, markets: new Set([market]), attempts: 0, timer: undefined }
    this.#confirming.set(event, confirmation)
    this.#readLater(confirmation)
  }

  isOurs(event: EventTicker): boolean {
    return this.#options.series.some((ticker) => event.startsWith(`${ticker}-`))
  }

  #readLater(confirmation: Confirmation): void {
    confirmation.timer = this.#options.world.transport.after(CONFIRM_MARKET_DELAY_MS, () => {
      void this.#options.rest.event(confirmation.event).then((result) => {
        if (this.#isStopped) return
        if (result.ok) this.#take(result.value)
        this.#goOn(confirmation)
      })
    })
  }

  #goOn(confirmation: Confirmation): void {
    const { event, markets } = confirmation
    confirmation.attempts++
    for (const market of markets) if (this.#known.has(market)) markets.delete(market)
    if (markets.size > 0 && confirmation.attempts < CONFIRM_MARKET_ATTEMPTS_MAX) {
      this.#readLater(confirmation)
      return
    }
    this.#confirming.delete(event)
    if (markets.size > 0)
      this.#options.log.warn({ event, markets: [...markets] }, 'Created markets not found over REST')
  }

  #take({ event, leftOut, unknownFeeType }: MappedEvent): void {
    const { log, ended } = this.#options
    for (const { market, reason } of leftOut) {
      if (this.#isFirstComplaint(market)) log.warn({ market, reason }, 'Market left out')
    }
    if (unknownFeeType !== undefined && this.#isFirstComplaint(event.ticker)) {
      log.warn({ event: event.ticker, unknownFeeType }, 'Fee type not known')
    }
    for (const market of event.markets) {
      if (!this.#known.has(market.ticker)) this.#meet(market, event)
      if (this.#known.has(market.ticker) && market.outcome) ended(market, market.outcome)
      // A market that is over is found no more; keeping its name would fill the bound within weeks.
      if (market.status === 'finalized') this.#known.delete(market.ticker)
    }
  }

  #meet(market: Market, event: MarketEvent): void {
    const { log, found } = this.#options
    if (market.status === 'finalized') return
    if (this.#known.size >= MARKETS_MAX) {
      if (this.#isFirstComplaint('markets')) log.error({ market: market.ticker, max: MARKETS_MAX }, 'Too many markets')
      return
    }
    this.#known.add(market.ticker)
    found(market, event)
  }

  #isFirstComplaint(about: string): boolean {
    if (this.#complained.has(about)) return false
    this.#complained.add(about)
    return true
  }
}
