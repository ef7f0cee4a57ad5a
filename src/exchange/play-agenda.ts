import type { BookSide } from '../domain/book.ts'
import type { MarketTicker } from '../domain/ids.ts'
import { unreachable } from '../domain/invariant.ts'
import type { TapeOrder } from './ladder-step.ts'
import type { PlayMarket } from './play-market.ts'
import type { TapeTrade } from './tape-trades.ts'

/** One thing that happens to one market at one instant. */
export type AgendaItem = { readonly atUs: number; readonly market: MarketTicker } & (
  | { readonly kind: 'created' | 'closed' | 'determined' | 'settled' }
  | { readonly kind: 'order'; readonly order: TapeOrder }
)

/** What comes first where two items share their microsecond: a market exists before it trades and trades before it closes. */
function rankOf(kind: AgendaItem['kind']): number {
  switch (kind) {
    case 'created':
      return 0
    case 'order':
      return 1
    case 'closed':
      return 2
    case 'determined':
      return 3
    case 'settled':
      return 4
    default:
      return unreachable(kind)
  }
}

/** Everything that a play will do, in order. The same tape gives the same agenda. */
export function playAgenda(markets: Iterable<PlayMarket>, trades: readonly TapeTrade[]): readonly AgendaItem[] {
  const items: AgendaItem[] = []
  for (const { tape, createdMs, settlement } of markets) {
    const at = (ms: number, kind: 'created' | 'closed' | 'determined' | 'settled'): void => {
      items.push({ atUs: ms * 1000, market: tape.ticker, kind })
    }
    at(createdMs, 'created')
    at(tape.closeMs, 'closed')
    at(settlement.determinedMs, 'determined')
    at(settlement.settledMs, 'settled')
  }
  for (const order of tapeOrders(trades)) {
    items.push({ atUs: order.tsUs, market: order.prints[0].market, kind: 'order', order })
  }
  return items.sort((a, b) => a.atUs - b.atUs || rankOf(a.kind) - rankOf(b.kind))
}

/**
 * Trades that share market, microsecond and taker side are one taker order that walked the book: a YES taker's prices
 * ascend, a NO taker's descend, whatever their order in the file. Trades come by time.
 */
export function tapeOrders(trades: readonly TapeTrade[]): readonly TapeOrder[] {
  const orders: TapeOrder[] = []
  let index = 0
  for (let first = trades[0]; first; first = trades[index]) {
    const { tsUs } = first
    const groups = new Map<string, { side: BookSide; prints: [TapeTrade, ...TapeTrade[]] }>()
    for (let trade = trades[index]; trade?.tsUs === tsUs; trade = trades[++index]) {
      const key = `${trade.market} ${trade.takerSide}`
      const group = groups.get(key)
      if (group) group.prints.push(trade)
      else groups.set(key, { side: trade.takerSide, prints: [trade] })
    }
    for (const { side, prints } of groups.values()) {
      const direction = side === 'bid' ? 1 : -1
      orders.push({ side, tsUs, prints: prints.sort((a, b) => direction * (a.price - b.price)) })
    }
  }
  return orders
}
