import type { FeedBooks } from '../../../actors/feed.ts'
import { type MarketTicker, marketTickerOf } from '../../../src/domain/ids.ts'
import { type BookText, textOfLevels } from './book-text.ts'

export interface SeenBook {
  readonly connection: number
  readonly sid: number
  readonly seq: number
  readonly book: BookText
}

/** Keeps what our book held right after each frame of its market that left it live. */
export class BookWatch {
  readonly #books: () => FeedBooks
  readonly #connection: () => number
  readonly #seen = new Map<string, SeenBook[]>()
  #last:
    | { readonly connection: number; readonly sid: number; readonly seq: number; readonly market: MarketTicker }
    | undefined
  frames = 0

  constructor(books: () => FeedBooks, connection: () => number) {
    this.#books = books
    this.#connection = connection
  }

  /** For `onRawFrame`, which comes before the frame is applied: the one before it has been by then. */
  frame(text: string): void {
    this.look()
    this.frames++
    const { type, sid, seq, msg } = JSON.parse(text)
    if (type !== 'orderbook_delta' && type !== 'orderbook_snapshot') return
    this.#last = { connection: this.#connection(), sid, seq, market: marketTickerOf(msg.market_ticker) }
  }

  /** After the last frame too. */
  look(): void {
    if (!this.#last) return
    const { connection, sid, seq, market } = this.#last
    this.#last = undefined
    const books = this.#books()
    const levels = books.levels(market)
    // A number that has passed says nothing: the frame was dropped as late or as a duplicate.
    if (!levels || connection !== this.#connection() || books.streamSeq(market) !== seq) return
    const seen = this.#seen.get(market) ?? []
    this.#seen.set(market, seen)
    seen.push({ connection, sid, seq, book: textOfLevels(levels.bids, levels.asks) })
  }

  of(market: string): readonly SeenBook[] {
    return this.#seen.get(market) ?? []
  }

  markets(): readonly string[] {
    return [...this.#seen.keys()]
  }
}
