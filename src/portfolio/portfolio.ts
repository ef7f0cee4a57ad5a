import type { TopOfBook } from '../domain/book.ts'
import type { ClientOrderId, EventTicker, MarketTicker } from '../domain/ids.ts'
import { invariant } from '../domain/invariant.ts'
import type { Position, Settlement } from '../domain/position.ts'
import { addMoney, type Money, moneyOf, type Price, ZERO_MONEY } from '../domain/units.ts'
import { accountDayStartMs, nextAccountDayStartMs } from './account-day.ts'
import { type WorkingOrder, worstCaseLoss } from './exposure.ts'
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

export interface PortfolioOptions {
  readonly nowMs: number
  readonly positions?: readonly RestoredPosition[]
  readonly settledMarkets?: readonly MarketTicker[]
}

export function createPortfolio(options: PortfolioOptions): Portfolio {
  return new AccountPortfolio(options)
}

class AccountPortfolio implements Portfolio {
  readonly #positions = new Map<MarketTicker, Position>()
  readonly #working = new Map<ClientOrderId, PortfolioOrder>()
  readonly #events = new Map<EventTicker, EventBook>()
  readonly #eventOf = new Map<MarketTicker, EventTicker>()
  readonly #settled: Set<MarketTicker>
  readonly #bidMarks = new Map<MarketTicker, Price>()
  readonly #askMarks = new Map<MarketTicker, Price>()
  #day: AccountDay
  #equityAtDayStart = ZERO_MONEY

  constructor(options: PortfolioOptions) {
    this.#settled = new Set(options.settledMarkets)
    this.#day = dayOf(options.nowMs)
    for (const { updatedMs, ...position } of options.positions ?? []) {
      this.#positions.set(position.market, position)
      if (updatedMs >= this.#day.startMs) continue
      // The ledger has no marks of the night before, so what is restored as of an earlier day counts at its cost.
      this.#equityAtDayStart = moneyOf(this.#equityAtDayStart + position.realizedPnl - position.fees)
    }
  }

  registerEvent(event: EventTicker, markets: readonly MarketTicker[], isMutuallyExclusive: boolean): void {
    this.#events.set(event, { markets, isMutuallyExclusive })
    for (const market of markets) this.#eventOf.set(market, event)
  }

  position(market: MarketTicker): Position {
    return this.#positions.get(market) ?? flatPosition(market)
  }

  positions(): readonly Position[] {
    return [...this.#positions.values()]
  }

  applyFill(fill: Execution): Position {
    invariant(!this.#settled.has(fill.market), 'a settled market has no more fills')
    const after = applyFill(this.position(fill.market), fill)
    this.#positions.set(fill.market, after)
    return after
  }

  settle(settlement: Pick<Settlement, 'market' | 'settlementValue'>): SettledPosition | undefined {
    if (this.#settled.has(settlement.market)) return undefined
    this.#settled.add(settlement.market)
    const result = settlePosition(this.position(settlement.market), settlement)
    if (this.#positions.has(settlement.market)) this.#positions.set(settlement.market, result.position)
    return result
  }

  isSettled(market: MarketTicker): boolean {
    return this.#settled.has(market)
  }

  setWorking(order: PortfolioOrder): void {
    invariant(order.remaining > 0, 'a working order has something left to fill')
    this.#working.set(order.id, order)
  }

  removeWorking(id: ClientOrderId): void {
    this.#working.delete(id)
  }

  workingIn(market: MarketTicker): readonly PortfolioOrder[] {
    return [...this.#working.values()].filter((order) => order.market === market)
  }

  openMarketsOf(event: EventTicker): number {
    const open = this.#openMarkets()
    return (this.#events.get(event)?.markets ?? []).filter((market) => open.has(market)).length
  }

  openMarkets(): number {
    return this.#openMarkets().size
  }

  exposure(): Money {
    // A market outside every registered event is an event of its own: its loss is not offset by any other.
    const byEvent = Map.groupBy(this.#openMarkets(), (market) => this.#eventOf.get(market) ?? market)
    let sum = ZERO_MONEY
    for (const [key, markets] of byEvent) {
      const holdings = markets.map((market) => ({ ...this.position(market), working: this.workingIn(market) }))
      const isMutuallyExclusive = this.#events.get(key as EventTicker)?.isMutuallyExclusive ?? false
      sum = addMoney(sum, worstCaseLoss(holdings, isMutuallyExclusive))
    }
    return sum
  }

  mark(top: Pick<TopOfBook, 'market' | 'bid' | 'ask'>): void {
    if (top.bid) this.#bidMarks.set(top.market, top.bid.price)
    if (top.ask) this.#askMarks.set(top.market, top.ask.price)
  }

  dailyPnl(nowMs: number): Money {
    if (nowMs >= this.#day.endMs) {
      this.#day = dayOf(nowMs)
      this.#equityAtDayStart = this.equity()
    }
    return moneyOf(this.equity() - this.#equityAtDayStart)
  }

  equity(): Money {
    let sum = ZERO_MONEY
    for (const held of this.#positions.values()) {
      sum = moneyOf(sum + held.realizedPnl - held.fees + this.#markedValue(held))
    }
    return sum
  }

  #markedValue(held: Position): Money {
    if (held.netQuantity === 0) return ZERO_MONEY
    const price = (held.netQuantity > 0 ? this.#bidMarks : this.#askMarks).get(held.market)
    return price === undefined ? ZERO_MONEY : unrealizedPnl(held, price)
  }

  #openMarkets(): ReadonlySet<MarketTicker> {
    const open = new Set<MarketTicker>()
    for (const held of this.#positions.values()) if (held.netQuantity !== 0) open.add(held.market)
    for (const order of this.#working.values()) open.add(order.market)
    return open
  }
}

interface AccountDay {
  readonly startMs: number
  readonly endMs: number
}

const dayOf = (nowMs: number): AccountDay => ({
  startMs: accountDayStartMs(nowMs),
  endMs: nextAccountDayStartMs(nowMs),
})
