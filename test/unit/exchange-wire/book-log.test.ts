import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../src/clock/seeded-random.ts'
import { BookLog, type BookPoint } from '../../../src/exchange/book-log.ts'
import { FAKE_NOW_MS, fakeExchangeCore, LOW, MIDDLE } from '../../support/fake-exchange-core.ts'
import { marketDataOf, wireClient } from '../../support/frame-list.ts'

const HOUR_MS = 3_600_000

function logged(seed: string, points = 10) {
  const core = fakeExchangeCore()
  const log: BookPoint[] = []
  const bookLog = new BookLog({
    core,
    random: seededRandom(seed),
    points,
    fromMs: FAKE_NOW_MS,
    toMs: FAKE_NOW_MS + 10 * HOUR_MS,
    write: (point) => log.push(point),
  })
  const client = wireClient(core, marketDataOf(core, bookLog))
  client.command({ id: 1, cmd: 'subscribe', params: { channels: ['orderbook_delta'], market_tickers: [LOW, MIDDLE] } })
  return { core, log, client }
}

describe('the log of the exchange’s own books', () => {
  it('has one point per slice of the play, each with the whole ladder after its frame', () => {
    const { core, log } = logged('1')
    for (let minute = 0; minute < 600; minute++) {
      core.change(LOW, [['bid', '0.3000', '1.00']])
      core.advance(60_000)
    }
    expect(log).toHaveLength(10)
    for (const point of log) {
      // Snapshots took 1 and 2; the frame of change n is n + 2.
      expect(point).toMatchObject({ kind: 'seeded', connection: 1, sid: 1, market: LOW, asks: [] })
      expect(point.bids).toEqual([['0.3000', `${point.seq - 2}.00`]])
    }
    expect(new Set(log.map((point) => Math.floor((point.ts_ms - FAKE_NOW_MS - 1) / HOUR_MS))).size).toBeGreaterThan(8)
  })

  it('catches up where a quiet time passed several points', () => {
    const { core, log } = logged('1')
    core.advance(10 * HOUR_MS)
    for (let change = 0; change < 12; change++) core.change(LOW, [['bid', '0.3000', '1.00']])
    expect(log).toHaveLength(10)
  })

  it('takes the ladder in the middle of a step as its frames told it', () => {
    const { core, log } = logged('1')
    core.advance(10 * HOUR_MS)
    core.change(LOW, [
      ['bid', '0.3100', '2.00'],
      ['bid', '0.3000', '1.00'],
      ['ask', '0.4000', '3.00'],
    ])
    expect(log[0]).toMatchObject({
      seq: 5,
      bids: [
        ['0.3000', '1.00'],
        ['0.3100', '2.00'],
      ],
      asks: [['0.4000', '3.00']],
    })
  })

  it('logs where a market stood before the change that comes with its close', () => {
    const { core, log } = logged('1', 0)
    core.change(LOW, [['bid', '0.3000', '1.00']])
    core.change(MIDDLE, [['ask', '0.6000', '2.00']])
    core.advance(17 * HOUR_MS)
    core.change(LOW, [['bid', '0.3000', '-1.00']])
    core.change(MIDDLE, [['ask', '0.6000', '-2.00']])
    expect(log).toEqual([
      {
        kind: 'close',
        connection: 1,
        sid: 1,
        seq: 3,
        market: LOW,
        bids: [['0.3000', '1.00']],
        asks: [],
        ts_ms: FAKE_NOW_MS,
      },
      {
        kind: 'close',
        connection: 1,
        sid: 1,
        seq: 4,
        market: MIDDLE,
        bids: [],
        asks: [['0.6000', '2.00']],
        ts_ms: FAKE_NOW_MS,
      },
    ])
  })

  it('draws the same points from the same seed', () => {
    const points = (seed: string): number[] => {
      const { core, log } = logged(seed)
      for (let minute = 0; minute < 600; minute++) {
        core.change(LOW, [['bid', '0.3000', '1.00']])
        core.advance(60_000)
      }
      return log.map((point) => point.seq)
    }
    expect(points('a')).toEqual(points('a'))
    expect(points('a')).not.toEqual(points('b'))
  })
})
