import type { EventTicker, MarketTicker } from '../../domain/ids.ts'
import { invariant } from '../../domain/invariant.ts'
import type { BookLog } from '../book-log.ts'
import type { ExchangeCore, ExchangeEventInfo, ExchangeHappening, ExchangeMarket } from '../core.ts'
import {
  deltaMessage,
  eventFeeMessage,
  eventLifecycleMessage,
  lifecycleMessage,
  tickerMessage,
  tradeMessage,
} from './messages.ts'
import type { Session, Subscription } from './session.ts'

type Happening<Kind extends ExchangeHappening['kind']> = Extract<ExchangeHappening, { kind: Kind }>

/**
 * Tells every session what happens on the exchange, in the order in which the core tells it. A ticker follows the trades and
 * deltas of its step: it is made when its market changes and sent when the step is over, which the first happening with
 * another `tsMs` shows, or the end of the turn.
 */
export class MarketData {
  readonly #core: ExchangeCore
  readonly #bookLog: BookLog | undefined
  readonly #sessions = new Set<Session>()
  readonly #knownEvents = new Set<EventTicker>()
  readonly #tickers = new Map<MarketTicker, string>()
  readonly #stopListening: () => void
  #tickerTsMs = 0

  constructor(core: ExchangeCore, bookLog?: BookLog) {
    this.#core = core
    this.#bookLog = bookLog
    for (const market of core.markets()) this.#knownEvents.add(market.event)
    this.#stopListening = core.listen((happening) => this.#tell(happening))
  }

  attach(session: Session): void {
    this.#sessions.add(session)
    this.#bookLog?.attach(session.connection)
  }

  detach(session: Session): void {
    this.#sessions.delete(session)
    this.#bookLog?.forget(session.connection)
  }

  close(): void {
    this.#stopListening()
    this.#sessions.clear()
  }

  #tell(happening: ExchangeHappening): void {
    if (this.#tickers.size > 0 && happening.tsMs !== this.#tickerTsMs) this.#sendTickers()
    switch (happening.kind) {
      case 'bookChanged':
        this.#tellBook(happening)
        break
      case 'traded':
        this.#tellTrades(happening)
        break
      case 'lifecycle':
        this.#tellLifecycle(happening)
        break
      case 'feesChanged':
        this.#toLifecycle('event_fee_update', eventFeeMessage(this.#event(happening.event)))
        break
      case 'playEnded':
        break
    }
  }

  #tellBook(happening: Happening<'bookChanged'>): void {
    const market = this.#market(happening.market)
    this.#bookLog?.apply(happening, market.closeMs)
    const own: string[] = []
    const yes: string[] = []
    for (const session of this.#sessions) {
      const subscription = session.on('orderbook_delta')
      if (!subscription?.covers(market.ticker)) continue
      const { useYesPrice } = subscription.options
      // Whoever caused the change is told of which order it was; for the others the messages are made once.
      const isOwn = happening.cause?.account === session.account
      const messages = isOwn ? [] : useYesPrice ? yes : own
      const lastSeq = this.#sendDeltas(session, subscription, happening, market, messages)
      if (lastSeq === undefined) continue
      this.#bookLog?.told({ connection: session.connection, sid: subscription.sid, seq: lastSeq }, happening)
    }
    this.#markTicker(market, happening.tsMs)
  }

  /** `messages` is filled for the first subscriber of its price convention and read by the others. */
  #sendDeltas(
    session: Session,
    subscription: Subscription,
    { changes, tsMs, cause }: Happening<'bookChanged'>,
    market: ExchangeMarket,
    messages: string[],
  ): number | undefined {
    let lastSeq: number | undefined
    for (const [index, change] of changes.entries()) {
      const ownOrder = cause?.account === session.account ? cause.clientOrderId || undefined : undefined
      const message = messages[index] ?? deltaMessage(market, change, tsMs, subscription.options.useYesPrice, ownOrder)
      messages[index] = message
      lastSeq = session.sequenced(subscription, 'orderbook_delta', message)
    }
    return lastSeq
  }

  #tellTrades({ trades, tsMs }: Happening<'traded'>): void {
    for (const trade of trades) {
      let message: string | undefined
      for (const session of this.#sessions) {
        const subscription = session.on('trade')
        if (!subscription?.covers(trade.market)) continue
        message ??= tradeMessage(trade)
        session.sequenced(subscription, 'trade', message)
      }
    }
    for (const ticker of new Set(trades.map((trade) => trade.market))) this.#markTicker(this.#market(ticker), tsMs)
  }

  #tellLifecycle(happening: Happening<'lifecycle'>): void {
    const market = this.#market(happening.market)
    if (happening.type === 'determined') this.#bookLog?.closed(market.ticker)
    if (!this.#knownEvents.has(market.event)) {
      this.#knownEvents.add(market.event)
      this.#toLifecycle('event_lifecycle', eventLifecycleMessage(this.#event(market.event)))
    }
    this.#toLifecycle('market_lifecycle_v2', lifecycleMessage(happening, market))
  }

  #toLifecycle(type: string, message: string): void {
    for (const session of this.#sessions) {
      const subscription = session.on('market_lifecycle_v2')
      if (subscription) session.sequenced(subscription, type, message)
    }
  }

  #markTicker(market: ExchangeMarket, tsMs: number): void {
    if (!this.#hasTickerReader(market.ticker)) return
    if (this.#tickers.size === 0) queueMicrotask(() => this.#sendTickers())
    this.#tickerTsMs = tsMs
    this.#tickers.set(market.ticker, tickerMessage(market, this.#core.book(market.ticker), tsMs))
  }

  #hasTickerReader(market: MarketTicker): boolean {
    for (const session of this.#sessions) if (session.on('ticker')?.covers(market)) return true
    return false
  }

  #sendTickers(): void {
    for (const [market, message] of this.#tickers) {
      for (const session of this.#sessions) {
        const subscription = session.on('ticker')
        if (subscription?.covers(market)) session.unsequenced(subscription, 'ticker', message)
      }
    }
    this.#tickers.clear()
  }

  #event(ticker: EventTicker): ExchangeEventInfo {
    const event = this.#core.events().find((candidate) => candidate.ticker === ticker)
    invariant(event !== undefined, 'the event of a market that exists is known')
    return event
  }

  #market(ticker: MarketTicker): ExchangeMarket {
    const market = this.#core.market(ticker)
    invariant(market !== undefined, 'what happens, happens in a market that exists')
    return market
  }
}
