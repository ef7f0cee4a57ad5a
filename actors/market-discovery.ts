import type { Timer, World } from '../src/clock/clock.ts'
import {
  CONFIRM_MARKET_ATTEMPTS_MAX,
  CONFIRM_MARKET_DELAY_MS,
  DISCOVERY_INTERVAL_MS,
  DISCOVERY_LOOKBACK_MS,
  MARKETS_MAX,
} from '../src/config/limits.ts'
import type { EventTicker, MarketTicker, SeriesTicker } from '../src/domain/ids.ts'
import type { Market, MarketEvent } from '../src/domain/market.ts'
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

/** Finds the markets to follow: over REST first, then as they are created. */
export function createMarketDiscovery(options: {
  readonly rest: RestClient
  readonly world: World
  readonly series: readonly SeriesTicker[]
  readonly log: Log
  readonly found: (market: Market, event: MarketEvent) => void
}): MarketDiscovery {
  const { rest, world, series, log, found } = options
  const known = new Set<MarketTicker>()
  const complained = new Set<string>()
  const confirming = new Map<EventTicker, { readonly markets: Set<MarketTicker>; timer: Timer | undefined }>()
  let refreshing: Timer | undefined
  let isStopped = false

  const complainOnce = (key: string, say: () => void): void => {
    if (complained.has(key)) return
    complained.add(key)
    say()
  }

  const take = ({ event, leftOut, unknownFeeType }: MappedEvent): void => {
    for (const { market, reason } of leftOut) {
      complainOnce(market, () => log.warn({ market, reason }, 'Market left out'))
    }
    if (unknownFeeType !== undefined) {
      complainOnce(event.ticker, () => log.warn({ event: event.ticker, unknownFeeType }, 'Fee type not known'))
    }
    for (const market of event.markets) {
      if (known.has(market.ticker) || market.status === 'finalized') continue
      if (known.size >= MARKETS_MAX) {
        complainOnce('markets', () => log.error({ market: market.ticker, max: MARKETS_MAX }, 'Too many markets'))
        return
      }
      known.add(market.ticker)
      found(market, event)
    }
  }

  const refresh = async (): Promise<RestResult<readonly MarketEvent[]>> => {
    const minCloseMs = world.market.nowMs() - DISCOVERY_LOOKBACK_MS
    const result = await rest.discover({ series, minCloseMs })
    if (!result.ok) return result
    if (!isStopped) for (const mapped of result.value) take(mapped)
    return { ok: true, value: result.value.map(({ event }) => event) }
  }

  const refreshLater = (): void => {
    refreshing = world.transport.after(DISCOVERY_INTERVAL_MS, () => {
      void refresh().then((result) => {
        if (isStopped) return
        if (!result.ok) log.warn({ error: result.error }, 'Discovery failed')
        refreshLater()
      })
    })
  }

  const readEvent = (event: EventTicker, attempt: number): void => {
    const waiting = confirming.get(event)
    if (!waiting || isStopped) return
    waiting.timer = world.transport.after(CONFIRM_MARKET_DELAY_MS, () => {
      void rest.event(event).then((result) => {
        if (isStopped) return
        if (result.ok) take(result.value)
        for (const market of waiting.markets) if (known.has(market)) waiting.markets.delete(market)
        if (waiting.markets.size === 0) confirming.delete(event)
        else if (attempt < CONFIRM_MARKET_ATTEMPTS_MAX) readEvent(event, attempt + 1)
        else {
          confirming.delete(event)
          log.warn({ event, markets: [...waiting.markets] }, 'Created markets not found over REST')
        }
      })
    })
  }

  return {
    refresh,
    start: refreshLater,
    stop() {
      isStopped = true
      refreshing?.cancel()
      for (const { timer } of confirming.values()) timer?.cancel()
    },
    confirm(event, market) {
      if (known.has(market)) return
      const waiting = confirming.get(event)
      if (waiting) {
        waiting.markets.add(market)
        return
      }
      confirming.set(event, { markets: new Set([market]), timer: undefined })
      readEvent(event, 1)
    },
    isOurs: (event) => series.some((ticker) => event.startsWith(`${ticker}-`)),
  }
}
