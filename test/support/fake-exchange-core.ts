import type { BookSide } from '../../src/domain/book.ts'
import { eventTickerOf, type MarketTicker, marketTickerOf, seriesTickerOf } from '../../src/domain/ids.ts'
import { invariant } from '../../src/domain/invariant.ts'
import {
  PRICE_ONE_DOLLAR,
  type Price,
  parsePrice,
  parseQuantity,
  priceFromCents,
  priceOf,
  type Quantity,
  quantityOf,
} from '../../src/domain/units.ts'
import type {
  ExchangeEventInfo,
  ExchangeHappening,
  ExchangeMarket,
  ExchangeSeries,
  ExchangeTrade,
  LevelChange,
} from '../../src/exchange/core.ts'
import type { ServedExchange } from '../../src/exchange/rest/route.ts'
import { type TestFloor, testFloor } from './trading-floor.ts'

/** 2024-12-17T12:00:00Z */
export const FAKE_NOW_MS = 1_734_436_800_000
export const FAKE_EVENT = eventTickerOf('KXHIGHCHI-24DEC17')
export const FAKE_SERIES = seriesTickerOf('KXHIGHCHI')
export const LOW = marketTickerOf('KXHIGHCHI-24DEC17-T38')
export const MIDDLE = marketTickerOf('KXHIGHCHI-24DEC17-B38.5')
export const HIGH = marketTickerOf('KXHIGHCHI-24DEC17-T39')

/** `['bid', '0.3200', '45.50']`: a signed change on the YES axis, in venue strings. */
export type Change = readonly [side: BookSide, price: string, delta: string]

export interface FakeExchangeCore extends ServedExchange {
  /** What accounts trade on; its books are not those that the market data shows. */
  readonly floor: TestFloor
  advance(ms: number): void
  change(market: MarketTicker, changes: readonly Change[]): void
  trade(market: MarketTicker, price: string, quantity: string, takerSide: BookSide): ExchangeTrade
  lifecycle(market: MarketTicker, type: 'created' | 'determined' | 'settled'): void
  /** A market that does not exist before. */
  create(market: MarketTicker): void
  setCategory(category: string): void
  setStatus(market: MarketTicker, status: ExchangeMarket['status']): void
}

type Book = Record<BookSide, Map<Price, Quantity>>

interface FakeState {
  readonly listeners: Set<(happening: ExchangeHappening) => void>
  readonly markets: Map<MarketTicker, ExchangeMarket>
  readonly books: Map<MarketTicker, Book>
  readonly trades: ExchangeTrade[]
  category: string
  nowMs: number
}

/** An exchange with one event whose happenings the test makes itself. */
export function fakeExchangeCore(): FakeExchangeCore {
  const state: FakeState = {
    listeners: new Set(),
    markets: new Map(),
    books: new Map(),
    trades: [],
    category: FAKE_SERIES_INFO.category,
    nowMs: FAKE_NOW_MS,
  }
  addMarket(state, fakeMarket(LOW, 1, { strikeType: 'less', capStrike: 38 }))
  addMarket(state, fakeMarket(MIDDLE, 2, { strikeType: 'between', floorStrike: 38, capStrike: 39 }))
  addMarket(state, fakeMarket(HIGH, 3, { strikeType: 'greater', floorStrike: 39 }))
  const floor = testFloor({
    nowMs: () => state.nowMs,
    market: (ticker) => state.markets.get(ticker),
    at: () => undefined,
  })
  const accounts = {
    floor,
    trading: floor.trading,
    startingCash: floor.engine.startingCash,
    listenAccounts: floor.listen,
  }
  return { ...readsOf(state), ...happeningsOf(state), ...accounts }
}

type Accounts = 'floor' | 'trading' | 'startingCash' | 'listenAccounts'

function readsOf(state: FakeState): Omit<ServedExchange, Accounts> {
  const { markets, books, trades, listeners } = state
  return {
    runId: 'run-1',
    nowMs: () => state.nowMs,
    rate: () => 1600,
    series: () => [{ ...FAKE_SERIES_INFO, category: state.category }],
    events: () => [{ ...FAKE_EVENT_INFO, markets: [...markets.keys()] }],
    markets: () => [...markets.values()],
    market: (ticker) => markets.get(ticker),
    book: (ticker) => {
      const book = books.get(ticker)
      return book ? { bids: levels(book, 'bid'), asks: levels(book, 'ask') } : { bids: [], asks: [] }
    },
    trades: (ticker) => trades.filter((trade) => ticker === undefined || trade.market === ticker).toReversed(),
    quotes: () => [],
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    play: () => undefined,
    stop: () => undefined,
  }
}

