import type { Level } from '../domain/book.ts'
import type { MarketStatus } from '../domain/market.ts'
import { complement, formatPrice, formatQuantity, type Price, priceOf, ZERO_QUANTITY } from '../domain/units.ts'
import type { WireLevel } from '../kalshi/schemas/decimal.ts'
import type { WireEvent, WireMarket, WireOrderbook, WireRestTrade, WireSeries } from '../kalshi/schemas/rest.ts'
import type { ExchangeEventInfo, ExchangeMarket, ExchangeSeries, ExchangeTrade, OrderBookView } from './core.ts'

/** The core's objects in the venue's words (kalshi-api §3.3). Times are market times in RFC 3339. */
const ZERO_DOLLARS = '0.0000'
const ONE_DOLLAR = '1.0000'
const NO_PRICE = priceOf(0)
export const formatTime = (ms: number): string => Temporal.Instant.fromEpochMilliseconds(ms).toString()

/** The venue calls a pause `inactive`. */
export const wireStatus = (status: MarketStatus): string => (status === 'paused' ? 'inactive' : status)

export interface QuoteFields {
  readonly yesBid: string
  readonly yesBidSize: string
  readonly yesAsk: string
  readonly yesAskSize: string
}

/** An empty side reads 0.0000 bid, 1.0000 ask, size 0.00. */
export function quoteFields(book: OrderBookView): QuoteFields {
  const bid = book.bids[0]
  const ask = book.asks[0]
  return {
    yesBid: bid ? formatPrice(bid.price) : ZERO_DOLLARS,
    yesBidSize: formatQuantity(bid?.quantity ?? ZERO_QUANTITY),
    yesAsk: ask ? formatPrice(ask.price) : ONE_DOLLAR,
    yesAskSize: formatQuantity(ask?.quantity ?? ZERO_QUANTITY),
  }
}

const optionalPrice = (price: Price | undefined): string => formatPrice(price ?? NO_PRICE)

export function marketObject(market: ExchangeMarket, book: OrderBookView): WireMarket {
  const quotes = quoteFields(book)
  const bid = book.bids[0]
  const ask = book.asks[0]
  const changedMs = market.settledMs ?? market.determinedMs ?? market.createdMs
  return {
    ticker: market.ticker,
    event_ticker: market.event,
    market_type: 'binary',
    // `subtitle` and `expiration_time` are deprecated and still sent.
    subtitle: market.yesSubTitle,
    yes_sub_title: market.yesSubTitle,
    no_sub_title: market.noSubTitle,
    created_time: formatTime(market.createdMs),
    updated_time: formatTime(changedMs),
    open_time: formatTime(market.openMs),
    close_time: formatTime(market.closeMs),
    expected_expiration_time: formatTime(market.expectedExpirationMs),
    expiration_time: formatTime(market.latestExpirationMs),
    latest_expiration_time: formatTime(market.latestExpirationMs),
    settlement_timer_seconds: market.settlementTimerSeconds,
    status: wireStatus(market.status),
    yes_bid_dollars: quotes.yesBid,
    yes_bid_size_fp: quotes.yesBidSize,
    yes_ask_dollars: quotes.yesAsk,
    yes_ask_size_fp: quotes.yesAskSize,
    no_bid_dollars: ask ? formatPrice(complement(ask.price)) : ZERO_DOLLARS,
    no_ask_dollars: bid ? formatPrice(complement(bid.price)) : ONE_DOLLAR,
    last_price_dollars: optionalPrice(market.lastPrice),
    volume_fp: formatQuantity(market.volume),
    volume_24h_fp: formatQuantity(market.volume24h),
    open_interest_fp: formatQuantity(market.openInterest),
    result: market.result,
    can_close_early: market.canCloseEarly,
    notional_value_dollars: ONE_DOLLAR,
    // Quotes of a day earlier, which no tape of trades knows.
    previous_yes_bid_dollars: ZERO_DOLLARS,
    previous_yes_ask_dollars: ZERO_DOLLARS,
    previous_price_dollars: optionalPrice(market.previousPrice),
    expiration_value: market.expirationValue,
    ...(market.settlementValue === undefined ? {} : { settlement_value_dollars: formatPrice(market.settlementValue) }),
    ...(market.settledMs === undefined ? {} : { settlement_ts: formatTime(market.settledMs) }),
    strike_type: market.strikeType,
    ...(market.floorStrike === undefined ? {} : { floor_strike: market.floorStrike }),
    ...(market.capStrike === undefined ? {} : { cap_strike: market.capStrike }),
    rules_primary: market.rulesPrimary,
    rules_secondary: market.rulesSecondary,
    price_level_structure: market.priceLevelStructure,
    price_ranges: market.priceRanges.map(priceRangeObject),
    exchange_index: market.exchangeIndex,
  }
}

