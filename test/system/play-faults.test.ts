import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seededRandom } from '../../src/clock/seeded-random.ts'
import { systemTransportClock } from '../../src/clock/system-clock.ts'
import type { FrameAddress } from '../../src/exchange/frame-faults.ts'
import type { DecisionBook, DecisionRecord } from '../../src/ledger/records.ts'
import { levelCount, textOfPoint } from '../support/play/book-text.ts'
import { ClientWire } from '../support/play/client-wire.ts'
import { checkDecisions, lostFrames } from '../support/play/decision-checker.ts'
import { type PlayedDesks, startPlayedDesks } from '../support/play/played-desks.ts'
import { lastCloseMs, type PlayedExchangeServer, startPlayedExchange } from '../support/play/played-exchange.ts'
import { ToldBooks } from '../support/play/told-books.ts'

const SPEED = 5_000
const START_MS = Date.parse('2024-12-17T00:00:00Z')
const RATES = { drop: 0.003, duplicate: 0.003, swap: 0.003 }
const ACKNOWLEDGEMENT_RATES = { drop: 0.4, duplicate: 0.2, swap: 0.2 }
/** In market time, also where trade is busiest. */
const CUTS = ['02:00', '13:30', '16:30', '18:45', '20:15', '21:30'].map((time) => Date.parse(`2024-12-17T${time}:00Z`))
/** The seed of every draw; a failure names it. */
const SEED = process.env.HALCYON_TEST_SEED ?? '7'

const { after } = systemTransportClock()
const pause = (ms: number): Promise<void> => new Promise((resolve) => void after(ms, resolve))

/** The feed's question after 30 quiet seconds, without the waiting; the venue's pings would keep the connection alive. */
async function sitOutTheQuiet({ feed, clock }: PlayedDesks): Promise<void> {
  const { probes } = feed.stats()
  for (let turn = 0; turn < 100 && feed.stats().probes === probes; turn++) {
    clock.jump(1_000)
    await pause(100)
  }
  expect(feed.stats().probes).toBe(probes + 1)
  await pause(300)
}

/** Resolves at the first happening from that market time on; the play stands then. */
const stoppedAt = ({ core }: PlayedExchangeServer, atMs: number): Promise<void> =>
  new Promise((resolve) => {
    const stopListening = core.listen(({ tsMs }) => {
      if (tsMs < atMs) return
      stopListening()
      core.stop()
      resolve()
    })
  })

let exchange: PlayedExchangeServer
let desks: PlayedDesks
let wire: ClientWire
let told: ToldBooks

beforeAll(async () => {
  exchange = await startPlayedExchange({ speed: SPEED, rates: RATES, seed: SEED, points: 2_000, startMs: START_MS })
  const { core, tap } = exchange
  wire = new ClientWire({ rates: ACKNOWLEDGEMENT_RATES, random: seededRandom(`acknowledgements/${SEED}`) })
  desks = await startPlayedDesks(exchange, { wire })
  const cuts = [...CUTS]
  core.listen(({ tsMs }) => {
    if (tsMs < (cuts[0] ?? Number.POSITIVE_INFINITY)) return
    cuts.shift()
    wire.cut()
  })
  const closed = stoppedAt(exchange, lastCloseMs(core))
  core.play()
  await closed
  tap.heal()
  wire.isHealed = true
  await sitOutTheQuiet(desks)
  core.play()
  await exchange.ended
  await pause(300)
  await desks.stop()
  await exchange.server.close()
  told = new ToldBooks(tap.told)
})

afterAll(async () => {
  await exchange?.server.close()
})

