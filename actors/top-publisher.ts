import { type Conflator, createConflator } from '../src/book/conflator.ts'
import type { TransportClock } from '../src/clock/clock.ts'
import type { Level, TopOfBook } from '../src/domain/book.ts'
import type { MarketTicker } from '../src/domain/ids.ts'

/**
 * HOT PATH: tells each change of a live market's best prices at most once per turn of the loop, and not at all where they
 * came back to what was told last. Bench: test/bench/book.bench.ts.
 */
export class TopPublisher {
  readonly #conflator: Conflator<MarketTicker>
  readonly #published = new Map<MarketTicker, TopOfBook>()

  constructor(options: {
    readonly transport: TransportClock
    /** Undefined while the market is not live. */
    readonly topOf: (market: MarketTicker) => TopOfBook | undefined
    readonly publish: (top: TopOfBook) => void
  }) {
    this.#conflator = createConflator<MarketTicker>({
      soon: (run) => void options.transport.soon(run),
      publish: (market) => {
        const top = options.topOf(market)
        if (!top || isSameTop(top, this.#published.get(market))) return
        this.#published.set(market, top)
        options.publish(top)
      },
    })
  }

  touched(market: MarketTicker): void {
    this.#conflator.mark(market)
  }

  /** Its top was told with the news that it is live. */
  becameLive(top: TopOfBook): void {
    this.#conflator.unmark(top.market)
    this.#published.set(top.market, top)
  }

  becameNotLive(market: MarketTicker): void {
    this.#conflator.unmark(market)
    this.#published.delete(market)
  }
}

const isSameTop = (a: TopOfBook, b: TopOfBook | undefined): boolean =>
  b !== undefined && isSameLevel(a.bid, b.bid) && isSameLevel(a.ask, b.ask)

const isSameLevel = (a: Level | undefined, b: Level | undefined): boolean =>
  a?.price === b?.price && a?.quantity === b?.quantity
