import { type BookFault, OrderBook } from '../src/book/order-book.ts'
import type { Level, TopOfBook } from '../src/domain/book.ts'
import type { MarketTicker } from '../src/domain/ids.ts'
import type { Price, Quantity } from '../src/domain/units.ts'
import { type BookDeltaFrame, type BookSnapshotFrame, type Frame, NONE } from '../src/kalshi/frame.ts'
import type { NotLiveReason } from '../src/kalshi/market-data.ts'
import { Sequencer, type SequenceStats, type SequenceVerdict } from '../src/kalshi/sequencer.ts'

/** What the books say, synchronously, while a frame is applied. */
export interface MarketBooksSink {
  becameLive(market: MarketTicker): void
  becameNotLive(market: MarketTicker, reason: NotLiveReason): void
  /** The best price or its quantity changed on a side, while the market is live. */
  topTouched(market: MarketTicker): void
  /** A book of the stream needs a snapshot although its numbering is whole. */
  faulted(sid: number, reason: BookFault | 'malformed'): void
}

export interface MarketBooksStats extends SequenceStats {
  readonly frames: number
  /** Changes of a book that waited for its snapshot, and of markets that nobody follows. */
  readonly ignored: number
}

interface TrackedBook {
  readonly market: MarketTicker
  readonly book: OrderBook
  isLive: boolean
  /** The stream that carried its last snapshot; NONE before the first on this connection. */
  sid: number
  seq: number
  tsVenueMs: number
  tsReceivedNs: number
}

/**
 * HOT PATH: the data plane from decoded frames to books, without any machine: number check, then dispatch, then liveness.
 * Bench: test/bench/book.bench.ts.
 *
 * A book is live from its snapshot until a gap of its stream, a fault of its own or the end of its stream or connection.
 * While it is not, its changes are ignored, and nothing of it is given out.
 */
export class MarketBooks {
  readonly #sink: MarketBooksSink
  readonly #marketNowMs: () => number
  readonly #tracked = new Map<MarketTicker, TrackedBook>()
  #sequencer = new Sequencer()
  #connection = 0
  #notLive = 0
  #frames = 0
  #ignored = 0
  /** Of earlier connections. */
  #past: SequenceStats = { gaps: 0, lost: 0, duplicates: 0, dead: 0 }

  /** `marketNowMs` stamps frames that carry no venue time of their own (snapshots). */
  constructor(options: { readonly sink: MarketBooksSink; readonly marketNowMs: () => number }) {
    this.#sink = options.sink
    this.#marketNowMs = options.marketNowMs
  }

