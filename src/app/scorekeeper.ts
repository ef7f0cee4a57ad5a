import type { Predictor } from '../../actors/predictor.ts'
import type { MarketClock, Timer } from '../clock/clock.ts'
import type { TopOfBook } from '../domain/book.ts'
import { climateDay } from '../domain/climate-day.ts'
import type { EventTicker, MarketTicker } from '../domain/ids.ts'
import { parseWeatherEventTicker } from '../domain/ticker.ts'
import { marketProbabilities } from '../pricing/market-probability.ts'
import type { FollowedEvent } from './desk-router.ts'
import { type BrierScore, type ScoredInstant, scoreInstants, scoringInstants } from './score.ts'

export interface Scorekeeper {
  follow(followed: FollowedEvent): void
  /** Undefined until an event has settled. */
  score(): BrierScore | undefined
  stop(): void
}

/** Looks at model and market at every full hour of an event's climate day until its close. */
export function createScorekeeper(options: {
  readonly market: MarketClock
  readonly predictor: Pick<Predictor, 'request'>
  readonly books: { top(market: MarketTicker): TopOfBook | undefined; isLive(market: MarketTicker): boolean }
}): Scorekeeper {
  const { market: clock, predictor, books } = options
  const instants: ScoredInstant[] = []
  const followedEvents: FollowedEvent[] = []
  const timers: Timer[] = []

  const look = ({ event }: FollowedEvent, atMs: number): void => {
    const prediction = predictor.request(event.ticker)
    const areLive = event.markets.every(({ ticker }) => books.isLive(ticker))
    instants.push({
      event: event.ticker,
      atMs,
      model: prediction.kind === 'prediction' ? prediction.brackets : undefined,
      market: areLive ? marketProbabilities(event.markets.map(({ ticker }) => books.top(ticker) ?? {})) : undefined,
    })
  }

  return {
    follow(followed) {
      followedEvents.push(followed)
      const name = parseWeatherEventTicker(followed.event.ticker)
      if (!name) return
      const { startMs } = climateDay(name.city.key, name.date)
      const closeMs = Math.max(...followed.event.markets.map((market) => market.closeMs))
      for (const atMs of scoringInstants(startMs, closeMs)) {
        if (atMs > clock.nowMs()) timers.push(clock.at(atMs, () => look(followed, atMs)))
      }
    },
    score() {
      const winners = new Map<EventTicker, number>()
      for (const { event, winner } of followedEvents) if (winner !== undefined) winners.set(event.ticker, winner)
      return scoreInstants(instants, winners)
    },
    stop() {
      for (const timer of timers) timer.cancel()
    },
  }
}