export const priceRangeObject = (range: ExchangeMarket['priceRanges'][number]) => ({
  start: formatPrice(range.start),
  end: formatPrice(range.end),
  step: formatPrice(range.step),
})

/** Weather events of before 2026-08-14 settle on the NWS climate report (kalshi-api §6.1). */
const NWS_SOURCES = [{ name: 'National Weather Service Daily Climate Report', url: 'https://www.weather.gov/' }]

export function eventObject(event: ExchangeEventInfo, markets?: readonly WireMarket[]): WireEvent {
  return {
    event_ticker: event.ticker,
    series_ticker: event.series,
    title: event.title,
    sub_title: event.subTitle,
    collateral_return_type: event.collateralReturnType,
    mutually_exclusive: event.mutuallyExclusive,
    ...(event.strikeDate === undefined ? {} : { strike_date: event.strikeDate }),
    settlement_sources: NWS_SOURCES,
    ...(event.feeOverride === undefined
      ? {}
      : { fee_type_override: event.feeOverride.type, fee_multiplier_override: event.feeOverride.multiplier }),
    exchange_index: event.exchangeIndex,
    ...(markets === undefined ? {} : { markets: [...markets] }),
  }
}

export const settlementSources = (): { name: string; url: string }[] => NWS_SOURCES.map((source) => ({ ...source }))

export function seriesObject(series: ExchangeSeries): WireSeries {
  return {
    ticker: series.ticker,
    frequency: series.frequency,
    title: series.title,
    category: series.category,
    categories: [series.category],
    tags: [],
    settlement_sources: NWS_SOURCES,
    // The tape knows no documents of the contract; the venue's fields are required.
    contract_url: '',
    contract_terms_url: '',
    fee_type: series.feeType,
    fee_multiplier: series.feeMultiplier,
    additional_prohibitions: [],
    exchange_index: series.exchangeIndex,
  }
}

export function tradeObject(trade: ExchangeTrade): WireRestTrade {
  const outcome = trade.takerSide === 'bid' ? 'yes' : 'no'
  return {
    trade_id: trade.tradeId,
    ticker: trade.market,
    count_fp: formatQuantity(trade.quantity),
    yes_price_dollars: formatPrice(trade.price),
    no_price_dollars: formatPrice(complement(trade.price)),
    taker_side: outcome,
    taker_outcome_side: outcome,
    taker_book_side: trade.takerSide,
    created_time: trade.createdTime,
    is_block_trade: false,
  }
}

/** Both ladders, best last, as observed live; NO in NO price. `depth` keeps the best levels of each side, 0 all of them. */
export function orderbookObject(book: OrderBookView, depth = 0): WireOrderbook {
  const best = (levels: readonly Level[]): readonly Level[] => (depth === 0 ? levels : levels.slice(0, depth))
  return {
    yes_dollars: ladder(best(book.bids), (price) => price),
    no_dollars: ladder(best(book.asks), complement),
  }
}

/** From best first to best last. */
export function ladder(bestFirst: readonly Level[], priceOfLevel: (price: Price) => Price): WireLevel[] {
  return bestFirst
    .map(({ price, quantity }): WireLevel => [formatPrice(priceOfLevel(price)), formatQuantity(quantity)])
    .reverse()
}