  /** Follows a market from now on; it is not live until its snapshot. */
  track(market: MarketTicker): void {
    if (this.#tracked.has(market)) return
    const book = new OrderBook()
    this.#tracked.set(market, { market, book, isLive: false, sid: NONE, seq: NONE, tsVenueMs: 0, tsReceivedNs: 0 })
    this.#notLive++
  }

  untrack(market: MarketTicker, reason: NotLiveReason): void {
    const tracked = this.#tracked.get(market)
    if (!tracked) return
    this.#suspend(tracked, reason)
    this.#tracked.delete(market)
    this.#notLive--
  }

  /** A new connection: sids and numbers start over, and every book waits for its snapshot. */
  connect(connection: number): void {
    const stats = this.#sequencer.stats()
    this.#past = addStats(this.#past, stats)
    this.#sequencer = new Sequencer()
    this.#connection = connection
    this.disconnect()
    for (const tracked of this.#tracked.values()) tracked.sid = NONE
  }

  disconnect(): void {
    for (const tracked of this.#tracked.values()) this.#suspend(tracked, 'disconnected')
  }

  /** After a terminal error of the venue: what still comes on this sid is dropped. */
  endStream(sid: number): void {
    this.#sequencer.end(sid)
    for (const tracked of this.#tracked.values()) {
      if (tracked.sid !== sid) continue
      this.#suspend(tracked, 'streamEnded')
      tracked.sid = NONE
    }
  }

  /** One market must not be read until its next snapshot, for a reason that lies outside its stream. */
  suspend(market: MarketTicker, reason: NotLiveReason): void {
    const tracked = this.#tracked.get(market)
    if (tracked) this.#suspend(tracked, reason)
  }

  isStreamDead(sid: number): boolean {
    return this.#sequencer.isDead(sid)
  }

  /** Applies one frame. The caller goes on with it only where the verdict is not `duplicate` or `dead`. */
  handle(frame: Frame, tsReceivedNs: number): SequenceVerdict | 'unsequenced' {
    this.#frames++
    if (frame.seq === NONE) {
      if (frame.kind === 'subscribed') this.#sequencer.start(frame.sid)
      return 'unsequenced'
    }
    const verdict = this.#sequencer.accept(frame.sid, frame.seq)
    if (verdict === 'duplicate' || verdict === 'dead') return verdict
    if (verdict === 'gap') this.#suspendStream(frame.sid, 'gap')
    if (frame.kind === 'bookDelta') this.#applyDelta(frame, tsReceivedNs)
    else if (frame.kind === 'bookSnapshot') this.#applySnapshot(frame, tsReceivedNs)
    else if (frame.kind === 'malformed') {
      // Its number is known but not what it changed.
      this.#suspendStream(frame.sid, 'malformed')
      this.#sink.faulted(frame.sid, 'malformed')
    }
    return verdict
  }

  isLive(market: MarketTicker): boolean {
    return this.#tracked.get(market)?.isLive === true
  }

  /** Undefined while the market is not live. */
  top(market: MarketTicker): TopOfBook | undefined {
    const tracked = this.#tracked.get(market)
    return tracked?.isLive ? this.#topOf(tracked) : undefined
  }

  /** Best first; undefined while the market is not live. */
  levels(market: MarketTicker): { readonly bids: readonly Level[]; readonly asks: readonly Level[] } | undefined {
    const tracked = this.#tracked.get(market)
    return tracked?.isLive ? tracked.book.levels() : undefined
  }

  /** The number of the last frame accepted on the market's stream; 0 before its first snapshot. */
  streamSeq(market: MarketTicker): number {
    const tracked = this.#tracked.get(market)
    return tracked ? this.#sequencer.lastSeq(tracked.sid) : NONE
  }

  lastSeq(sid: number): number {
    return this.#sequencer.lastSeq(sid)
  }

  markets(): MarketTicker[] {
    return [...this.#tracked.keys()]
  }

  /** Those that wait for a snapshot. `onlyNew`: those that have had none on this stream. */
  waiting(options: { readonly onlyNew: boolean }): MarketTicker[] {
    const markets: MarketTicker[] = []
    for (const { market, isLive, sid } of this.#tracked.values()) {
      if (!isLive && (!options.onlyNew || sid === NONE)) markets.push(market)
    }
    return markets
  }

  get notLiveCount(): number {
    return this.#notLive
  }

  stats(): MarketBooksStats {
    return { ...addStats(this.#past, this.#sequencer.stats()), frames: this.#frames, ignored: this.#ignored }
  }

  #applyDelta(frame: BookDeltaFrame, tsReceivedNs: number): void {
    const tracked = this.#tracked.get(frame.market)
    // A second stream of the channel must not apply the same change twice.
    if (!tracked?.isLive || tracked.sid !== frame.sid) {
      this.#ignored++
      return
    }
    const { book } = tracked
    const isBid = frame.side === 'bid'
    const price = isBid ? book.bidPrice : book.askPrice
    const quantity = isBid ? book.bidQuantity : book.askQuantity
    const fault = book.applyDelta(frame.side, frame.price, frame.delta)
    if (fault) {
      this.#suspend(tracked, fault)
      this.#sink.faulted(frame.sid, fault)
      return
    }
    tracked.seq = frame.seq
    tracked.tsVenueMs = frame.tsVenueMs ?? this.#marketNowMs()
    tracked.tsReceivedNs = tsReceivedNs
    const isTouched = isBid
      ? price !== book.bidPrice || quantity !== book.bidQuantity
      : price !== book.askPrice || quantity !== book.askQuantity
    if (isTouched) this.#sink.topTouched(tracked.market)
  }

  #applySnapshot(frame: BookSnapshotFrame, tsReceivedNs: number): void {
    const tracked = this.#tracked.get(frame.market)
    if (!tracked) {
      this.#ignored++
      return
    }
    tracked.sid = frame.sid
    const fault = tracked.book.applySnapshot(frame.bids, frame.asks)
    if (fault) {
      this.#suspend(tracked, fault)
      this.#sink.faulted(frame.sid, fault)
      return
    }
    tracked.seq = frame.seq
    tracked.tsVenueMs = this.#marketNowMs()
    tracked.tsReceivedNs = tsReceivedNs
    if (tracked.isLive) {
      this.#sink.topTouched(tracked.market)
      return
    }
    tracked.isLive = true
    this.#notLive--
    this.#sink.becameLive(tracked.market)
  }

  #suspendStream(sid: number, reason: NotLiveReason): void {
    for (const tracked of this.#tracked.values()) if (tracked.sid === sid) this.#suspend(tracked, reason)
  }

  #suspend(tracked: TrackedBook, reason: NotLiveReason): void {
    if (!tracked.isLive) return
    tracked.isLive = false
    tracked.book.clear()
    this.#notLive++
    this.#sink.becameNotLive(tracked.market, reason)
  }

  #topOf(tracked: TrackedBook): TopOfBook {
    const { market, book, sid, seq, tsVenueMs, tsReceivedNs } = tracked
    const base = { market, connection: this.#connection, sid, seq, tsVenueMs, tsReceivedNs }
    const bid = book.bidPrice === 0 ? undefined : levelOf(book.bidPrice, book.bidQuantity)
    const ask = book.askPrice === 0 ? undefined : levelOf(book.askPrice, book.askQuantity)
    return { ...base, ...(bid && { bid }), ...(ask && { ask }) }
  }
}

const levelOf = (price: number, quantity: number): Level => ({ price: price as Price, quantity: quantity as Quantity })

const addStats = (a: SequenceStats, b: SequenceStats): SequenceStats => ({
  gaps: a.gaps + b.gaps,
  lost: a.lost + b.lost,
  duplicates: a.duplicates + b.duplicates,
  dead: a.dead + b.dead,
})
