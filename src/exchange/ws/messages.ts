import { complement, formatPrice, formatQuantity, type Price, QUANTITY_SCALE } from '../../domain/units.ts'
import type {
  ExchangeEventInfo,
  ExchangeHappening,
  ExchangeMarket,
  ExchangeTrade,
  LevelChange,
  OrderBookView,
} from '../core.ts'
import { formatTime, ladder, priceRangeObject, quoteFields } from '../wire-objects.ts'

/**
 * The `msg` of every data frame as JSON text (kalshi-api §2.7), built once and sent to every subscriber. Fields that the
 * venue calls deprecated and still sends are sent here too, so that older clients work.
 */
const seconds = (ms: number): number => Math.floor(ms / 1000)
const asIs = (price: Price): Price => price

/** NO levels in NO price unless the subscription asked for YES prices. A side without orders is left out. */
export function snapshotMessage(market: ExchangeMarket, book: OrderBookView, useYesPrice: boolean): string {
  const yes = ladder(book.bids, asIs)
  const no = ladder(book.asks, useYesPrice ? asIs : complement)
  return JSON.stringify({
    market_ticker: market.ticker,
    market_id: market.id,
    ...(yes.length > 0 ? { yes_dollars_fp: yes } : {}),
    ...(no.length > 0 ? { no_dollars_fp: no } : {}),
  })
}

/** `ownOrder`: the client id of the receiver's own order that caused the change. */
export function deltaMessage(
  market: ExchangeMarket,
  change: LevelChange,
  tsMs: number,
  useYesPrice: boolean,
  ownOrder?: string,
): string {
  const isYes = change.side === 'bid'
  const price = isYes || useYesPrice ? change.price : complement(change.price)
  return (
    `{"market_ticker":"${market.ticker}","market_id":"${market.id}","price_dollars":"${formatPrice(price)}",` +
    `"delta_fp":"${formatQuantity(change.delta)}","side":"${isYes ? 'yes' : 'no'}",` +
    (ownOrder === undefined ? '' : `"client_order_id":"${ownOrder}","subaccount":0,`) +
    `"ts":"${formatTime(tsMs)}","ts_ms":${tsMs}}`
  )
}

export function tradeMessage(trade: ExchangeTrade): string {
  const outcome = trade.takerSide === 'bid' ? 'yes' : 'no'
  return JSON.stringify({
    trade_id: trade.tradeId,
    market_ticker: trade.market,
    yes_price_dollars: formatPrice(trade.price),
    no_price_dollars: formatPrice(complement(trade.price)),
    count_fp: formatQuantity(trade.quantity),
    taker_outcome_side: outcome,
    taker_book_side: trade.takerSide,
    taker_side: outcome,
    is_block_trade: false,
    ts: seconds(trade.tsMs),
    ts_ms: trade.tsMs,
  })
}

export function tickerMessage(market: ExchangeMarket, book: OrderBookView, tsMs: number): string {
  const quotes = quoteFields(book)
  return JSON.stringify({
    market_id: market.id,
    market_ticker: market.ticker,
    price_dollars: formatPrice(market.lastPrice ?? (0 as Price)),
    yes_bid_dollars: quotes.yesBid,
    yes_ask_dollars: quotes.yesAsk,
    yes_bid_size_fp: quotes.yesBidSize,
    yes_ask_size_fp: quotes.yesAskSize,
    last_trade_size_fp: market.lastTradeQuantity === undefined ? '0.00' : formatQuantity(market.lastTradeQuantity),
    volume_fp: formatQuantity(market.volume),
    open_interest_fp: formatQuantity(market.openInterest),
    dollar_volume: halfDollars(market.volume),
    dollar_open_interest: halfDollars(market.openInterest),
    ts: seconds(tsMs),
    ts_ms: tsMs,
    time: formatTime(tsMs),
  })
}

/** The venue counts half a dollar for each contract, whatever its price (observed 2026-02). */
const halfDollars = (quantity: number): number => Math.floor(quantity / (2 * QUANTITY_SCALE))

type Lifecycle = Extract<ExchangeHappening, { kind: 'lifecycle' }>

export function lifecycleMessage(happening: Lifecycle, market: ExchangeMarket): string {
  const head = { market_ticker: market.ticker }
  switch (happening.type) {
    case 'created':
      return JSON.stringify({ ...head, event_type: 'created', ...createdFields(market) })
    case 'activated':
    case 'deactivated':
      return JSON.stringify({
        ...head,
        event_type: happening.type,
        is_deactivated: happening.type === 'deactivated',
      })
    case 'closeDateUpdated':
      return JSON.stringify({ ...head, event_type: 'close_date_updated', close_ts: seconds(market.closeMs) })
    case 'determined':
      return JSON.stringify({
        ...head,
        event_type: 'determined',
        result: market.result,
        ...(market.settlementValue === undefined ? {} : { settlement_value: formatPrice(market.settlementValue) }),
        determination_ts: seconds(happening.tsMs),
      })
    case 'priceLevelStructureUpdated':
      return JSON.stringify({ ...head, event_type: 'price_level_structure_updated', ...tickFields(market) })
    case 'settled':
      return JSON.stringify({ ...head, event_type: 'settled', settled_ts: seconds(happening.tsMs) })
  }
}

function createdFields(market: ExchangeMarket): Record<string, unknown> {
  return {
    exchange_index: market.exchangeIndex,
    open_ts: seconds(market.openMs),
    close_ts: seconds(market.closeMs),
    ...tickFields(market),
    additional_metadata: {
      name: market.yesSubTitle,
      title: market.yesSubTitle,
      yes_sub_title: market.yesSubTitle,
      no_sub_title: market.noSubTitle,
      rules_primary: market.rulesPrimary,
      rules_secondary: market.rulesSecondary,
      can_close_early: market.canCloseEarly,
      event_ticker: market.event,
      expected_expiration_ts: seconds(market.expectedExpirationMs),
      strike_type: market.strikeType,
      ...(market.floorStrike === undefined ? {} : { floor_strike: market.floorStrike }),
      ...(market.capStrike === undefined ? {} : { cap_strike: market.capStrike }),
    },
  }
}

const tickFields = ({ priceLevelStructure, priceRanges }: ExchangeMarket) => ({
  price_level_structure: priceLevelStructure,
  price_ranges: priceRanges.map(priceRangeObject),
})

/** `null` says that the series' fees apply again. */
export function eventFeeMessage({ ticker, feeOverride }: ExchangeEventInfo): string {
  return JSON.stringify({
    event_ticker: ticker,
    fee_type_override: feeOverride?.type ?? null,
    fee_multiplier_override: feeOverride?.multiplier ?? null,
  })
}

export function eventLifecycleMessage(event: ExchangeEventInfo): string {
  return JSON.stringify({
    event_ticker: event.ticker,
    exchange_index: event.exchangeIndex,
    title: event.title,
    subtitle: event.subTitle,
    collateral_return_type: event.collateralReturnType,
    series_ticker: event.series,
    ...(event.strikeDate === undefined ? {} : { strike_date: event.strikeDate }),
  })
}
