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

const DAY_MS = 86_400_000

/** The recorded markets' ticks. */
const LINEAR_CENT: readonly PriceRange[] = [{ start: priceOf(0), end: PRICE_ONE_DOLLAR, step: priceFromCents(1) }]

export interface MarketStep {
  readonly trades: readonly ExchangeTrade[]
  readonly changes: readonly LevelChange[]
}

/** One market of the play: its book, its trades and where it is in its life. Synchronous; the play says what time it is. */
export interface PlayMarket {
  readonly tape: TapeMarket
  readonly createdMs: number
  readonly settlement: MarketSettlement
  trade(order: TapeOrder): MarketStep
  /** The tape's orders leave the book; nothing trades any more. */
  close(atMs: number): readonly LevelChange[]
  determine(): void
  settle(): void
  book(): OrderBookView
  /** In the order of their execution. */
  trades(): readonly ExchangeTrade[]
  /** Every change of a best price or its size, oldest first. */
  quotes(): readonly QuoteChange[]
  at(nowMs: number): ExchangeMarket
}

type Phase = 'trading' | 'closed' | 'determined' | 'finalized'

export interface PlayMarketParts {
  readonly tape: TapeMarket
  readonly createdMs: number
  readonly settlement: MarketSettlement
  readonly book: MatchingBook
  readonly step: LadderStep
}

export function createPlayMarket({ tape, createdMs, settlement, book, step }: PlayMarketParts): PlayMarket {
  const id = marketIdOf(tape.ticker)
  const trades: ExchangeTrade[] = []
  /** volumes[i] is what had traded after trade i. */
  const volumes: Quantity[] = []
  const quotes: QuoteChange[] = []
  let phase: Phase = 'trading'

  const volumeBefore = (index: number): Quantity => volumes[index - 1] ?? ZERO_QUANTITY

  /** Trades with a time at or before `ms`. */
  const countUntil = (ms: number): number => {
    let [low, high] = [0, trades.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((trades[middle]?.tsMs ?? 0) <= ms) low = middle + 1
      else high = middle
    }
    return low
  }

  const changesAt = (tsMs: number): readonly LevelChange[] => {
    const changes = book.drainChanges()
    const [bid, ask] = [book.best('bid'), book.best('ask')]
    if (changes.length > 0) quotes.push({ tsMs, ...(bid && { bid }), ...(ask && { ask }) })
    return changes
  }

  const statusAt = (nowMs: number): MarketStatus => {
    if (phase !== 'trading') return phase
    return nowMs < tape.openMs ? 'initialized' : 'active'
  }

  const tradedAt = (nowMs: number): Partial<ExchangeMarket> => {
    const last = trades.at(-1)
    const dayAgo = trades[countUntil(nowMs - DAY_MS) - 1]
    return {
      ...(last && { lastPrice: last.price, lastTradeQuantity: last.quantity }),
      ...(dayAgo && { previousPrice: dayAgo.price }),
    }
  }

  return {
    tape,
    createdMs,
    settlement,
    trade(order) {
      invariant(phase === 'trading', 'a market trades before its close only')
      const done = step.play(order)
      for (const trade of done) {
        volumes.push(quantityOf(volumeBefore(trades.length) + trade.quantity))
        trades.push(trade)
      }
      return { trades: done, changes: changesAt(Math.floor(order.tsUs / 1000)) }
    },
    close(atMs) {
      invariant(phase === 'trading', 'a market closes once')
      phase = 'closed'
      step.withdrawAll()
      return changesAt(atMs)
    },
    determine() {
      invariant(phase === 'closed', 'a market is determined after its close')
      phase = 'determined'
    },
    settle() {
      invariant(phase === 'determined', 'a market is settled after its determination')
      phase = 'finalized'
    },
    book: () => ({ bids: book.levels('bid'), asks: book.levels('ask') }),
    trades: () => trades,
    quotes: () => quotes,
    at(nowMs) {
      const isDetermined = phase === 'determined' || phase === 'finalized'
      const volume = volumeBefore(trades.length)
      return {
        ...describe(tape, id, createdMs),
        status: statusAt(nowMs),
        result: isDetermined ? settlement.result : '',
        expirationValue: isDetermined ? settlement.expirationValue : '',
        ...(isDetermined && { settlementValue: settlement.value, determinedMs: settlement.determinedMs }),
        ...(phase === 'finalized' && { settledMs: settlement.settledMs }),
        ...tradedAt(nowMs),
        volume,
        volume24h: quantityOf(volume - volumeBefore(countUntil(nowMs - DAY_MS))),
        // The recording does not say which trades closed positions, so every one counts as opening: an upper bound.
        openInterest: volume,
      }
    },
  }
}

function describe(tape: TapeMarket, id: string, createdMs: number) {
  const { ticker, event, series, yesSubTitle, noSubTitle, openMs, closeMs, rulesPrimary, rulesSecondary } = tape
  const { expectedExpirationMs, latestExpirationMs, settlementTimerSeconds, canCloseEarly, strike } = tape
  return {
    ticker,
    id,
    event,
    series,
    yesSubTitle,
    noSubTitle,
    createdMs,
    openMs,
    closeMs,
    expectedExpirationMs,
    latestExpirationMs,
    settlementTimerSeconds,
    strikeType: strike.kind,
    ...(strike.kind === 'less' ? {} : { floorStrike: strike.floor }),
    ...(strike.kind === 'greater' ? {} : { capStrike: strike.cap }),
    rulesPrimary,
    rulesSecondary,
    priceLevelStructure: 'linear_cent',
    priceRanges: LINEAR_CENT,
    canCloseEarly,
  }
}

/** A UUID that is a pure function of the ticker. */
function marketIdOf(ticker: MarketTicker): string {
  const hex = createHash('sha256').update(ticker).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
