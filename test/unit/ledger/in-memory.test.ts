import { describe, expect, it } from 'vitest'
import { EXIT } from '../../../src/domain/operating-error.ts'
import { quantityOf } from '../../../src/domain/units.ts'
import { createInMemoryLedger, emptyBooks } from '../../../src/ledger/in-memory.ts'
import { decisionOf, END, fillOf, MARKET, orderOf, SETTLEMENT, sessionOf } from '../../system/ledger/books.ts'

describe('the ledger in memory', () => {
  it('gives the next session what the account has', async () => {
    const books = emptyBooks()
    const first = createInMemoryLedger(books)
    await first.openSession(sessionOf('s1'))
    first.write({ kind: 'decision', row: decisionOf('s1', 1) })
    first.write({ kind: 'order', row: orderOf('o1', 's1:1') })
    first.write({ kind: 'order', row: orderOf('o2', 's1:1') })
    first.write({ kind: 'order', row: orderOf('o1', 's1:1', { status: 'canceled' }) })
    first.write({ kind: 'settlement', row: SETTLEMENT })
    await first.closeSession(END)
    const state = await createInMemoryLedger(books).openSession(sessionOf('s2'))
    expect(state).toEqual({
      decisions: 1,
      positions: [],
      workingOrders: [orderOf('o2', 's1:1')],
      settledMarkets: [MARKET],
      unsettledEvents: [],
      isHalted: false,
    })
  })

  it('refuses a second daemon on an account', async () => {
    const books = emptyBooks()
    await createInMemoryLedger(books).openSession(sessionOf('s1'))
    await expect(createInMemoryLedger(books).openSession(sessionOf('s2'))).rejects.toMatchObject({
      exitCode: EXIT.accountOwned,
    })
  })

  it('commits at once, or when it is resumed', async () => {
    const ledger = createInMemoryLedger()
    await ledger.openSession(sessionOf('s1'))
    const safe: number[] = []
    ledger.onCommitted((upTo) => safe.push(upTo))
    expect(ledger.write({ kind: 'decision', row: decisionOf('s1', 1) })).toBe(1)
    ledger.pause()
    ledger.write({ kind: 'decision', row: decisionOf('s1', 2) })
    const waiting = ledger.committed()
    expect(safe).toEqual([1])
    ledger.resume()
    await waiting
    expect(safe).toEqual([1, 2])
  })

  it('reports an order with the money of its fills at the settlement, after fees', async () => {
    const ledger = createInMemoryLedger()
    await ledger.openSession(sessionOf('s1'))
    ledger.write({ kind: 'decision', row: decisionOf('s1', 1) })
    const filled = { status: 'filled', filledQuantity: quantityOf(1_000) } as const
    ledger.write({ kind: 'order', row: orderOf('o1', 's1:1', filled) })
    ledger.write({ kind: 'fill', row: fillOf('o1', 't1') })
    ledger.write({ kind: 'settlement', row: SETTLEMENT })
    const { trades, decisionsByReason } = await ledger.report(sessionOf('s1').id)
    expect(trades).toMatchObject([{ order: 'o1', filled: 1_000, pnl: 5_400_000, modelProbability: 0.6 }])
    expect(decisionsByReason).toEqual([{ reason: 'trade', count: 1, repeats: 0 }])
  })
})
