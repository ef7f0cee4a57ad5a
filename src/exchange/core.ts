import type { BookSide, Level } from '../domain/book.ts'
import type { AccountId, EventTicker, MarketTicker, SeriesTicker } from '../domain/ids.ts'
import type { FeeType, MarketStatus, PriceRange } from '../domain/market.ts'
import type { Price, Quantity } from '../domain/units.ts'

/** The exchange without its sockets: what the REST and WebSocket side reads and listens to. Market time throughout. */
export interface ExchangeSeries {
  readonly ticker: SeriesTicker
  readonly title: string
  readonly category: string
  readonly frequency: string
  readonly feeType: string
  readonly feeMultiplier: number
  /** The shard that its markets trade on; accounts are funded on shard 0 only. */
  readonly exchangeIndex: number
}

export interface ExchangeEventInfo {
  readonly ticker: EventTicker
  readonly series: SeriesTicker
  readonly exchangeIndex: number
  readonly title: string
  readonly subTitle: string
  readonly collateralReturnType: string
  readonly mutuallyExclusive: boolean
  readonly strikeDate?: string
  readonly markets: readonly MarketTicker[]
  /** In place of the series' own; absent where the series' apply. */
  readonly feeOverride?: FeeOverride
}

export interface FeeOverride {
  readonly type: FeeType
  readonly multiplier: number
}

export interface ExchangeMarket {
  readonly ticker: MarketTicker
  /** UUID, the same in every run for the same ticker. */
  readonly id: string
  readonly event: EventTicker
  readonly series: SeriesTicker
  readonly exchangeIndex: number
  readonly yesSubTitle: string
  readonly noSubTitle: string
  readonly createdMs: number
  readonly openMs: number
  readonly closeMs: number
  readonly expectedExpirationMs: number
  readonly latestExpirationMs: number
  readonly settlementTimerSeconds: number
  readonly strikeType: string
  readonly floorStrike?: number
  readonly capStrike?: number
  readonly rulesPrimary: string
  readonly rulesSecondary: string
  readonly priceLevelStructure: string
  readonly priceRanges: readonly PriceRange[]
  readonly canCloseEarly: boolean
  /** Changes with the play. */
  readonly status: MarketStatus
  readonly result: 'yes' | 'no' | 'scalar' | ''
  readonly settlementValue?: Price
  readonly expirationValue: string
  readonly determinedMs?: number
  readonly settledMs?: number
  readonly lastPrice?: Price
  readonly lastTradeQuantity?: Quantity
  readonly previousPrice?: Price
  readonly volume: Quantity
  /** Of the last 24 hours. */
  readonly volume24h: Quantity
  readonly openInterest: Quantity
}

export interface ExchangeTrade {
  readonly tradeId: string
  readonly market: MarketTicker
  readonly price: Price
  readonly quantity: Quantity
  readonly takerSide: BookSide
  /** RFC 3339 with microseconds, as recorded. */
  readonly createdTime: string
  readonly tsMs: number
}

/** A signed change of one level on the YES axis. */
export interface LevelChange {
  readonly side: BookSide
  readonly price: Price
  readonly delta: Quantity
}

export interface ChangeCause {
  readonly account: AccountId
  readonly clientOrderId: string
}

/**
 * What happened, in the order in which the wire tells it. All of one step carries one `tsMs`, and a listener that applies
 * the changes of a step in their order never sees a crossed book (withdrawals come before additions).
 */
export type ExchangeHappening =
  | {
      readonly kind: 'bookChanged'
      readonly market: MarketTicker
      readonly changes: readonly LevelChange[]
      readonly tsMs: number
      /** The account's request that changed it; absent where the tape did, or an expiry. */
      readonly cause?: ChangeCause
    }
  | { readonly kind: 'traded'; readonly trades: readonly ExchangeTrade[]; readonly tsMs: number }
  | {
      readonly kind: 'lifecycle'
      readonly market: MarketTicker
      readonly type:
        | 'created'
        | 'activated'
        | 'deactivated'
        | 'closeDateUpdated'
        | 'determined'
        | 'settled'
        | 'priceLevelStructureUpdated'
      readonly tsMs: number
    }
  | { readonly kind: 'feesChanged'; readonly event: EventTicker; readonly tsMs: number }
  | { readonly kind: 'playEnded'; readonly tsMs: number }

export interface OrderBookView {
  /** Best first. YES axis. */
  readonly bids: readonly Level[]
  readonly asks: readonly Level[]
}

export interface ExchangeCore {
  readonly runId: string
  nowMs(): number
  /** Market milliseconds per wall millisecond; 0 while held or flat out. */
  rate(): number
  series(): readonly ExchangeSeries[]
  events(): readonly ExchangeEventInfo[]
  /** Only markets that exist at market time `nowMs()` (created ones). */
  markets(): readonly ExchangeMarket[]
  market(ticker: MarketTicker): ExchangeMarket | undefined
  book(ticker: MarketTicker): OrderBookView
  /** Newest first. */
  trades(ticker?: MarketTicker): readonly ExchangeTrade[]
  listen(listener: (happening: ExchangeHappening) => void): () => void
  /** Starts (or goes on with) the play. */
  play(): void
  stop(): void
}
