import { describe, expect, it } from 'vitest'
import { A, B, C, EVENT, type FakeVenue, liveRig, settle } from './fake-venue.ts'

const commandsOf = (venue: FakeVenue, action: string) =>
  venue.commands.flatMap((command) =>
    command.cmd === 'update_subscription' && command.params.action === action ? [command.params.market_tickers] : [],
  )

describe('gaps', () => {
  it('one makes every market of the stream unreadable, in place, until its own snapshot', async () => {
    const { venue, diary, feed } = await liveRig()
    venue.fate = () => 'drop'
    venue.change(A, 'bid', 3300, 700)
    venue.fate = () => 'pass'
    expect(feed.books.isLive(A)).toBe(true)
    venue.change(B, 'bid', 3100, 5)
    expect(diary.take()).toEqual(['notLive T41 gap', 'notLive B42.5 gap'])
    expect([feed.books.top(A), feed.books.levels(B)]).toEqual([undefined, undefined])
    venue.clock.advance(10)
    expect(commandsOf(venue, 'get_snapshot')).toEqual([[A, B]])
    expect(diary.take()).toEqual(['live T41', 'live B42.5'])
    expect(feed.books.levels(A)).toEqual(venue.levelsOf(A))
    expect(feed.books.levels(B)).toEqual(venue.levelsOf(B))
    expect(feed.stats()).toMatchObject({ gaps: 1, lost: 1, reconnects: 0, connections: 1 })
  })

  it('changes between the gap and the snapshot are not applied, and are in the snapshot', async () => {
    const { venue, feed } = await liveRig()
    venue.fate = () => 'drop'
    venue.change(A, 'bid', 3300, 700)
    venue.fate = () => 'pass'
    venue.change(A, 'bid', 3300, -700)
    venue.change(A, 'bid', 3400, 10)
    expect(feed.books.isLive(A)).toBe(false)
    venue.clock.advance(10)
    expect(feed.books.levels(A)).toEqual(venue.levelsOf(A))
    expect(feed.stats().resyncs).toBe(0)
  })

  it('a lost acknowledgement counts like any other frame', async () => {
    const { venue, feed } = await liveRig()
    venue.fate = ({ type }) => (type === 'ok' ? 'drop' : 'pass')
    venue.list(C)
    venue.emit('market_lifecycle_v2', 'market_lifecycle_v2', {
      market_ticker: C,
      event_type: 'created',
      additional_metadata: { event_ticker: EVENT },
    })
    venue.clock.advance(600)
    await settle()
    venue.clock.advance(600)
    expect(feed.stats().gaps).toBe(1)
    expect([A, B, C].map((market) => feed.books.isLive(market))).toEqual([true, true, true])
  })

  it('a duplicate is dropped and counted', async () => {
    const { venue, feed, diary } = await liveRig()
    venue.fate = () => 'duplicate'
    venue.change(A, 'bid', 3300, 700)
    expect(feed.books.levels(A)).toEqual(venue.levelsOf(A))
    expect(feed.stats()).toMatchObject({ duplicates: 1, gaps: 0 })
    venue.clock.advance(1)
    expect(diary.take()).toEqual(['top T41 3300/3500'])
  })

  it('two frames that changed places are a gap, and the late one is dropped', async () => {
    const { venue, feed } = await liveRig()
    venue.fate = () => 'hold'
    venue.change(A, 'bid', 3300, 700)
    venue.fate = () => 'pass'
    venue.change(A, 'bid', 3300, -200)
    expect(feed.stats()).toMatchObject({ gaps: 1, duplicates: 1 })
    expect(feed.books.isLive(A)).toBe(false)
    venue.clock.advance(10)
    expect(feed.books.levels(A)).toEqual(venue.levelsOf(A))
  })

  it('a lost last frame is found by one question after 30 s, at the cost of one snapshot', async () => {
    const { venue, diary, feed } = await liveRig()
    venue.fate = () => 'drop'
    venue.change(A, 'bid', 3300, 700)
    venue.fate = () => 'pass'
    for (let second = 0; second < 40; second++) {
      venue.heartbeat()
      venue.clock.advance(1_000)
    }
    expect(commandsOf(venue, 'get_snapshot')[0]).toEqual([A])
    expect(feed.stats()).toMatchObject({ gaps: 1, probes: 1, connections: 1 })
    expect(diary.take()).toContain('notLive B42.5 gap')
    expect(feed.books.levels(A)).toEqual(venue.levelsOf(A))
    expect(feed.books.isLive(B)).toBe(true)
  })

  it('a quiet stream that lost nothing stays live while it is asked', async () => {
    const { venue, diary, feed } = await liveRig()
    for (let second = 0; second < 70; second++) {
      venue.heartbeat()
      venue.clock.advance(1_000)
    }
    expect(diary.take()).toEqual([])
    expect(feed.stats()).toMatchObject({ probes: 2, gaps: 0, connections: 1 })
  })

  it('snapshots that never come are asked for three times, then the connection is renewed', async () => {
    const { venue, feed } = await liveRig()
    venue.answersSnapshots = false
    venue.fate = () => 'drop'
    venue.change(A, 'bid', 3300, 700)
    venue.fate = () => 'pass'
    venue.change(A, 'bid', 3300, 1)
    for (let second = 0; second < 20; second++) {
      venue.heartbeat()
      venue.clock.advance(1_000)
    }
    expect(commandsOf(venue, 'get_snapshot')).toHaveLength(3)
    expect(venue.connections).toBe(2)
    venue.answersSnapshots = true
    venue.clock.advance(20_000)
    expect(feed.books.levels(A)).toEqual(venue.levelsOf(A))
  })

  it('a further gap while snapshots are coming is repaired, at most forty times a second', async () => {
    const { venue, feed } = await liveRig()
    let left = 400
    venue.fate = ({ seq }) => (left-- > 0 && seq % 2 === 0 ? 'drop' : 'pass')
    for (let change = 0; change < 500; change++) {
      venue.change(A, 'bid', 3000, 1)
      venue.clock.advance(1)
    }
    expect(commandsOf(venue, 'get_snapshot').length).toBeLessThanOrEqual(22)
    venue.clock.advance(1_000)
    expect(feed.books.levels(A)).toEqual(venue.levelsOf(A))
    expect(feed.books.isLive(B)).toBe(true)
  })
})

