import { createDesk } from '../../actors/desk.ts'
import type { Desk, DeskFeed, DeskOptions } from '../../actors/desk-options.ts'
import type { Predictor } from '../../actors/predictor.ts'
import { SETTLED_EVENTS_KEPT } from '../config/limits.ts'
import type { TopOfBook, Trade } from '../domain/book.ts'
import { CITIES } from '../domain/city.ts'
import type { EventTicker, MarketTicker } from '../domain/ids.ts'
import type { MarketLifecycle } from '../domain/lifecycle.ts'
import type { Market, MarketEvent } from '../domain/market.ts'
import { isPartition } from '../domain/strike.ts'
import { eventTickerOfMarket, parseWeatherEventTicker } from '../domain/ticker.ts'
import type { PredictionResult } from '../domain/weather.ts'
import type { EventFeeOverride, MarketDataListener } from '../kalshi/market-data.ts'
import type { Log } from '../telemetry/log.ts'
import type { FeeBook } from './fee-book.ts'

export interface FollowedEvent {
  readonly event: MarketEvent
  readonly desk: Desk
  /** Markets that have not been settled. */
  readonly unsettled: Set<MarketTicker>
  /** Winner's index in strike order, once determined. */
  winner: number | undefined
  expirationValue: string | undefined
}

export interface DeskRouterOptions {
  /** What all desks share; the rest comes from the event. */
  readonly desk: Omit<DeskOptions, 'event' | 'feesOf' | 'feed' | 'predictor'>
  readonly feed: DeskFeed
  readonly predictor: Predictor
  readonly fees: FeeBook
  /** The figure that an event settled on, which only REST tells; undefined where it cannot be read. */
  readonly readExpirationValue: (event: EventTicker) => Promise<string | undefined>
  readonly onFollowed: (followed: FollowedEvent) => void
  readonly onSettled: (followed: FollowedEvent) => void
  readonly advanceMarketTime: (tsVenueMs: number) => void
  readonly log: Log
}

/** One desk for each daily high that the feed finds: carries what the feed and the predictor tell to the right one. */
export class DeskRouter implements MarketDataListener {
  readonly #options: DeskRouterOptions
  readonly #events = new Map<EventTicker, FollowedEvent>()
  readonly #refused = new Set<EventTicker>()
  /** Markets whose valid prices changed under us: nothing is decided on them until a restart reads them anew. */
  readonly #distrusted = new Set<MarketTicker>()
  /** Events whose books came back in this turn, with the last of them. */
  readonly #judging = new Map<EventTicker, MarketTicker>()
  /** Per event, so that a settlement is told after the determination that waits for its figure. */
  readonly #pending = new Map<EventTicker, Promise<void>>()

  constructor(options: DeskRouterOptions) {
    this.#options = options
  }