function happeningsOf(state: FakeState): Omit<FakeExchangeCore, keyof ServedExchange | Accounts> {
  const emit = (happening: ExchangeHappening): void => {
    for (const listener of state.listeners) listener(happening)
  }
  return {
    advance(ms) {
      state.nowMs += ms
    },
    change(ticker, changes) {
      const told = changes.map(([side, price, delta]) => levelChange(side, price, delta))
      applyChanges(state, ticker, told)
      emit({ kind: 'bookChanged', market: ticker, changes: told, tsMs: state.nowMs })
    },
    trade(ticker, price, quantity, takerSide) {
      const trade = tradeOf(state, ticker, levelChange('bid', price, quantity), takerSide)
      state.trades.push(trade)
      const volume = { volume: trade.quantity, openInterest: trade.quantity }
      edit(state, ticker, { lastPrice: trade.price, lastTradeQuantity: trade.quantity, ...volume })
      emit({ kind: 'traded', trades: [trade], tsMs: state.nowMs })
      return trade
    },
    lifecycle(ticker, type) {
      if (type === 'determined') {
        const result = { status: 'determined', result: 'yes', settlementValue: PRICE_ONE_DOLLAR } as const
        edit(state, ticker, { ...result, expirationValue: '39.00', determinedMs: state.nowMs })
      }
      if (type === 'settled') edit(state, ticker, { status: 'finalized', settledMs: state.nowMs })
      emit({ kind: 'lifecycle', market: ticker, type, tsMs: state.nowMs })
    },
    create(ticker) {
      const strike = { strikeType: 'between', floorStrike: 40, capStrike: 41 }
      addMarket(state, fakeMarket(ticker, state.markets.size + 1, strike))
      emit({ kind: 'lifecycle', market: ticker, type: 'created', tsMs: state.nowMs })
    },
    setCategory(category) {
      state.category = category
    },
    setStatus: (ticker, status) => edit(state, ticker, { status }),
  }
}

const FAKE_SERIES_INFO: ExchangeSeries = {
  ticker: FAKE_SERIES,
  title: 'Highest temperature in Chicago',
  category: 'Climate and Weather',
  frequency: 'daily',
  feeType: 'quadratic',
  feeMultiplier: 1,
  exchangeIndex: 0,
}

const FAKE_EVENT_INFO: Omit<ExchangeEventInfo, 'markets'> = {
  ticker: FAKE_EVENT,
  series: FAKE_SERIES,
  exchangeIndex: 0,
  title: 'Highest temperature in Chicago on Dec 17, 2024?',
  subTitle: 'On Dec 17, 2024',
  collateralReturnType: 'MECNET',
  mutuallyExclusive: true,
  strikeDate: '2024-12-18T04:59:00Z',
}

function addMarket({ markets, books }: FakeState, market: ExchangeMarket): void {
  markets.set(market.ticker, market)
  books.set(market.ticker, { bid: new Map(), ask: new Map() })
}

function edit({ markets }: FakeState, ticker: MarketTicker, fields: Partial<ExchangeMarket>): void {
  const market = markets.get(ticker)
  invariant(market, 'the test names a market of the fake')
  markets.set(ticker, { ...market, ...fields })
}

function applyChanges({ books }: FakeState, ticker: MarketTicker, changes: readonly LevelChange[]): void {
  const book = books.get(ticker)
  invariant(book, 'the test names a market of the fake')
  for (const { side, price, delta } of changes) {
    const quantity = quantityOf((book[side].get(price) ?? 0) + delta)
    if (quantity === 0) book[side].delete(price)
    else book[side].set(price, quantity)
  }
}

function tradeOf(
  { trades, nowMs }: FakeState,
  market: MarketTicker,
  { price, delta }: LevelChange,
  takerSide: BookSide,
): ExchangeTrade {
  return {
    tradeId: `00000000-0000-4000-a000-${String(trades.length + 1).padStart(12, '0')}`,
    market,
    price,
    quantity: delta,
    takerSide,
    createdTime: Temporal.Instant.fromEpochMilliseconds(nowMs).toString(),
    tsMs: nowMs,
  }
}

const levels = (book: Book, side: BookSide) =>
  [...book[side]]
    .map(([price, quantity]) => ({ price, quantity }))
    .sort((a, b) => (side === 'bid' ? b.price - a.price : a.price - b.price))

function levelChange(side: BookSide, priceText: string, deltaText: string): LevelChange {
  const price = parsePrice(priceText)
  const delta = parseQuantity(deltaText)
  invariant(price !== undefined && delta !== undefined, 'the test writes venue decimals')
  return { side, price, delta }
}

type StrikeFields = Pick<ExchangeMarket, 'strikeType' | 'floorStrike' | 'capStrike'>

function fakeMarket(ticker: MarketTicker, index: number, strike: StrikeFields): ExchangeMarket {
  return {
    ticker,
    id: `6c1d0f8e-0000-4f0a-9d52-${String(index).padStart(12, '0')}`,
    event: FAKE_EVENT,
    series: FAKE_SERIES,
    exchangeIndex: 0,
    yesSubTitle: '38° to 39°',
    noSubTitle: '38° to 39°',
    createdMs: FAKE_NOW_MS - 30 * 3_600_000,
    openMs: FAKE_NOW_MS - 21 * 3_600_000,
    closeMs: FAKE_NOW_MS + 17 * 3_600_000,
    expectedExpirationMs: FAKE_NOW_MS + 27 * 3_600_000,
    latestExpirationMs: FAKE_NOW_MS + 195 * 3_600_000,
    settlementTimerSeconds: 3600,
    ...strike,
    rulesPrimary: 'If the highest temperature …',
    rulesSecondary: '',
    priceLevelStructure: 'linear_cent',
    priceRanges: [{ start: priceOf(0), end: PRICE_ONE_DOLLAR, step: priceFromCents(1) }],
    canCloseEarly: true,
    status: 'active',
    result: '',
    expirationValue: '',
    volume: quantityOf(0),
    volume24h: quantityOf(0),
    openInterest: quantityOf(0),
  }
}