describe('faults of a book or a frame', () => {
  it('a level that would be negative makes that market take a new snapshot, and no other', async () => {
    const { venue, diary, feed } = await liveRig()
    venue.bookOf(A).bid.set(3200, 9000)
    venue.change(A, 'bid', 3200, -5000)
    expect(diary.take()).toEqual(['notLive T41 negativeLevel'])
    venue.clock.advance(10)
    expect(commandsOf(venue, 'get_snapshot')).toEqual([[A]])
    expect(feed.books.levels(A)).toEqual(venue.levelsOf(A))
  })

  it('a crossed book likewise', async () => {
    const { venue, diary, feed } = await liveRig()
    venue.bookOf(A).ask.clear()
    venue.change(A, 'bid', 3600, 100)
    expect(diary.take()).toEqual(['notLive T41 crossed'])
    venue.clock.advance(10)
    expect(feed.books.levels(A)).toEqual(venue.levelsOf(A))
    expect(feed.stats().resyncs).toBe(1)
  })

  it('a malformed frame of the stream has lost its change: all of its markets take snapshots', async () => {
    const { venue, diary, feed } = await liveRig()
    venue.emit('orderbook_delta', 'orderbook_delta', { market_ticker: A, price_dollars: 0.33 })
    expect(diary.take()).toEqual(['notLive T41 malformed', 'notLive B42.5 malformed'])
    venue.clock.advance(10)
    expect(feed.books.isLive(A)).toBe(true)
    expect(feed.stats().malformed).toEqual({ 'orderbook_delta.side': 1 })
  })

  it('an unknown sequenced type consumes its number and does no harm', async () => {
    const { venue, diary, feed } = await liveRig()
    venue.emit('orderbook_delta', 'orderbook_tomorrow', {})
    venue.change(A, 'bid', 3200, 1)
    venue.clock.advance(1)
    expect(diary.take()).toEqual(['top T41 3200/3500'])
    expect(feed.stats()).toMatchObject({ gaps: 0, unknown: { orderbook_tomorrow: 1 } })
  })
})
