import type { Level } from '../src/domain/book.ts'
import type { MarketTicker } from '../src/domain/ids.ts'
import { complement, formatPrice, formatQuantity } from '../src/domain/units.ts'
import { type Frame, NONE } from '../src/kalshi/frame.ts'
import { createFrameDecoder } from '../src/kalshi/frame-decoder.ts'
import { TERMINAL_WS_ERRORS } from '../src/kalshi/schemas/ws.ts'
import { MarketBooks } from './market-books.ts'

type VenueLevel = readonly [price: string, quantity: string]

/** One book as the venue writes it: prices ascending, NO levels in NO price, an empty side as an empty list. */
export interface VenueBook {
  readonly yes_dollars_fp: readonly VenueLevel[]
  readonly no_dollars_fp: readonly VenueLevel[]
}

export interface FrameBooksReport {
  /** The number of the last frame accepted on the stream of the books. */
  readonly after_seq: number
  /** The live ones, by market ticker. */
  readonly books: Readonly<Record<string, VenueBook>>
  readonly frames: number
  readonly gaps: number
  readonly lost: number
  readonly duplicates: number
  readonly malformed: Readonly<Record<string, number>>
  readonly unknown: Readonly<Record<string, number>>
  /** Markets whose last state cannot be known from these frames. */
  readonly notLive: readonly string[]
}

/**
 * Recorded frames through the real decoder, sequencer and books, with nobody to answer: after a gap a market stays not
 * live until a later snapshot of the same recording.
 */
export class FrameBooks {
  readonly #decoder
  readonly #books: MarketBooks
  readonly #bookSids = new Set<number>()
  readonly #acknowledged = new Map<number, Set<MarketTicker>>()
  readonly #malformed = new Map<string, number>()
  readonly #unknown = new Map<string, number>()
  #connection = 1
  /** Streams that were acknowledged again: a number 1 on one of them says that a new connection began. */
  readonly #restarting = new Set<number>()

  constructor(options: { readonly noLadderInYesPrice: boolean }) {
    this.#decoder = createFrameDecoder(options)
    const ignore = (): void => undefined
    const sink = { becameLive: ignore, becameNotLive: ignore, topTouched: ignore, faulted: ignore }
    this.#books = new MarketBooks({ sink, marketNowMs: () => 0 })
    this.#books.connect(this.#connection)
  }

  /** Returns the decoded frame, so that the caller can judge what was no frame at all. */
  handle(text: string): Frame {
    const frame = this.#decoder.decode(text)
    this.#noteConnection(frame)
    if (frame.kind === 'bookSnapshot' || frame.kind === 'bookDelta') {
      this.#bookSids.add(frame.sid)
      this.#books.track(frame.market)
    }
    const verdict = this.#books.handle(frame, 0)
    if (verdict === 'duplicate' || verdict === 'dead') return frame
    if (frame.kind === 'ok') this.#noteMarkets(frame.sid, frame.markets)
    else if (frame.kind === 'error' && TERMINAL_WS_ERRORS.includes(frame.code)) this.#books.endStream(frame.sid)
    else if (frame.kind === 'malformed') count(this.#malformed, frame.reason)
    else if (frame.kind === 'unknown') count(this.#unknown, frame.type)
    return frame
  }

  report(): FrameBooksReport {
    const { frames, gaps, lost, duplicates } = this.#books.stats()
    const live = this.#books.markets().filter((market) => this.#books.isLive(market))
    const expected = [...this.#bookSids].flatMap((sid) => [...(this.#acknowledged.get(sid) ?? [])])
    const notLive = new Set([...this.#books.markets(), ...expected].filter((market) => !this.#books.isLive(market)))
    return {
      after_seq: Math.max(NONE, ...[...this.#bookSids].map((sid) => this.#books.lastSeq(sid))),
      books: Object.fromEntries(live.sort().map((market) => [market, this.#venueBook(market)])),
      frames,
      gaps,
      lost,
      duplicates,
      malformed: Object.fromEntries(this.#malformed),
      unknown: Object.fromEntries(this.#unknown),
      notLive: [...notLive].sort(),
    }
  }

  #noteMarkets(sid: number, markets: readonly MarketTicker[]): void {
    const known = this.#acknowledged.get(sid) ?? new Set()
    for (const market of markets) known.add(market)
    this.#acknowledged.set(sid, known)
  }

  #noteConnection(frame: Frame): void {
    if (frame.kind === 'subscribed') {
      if (frame.channel === 'orderbook_delta') this.#bookSids.add(frame.sid)
      if (this.#books.lastSeq(frame.sid) > 1) this.#restarting.add(frame.sid)
      return
    }
    if (frame.seq === NONE || !this.#restarting.delete(frame.sid) || frame.seq !== 1) return
    this.#restarting.clear()
    this.#connection++
    this.#books.connect(this.#connection)
  }

  #venueBook(market: MarketTicker): VenueBook {
    const levels = this.#books.levels(market)
    const yes = (levels?.bids ?? []).map(venueLevel)
    const no = (levels?.asks ?? []).map(({ price, quantity }) => venueLevel({ price: complement(price), quantity }))
    // Best first on the YES axis: the highest bid, and the lowest ask, which is the highest NO price.
    return { yes_dollars_fp: yes.reverse(), no_dollars_fp: no.reverse() }
  }
}

const venueLevel = ({ price, quantity }: Level): VenueLevel => [formatPrice(price), formatQuantity(quantity)]

const count = (counts: Map<string, number>, key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1)
