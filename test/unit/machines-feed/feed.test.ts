import { describe, expect, it } from 'vitest'
import { OperatingError } from '../../../src/domain/operating-error.ts'
import { A, B, C, EVENT, FakeVenue, liveRig, rig, START_MS, settle } from './fake-venue.ts'

const commandsOf = (venue: FakeVenue, action: string) =>
  venue.commands.flatMap((command) =>
    command.cmd === 'update_subscription' && command.params.action === action ? [command.params.market_tickers] : [],
  )

describe('starting the feed', () => {
  it('discovers, subscribes the three channels, always with use_yes_price, and is started when every book is live', async () => {
    const { venue, diary, feed, started } = await rig()
    venue.clock.advance(10)
    expect((await started).map(({ ticker }) => ticker)).toEqual([EVENT])
    expect(venue.commands.map(({ cmd }) => cmd)).toEqual(['subscribe', 'subscribe', 'subscribe'])
    expect(venue.commands[0]).toMatchObject({
      params: { channels: ['orderbook_delta'], market_tickers: [A, B], use_yes_price: false },
    })
    expect(diary.take()).toEqual(['added T41', 'added B42.5', 'live T41', 'live B42.5'])
    expect(feed.books.isLive(A)).toBe(true)
    expect(feed.books.top(A)).toMatchObject({ market: A, connection: 1, sid: 1, seq: 1 })
  })

  it('ends with exit code 4 where the socket never opens', async () => {
    const venue = new FakeVenue()
    venue.acceptsConnections = false
    const { started } = await rig(venue)
    venue.clock.advance(31_000)
    await expect(started).rejects.toMatchObject({ exitCode: 4 })
  })

  it('ends at once where the key is refused', async () => {
    const venue = new FakeVenue()
    venue.refusesWithStatus = 401
    const { started } = await rig(venue)
    venue.clock.advance(10)
    const error: unknown = await started.catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(OperatingError)
    expect(String(error)).toContain('HTTP status 401')
    venue.clock.advance(120_000)
    expect(venue.connections).toBe(0)
  })

  it('leaves no timer behind when it stops', async () => {
    const { venue, feed } = await liveRig()
    await feed.stop()
    venue.clock.advance(10)
    expect(venue.clock.pending()).toBe(0)
    await feed.stop()
  })
})

describe('books and their tops', () => {
  it('many changes in one turn are one change of the top; none where it came back', async () => {
    const { venue, diary } = await liveRig()
    venue.change(A, 'bid', 3300, 100)
    venue.change(A, 'bid', 3400, 100)
    venue.change(A, 'bid', 3000, 100)
    expect(diary.take()).toEqual([])
    venue.clock.advance(1)
    expect(diary.take()).toEqual(['top T41 3400/3500'])
    venue.change(A, 'bid', 3400, 50)
    venue.change(A, 'bid', 3400, -50)
    venue.change(A, 'bid', 3100, 5)
    venue.clock.advance(1)
    expect(diary.take()).toEqual([])
  })

  it('a top names the frame that made it and its venue time', async () => {
    const { venue, feed } = await liveRig()
    venue.change(A, 'ask', 3400, 100)
    expect(feed.books.top(A)).toMatchObject({
      connection: 1,
      sid: 1,
      seq: venue.lastSeq(),
      tsVenueMs: START_MS + 10,
      ask: { price: 3400, quantity: 100 },
    })
    venue.change(B, 'ask', 3400, 100)
    expect(feed.books.top(A)?.seq).toBe(venue.lastSeq() - 1)
    expect(feed.books.streamSeq(A)).toBe(venue.lastSeq())
  })

  it('tells trades and lifecycle, of our series only', async () => {
    const { venue, diary } = await liveRig()
    const trade = {
      trade_id: 't',
      market_ticker: A,
      yes_price_dollars: '0.3300',
      no_price_dollars: '0.6700',
      count_fp: '1.00',
      taker_outcome_side: 'yes',
      taker_book_side: 'bid',
      is_block_trade: false,
      ts_ms: START_MS,
    }
    const determined = { event_type: 'determined', result: 'no', settlement_value: '0.0000', determination_ts: 5 }
    venue.emit('trade', 'trade', trade)
    venue.emit('market_lifecycle_v2', 'market_lifecycle_v2', { market_ticker: A, ...determined })
    venue.emit('market_lifecycle_v2', 'market_lifecycle_v2', { market_ticker: 'KXBTC-26NOV20-T1', ...determined })
    expect(diary.take()).toEqual(['trade T41 3300', 'determined T41'])
  })

  it('a settled market has no book any more', async () => {
    const { venue, diary, feed } = await liveRig()
    venue.emit('market_lifecycle_v2', 'market_lifecycle_v2', { market_ticker: A, event_type: 'settled', settled_ts: 5 })
    expect(diary.take()).toEqual(['notLive T41 settled', 'settled T41'])
    expect(feed.books.top(A)).toBeUndefined()
  })

  it('a reactivated market is not live until its new snapshot', async () => {
    const { venue, diary, feed } = await liveRig()
    venue.bookOf(A).bid.clear()
    venue.bookOf(A).ask.clear()
    venue.emit('market_lifecycle_v2', 'market_lifecycle_v2', { market_ticker: A, event_type: 'activated' })
    expect(diary.take()).toEqual(['notLive T41 reactivated', 'activated T41'])
    venue.clock.advance(10)
    expect(feed.books.levels(A)).toEqual({ bids: [], asks: [] })
    expect(feed.books.isLive(B)).toBe(true)
  })
})

