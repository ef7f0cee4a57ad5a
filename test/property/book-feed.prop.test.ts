import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../src/clock/seeded-random.ts'
import type { BookSide } from '../../src/domain/book.ts'
import { A, B, C, FakeVenue, type Fate, liveRig } from '../unit/machines-feed/fake-venue.ts'

/** Frames of a random market day, damaged at random: a book that is called live must always be the venue's. */
async function playDamaged(seed: string, rates: Readonly<Record<Exclude<Fate, 'pass'>, number>>) {
  const random = seededRandom(seed)
  const pick = (count: number): number => Math.floor(random.next() * count)
  const { venue, feed } = await liveRig(new FakeVenue([A, B, C]))
  venue.fate = () => {
    const chance = random.next()
    let below = 0
    for (const fate of ['drop', 'duplicate', 'hold'] as const) {
      below += rates[fate]
      if (chance >= below) continue
      return fate
    }
    return 'pass'
  }
  let compared = 0
  let different = 0
  const compare = (): void => {
    for (const market of [A, B, C]) {
      // A frame on its way is not a difference: only a stream that is read to its end can be compared.
      if (!feed.books.isLive(market) || feed.books.streamSeq(market) !== venue.lastSeq()) continue
      // Thousands of comparisons: as text, which is cheaper by far than a matcher.
      if (JSON.stringify(feed.books.levels(market)) !== JSON.stringify(venue.levelsOf(market))) different++
      compared++
    }
  }
  for (let change = 0; change < 600; change++) {
    const market = [A, B, C][pick(3)] ?? A
    const side: BookSide = random.next() < 0.5 ? 'bid' : 'ask'
    const ladder = venue.bookOf(market)[side]
    const held = [...ladder][pick(ladder.size)]
    if (held && random.next() < 0.5) venue.change(market, side, held[0], -1 - pick(held[1]))
    else venue.change(market, side, side === 'bid' ? 1 + pick(3300) : 3400 + pick(6000), 1 + pick(10_000))
    compare()
    if (random.next() < 0.3) venue.clock.advance(pick(4))
    if (random.next() < 0.002) {
      venue.endStream('orderbook_delta', 25)
      venue.clock.advance(600)
    }
    if (random.next() < 0.002) {
      venue.disconnect()
      venue.clock.advance(300)
    }
  }
  venue.fate = () => 'pass'
  for (let second = 0; second < 90; second++) {
    venue.heartbeat()
    venue.clock.advance(1_000)
  }
  return { venue, feed, compared, different }
}

describe('books under damage', () => {
  it('what is called live equals the venue, and all books are live again once the damage ends', async () => {
    const rate = fc.double({ min: 0, max: 0.08, noNaN: true })
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.record({ drop: rate, duplicate: rate, hold: rate }), async (seed, rates) => {
        const { venue, feed, compared, different } = await playDamaged(seed, rates)
        expect(compared).toBeGreaterThan(0)
        expect(different).toBe(0)
        for (const market of [A, B, C]) expect(feed.books.levels(market)).toEqual(venue.levelsOf(market))
        expect(feed.stats()).toMatchObject({ resyncs: 0, unexpectedEvents: 0 })
        await feed.stop()
      }),
      { numRuns: 12, endOnFailure: true },
    )
  }, 60_000)

  it('without damage nothing is ever called a gap', async () => {
    const { feed } = await playDamaged('calm', { drop: 0, duplicate: 0, hold: 0 })
    expect(feed.stats()).toMatchObject({ gaps: 0, duplicates: 0, resyncs: 0 })
  })
})
