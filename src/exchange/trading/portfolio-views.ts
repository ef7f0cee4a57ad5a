import type { TransportClock } from '../../clock/clock.ts'
import type { AccountId, MarketTicker } from '../../domain/ids.ts'
import { type Money, ZERO_MONEY } from '../../domain/units.ts'
import type { AccountFill, AccountOrder } from './account-order.ts'
import type { AccountBalance, AccountGroup, AccountHappening, AccountSettlement } from './happenings.ts'
import type { Holding } from './holding.ts'

/** What one account can read of itself. Everything oldest first. */
export interface PortfolioView {
  readonly balance: AccountBalance
  readonly orders: ReadonlyMap<string, AccountOrder>
  readonly fills: readonly AccountFill[]
  readonly holdings: ReadonlyMap<MarketTicker, Holding>
  readonly settlements: readonly AccountSettlement[]
  readonly groups: ReadonlyMap<string, AccountGroup>
  /** Undefined where nothing has happened yet. */
  readonly updatedMs: number | undefined
}

interface Portfolio {
  balance: AccountBalance
  readonly orders: Map<string, AccountOrder>
  readonly fills: AccountFill[]
  readonly holdings: Map<MarketTicker, Holding>
  readonly settlements: AccountSettlement[]
  readonly groups: Map<string, AccountGroup>
  updatedMs: number | undefined
}

/**
 * What the portfolio routes answer from: the accounts' happenings, which reach it as late as the read lag says (transport
 * time), as on the venue, where a read may not know yet what was acknowledged (kalshi-api §3.3).
 */
export class PortfolioViews {
  readonly #startingCash: Money
  readonly #clock: TransportClock
  readonly #lagMs: () => number
  readonly #portfolios = new Map<AccountId, Portfolio>()
  readonly #late: { readonly atNs: number; readonly happening: AccountHappening }[] = []

  constructor(options: { startingCash: Money; clock: TransportClock; lagMs: () => number }) {
    this.#startingCash = options.startingCash
    this.#clock = options.clock
    this.#lagMs = options.lagMs
  }

  take(happening: AccountHappening): void {
    this.#late.push({ atNs: this.#clock.monotonicNs(), happening })
    this.#applyDue()
  }

  of(account: AccountId): PortfolioView {
    this.#applyDue()
    return this.#portfolio(account)
  }

  #applyDue(): void {
    const dueNs = this.#clock.monotonicNs() - this.#lagMs() * 1e6
    while (this.#late[0] && this.#late[0].atNs <= dueNs) this.#apply(this.#late.shift()?.happening)
  }

  #apply(happening: AccountHappening | undefined): void {
    if (!happening) return
    const portfolio = this.#portfolio(happening.account)
    portfolio.updatedMs = happening.tsMs
    switch (happening.kind) {
      case 'balanceChanged':
        portfolio.balance = happening.balance
        break
      case 'filled':
        portfolio.fills.push(happening.fill)
        break
      case 'orderChanged':
        portfolio.orders.set(happening.order.id, happening.order)
        break
      case 'positionChanged':
        portfolio.holdings.set(happening.holding.market, happening.holding)
        break
      case 'settled':
        portfolio.settlements.push(happening.settlement)
        break
      case 'groupChanged':
        if (happening.type === 'deleted') portfolio.groups.delete(happening.group.id)
        else portfolio.groups.set(happening.group.id, happening.group)
        break
    }
  }

  #portfolio(account: AccountId): Portfolio {
    let portfolio = this.#portfolios.get(account)
    if (!portfolio) {
      portfolio = {
        balance: { cash: this.#startingCash, held: ZERO_MONEY },
        orders: new Map(),
        fills: [],
        holdings: new Map(),
        settlements: [],
        groups: new Map(),
        updatedMs: undefined,
      }
      this.#portfolios.set(account, portfolio)
    }
    return portfolio
  }
}
