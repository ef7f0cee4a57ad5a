import { invariant } from '../../../src/domain/invariant.ts'
import { complement, type Price, type Quantity } from '../../../src/domain/units.ts'
import type { FrameAddress } from '../../../src/exchange/frame-faults.ts'
import { type BookText, priceOfWire, quantityOfWire, sideOfWire, textOfSides } from './book-text.ts'
import type { ToldFrame } from './wire-tap.ts'

/** A market's book after one frame of its own. */
export interface ToldBook {
  readonly seq: number
  readonly isSnapshot: boolean
  readonly book: BookText
}

interface WireFrame {
  readonly type: string
  readonly msg?: {
    readonly market_ticker?: string
    readonly yes_dollars_fp?: [string, string][]
    readonly no_dollars_fp?: [string, string][]
    readonly price_dollars?: string
    readonly delta_fp?: string
    readonly side?: string
  }
}

interface ToldStream {
  lastSeq: number
  readonly types: Map<number, string>
  readonly history: Map<string, ToldBook[]>
  readonly sides: Map<string, { bids: Map<Price, Quantity>; asks: Map<Price, Quantity> }>
}

/** The exchange's books after every frame that it told, replayed naively: one map per side, `JSON.parse` per frame. */
export class ToldBooks {
  readonly #streams = new Map<string, ToldStream>()

  constructor(frames: readonly ToldFrame[]) {
    for (const frame of frames) this.#take(frame)
  }

  /** Of the frame with that number; undefined where none was told. */
  typeOf({ connection, sid, seq }: FrameAddress): string | undefined {
    return this.#streams.get(`${connection}:${sid}`)?.types.get(seq)
  }

  lastSeq(connection: number, sid: number): number {
    return this.#streams.get(`${connection}:${sid}`)?.lastSeq ?? 0
  }

  /** The market's book as of a frame of its stream: after the last frame of its own up to that number. */
  asOf(market: string, { connection, sid, seq }: FrameAddress): ToldBook | undefined {
    return this.history(market, connection, sid).findLast((entry) => entry.seq <= seq)
  }

  history(market: string, connection: number, sid: number): readonly ToldBook[] {
    return this.#streams.get(`${connection}:${sid}`)?.history.get(market) ?? []
  }

  #take({ connection, sid, seq, text }: ToldFrame): void {
    const key = `${connection}:${sid}`
    const stream = this.#streams.get(key) ?? { lastSeq: 0, types: new Map(), history: new Map(), sides: new Map() }
    this.#streams.set(key, stream)
    invariant(seq === stream.lastSeq + 1, 'the exchange numbers its frames without a gap')
    stream.lastSeq = seq
    const { type, msg } = JSON.parse(text) as WireFrame
    stream.types.set(seq, type)
    const market = msg?.market_ticker
    if (market === undefined || (type !== 'orderbook_snapshot' && type !== 'orderbook_delta')) return
    const isSnapshot = type === 'orderbook_snapshot'
    const sides = isSnapshot
      ? { bids: sideOfWire(msg?.yes_dollars_fp ?? [], false), asks: sideOfWire(msg?.no_dollars_fp ?? [], true) }
      : stream.sides.get(market)
    invariant(sides !== undefined, 'no change of a book comes before its first snapshot')
    if (!isSnapshot) change(sides, msg ?? {})
    stream.sides.set(market, sides)
    const history = stream.history.get(market) ?? []
    stream.history.set(market, history)
    history.push({ seq, isSnapshot, book: textOfSides(sides) })
  }
}

function change(
  sides: { bids: Map<Price, Quantity>; asks: Map<Price, Quantity> },
  { side, price_dollars = '', delta_fp = '' }: NonNullable<WireFrame['msg']>,
): void {
  const told = priceOfWire(price_dollars)
  const [levels, price] = side === 'yes' ? [sides.bids, told] : [sides.asks, complement(told)]
  const quantity = (levels.get(price) ?? 0) + quantityOfWire(delta_fp)
  if (quantity === 0) levels.delete(price)
  else levels.set(price, quantity as Quantity)
}
