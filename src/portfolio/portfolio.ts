import type { TopOfBook } from '../domain/book.ts'
import type { ClientOrderId, EventTicker, MarketTicker } from '../domain/ids.ts'
import { invariant } from '../domain/invariant.ts'
import type { Position, Settlement } from '../domain/position.ts'
import { addMoney, type Money, moneyOf, type Price, ZERO_MONEY } from '../domain/units.ts'
import { accountDayStartMs, nextAccountDayStartMs } from './account-day.ts'
import { type MarketHolding, type WorkingOrder, worstCaseLoss } from './exposure.ts'
import {
  applyFill,
  type Execution,
  flatPosition,
  type SettledPosition,
  settlePosition,
  unrealizedPnl,
} from './position.ts'

/** A working order as the portfolio counts it. */
export interface PortfolioOrder extends WorkingOrder {
  readonly id: ClientOrderId
  readonly market: MarketTicker
}

interface EventBook {
  readonly isMutuallyExclusive: boolean
  readonly markets: readonly MarketTicker[]
}

/** What the account already had when the session began. */
export interface RestoredPosition extends Position {
  readonly updatedMs: number
}

/**
 * The account's positions, working orders and money, shared by all desks. One owner, synchronous: what a desk reads for
 * a decision is what the fill before it left. Amounts are exact to $0.000001.
 */
export interface Portfolio {
  registerEvent(event: EventTicker, markets: readonly MarketTicker[], isMutuallyExclusive: boolean): void
  position(market: MarketTicker): Position
  positions(): readonly Position[]
  applyFill(fill: Execution): Position
  /** Undefined where the market has been settled before: a settlement counts once. */
  settle(settlement: Pick<Settlement, 'market' | 'settlementValue'>): SettledPosition | undefined
  isSettled(market: MarketTicker): boolean
  /** Adds a working order or replaces what is known of it. */
  setWorking(order: PortfolioOrder): void
  removeWorking(id: ClientOrderId): void
  workingIn(market: MarketTicker): readonly PortfolioOrder[]
  /** Markets with a position or a working order: what the limits count. */
  openMarketsOf(event: EventTicker): number
  openMarkets(): number
  /** Worst case over all outcomes, working orders included (limit 15). */
  exposure(): Money
  /** The last price at which the market's position could have been closed; a side that is missing changes nothing. */
  mark(top: Pick<TopOfBook, 'market' | 'bid' | 'ask'>): void
  /** Realised and marked since midnight Eastern, fees included (limit 16). */
  dailyPnl(nowMs: number): Money
  /** Realised, marked and fees over the whole session and what it brought along. */
  equity(): Money
}

export function createPortfolio(options: {
  readonly nowMs: number
  readonly positions?: readonly RestoredPosition[]
  readonly settledMarkets?: readonly MarketTicker[]
}): Portfolio {
  const positions = new Map<MarketTicker, Position>()
  const working = new Map<ClientOrderId, PortfolioOrder>()
  const events = new Map<EventTicker, EventBook>()
  const eventOf = new Map<MarketTicker, EventTicker>()
  const settled = new Set<MarketTicker>(options.settledMarkets)
  const bidMarks = new Map<MarketTicker, Price>()
  const askMarks = new Map<MarketTicker, Price>()
  let day = dayOf(options.nowMs)
  let equityAtDayStart = ZERO_MONEY

  for (const { updatedMs, ...position } of options.positions ?? []) {
    positions.set(position.market, position)
    // The ledger has no marks of the night before, so what is restored as of an earlier day counts at its cost.
    if (updatedMs < day.startMs) equityAtDayStart = moneyOf(equityAtDayStart + position.realizedPnl - position.fees)
  }

  const position = (market: MarketTicker): Position => positions.get(market) ?? flatPosition(market)
  const workingIn = (market: MarketTicker): PortfolioOrder[] =>
    [...working.values()].filter((order) => order.market === market)
  const isOpen = (market: MarketTicker): boolean => position(market).netQuantity !== 0 || workingIn(market).length > 0

  const markedValue = (held: Position): Money => {
    if (held.netQuantity === 0) return ZERO_MONEY
    const price = (held.netQuantity > 0 ? bidMarks : askMarks).get(held.market)
    return price === undefined ? ZERO_MONEY : unrealizedPnl(held, price)
  }
  const equity = (): Money => {
    let sum = ZERO_MONEY
    for (const held of positions.values()) sum = moneyOf(sum + held.realizedPnl - held.fees + markedValue(held))
    return sum
  }
  const rollDay = (nowMs: number): void => {
    if (nowMs < day.endMs) return
    day = dayOf(nowMs)
    equityAtDayStart = equity()
  }

  return {
    registerEvent(event, markets, isMutuallyExclusive) {
      events.set(event, { markets, isMutuallyExclusive })
      for (const market of markets) eventOf.set(market, event)
    },
    position,
    positions: () => [...positions.values()],
    applyFill(fill) {
      invariant(!settled.has(fill.market), 'a settled market has no more fills')
      const after = applyFill(position(fill.market), fill)
      positions.set(fill.market, after)
      return after
    },
    settle(settlement) {
      if (settled.has(settlement.market)) return undefined
      settled.add(settlement.market)
      const result = settlePosition(position(settlement.market), settlement)
      if (positions.has(settlement.market)) positions.set(settlement.market, result.position)
      return result
    },
    isSettled: (market) => settled.has(market),
    setWorking: (order) => {
      invariant(order.remaining > 0, 'a working order has something left to fill')
      working.set(order.id, order)
    },
    removeWorking: (id) => {
      working.delete(id)
    },
    workingIn,
    openMarketsOf: (event) => (events.get(event)?.markets ?? []).filter(isOpen).length,
    openMarkets: () => openMarketsOf(positions, working).size,
    exposure() {
      const open = openMarketsOf(positions, working)
      const byEvent = new Map<string, MarketTicker[]>()
      for (const market of open) {
        // A market outside every registered event is an event of its own: its loss is not offset by any other.
        const key = eventOf.get(market) ?? market
        byEvent.set(key, [...(byEvent.get(key) ?? []), market])
      }
      let sum = ZERO_MONEY
      for (const [key, markets] of byEvent) {
        const holdings = markets.map((market): MarketHolding => ({ ...position(market), working: workingIn(market) }))
        const isMutuallyExclusive = events.get(key as EventTicker)?.isMutuallyExclusive ?? false
        sum = addMoney(sum, worstCaseLoss(holdings, isMutuallyExclusive))
      }
      return sum
    },
    mark(top) {
      if (top.bid) bidMarks.set(top.market, top.bid.price)
      if (top.ask) askMarks.set(top.market, top.ask.price)
    },
    dailyPnl(nowMs) {
      rollDay(nowMs)
      return moneyOf(equity() - equityAtDayStart)
    },
    equity,
  }
}

function openMarketsOf(
  positions: ReadonlyMap<MarketTicker, Position>,
  working: ReadonlyMap<ClientOrderId, PortfolioOrder>,
): ReadonlySet<MarketTicker> {
  const open = new Set<MarketTicker>()
  for (const held of positions.values()) if (held.netQuantity !== 0) open.add(held.market)
  for (const order of working.values()) open.add(order.market)
  return open
}

const dayOf = (nowMs: number) => ({ startMs: accountDayStartMs(nowMs), endMs: nextAccountDayStartMs(nowMs) })