describe('ends of a stream', () => {
  it.each([10, 25] as const)('code %i drops the sid and subscribes anew', async (code) => {
    const { venue, diary, feed } = await liveRig()
    const before = venue.sidOf('orderbook_delta')
    venue.endStream('orderbook_delta', code)
    expect(diary.take()).toEqual(['notLive T41 streamEnded', 'notLive B42.5 streamEnded'])
    venue.change(A, 'bid', 3300, 700)
    venue.clock.advance(1_000)
    expect(venue.sidOf('orderbook_delta')).not.toBe(before)
    expect(feed.books.levels(A)).toEqual(venue.levelsOf(A))
    expect(feed.stats()).toMatchObject({ connections: 1, gaps: 0 })
  })

  it('what still comes on the ended sid is dropped', async () => {
    const { venue, feed } = await liveRig()
    const sid = venue.sidOf('orderbook_delta')
    const seq = venue.lastSeq()
    venue.endStream('orderbook_delta', 25)
    venue.raw(JSON.stringify({ type: 'orderbook_snapshot', sid, seq: seq + 2, msg: { market_ticker: A } }))
    expect(feed.books.isLive(A)).toBe(false)
  })

  it('a lost acknowledgement of the subscription is made up for by its frames', async () => {
    const venue = new FakeVenue()
    venue.losesAcknowledgements = true
    const { feed, started } = await rig(venue)
    venue.clock.advance(10)
    await started
    expect(feed.books.isLive(A)).toBe(true)
    venue.change(A, 'bid', 3300, 700)
    expect(feed.books.levels(A)).toEqual(venue.levelsOf(A))
  })

  it('a channel without frames is found by the answer to its repeated subscription', async () => {
    const venue = new FakeVenue()
    venue.losesAcknowledgements = true
    const { feed, diary } = await rig(venue)
    for (let second = 0; second < 60; second++) {
      venue.heartbeat()
      venue.clock.advance(1_000)
    }
    const subscribed = venue.commands.filter(({ cmd }) => cmd === 'subscribe').length
    expect(subscribed).toBe(5)
    expect(feed.stats()).toMatchObject({ connections: 1, gaps: 0 })
    diary.take()
    venue.emit('market_lifecycle_v2', 'market_lifecycle_v2', { market_ticker: A, event_type: 'deactivated' })
    expect(diary.take()).toEqual(['deactivated T41'])
  })
})

describe('the connection', () => {
  it('that is lost makes every book unreadable; the next one subscribes again and takes new snapshots', async () => {
    const { venue, diary, feed } = await liveRig()
    venue.disconnect()
    expect(diary.take()).toEqual(['notLive T41 disconnected', 'notLive B42.5 disconnected'])
    venue.change(A, 'bid', 3300, 700)
    expect(feed.books.top(A)).toBeUndefined()
    venue.clock.advance(1_000)
    await settle()
    expect(diary.take()).toEqual(['live T41', 'live B42.5'])
    expect(feed.books.top(A)).toMatchObject({ connection: 2, bid: { price: 3300 } })
    expect(feed.stats()).toMatchObject({ reconnects: 1, gaps: 0 })
  })

  it('that says nothing for 30 s, not even a ping, is dead', async () => {
    const { venue, diary, feed } = await liveRig()
    venue.answersSnapshots = false
    venue.clock.advance(29_000)
    expect(diary.take()).toEqual([])
    venue.clock.advance(2_000)
    expect(diary.take()).toContain('notLive T41 disconnected')
    expect(feed.stats().silences).toBe(1)
  })

  it("lives on the venue's pings alone", async () => {
    const { venue, feed } = await liveRig()
    for (let beat = 0; beat < 30; beat++) {
      venue.heartbeat()
      venue.clock.advance(10_000)
    }
    expect(feed.stats()).toMatchObject({ silences: 0, connections: 1 })
  })

  it('that cannot be opened is tried with a growing, jittered back-off', async () => {
    const { venue, feed } = await liveRig()
    venue.acceptsConnections = false
    venue.disconnect()
    venue.clock.advance(600_000)
    const attempts = feed.stats().connectionFailures
    expect(attempts).toBeGreaterThan(20)
    expect(attempts).toBeLessThan(120)
    venue.acceptsConnections = true
    venue.clock.advance(40_000)
    expect(feed.books.isLive(A)).toBe(true)
  })

  it('lags by the age of the oldest of our pings without an answer', async () => {
    const { venue, feed } = await liveRig()
    venue.answersPings = false
    venue.clock.advance(7_500)
    expect(feed.lagMs()).toBeGreaterThanOrEqual(6_000)
    venue.answersPings = true
    venue.clock.advance(1_100)
    expect(feed.lagMs()).toBeLessThan(1_000)
  })
})

describe('markets that are created later', () => {
  it('are followed once REST knows them, although their frame came first', async () => {
    const { venue, diary, feed } = await liveRig()
    const created = { market_ticker: C, event_type: 'created', additional_metadata: { event_ticker: EVENT } }
    venue.emit('market_lifecycle_v2', 'market_lifecycle_v2', created)
    venue.clock.advance(600)
    await settle()
    expect(diary.take()).toEqual([])
    venue.list(C)
    venue.clock.advance(600)
    await settle()
    venue.clock.advance(10)
    expect(diary.take()).toEqual(['added T43', 'live T43'])
    expect(commandsOf(venue, 'add_markets')).toEqual([[C], [C]])
    expect(feed.books.isLive(C)).toBe(true)
  })

  it('are found without their frame too', async () => {
    const { venue, diary } = await liveRig()
    venue.list(C)
    for (let second = 0; second < 61; second++) {
      venue.heartbeat()
      venue.clock.advance(1_000)
      await settle()
    }
    venue.clock.advance(10)
    expect(diary.take()).toEqual(['added T43', 'live T43'])
  })
})
