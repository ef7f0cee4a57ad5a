import { createHash } from 'node:crypto'
import type { MarketTicker } from '../domain/ids.ts'
import { invariant } from '../domain/invariant.ts'
import type { MarketStatus, PriceRange } from '../domain/market.ts'
import { PRICE_ONE_DOLLAR, priceFromCents, priceOf, type Quantity, quantityOf, ZERO_QUANTITY } from '../domain/units.ts'
import type { QuoteChange } from './candles.ts'
import type { ExchangeMarket, ExchangeTrade, LevelChange, OrderBookView } from './core.ts'
import type { LadderStep, TapeOrder } from './ladder-step.ts'
import type { MatchingBook } from './matching.ts'
import type { MarketSettlement } from './settlement.ts'
import type { TapeMarket } from './tape-events.ts'
import type { TapeFill } from './trading/account-engine.ts'

const DAY_MS = 86_400_000

/** The recorded markets' ticks. */
const LINEAR_CENT: readonly PriceRange[] = [{ start: priceOf(0), end: PRICE_ONE_DOLLAR, step: priceFromCents(1) }]

export interface MarketStep {
  readonly trades: readonly ExchangeTrade[]
  readonly changes: readonly LevelChange[]
  /** Accounts' orders that the tape's taker met. */
  readonly fills: readonly TapeFill[]
}

/** Prices that the market takes now. */
export interface MarketTicks {
  readonly structure: string
  readonly ranges: readonly PriceRange[]
}

type Phase = 'trading' | 'closed' | 'determined' | 'finalized'

export interface PlayMarketParts {
  readonly tape: TapeMarket
  readonly createdMs: number
  readonly exchangeIndex: number
  readonly settlement: MarketSettlement
  readonly book: MatchingBook
  readonly step: LadderStep
}

/** One market of the play: its book, its trades and where it is in its life. Synchronous; the play says what time it is. */
export class PlayMarket {
  readonly tape: TapeMarket
  readonly createdMs: number
  readonly #exchangeIndex: number
  readonly book: MatchingBook
  readonly #step: LadderStep
  readonly #id: string
  readonly #trades: ExchangeTrade[] = []
  /** Entry i is what had traded after trade i. */
  readonly #volumes: Quantity[] = []
  readonly #quotes: QuoteChange[] = []
  #phase: Phase = 'trading'
  #isInactive = false
  #closeMs: number
  #settlement: MarketSettlement
  #ticks: MarketTicks = { structure: 'linear_cent', ranges: LINEAR_CENT }

  constructor(parts: PlayMarketParts) {
    this.tape = parts.tape
    this.createdMs = parts.createdMs
    this.#exchangeIndex = parts.exchangeIndex
    this.#closeMs = parts.tape.closeMs
    this.#settlement = parts.settlement
    this.book = parts.book
    this.#step = parts.step
    this.#id = marketIdOf(parts.tape.ticker)
  }

  get settlement(): MarketSettlement {
    return this.#settlement
  }

  /** False while it is deactivated and from its close on. */
  get isTrading(): boolean {
    return this.#phase === 'trading' && !this.#isInactive
  }

  get isClosed(): boolean {
    return this.#phase !== 'trading'
  }

  get isDetermined(): boolean {
    return this.#phase === 'determined' || this.#phase === 'finalized'
  }

  get isFinalized(): boolean {
    return this.#phase === 'finalized'
  }

  trade(order: TapeOrder): MarketStep {
    invariant(this.isTrading, 'a market trades while it is active only')
    const executions = this.#step.play(order)
    const trades = executions.map(({ trade }) => trade)
    const fills = executions.flatMap(({ trade, match }): TapeFill[] => {
      const { makerId: orderId, makerOwner: account, price, quantity } = match
      return account === 'tape' ? [] : [{ orderId, account, tradeId: trade.tradeId, price, quantity }]
    })
    return { trades, fills, changes: this.record(trades, Math.floor(order.tsUs / 1000)) }
  }

  /** Enters trades into the market's history and returns what the book has changed by. */
  record(trades: readonly ExchangeTrade[], tsMs: number): readonly LevelChange[] {
    for (const trade of trades) {
      this.#volumes.push(quantityOf(this.#volumeAfter(this.#trades.length) + trade.quantity))
      this.#trades.push(trade)
    }
    return this.#changesAt(tsMs)
  }