  events(): readonly FollowedEvent[] {
    return [...this.#events.values()]
  }

  of(event: EventTicker): FollowedEvent | undefined {
    return this.#events.get(event)
  }

  /** Resolves when every lifecycle message heard so far has reached its desk. */
  async settled(): Promise<void> {
    await Promise.all(this.#pending.values())
  }

  shutdown(): void {
    for (const { desk } of this.#events.values()) desk.shutdown()
  }

  prediction(result: PredictionResult, event: EventTicker): void {
    this.#events.get(event)?.desk.prediction(result)
  }

  marketAdded(_market: Market, event: MarketEvent): void {
    if (this.#events.has(event.ticker) || this.#refused.has(event.ticker)) return
    const name = parseWeatherEventTicker(event.ticker)
    const strikes = event.markets.map(({ strike }) => strike)
    if (!name || !isPartition(strikes)) {
      this.#refused.add(event.ticker)
      this.#options.log.warn(
        { event: event.ticker, markets: event.markets.length },
        'Event is no full ladder of a daily high',
      )
      return
    }
    const { desk: shared, feed, predictor, fees } = this.#options
    void fees.loadEvent(event.ticker)
    predictor.add({ event: event.ticker, city: name.city.key, date: name.date, strikes })
    const desk = createDesk({
      ...shared,
      event,
      feed: { ...feed, isLive: (market) => feed.isLive(market) && !this.#distrusted.has(market) },
      predictor,
      feesOf: (market, nowMs) => fees.scheduleOf(event, market, nowMs),
    })
    const unsettled = new Set(event.markets.map(({ ticker }) => ticker))
    const followed: FollowedEvent = { event, desk, unsettled, winner: undefined, expirationValue: undefined }
    this.#events.set(event.ticker, followed)
    this.#options.log.info({ event: event.ticker, city: CITIES[name.city.key].name, date: name.date }, 'Desk opened')
    this.#options.onFollowed(followed)
    this.#endDetermined(followed)
  }

  marketLive(market: MarketTicker): void {
    const followed = this.#events.get(eventTickerOfMarket(market))
    if (!followed || this.#distrusted.has(market)) return
    followed.desk.marketLive(market)
    this.#judgeSoon(followed, market)
  }

  marketNotLive(market: MarketTicker): void {
    this.#deskOf(market)?.marketNotLive(market)
  }

  topChanged(top: TopOfBook): void {
    if (!this.#distrusted.has(top.market)) this.#deskOf(top.market)?.topChanged(top)
  }

  trade(trade: Trade): void {
    this.#deskOf(trade.market)?.trade(trade)
  }

  lifecycle(change: MarketLifecycle): void {
    const ticker = eventTickerOfMarket(change.market)
    const followed = this.#events.get(ticker)
    if (!followed) return
    const waiting = this.#pending.get(ticker)
    if (change.type !== 'determined' && !waiting) {
      this.#tell(followed, change)
      return
    }
    const next = (waiting ?? Promise.resolve()).then(() => this.#tellWithFigure(followed, change))
    this.#pending.set(ticker, next)
    void next.finally(() => {
      if (this.#pending.get(ticker) === next) this.#pending.delete(ticker)
    })
  }

  priceRangesChanged(market: MarketTicker): void {
    this.#distrusted.add(market)
    this.#options.log.error({ market }, 'Valid prices of a market changed, it is left alone until a restart')
    this.marketNotLive(market)
  }

  eventFeesChanged(override: EventFeeOverride): void {
    this.#options.fees.override(override, this.#options.desk.world.market.nowMs())
  }

  onFrameTime(tsVenueMs: number): void {
    this.#options.advanceMarketTime(tsVenueMs)
  }

  /** After a repair the books of an event come back one by one: they are judged together, not the first ones alone. */
  #judgeSoon({ event: { ticker }, desk }: FollowedEvent, market: MarketTicker): void {
    const isWaiting = this.#judging.has(ticker)
    this.#judging.set(ticker, market)
    if (isWaiting) return
    this.#options.desk.world.transport.soon(() => {
      const last = this.#judging.get(ticker)
      this.#judging.delete(ticker)
      const top = last && this.#options.feed.top(last)
      if (top) desk.topChanged(top)
    })
  }

  #deskOf(market: MarketTicker): Desk | undefined {
    return this.#events.get(eventTickerOfMarket(market))?.desk
  }

  /** What was determined while nobody listened, as the event itself tells it: no frame of it will come any more. */
  #endDetermined(followed: FollowedEvent): void {
    for (const { ticker: market, outcome, expirationValue } of followed.event.markets) {
      if (!outcome) continue
      followed.expirationValue ??= expirationValue
      const { result, settlementValue, determinedMs, settledMs } = outcome
      const figure = expirationValue === undefined ? {} : { expirationValue }
      this.#tell(followed, { type: 'determined', market, result, settlementValue, determinedMs, ...figure })
      if (settledMs !== undefined) this.#tell(followed, { type: 'settled', market, settledMs })
    }
  }

  async #tellWithFigure(followed: FollowedEvent, change: MarketLifecycle): Promise<void> {
    if (change.type !== 'determined') {
      this.#tell(followed, change)
      return
    }
    followed.expirationValue ??= await this.#options.readExpirationValue(followed.event.ticker)
    const { expirationValue } = followed
    this.#tell(followed, expirationValue === undefined ? change : { ...change, expirationValue })
  }

  #tell(followed: FollowedEvent, change: MarketLifecycle): void {
    followed.desk.lifecycle(change)
    if (change.type === 'determined' && change.result === 'yes') {
      followed.winner = followed.event.markets.findIndex(({ ticker }) => ticker === change.market)
    }
    if (change.type !== 'settled' || !followed.unsettled.delete(change.market)) return
    if (followed.unsettled.size > 0) return
    this.#options.onSettled(followed)
    this.#forgetOldest()
  }

  /** The last ones are kept for the report; a daemon that runs for months must not keep them all. */
  #forgetOldest(): void {
    const settled = this.events().filter(({ unsettled }) => unsettled.size === 0)
    for (const { event } of settled.slice(0, Math.max(0, settled.length - SETTLED_EVENTS_KEPT))) {
      this.#events.delete(event.ticker)
      this.#options.fees.forget(event.ticker)
      for (const { ticker } of event.markets) this.#distrusted.delete(ticker)
    }
  }
}
