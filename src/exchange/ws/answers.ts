import type { MarketTicker } from '../../domain/ids.ts'
import type { ExchangeCore } from '../core.ts'
import type { MarketSelection } from './market-selection.ts'
import { snapshotMessage, tickerMessage } from './messages.ts'
import type { Session, Subscription } from './session.ts'

/** What a command works on. */
export interface CommandScope {
  readonly session: Session
  readonly core: ExchangeCore
}

/** Returns the markets that are new to the subscription. */
export function addMarkets(
  subscription: Subscription,
  selection: Extract<MarketSelection, { ok: true }>,
): readonly MarketTicker[] {
  if (selection.every) subscription.everyMarket = true
  const added = selection.markets.filter((market) => !subscription.markets.has(market))
  for (const market of added) subscription.markets.add(market)
  return added
}

export function acknowledge(
  session: Session,
  subscription: Subscription,
  id: number | undefined,
  skipTickers: boolean,
): void {
  const skip = skipTickers || subscription.options.skipTickerAck
  session.control(subscription, 'ok', id, { market_tickers: skip ? [] : subscription.marketTickers() })
}

/** One snapshot per new market of an order book; one ticker per market where it was asked for. */
export function sendInitial(
  { session, core }: CommandScope,
  subscription: Subscription,
  added: readonly MarketTicker[],
  wantsTicker: boolean,
): void {
  if (subscription.channel === 'orderbook_delta') sendSnapshots({ session, core }, subscription, added)
  if (subscription.channel !== 'ticker' || !wantsTicker) return
  const wanted = subscription.everyMarket ? core.markets().map((market) => market.ticker) : added
  for (const ticker of wanted) {
    const market = core.market(ticker)
    if (market) session.unsequenced(subscription, 'ticker', tickerMessage(market, core.book(ticker), core.nowMs()))
  }
}

export function sendSnapshots(
  { session, core }: CommandScope,
  subscription: Subscription,
  markets: readonly MarketTicker[],
  id?: number,
): void {
  for (const ticker of markets) {
    const market = core.market(ticker)
    if (!market) continue
    const msg = snapshotMessage(market, core.book(ticker), subscription.options.useYesPrice)
    session.sequenced(subscription, 'orderbook_snapshot', msg, id)
  }
}