  /** The tape's orders leave the book; nothing trades any more. */
  close(atMs: number): readonly LevelChange[] {
    invariant(this.#phase === 'trading', 'a market closes once')
    this.#phase = 'closed'
    this.#step.withdrawAll()
    return this.#changesAt(atMs)
  }

  /** It trades no more until it is activated, and then from an empty book (kalshi-api §3.5). */
  deactivate(): void {
    invariant(this.isTrading, 'an active market is deactivated')
    this.#isInactive = true
  }

  activate(atMs: number): readonly LevelChange[] {
    invariant(this.#isInactive, 'a market that is deactivated is activated')
    this.#isInactive = false
    this.#step.withdrawAll()
    return this.#changesAt(atMs)
  }

  /** What it says about its close; the closing itself is `close`. */
  moveClose(closeMs: number): void {
    this.#closeMs = closeMs
  }

  changeTicks(ticks: MarketTicks): void {
    this.#ticks = ticks
  }

  /** Until the money has moved. */
  changeSettlement(settlement: MarketSettlement): void {
    invariant(!this.isFinalized, 'what is settled is settled')
    this.#settlement = settlement
  }

  determine(): void {
    invariant(this.#phase === 'closed', 'a market is determined after its close')
    this.#phase = 'determined'
  }

  settle(): void {
    invariant(this.#phase === 'determined', 'a market is settled after its determination')
    this.#phase = 'finalized'
  }

  levels(): OrderBookView {
    return { bids: this.book.levels('bid'), asks: this.book.levels('ask') }
  }

  /** In the order of their execution. */
  trades(): readonly ExchangeTrade[] {
    return this.#trades
  }

  /** The best quotes after every step that changed the book, oldest first. */
  quotes(): readonly QuoteChange[] {
    return this.#quotes
  }

  at(nowMs: number): ExchangeMarket {
    const { isDetermined } = this
    const { result, value, expirationValue, determinedMs, settledMs } = this.#settlement
    const volume = this.#volumeAfter(this.#trades.length)
    const last = this.#trades.at(-1)
    const tradesDayAgo = this.#countUntil(nowMs - DAY_MS)
    const dayAgo = this.#trades[tradesDayAgo - 1]
    return {
      ...describe(this.tape),
      exchangeIndex: this.#exchangeIndex,
      closeMs: this.#closeMs,
      priceLevelStructure: this.#ticks.structure,
      priceRanges: this.#ticks.ranges,
      id: this.#id,
      createdMs: this.createdMs,
      status: this.#statusAt(nowMs),
      result: isDetermined ? result : '',
      expirationValue: isDetermined ? expirationValue : '',
      ...(isDetermined && { settlementValue: value, determinedMs }),
      ...(this.#phase === 'finalized' && { settledMs }),
      ...(last && { lastPrice: last.price, lastTradeQuantity: last.quantity }),
      ...(dayAgo && { previousPrice: dayAgo.price }),
      volume,
      volume24h: quantityOf(volume - this.#volumeAfter(tradesDayAgo)),
      // The recording does not say which trades closed positions, so every one counts as opening: an upper bound.
      openInterest: volume,
    }
  }

  #statusAt(nowMs: number): MarketStatus {
    if (this.#phase !== 'trading') return this.#phase
    if (this.#isInactive) return 'paused'
    return nowMs < this.tape.openMs ? 'initialized' : 'active'
  }

  #volumeAfter(trades: number): Quantity {
    return this.#volumes[trades - 1] ?? ZERO_QUANTITY
  }

  /** Trades with a time at or before `ms`. */
  #countUntil(ms: number): number {
    let [low, high] = [0, this.#trades.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      const trade = this.#trades[middle]
      invariant(trade, 'a search stays within the trades')
      if (trade.tsMs <= ms) low = middle + 1
      else high = middle
    }
    return low
  }

  #changesAt(tsMs: number): readonly LevelChange[] {
    const changes = this.book.drainChanges()
    const [bid, ask] = [this.book.best('bid'), this.book.best('ask')]
    if (changes.length > 0) this.#quotes.push({ tsMs, ...(bid && { bid }), ...(ask && { ask }) })
    return changes
  }
}

function describe(tape: TapeMarket) {
  const { ticker, event, series, yesSubTitle, noSubTitle, openMs, rulesPrimary, rulesSecondary } = tape
  const { expectedExpirationMs, latestExpirationMs, settlementTimerSeconds, canCloseEarly, strike } = tape
  return {
    ticker,
    event,
    series,
    yesSubTitle,
    noSubTitle,
    openMs,
    expectedExpirationMs,
    latestExpirationMs,
    settlementTimerSeconds,
    strikeType: strike.kind,
    ...(strike.kind === 'less' ? {} : { floorStrike: strike.floor }),
    ...(strike.kind === 'greater' ? {} : { capStrike: strike.cap }),
    rulesPrimary,
    rulesSecondary,
    canCloseEarly,
  }
}

/** A UUID that is a pure function of the ticker. */
function marketIdOf(ticker: MarketTicker): string {
  const hex = createHash('sha256').update(ticker).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
