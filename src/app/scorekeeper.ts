import type { Predictor } from '../../actors/predictor.ts'
import type { MarketClock, Timer } from '../clock/clock.ts'
import type { TopOfBook } from '../domain/book.ts'
import { climateDay } from '../domain/climate-day.ts'
import type { EventTicker, MarketTicker } from '../domain/ids.ts'
import { parseWeatherEventTicker } from '../domain/ticker.ts'
import { marketProbabilities } from '../pricing/market-probability.ts'
import type { FollowedEvent } from './desk-router.ts'
import { addScores, type BrierScore, type ScoredInstant, scoreInstants, scoringInstants } from './score.ts'

export interface Scorekeeper {
  follow(followed: FollowedEvent): void
  /** The event is over: its instants become part of the score. */
  settled(followed: FollowedEvent): void
  /** Of the events that have settled; undefined until one has. */
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
  const waiting = new Map<EventTicker, { readonly instants: ScoredInstant[]; timer: Timer | undefined }>()
  let total: BrierScore | undefined

  const look = ({ markets, ticker }: FollowedEvent['event'], atMs: number): ScoredInstant => {
    const prediction = predictor.request(ticker)
    const areLive = markets.every((market) => books.isLive(market.ticker))
    return {
      atMs,
      model: prediction.kind === 'prediction' ? prediction.brackets : undefined,
      market: areLive ? marketProbabilities(markets.map((market) => books.top(market.ticker) ?? {})) : undefined,
    }
  }

  const lookAtEach = (event: FollowedEvent['event'], [atMs, ...later]: readonly number[]): void => {
    const entry = waiting.get(event.ticker)
    if (!entry || atMs === undefined) return
    entry.timer = clock.at(atMs, () => {
      entry.instants.push(look(event, atMs))
      lookAtEach(event, later)
    })
  }

  return {
    follow(followed) {
      const name = parseWeatherEventTicker(followed.event.ticker)
      if (!name) return
      const { startMs } = climateDay(name.city.key, name.date)
      const closeMs = Math.max(...followed.event.markets.map((market) => market.closeMs))
      waiting.set(followed.event.ticker, { instants: [], timer: undefined })
      const nowMs = clock.nowMs()
      lookAtEach(
        followed.event,
        scoringInstants(startMs, closeMs).filter((atMs) => atMs > nowMs),
      )
    },
    settled({ event, winner }) {
      const entry = waiting.get(event.ticker)
      if (!entry) return
      entry.timer?.cancel()
      waiting.delete(event.ticker)
      if (winner !== undefined) total = addScores(total, scoreInstants(entry.instants, winner))
    },
    score: () => total,
    stop() {
      for (const { timer } of waiting.values()) timer?.cancel()
    },
  }
}
