import { MarketBooks } from '../../actors/market-books.ts'
import { TopPublisher } from '../../actors/top-publisher.ts'
import { seededRandom } from '../../src/clock/seeded-random.ts'
import { systemTransportClock } from '../../src/clock/system-clock.ts'
import { type MarketTicker, marketTickerOf } from '../../src/domain/ids.ts'
import { formatPrice, formatQuantity, priceOf, quantityOf } from '../../src/domain/units.ts'
import type { Frame } from '../../src/kalshi/frame.ts'
import { createFrameDecoder } from '../../src/kalshi/frame-decoder.ts'
import type { BenchResult } from './result.ts'

const MARKETS = 24
const FRAMES = 200_000
const ROUNDS = 5

/** Snapshots of 24 markets, then changes near the top of their books, in the layout of the recorded sessions. */
function composeFrames(): string[] {
  const random = seededRandom('bench')
  const pick = (count: number): number => Math.floor(random.next() * count)
  const markets = Array.from({ length: MARKETS }, (_, index) => `KXHIGHCHI-26NOV20-B${30 + index}.5`)
  const ladder = (): string[][] =>
    Array.from({ length: 20 }, (_, level) => [formatPrice(priceOf(2000 + 100 * level)), '1000000.00'])
  let seq = 0
  const frames = markets.map((market_ticker) =>
    JSON.stringify({
      type: 'orderbook_snapshot',
      sid: 1,
      seq: ++seq,
      msg: { market_ticker, market_id: ID, yes_dollars_fp: ladder(), no_dollars_fp: ladder() },
    }),
  )
  while (frames.length < FRAMES) {
    const price = formatPrice(priceOf(3900 - 100 * pick(6)))
    const delta = formatQuantity(quantityOf(pick(200) - 100))
    const side = pick(2) === 0 ? 'yes' : 'no'
    const msg = { market_ticker: markets[pick(MARKETS)], market_id: ID, price_dollars: price, delta_fp: delta, side }
    frames.push(
      JSON.stringify({
        type: 'orderbook_delta',
        sid: 1,
        seq: ++seq,
        msg: { ...msg, ts: '2026-07-01T02:31:45.308599Z', ts_ms: 1_782_873_105_308 },
      }),
    )
  }
  return frames
}

const ID = '7552cb2a-91da-4c91-bc9e-f83d090cc6dd'

/** Nanoseconds of one frame, the best of several rounds: what the code costs where nothing else runs. */
function nsPerFrame(round: () => void): number {
  const clock = systemTransportClock()
  let best = Number.POSITIVE_INFINITY
  for (let index = 0; index < ROUNDS; index++) {
    const startNs = clock.monotonicNs()
    round()
    best = Math.min(best, clock.monotonicNs() - startNs)
  }
  return best / FRAMES
}

function booksOf(topTouched: (market: MarketTicker) => void): MarketBooks {
  const ignore = (): void => undefined
  const sink = { becameLive: ignore, becameNotLive: ignore, faulted: ignore, topTouched }
  const books = new MarketBooks({ sink, marketNowMs: () => 0 })
  for (let index = 0; index < MARKETS; index++) books.track(marketTickerOf(`KXHIGHCHI-26NOV20-B${30 + index}.5`))
  return books
}

/** The data plane from frame text to conflated top of book, in its steps. */
export function benchBooks(): readonly BenchResult[] {
  const texts = composeFrames()
  const decoder = createFrameDecoder({ noLadderInYesPrice: false })
  const frames = texts.map((text) => decoder.decode(text))
  const transport = systemTransportClock()
  const apply = (
    next: (index: number) => Frame,
    topTouched: (market: MarketTicker) => void = () => undefined,
  ): void => {
    const books = booksOf(topTouched)
    books.connect(1)
    for (let index = 0; index < FRAMES; index++) books.handle(next(index), index)
  }
  const decoded = (index: number): Frame => decoder.decode(texts[index] ?? '')
  const ready = (index: number): Frame => frames[index] ?? decoder.decode('')
  const whole = (): void => {
    const tops = new TopPublisher({ transport, topOf: () => undefined, publish: () => undefined })
    apply(decoded, (market) => tops.touched(market))
  }
  const result = (name: string, ns: number): BenchResult => ({
    name,
    figures: { nsPerFrame: ns, framesPerSecond: 1e9 / ns, frames: FRAMES },
  })
  return [
    result(
      'JSON.parse alone',
      nsPerFrame(() => texts.forEach((text) => void JSON.parse(text))),
    ),
    result(
      'decode',
      nsPerFrame(() => texts.forEach((text) => void decoder.decode(text))),
    ),
    result(
      'sequence and apply',
      nsPerFrame(() => apply(ready)),
    ),
    result('text to book to marked top', nsPerFrame(whole)),
  ]
}
