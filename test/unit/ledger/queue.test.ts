import { describe, expect, it } from 'vitest'
import { simulatedClock } from '../../../src/clock/simulated-clock.ts'
import {
  LEDGER_AWAY_MS_MAX,
  LEDGER_BATCH_RECORDS_MAX,
  LEDGER_BUSY_RECORDS,
  LEDGER_FLUSH_MS,
  LEDGER_LOCK_CHECK_MS,
  LEDGER_QUEUE_RECORDS_MAX,
} from '../../../src/config/limits.ts'
import { EXIT } from '../../../src/domain/operating-error.ts'
import type { Batch, Reply } from '../../../src/ledger/protocol.ts'
import { LedgerQueue } from '../../../src/ledger/queue.ts'
import type { Row } from '../../../src/ledger/rows.ts'

const away: Reply<undefined> = { ok: false, failure: { kind: 'away', message: 'away' } }
const refused: Reply<undefined> = {
  ok: false,
  failure: { kind: 'failed', message: 'owned by another', exitCode: EXIT.accountOwned },
}
const done: Reply<undefined> = { ok: true, value: undefined }

const row = (key: number): Row => ({ table: 'Fill', key: String(key), json: `{"key":${key}}` })
const keysOf = (batch: Batch): number[] => batch.rows.flatMap(({ json }) => json.map((text) => JSON.parse(text).key))
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function bench() {
  const clock = simulatedClock({ startMs: 1_734_400_000_000 })
  const batches: Batch[] = []
  const replies: ((reply: Reply<undefined>) => void)[] = []
  const queue = new LedgerQueue(clock, (batch) => {
    batches.push(batch)
    return new Promise((reply) => replies.push(reply))
  })
  return {
    queue,
    batches,
    async advance(ms: number) {
      clock.advance(ms)
      await settle()
    },
    async reply(reply: Reply<undefined>) {
      replies.shift()?.(reply)
      await settle()
    },
    pending: () => clock.pending(),
  }
}

describe('the queue of the ledger', () => {
  it('writes what came within the flush time as one batch, and reports its last number', async () => {
    const { queue, batches, advance, reply } = bench()
    const safe: number[] = []
    queue.onCommitted((upTo) => safe.push(upTo))
    expect([queue.push(row(1)), queue.push(row(2))]).toEqual([1, 2])
    await advance(LEDGER_FLUSH_MS)
    expect(batches.map(keysOf)).toEqual([[1, 2]])
    expect(safe).toEqual([])
    await reply(done)
    expect(safe).toEqual([2])
    expect(queue.stats()).toMatchObject({ written: 2, queued: 0, batches: 1 })
  })

  it('has one batch in flight, bounded, and keeps the order', async () => {
    const { queue, batches, advance, reply } = bench()
    for (let key = 1; key <= LEDGER_BATCH_RECORDS_MAX + 1; key++) queue.push(row(key))
    await advance(0)
    queue.push(row(LEDGER_BATCH_RECORDS_MAX + 2))
    await advance(LEDGER_FLUSH_MS * 10)
    expect(batches).toHaveLength(1)
    await reply(done)
    await advance(0)
    expect(batches.map((batch) => keysOf(batch).length)).toEqual([LEDGER_BATCH_RECORDS_MAX, 2])
    expect(batches.flatMap(keysOf)).toEqual(Array.from({ length: LEDGER_BATCH_RECORDS_MAX + 2 }, (_, i) => i + 1))
  })

  it('resolves committed() with what was handed over before it, at once where nothing is open', async () => {
    const { queue, advance, reply } = bench()
    await queue.committed()
    queue.push(row(1))
    let isCommitted = false
    const waiting = queue.committed().then(() => {
      isCommitted = true
    })
    queue.push(row(2))
    await advance(0)
    expect(isCommitted).toBe(false)
    await reply(done)
    await waiting
    expect(isCommitted).toBe(true)
  })

  it('sends the same batch again while the database is away, later and later, losing and repeating nothing', async () => {
    const { queue, batches, advance, reply } = bench()
    queue.push(row(1))
    await advance(LEDGER_FLUSH_MS)
    await reply(away)
    queue.push(row(2))
    expect(queue.stats()).toMatchObject({ retries: 1, isDatabaseAway: true, written: 0 })
    await advance(100)
    await reply(away)
    await advance(100)
    expect(batches).toHaveLength(2)
    await advance(100)
    await reply(done)
    await advance(0)
    await reply(done)
    expect(batches.map(keysOf)).toEqual([[1], [1], [1], [2]])
    expect(queue.stats()).toMatchObject({ retries: 2, isDatabaseAway: false, written: 2, queued: 0 })
  })

  it('gives up on a database that stays away past its bound', async () => {
    const { queue, advance, reply } = bench()
    const failures: string[] = []
    queue.onFailure((error) => failures.push(error.message))
    queue.push(row(1))
    await advance(LEDGER_FLUSH_MS)
    await advance(LEDGER_AWAY_MS_MAX + 1)
    await reply(away)
    expect(failures).toEqual(['away'])
  })

  it('fails loudly where the account is lost: waiters, listeners and later callers all learn it', async () => {
    const { queue, advance, reply, pending } = bench()
    const failures: unknown[] = []
    queue.onFailure((error) => failures.push(error))
    queue.watchLock()
    queue.push(row(1))
    const waiting = queue.committed()
    waiting.catch(() => undefined)
    await advance(0)
    await reply(refused)
    await expect(waiting).rejects.toMatchObject({ exitCode: EXIT.accountOwned })
    await expect(queue.committed()).rejects.toMatchObject({ exitCode: EXIT.accountOwned })
    expect(failures).toHaveLength(1)
    expect(queue.acceptsOrders).toBe(false)
    expect(pending()).toBe(0)
  })

  it('refuses new orders while the backlog is high, and stops at the bound instead of dropping', () => {
    const { queue } = bench()
    const failures: Error[] = []
    queue.onFailure((error) => failures.push(error))
    for (let key = 0; key < LEDGER_BUSY_RECORDS - 1; key++) queue.push(row(key))
    expect(queue.acceptsOrders).toBe(true)
    queue.push(row(-1))
    expect(queue.acceptsOrders).toBe(false)
    for (let key = LEDGER_BUSY_RECORDS; key < LEDGER_QUEUE_RECORDS_MAX; key++) queue.push(row(key))
    expect(failures).toHaveLength(1)
  })

  it('asks for the lock while nothing is written', async () => {
    const { queue, batches, advance, reply } = bench()
    queue.watchLock()
    await advance(LEDGER_LOCK_CHECK_MS)
    expect(batches).toEqual([{ rows: [], repeats: [], days: [] }])
    await reply(done)
    expect(queue.stats()).toMatchObject({ batches: 0, written: 0 })
  })
})
