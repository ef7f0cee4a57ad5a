import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EXIT } from '../../src/domain/operating-error.ts'
import { moneyOf, priceOf, quantityOf } from '../../src/domain/units.ts'
import { eventually } from '../../src/ledger/embedded/postmaster.ts'
import { settleEmbedded, stopServer } from '../../src/ledger/embedded/server.ts'
import { databaseStatus, migrateDatabase } from '../../src/ledger/status.ts'
import {
  decisionOf,
  END,
  fillOf,
  MARKET,
  makeFolder,
  open,
  orderOf,
  PREDICTION,
  removeFolder,
  SETTLEMENT,
  serverPid,
  sessionOf,
  world,
} from './ledger/books.ts'

let folder: string

beforeAll(async () => {
  folder = await makeFolder()
})
afterAll(() => removeFolder(folder))

const embedded = () => ({ kind: 'embedded' as const, folder })

/** What an account has before its first session. */
const NOTHING = {
  decisions: 0,
  positions: [],
  workingOrders: [],
  settledMarkets: [],
  unsettledEvents: [],
  isHalted: false,
}

describe('the ledger on its embedded database', () => {
  it('migrates from nothing, changes nothing the second time, and leaves no server behind', async () => {
    expect(await databaseStatus(world, embedded())).toEqual({ ok: true, value: undefined })
    const first = await migrateDatabase(world, embedded())
    expect(first.ok && first.value.length).toBeGreaterThan(0)
    expect(await migrateDatabase(world, embedded())).toEqual({ ok: true, value: [] })
    const status = await databaseStatus(world, embedded())
    expect(status).toMatchObject({ ok: true, value: { kind: 'embedded', migrations: { pending: [], unknown: [] } } })
    expect(await serverPid(folder)).toBeUndefined()
  })

  it('gives a later session what the account has, and every record back in the report', async () => {
    const ledger = await open(folder)
    const fresh = await ledger.openSession(sessionOf('life-1'))
    expect(fresh).toEqual(NOTHING)
    ledger.write({ kind: 'prediction', row: PREDICTION })
    ledger.write({ kind: 'decision', row: decisionOf('life-1', 1, { predictionId: PREDICTION.id }) })
    ledger.write({ kind: 'decision', row: decisionOf('life-1', 2, { refusal: 'evBelowMinimum' }) })
    ledger.write({ kind: 'decisionRepeated', id: decisionOf('life-1', 2).id, count: 4, lastMs: 9 })
    ledger.write({ kind: 'order', row: orderOf('o1', 'life-1:1') })
    ledger.write({ kind: 'order', row: orderOf('o2', 'life-1:1') })
    await ledger.committed()
    ledger.write({ kind: 'fill', row: fillOf('o1', 't1', { fee: moneyOf(1_000) }) })
    ledger.write({ kind: 'fill', row: fillOf('o1', 't1', { fee: moneyOf(1_000) }) })
    ledger.write({
      kind: 'order',
      row: orderOf('o1', 'life-1:1', { status: 'filled', filledQuantity: quantityOf(1_000) }),
    })
    const position = {
      market: MARKET,
      netQuantity: quantityOf(1_000),
      cost: moneyOf(4_600_000),
      fees: moneyOf(1_000),
      realizedPnl: moneyOf(0),
      updatedMs: 1_734_400_000_123,
    }
    ledger.write({ kind: 'position', row: position })
    ledger.write({ kind: 'settlement', row: SETTLEMENT })
    ledger.write({ kind: 'halt', reason: 'dailyLoss', atMs: 5 })
    await ledger.committed()
    const report = await ledger.report(sessionOf('life-1').id)
    expect(report.decisionsByReason).toEqual([
      { reason: 'evBelowMinimum', count: 1, repeats: 4 },
      { reason: 'trade', count: 1, repeats: 0 },
    ])
    expect(report.trades).toMatchObject([
      {
        order: 'o1',
        filled: 1_000,
        fee: 1_000,
        modelProbability: 0.6,
        settlementValue: 10_000,
        pnl: 5_399_000,
        forecastKind: 'asOf',
      },
      { order: 'o2', filled: 0 },
    ])
    expect(report.rows).toMatchObject({ decisions: 2, orders: 2, fills: 1, predictions: 1 })
    await ledger.closeSession(END)
    await ledger.close()

    const next = await open(folder)
    const state = await next.openSession(sessionOf('life-2'))
    expect(state).toEqual({
      decisions: 2,
      positions: [position],
      workingOrders: [orderOf('o2', 'life-1:1')],
      settledMarkets: [MARKET],
      unsettledEvents: [],
      isHalted: true,
    })
    await next.closeSession(END)
    await next.close()
    expect(await serverPid(folder)).toBeUndefined()
  })

  it('refuses a second daemon on the account, naming the first, while one of another account shares the server', async () => {
    const first = await open(folder)
    await first.openSession(sessionOf('owner-1', 'shared'))
    const second = await open(folder)
    await expect(second.openSession(sessionOf('owner-2', 'shared'))).rejects.toMatchObject({
      exitCode: EXIT.accountOwned,
      message: expect.stringContaining(`session owner-1, process ${process.pid} on `),
    })
    await second.openSession(sessionOf('other-1', 'other'))
    const pid = await serverPid(folder)
    await first.closeSession(END)
    await first.close()
    expect(await serverPid(folder)).toBe(pid)
    second.write({ kind: 'decision', row: decisionOf('other-1', 1) })
    await second.committed()
    await second.closeSession(END)
    await second.close()
    expect(await serverPid(folder)).toBeUndefined()
  })

  it('keeps everything that a killed daemon reported as committed, adopts its server and marks its session', async () => {
    const writer = spawn(
      process.execPath,
      [new URL('./ledger/writer.ts', import.meta.url).pathname, folder, 'killed'],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    let reported = 0
    const ended = new Promise((done) => writer.on('exit', done))
    for await (const line of createInterface({ input: writer.stdout })) {
      reported = Number(line)
      if (reported >= 500) writer.kill('SIGKILL')
    }
    await ended
    const pid = await serverPid(folder)
    expect(pid).toBeDefined()
    const ledger = await open(folder)
    const { rows } = await ledger.report(sessionOf('killed').id)
    expect(rows.decisions).toBeGreaterThanOrEqual(reported)
    await ledger.openSession(sessionOf('after', 'of another account'))
    expect(await serverPid(folder)).toBe(pid)
    await ledger.closeSession(END)
    await ledger.close()
    expect(await serverPid(folder)).toBeUndefined()
    const status = await databaseStatus(world, embedded())
    const sessions = status.ok ? (status.value?.sessions ?? []) : []
    expect(sessions.find(({ id }) => id === 'killed')?.status).toBe('interrupted')
  })

  it('goes on after its server was stopped under it: in order, nothing lost, nothing twice', async () => {
    const ledger = await open(folder)
    await ledger.openSession(sessionOf('restarted'))
    ledger.write({ kind: 'fill', row: fillOf('r', 't1') })
    await ledger.committed()
    await stopServer(world, await settleEmbedded(world, folder))
    for (let index = 2; index <= 50; index++) ledger.write({ kind: 'fill', row: fillOf('r', `t${index}`) })
    await ledger.committed()
    expect((await ledger.report(sessionOf('restarted').id)).rows.fills).toBe(50)
    expect(ledger.stats()).toMatchObject({ written: 50, queued: 0, isDatabaseAway: false })
    await ledger.closeSession(END)
    await ledger.close()
    expect(await serverPid(folder)).toBeUndefined()
  })

  it('fails loudly where another daemon took the account while the connection was cut', async () => {
    const ledger = await open(folder)
    await ledger.openSession(sessionOf('first', 'stolen'))
    const failed = new Promise<Error>((done) => ledger.onFailure(done))
    const place = await settleEmbedded(world, folder)
    await stopServer(world, place)
    const thief = await open(folder)
    await thief.openSession(sessionOf('second', 'stolen'))
    ledger.write({ kind: 'fill', row: fillOf('x', 't1', { price: priceOf(1) }) })
    expect(await failed).toMatchObject({ exitCode: EXIT.accountOwned })
    await expect(ledger.committed()).rejects.toMatchObject({ exitCode: EXIT.accountOwned })
    await expect(ledger.close()).rejects.toMatchObject({ exitCode: EXIT.accountOwned })
    expect((await thief.report(sessionOf('first').id)).rows.fills).toBe(0)
    await thief.closeSession(END)
    await thief.close()
    expect(await eventually(world, 5_000, async () => (await serverPid(folder)) === undefined)).toBe(true)
  })
})
