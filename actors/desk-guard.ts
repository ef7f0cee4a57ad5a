import type { Timer, TransportClock } from '../src/clock/clock.ts'
import type { MarketTicker } from '../src/domain/ids.ts'

/**
 * Watches the two transport-time bounds of trading rules §10 for the desk's working orders: their market not live, and
 * their prediction not confirmed, for too long. It only tells; the desk cancels.
 */
export interface WorkingOrderGuard {
  orderStarted(market: MarketTicker): void
  orderEnded(market: MarketTicker): void
  marketLive(market: MarketTicker): void
  marketNotLive(market: MarketTicker): void
  stop(): void
}

export function createWorkingOrderGuard(options: {
  readonly transport: TransportClock
  readonly notLiveMs: number
  readonly unconfirmedMs: number
  /** Book live and trading open: a paused market is not live either. */
  readonly isLive: (market: MarketTicker) => boolean
  /** Monotonic instant of the last confirmation of the event's prediction. */
  readonly confirmedNs: () => number
  readonly onNotLive: (market: MarketTicker) => void
  readonly onUnconfirmed: () => void
}): WorkingOrderGuard {
  const { transport } = options
  const watched = new Set<MarketTicker>()
  const notLive = new Map<MarketTicker, Timer>()
  let confirmation: Timer | undefined

  const forget = (market: MarketTicker): void => {
    notLive.get(market)?.cancel()
    notLive.delete(market)
  }
  const watchLiveness = (market: MarketTicker): void => {
    if (!watched.has(market) || notLive.has(market) || options.isLive(market)) return
    const expire = (): void => {
      notLive.delete(market)
      if (watched.has(market) && !options.isLive(market)) options.onNotLive(market)
    }
    notLive.set(market, transport.after(options.notLiveMs, expire))
  }
  const watchConfirmation = (): void => {
    confirmation?.cancel()
    confirmation = undefined
    if (watched.size === 0) return
    const ageMs = (transport.monotonicNs() - options.confirmedNs()) / 1e6
    // One millisecond beyond the bound: a confirmation exactly as old as the bound still holds.
    confirmation = transport.after(Math.max(0, options.unconfirmedMs - ageMs) + 1, expireConfirmation)
  }
  const expireConfirmation = (): void => {
    const ageMs = (transport.monotonicNs() - options.confirmedNs()) / 1e6
    if (ageMs > options.unconfirmedMs) options.onUnconfirmed()
    watchConfirmation()
  }

  return {
    orderStarted(market) {
      watched.add(market)
      watchLiveness(market)
      if (!confirmation) watchConfirmation()
    },
    orderEnded(market) {
      watched.delete(market)
      forget(market)
      if (watched.size === 0) watchConfirmation()
    },
    marketLive(market) {
      if (options.isLive(market)) forget(market)
    },
    marketNotLive: watchLiveness,
    stop() {
      watched.clear()
      for (const market of [...notLive.keys()]) forget(market)
      confirmation?.cancel()
      confirmation = undefined
    },
  }
}
