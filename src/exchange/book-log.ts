import type { Random } from '../clock/clock.ts'
import { EXCHANGE_BOOK_LOG_POINTS_MAX } from '../config/limits.ts'
import type { MarketTicker } from '../domain/ids.ts'
import { invariant } from '../domain/invariant.ts'
import { formatPrice, formatQuantity, type Price, type Quantity } from '../domain/units.ts'
import type { WireLevel } from '../kalshi/schemas/decimal.ts'
import type { ExchangeCore, ExchangeHappening, OrderBookView } from './core.ts'
import type { FrameAddress } from './frame-faults.ts'

type BookChanged = Extract<ExchangeHappening, { kind: 'bookChanged' }>

/** One line: the whole ladder of one market after the frame (connection, sid, seq). Ascending YES prices, venue strings. */
export interface BookPoint extends FrameAddress {
  /** `close` = the last frame of the market before its close. */
  readonly kind: 'seeded' | 'close'
  readonly market: MarketTicker
  readonly bids: readonly WireLevel[]
  readonly asks: readonly WireLevel[]
  readonly ts_ms: number
}

interface Ladder {
  readonly bids: Map<Price, Quantity>
  readonly asks: Map<Price, Quantity>
}

/** What one connection has been told, and which of its seeded instants are still to be logged. */
interface Listener {
  nextPoint: number
  readonly last: Map<MarketTicker, FrameAddress & { readonly tsMs: number }>
}

/**
 * Writes the exchange's own book at points of each connection's stream, so that a client's book can be compared with it. The
 * instants are drawn from the seed, one in each equal slice of the play's market time, and each is logged at the first change
 * from then on, one a change; those that no change follows are not logged. The ladders are kept from the changes told, because
 * the matching engine may already be further on within a step; at the end of every turn they must equal its books.
 */
export class BookLog {
  readonly #core: ExchangeCore
  readonly #write: (point: BookPoint) => void
  readonly #instantsMs: readonly number[]
  readonly #ladders = new Map<MarketTicker, Ladder>()
  readonly #listeners = new Map<number, Listener>()
  readonly #unchecked = new Set<MarketTicker>()
  readonly #closed = new Set<MarketTicker>()

  constructor(options: {
    core: ExchangeCore
    random: Random
    points: number
    fromMs: number
    toMs: number
    write: (point: BookPoint) => void
  }) {
    const { core, random, points, fromMs, toMs, write } = options
    invariant(points >= 0 && points <= EXCHANGE_BOOK_LOG_POINTS_MAX, 'the number of book points is within its bound')
    invariant(fromMs <= toMs, 'a play ends after it starts')
    this.#core = core
    this.#write = write
    const sliceMs = (toMs - fromMs) / Math.max(points, 1)
    this.#instantsMs = Array.from({ length: points }, (_, slice) => fromMs + (slice + random.next()) * sliceMs)
    for (const market of core.markets()) this.#ladders.set(market.ticker, ladderOf(core.book(market.ticker)))
  }

  /** Points of the past are not for a connection that comes later. */
  attach(connection: number): void {
    const nowMs = this.#core.nowMs()
    const nextPoint = this.#instantsMs.filter((instantMs) => instantMs < nowMs).length
    this.#listeners.set(connection, { nextPoint, last: new Map() })
  }

  /** Before the frames of a change are sent. */
  apply(happening: BookChanged, closeMs: number): void {
    const ladder = this.#ladder(happening.market)
    if (happening.tsMs >= closeMs) {
      this.closed(happening.market)
      this.#closed.add(happening.market)
    }
    for (const { side, price, delta } of happening.changes) {
      const levels = side === 'bid' ? ladder.bids : ladder.asks
      const quantity = (levels.get(price) ?? 0) + delta
      invariant(quantity >= 0, 'a level told to clients is not negative')
      if (quantity === 0) levels.delete(price)
      else levels.set(price, quantity as Quantity)
    }
    if (this.#unchecked.size === 0) queueMicrotask(() => this.#checkAgainstCore())
    this.#unchecked.add(happening.market)
  }

  /** After the last frame of a change was numbered. */
  told(address: FrameAddress, { market, tsMs }: BookChanged): void {
    const listener = this.#listeners.get(address.connection)
    invariant(listener !== undefined, 'only a connection that is attached is told anything')
    if (!this.#closed.has(market)) listener.last.set(market, { ...address, tsMs })
    const instantMs = this.#instantsMs[listener.nextPoint]
    if (instantMs === undefined || instantMs > tsMs) return
    listener.nextPoint += 1
    this.#log('seeded', address, market, tsMs)
  }

  forget(connection: number): void {
    this.#listeners.delete(connection)
  }

  /** Logs where the market stood last; told by its closing change, or later where its book was empty by then. */
  closed(market: MarketTicker): void {
    for (const { last } of this.#listeners.values()) {
      const address = last.get(market)
      if (!address) continue
      last.delete(market)
      this.#log('close', address, market, address.tsMs)
    }
  }

  #log(kind: BookPoint['kind'], address: FrameAddress, market: MarketTicker, tsMs: number): void {
    const { connection, sid, seq } = address
    const { bids, asks } = this.#ladder(market)
    this.#write({ kind, connection, sid, seq, market, bids: levelsOf(bids), asks: levelsOf(asks), ts_ms: tsMs })
  }

  #ladder(market: MarketTicker): Ladder {
    let ladder = this.#ladders.get(market)
    if (!ladder) {
      ladder = { bids: new Map(), asks: new Map() }
      this.#ladders.set(market, ladder)
    }
    return ladder
  }

  #checkAgainstCore(): void {
    for (const market of this.#unchecked) {
      const told = this.#ladder(market)
      const own = ladderOf(this.#core.book(market))
      invariant(isSameSide(told.bids, own.bids), 'the changes told add up to the bids of the matching engine')
      invariant(isSameSide(told.asks, own.asks), 'the changes told add up to the asks of the matching engine')
    }
    this.#unchecked.clear()
  }
}

const ladderOf = (book: OrderBookView): Ladder => ({
  bids: new Map(book.bids.map(({ price, quantity }) => [price, quantity])),
  asks: new Map(book.asks.map(({ price, quantity }) => [price, quantity])),
})

const levelsOf = (side: ReadonlyMap<Price, Quantity>): WireLevel[] =>
  [...side].sort(([a], [b]) => a - b).map(([price, quantity]) => [formatPrice(price), formatQuantity(quantity)])

function isSameSide(a: ReadonlyMap<Price, Quantity>, b: ReadonlyMap<Price, Quantity>): boolean {
  if (a.size !== b.size) return false
  for (const [price, quantity] of a) if (b.get(price) !== quantity) return false
  return true
}
