import { describe, expect, it } from 'vitest'
import {
  accountIdOf,
  clientOrderIdOf,
  decisionIdOf,
  eventTickerOf,
  marketTickerOf,
  sessionIdOf,
} from '../../../src/domain/ids.ts'
import { moneyOf, priceOf, quantityOf } from '../../../src/domain/units.ts'
import { batchOf } from '../../../src/ledger/batch.ts'
import type { DecisionRecord, LedgerRecord, OrderRecord, SessionRecord } from '../../../src/ledger/records.ts'
import { type Row, rowOf } from '../../../src/ledger/rows.ts'

const session: SessionRecord = {
  id: sessionIdOf('s1'),
  account: accountIdOf('a1'),
  mode: 'dry-run',
  venueUrl: 'http://127.0.0.1',
  keyId: 'k',
  startedWallMs: 0,
  startedMarketMs: 0,
  codeVersion: '1',
  configHash: 'hash',
  config: {},
}

const decision: DecisionRecord = {
  id: decisionIdOf('d1'),
  sequence: 1,
  strategy: 'weather-ev',
  event: eventTickerOf('KXHIGHCHI-24DEC17'),
  cause: 'book',
  decidedMs: 1_734_400_000_123.9,
  decidedWallMs: Date.UTC(2026, 10, 20, 23, 59, 59, 999),
  books: [],
  candidates: [],
  refusal: 'noCandidate',
}

const order = (status: OrderRecord['status'], id = 'o1'): LedgerRecord => ({
  kind: 'order',
  row: {
    id: clientOrderIdOf(id),
    decision: decisionIdOf('d1'),
    event: eventTickerOf('KXHIGHCHI-24DEC17'),
    market: marketTickerOf('KXHIGHCHI-24DEC17-B38.5'),
    side: 'bid',
    role: 'maker',
    price: priceOf(4600),
    quantity: quantityOf(1000),
    filledQuantity: quantityOf(0),
    status,
    createdMs: 1,
    history: [{ status, atMs: 1 }],
  },
})

const parsed = (row: Row): Record<string, unknown> => JSON.parse(row.json)

describe('the rows of the ledger', () => {
  it('put a decision on the UTC wall day on which it was recorded, with whole milliseconds of market time', () => {
    const row = rowOf(session, { kind: 'decision', row: decision })
    expect(row.day).toBe('2026-11-20')
    expect(parsed(row)).toMatchObject({
      recordedOn: '2026-11-20',
      decidedAt: 1_734_400_000_123,
      account: 'a1',
      session: 's1',
      configHash: 'hash',
      refusal: 'noCandidate',
    })
  })

  it('keep two fills of one trade apart by their orders', () => {
    const fill = (orderId: string): LedgerRecord => ({
      kind: 'fill',
      row: {
        tradeId: 't',
        order: clientOrderIdOf(orderId),
        market: marketTickerOf('M'),
        side: 'bid',
        liquidity: 'maker',
        price: priceOf(1),
        quantity: quantityOf(1),
        fee: moneyOf(0),
        filledMs: 0,
      },
    })
    expect(rowOf(session, fill('o1')).key).not.toBe(rowOf(session, fill('o2')).key)
  })

  it.each([
    ['a NUL', 'a\u0000b', 'a\ufffdb'],
    ['half of a surrogate pair', 'a\ud800b', 'a\ufffdb'],
    ['a backslash before a u that is text', 'a\\u0000b', 'a\\u0000b'],
    ['a whole surrogate pair', 'a😀b', 'a😀b'],
  ])('hold no character that PostgreSQL refuses: %s', (_, reason, stored) => {
    const row = rowOf(session, { kind: 'halt', reason, atMs: 1 })
    expect(parsed(row).reason).toBe(stored)
  })
})

describe('a batch', () => {
  it('holds each key once, as it was last, so that one statement can write it', () => {
    const batch = batchOf(
      [order('recording'), order('resting', 'o2'), order('resting'), order('filled')].map((record) =>
        rowOf(session, record),
      ),
    )
    expect(batch.rows).toHaveLength(1)
    const statuses = batch.rows[0]?.json.map((json) => {
      const { id, status } = JSON.parse(json)
      return [id, status]
    })
    expect(statuses).toEqual([
      ['o1', 'filled'],
      ['o2', 'resting'],
    ])
  })

  it('writes a decision before its repeats are counted, with the newest count', () => {
    const id = decision.id
    const rows = [
      rowOf(session, { kind: 'decision', row: decision }),
      rowOf(session, { kind: 'decisionRepeated', id, count: 1, lastMs: 5 }),
      rowOf(session, { kind: 'decisionRepeated', id, count: 2, lastMs: 6 }),
    ]
    const batch = batchOf(rows)
    expect(batch.rows.map(({ table }) => table)).toEqual(['Decision'])
    expect(batch.repeats.map((text) => JSON.parse(text))).toEqual([{ id: 'd1', count: 2, lastMs: 6 }])
    expect(batch.days).toEqual(['2026-11-20'])
  })
})
