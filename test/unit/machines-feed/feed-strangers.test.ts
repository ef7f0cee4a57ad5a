import { describe, expect, it } from 'vitest'
import { A, B, C, type FakeVenue, liveRig, type Rig, rig, settle } from './fake-venue.ts'

const livesOn = async (venue: FakeVenue, seconds: number): Promise<void> => {
  for (let second = 0; second < seconds; second++) {
    venue.heartbeat()
    venue.clock.advance(1_000)
    await settle()
  }
}

/** A and B live; C found over REST, refused on the socket, and given up. */
async function withStranger(): Promise<Rig> {
  const built = await liveRig()
  built.venue.strangers.add(C)
  built.venue.list(C)
  await livesOn(built.venue, 80)
  return built
}

describe('a market that REST lists and the socket refuses', () => {
  it('does not keep the others from their first subscription', async () => {
    const { venue } = await liveRig()
    venue.strangers.add(B)
    const { feed, started } = await rig(venue)
    await livesOn(venue, 2)
    await started
    expect([feed.books.isLive(A), feed.books.isLive(B)]).toEqual([true, false])
    expect(feed.stats().connections).toBe(1)
  })

  it('is asked for again, and followed when the venue serves it', async () => {
    const { venue, feed } = await withStranger()
    expect([A, B, C].map((market) => feed.books.isLive(market))).toEqual([true, true, false])
    venue.strangers.clear()
    await livesOn(venue, 29)
    expect(feed.books.isLive(C)).toBe(true)
    expect(feed.stats()).toMatchObject({ connections: 1, gaps: 0 })
    const last = venue.commands.findLast((command) => command.cmd === 'update_subscription')
    expect(last?.params).toMatchObject({ sids: [venue.sidOf('trade')], action: 'add_markets', market_tickers: [C] })
  })

  it('is asked for again at once on the next connection, after the others', async () => {
    const { venue, feed } = await withStranger()
    venue.strangers.clear()
    venue.disconnect()
    await livesOn(venue, 8)
    expect(feed.books.isLive(C)).toBe(true)
  })

  it('does not keep the others from being repaired while it is asked for', async () => {
    const { venue, feed } = await withStranger()
    await livesOn(venue, 20)
    for (let second = 0; second < 20; second++) {
      venue.fate = () => 'drop'
      venue.change(A, 'bid', 3300, 100)
      venue.fate = () => 'pass'
      venue.change(B, 'bid', 3100, 100)
      await livesOn(venue, 1)
      expect(feed.books.levels(A)).toEqual(venue.levelsOf(A))
    }
    expect(feed.stats().connections).toBe(1)
  })
})
