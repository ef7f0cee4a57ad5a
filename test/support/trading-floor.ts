import type { BookSide } from '../../src/domain/book.ts'
import type { MarketTicker } from '../../src/domain/ids.ts'
import { invariant } from '../../src/domain/invariant.ts'
import type { FeeSchedule } from '../../src/domain/market.ts'
import { priceFromCents, quantityFromContracts } from '../../src/domain/units.ts'
import type { ExchangeMarket, ExchangeTrade } from '../../src/exchange/core.ts'
import { MatchingBook } from '../../src/exchange/matching.ts'
import { AccountEngine, TRADING_DEFAULTS, type TradingConfig } from '../../src/exchange/trading/account-engine.ts'
import type { TradingFloor } from '../../src/exchange/trading/floor.ts'
import type { AccountHappening } from '../../src/exchange/trading/happenings.ts'
import type { NewOrder } from '../../src/exchange/trading/order-checks.ts'
import { Trading } from '../../src/exchange/trading/trading.ts'

export interface TestFloor {
  readonly trading: Trading
  readonly engine: AccountEngine
  readonly trades: ExchangeTrade[]
  readonly happenings: AccountHappening[]
  book(market: MarketTicker): MatchingBook
  /** An order of the tape: `['ask', 52, 10]` in cents and contracts. */
  tape(market: MarketTicker, side: BookSide, cents: number, contracts: number): void
  listen(listener: (happening: AccountHappening) => void): () => void
}

export const WEATHER_FEES: FeeSchedule = { type: 'quadratic', multiplier: 1, source: 'series' }

/** Trading without a tape: books that the test fills, market time that the test moves. */
export function testFloor(options: {
  readonly nowMs: () => number
  readonly market: (ticker: MarketTicker) => ExchangeMarket | undefined
  readonly at?: (atMs: number, run: () => void) => void
  readonly config?: Partial<TradingConfig>
  readonly schedule?: FeeSchedule
}): TestFloor {
  const books = new Map<MarketTicker, MatchingBook>()
  const trades: ExchangeTrade[] = []
  const happenings: AccountHappening[] = []
  const listeners = new Set<(happening: AccountHappening) => void>()
  let ids = 0
  const newId = (): string => `00000000-0000-4000-a000-${String(++ids).padStart(12, '0')}`
  const book = (ticker: MarketTicker): MatchingBook => {
    const found = books.get(ticker) ?? new MatchingBook()
    books.set(ticker, found)
    return found
  }
  const floor: TradingFloor = {
    nowMs: options.nowMs,
    catchUp: () => undefined,
    market: options.market,
    book,
    schedule: () => options.schedule ?? WEATHER_FEES,
    at: options.at ?? (() => invariant(false, 'this test moves no time')),
    newId,
    commit(step) {
      trades.push(...step.trades)
      happenings.push(...step.happenings)
      for (const happening of step.happenings) for (const listener of listeners) listener(happening)
    },
  }
  const engine = new AccountEngine(floor, { ...TRADING_DEFAULTS, ...options.config })
  return {
    trading: new Trading(floor, engine),
    engine,
    trades,
    happenings,
    book,
    tape(market, side, cents, contracts) {
      const price = priceFromCents(cents)
      book(market).submit({ id: newId(), owner: 'tape', side, price, quantity: quantityFromContracts(contracts) })
    },
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** Good till cancelled unless `more` says otherwise; cents and contracts. */
export const newOrder = (
  market: MarketTicker,
  side: BookSide,
  cents: number,
  contracts: number,
  more: Partial<NewOrder> = {},
): NewOrder => ({
  market,
  side,
  price: priceFromCents(cents),
  quantity: quantityFromContracts(contracts),
  timeInForce: 'good_till_canceled',
  selfTradePrevention: 'taker_at_cross',
  postOnly: false,
  reduceOnly: false,
  cancelOnPause: false,
  ...more,
})