describe(`the bundled day through a line that drops, doubles, swaps and breaks, seed ${SEED}`, () => {
  it('injures data, snapshots and acknowledgements alike', () => {
    const kinds = new Map<string, number>()
    for (const injection of exchange.tap.injections) {
      const kind = `${injection.kind} ${told.typeOf(injection)}`
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
    }
    console.info(Object.fromEntries([...kinds].sort()), { subscribed: wire.injured, connections: wire.connections })
    for (const kind of ['drop', 'duplicate', 'swap']) {
      for (const type of ['orderbook_delta', 'orderbook_snapshot', 'trade']) {
        expect(kinds.get(`${kind} ${type}`), `${kind} ${type}`).toBeGreaterThan(0)
      }
    }
    for (const type of ['ok', 'market_lifecycle_v2']) {
      expect(exchange.tap.injections.filter((one) => told.typeOf(one) === type).length, type).toBeGreaterThan(0)
    }
    expect(wire.injured.drop).toBeGreaterThan(2)
    expect(wire.connections).toBe(CUTS.length + 1)
    expect(desks.trace.connections()).toBe(wire.connections)
  })

  it('notices every loss at the next frame that arrives, and nothing else', () => {
    const { injections } = exchange.tap
    const lost = lostFrames(injections)
    const expected = new Set<string>()
    let noticed = 0
    let diedWithTheirConnection = 0
    for (const { connection, sid, seq } of lost.all) {
      let next = seq + 1
      while (lost.has({ connection, sid, seq: next })) next++
      if (next > wire.heard({ connection, sid })) diedWithTheirConnection++
      else {
        noticed++
        expected.add(keyOf({ connection, sid, seq: next }))
      }
    }
    console.info({ lost: lost.all.length, noticed, diedWithTheirConnection }, desks.feed.stats())
    expect(desks.trace.gaps.map(keyOf).sort()).toEqual([...expected].sort())
    expect(noticed).toBeGreaterThan(100)
    expect(desks.feed.stats()).toMatchObject({ lost: noticed, resyncs: 0, malformed: {}, unknown: {}, silences: 0 })
    // Of the last numbers that each connection heard; the last connection of all heard its book stream to the end.
    expect(diedWithTheirConnection).toBeLessThan(3 * wire.connections)
    expect(wire.heard({ connection: wire.connections, sid: 1 })).toBe(told.lastSeq(wire.connections, 1))
    const late = injections.filter(({ kind, ...address }) => kind !== 'drop' && address.seq <= wire.heard(address))
    expect(desks.feed.stats().duplicates).toBe(late.length)
  })

  it('makes every local book equal the exchange’s at the first live moment after each point', () => {
    let levels = 0
    let afterRepair = 0
    let afterReconnect = 0
    const wrong: unknown[] = []
    for (const point of exchange.points) {
      const { connection, sid, seq, market } = point
      expect(told.asOf(market, point)?.book).toBe(textOfPoint(point))
      const seen = desks.watch
        .of(market)
        .find(
          (one) => one.connection > connection || (one.connection === connection && one.sid === sid && one.seq >= seq),
        )
      const expected = seen && told.asOf(market, seen)
      if (seen?.book !== expected?.book || !seen) wrong.push({ point, seen, expected })
      else {
        levels += levelCount(seen.book)
        if (seen.connection > connection) afterReconnect++
        else if (seen.seq > seq) afterRepair++
      }
    }
    console.info({ points: exchange.points.length, levels, afterRepair, afterReconnect })
    expect(wrong).toEqual([])
    expect(exchange.points.length).toBeGreaterThan(200)
    expect(levels).toBeGreaterThan(1_000)
    expect(afterRepair).toBeGreaterThan(20)
  })

  it('decides on no book that was not live', () => {
    const check = checkDecisions(desks.decisions(), told, exchange.tap.injections)
    const { violations, ...counts } = check
    console.info(
      counts,
      desks.router.events().map(({ desk }) => desk.stats().trades),
    )
    expect(violations).toEqual([])
    expect(counts.decisions).toBeGreaterThan(1_000)
    expect(counts.liveBooks).toBeGreaterThan(5_000)
    expect(counts.notLiveBooks).toBeGreaterThan(100)
  })

  it('settles every market all the same', () => {
    const unsettled = desks.router.events().map(({ event, unsettled }) => [event.ticker, [...unsettled]])
    expect(unsettled).toEqual(desks.router.events().map(({ event }) => [event.ticker, []]))
    expect(unsettled).toHaveLength(4)
  })
})

describe('the checker', () => {
  /** Some decision whose book satisfies the condition, with that book replaced. */
  const tampered = (
    isMeant: (book: DecisionBook) => boolean,
    change: (book: DecisionBook) => DecisionBook,
  ): DecisionRecord[] => {
    const decision = desks.decisions().find(({ books }) => books.some(isMeant))
    if (!decision) return []
    const books = decision.books.map((book) => (isMeant(book) ? change(book) : book))
    return [{ ...decision, books }]
  }
  const lost = (): ReturnType<typeof lostFrames> => lostFrames(exchange.tap.injections)
  const check = (decisions: readonly DecisionRecord[]): readonly string[] =>
    checkDecisions(decisions, told, exchange.tap.injections).violations
  const isPriced = (book: DecisionBook): boolean => book.isLive && book.bid !== undefined

  it.each<[string, (book: DecisionBook) => boolean, (book: DecisionBook) => DecisionBook, RegExp]>([
    [
      'a price that is a tick off',
      isPriced,
      (book) => ({ ...book, bid: ((book.bid ?? 0) + 100) as NonNullable<DecisionBook['bid']> }),
      /stored .*, the exchange had/,
    ],
    [
      'a frame of another market',
      isPriced,
      (book) => ({ ...book, seq: book.seq - 1 }),
      /is none of its own|changed it after/,
    ],
    ['a stream that is ahead of itself', isPriced, (book) => ({ ...book, streamSeq: 10_000_000 }), /never came to/],
    ['another connection', isPriced, (book) => ({ ...book, connection: 99 }), /is none of its own/],
    [
      'a loss that was not repaired',
      (book) => isPriced(book) && lost().lastUpTo({ ...book, seq: book.streamSeq + 40 }) > book.streamSeq,
      (book) => ({ ...book, streamSeq: lost().lastUpTo({ ...book, seq: book.streamSeq + 40 }) }),
      /was lost and no snapshot came since|changed it after/,
    ],
    [
      'prices of a market that is not live',
      isPriced,
      (book) => ({ ...book, isLive: false }),
      /has prices, not live|used/,
    ],
  ])('finds %s', (_what, isMeant, change, message) => {
    const decisions = tampered(isMeant, change)
    expect(decisions).toHaveLength(1)
    expect(check(decisions)[0]).toMatch(message)
  })

  it('finds a daemon that goes on deciding on the last prices that it saw', async () => {
    const busy = { startMs: Date.parse('2024-12-17T13:00:00Z'), stopMs: Date.parse('2024-12-17T15:00:00Z') }
    const reckless = await startPlayedExchange({ speed: SPEED, rates: RATES, seed: SEED, points: 0, ...busy })
    const parts = await startPlayedDesks(reckless, { reckless: true })
    reckless.core.play()
    await reckless.ended
    await pause(300)
    await parts.stop()
    await reckless.server.close()
    const { injections } = reckless.tap
    const { violations } = checkDecisions(parts.decisions(), new ToldBooks(reckless.tap.told), injections)
    expect(violations.filter((text) => text.includes('was lost and no snapshot came since'))).not.toEqual([])
  })
})

const keyOf = ({ connection, sid, seq }: FrameAddress): string => `${connection}:${sid}:${seq}`
