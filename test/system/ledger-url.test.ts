import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EXIT } from '../../src/domain/operating-error.ts'
import { moneyOf, priceOf, quantityOf } from '../../src/domain/units.ts'
import { type EmbeddedServer, ensureServer, settleEmbedded, stopServer } from '../../src/ledger/embedded/server.ts'
import type { Ledger } from '../../src/ledger/index.ts'
import { checkOut, MIGRATIONS_TABLE, openOrm } from '../../src/ledger/orm.ts'
import { END, fillOf, makeFolder, open, removeFolder, SETTLEMENT, sessionOf, world } from './ledger/books.ts'

let folder: string
let server: EmbeddedServer
let url: string

/** A server that somebody else runs, as far as the ledger knows. */
beforeAll(async () => {
  folder = await makeFolder()
  server = await ensureServer(world, await settleEmbedded(world, folder))
  await sql(new URL('/postgres', server.url).href, 'create database books')
  url = new URL('/books', server.url).href
})
afterAll(async () => {
  await stopServer(world, server.place)
  await removeFolder(folder)
})

async function sql<Row>(at: string, text: string): Promise<readonly Row[]> {
  const orm = openOrm(at)
  const client = await checkOut(orm)
  try {
    return (await client.query<Row>(text)).rows
  } finally {
    client.release(true)
    await orm.close(true)
  }
}

const passwordOf = (at: string): string => new URL(at).password

describe('the ledger on a database by URL', () => {
  let ledger: Ledger

  it('migrates it, writes, and leaves the server running', async () => {
    const apart = new URL(url)
    apart.password = ''
    ledger = await open({ kind: 'url', url: apart.href, password: passwordOf(url) })
    await ledger.openSession(sessionOf('url-1'))
    ledger.write({ kind: 'fill', row: fillOf('m', 't1') })
    const taker = { liquidity: 'taker', side: 'ask', price: priceOf(4_500), fee: moneyOf(174_720) } as const
    ledger.write({ kind: 'fill', row: fillOf('k', 't2', { ...taker, quantity: quantityOf(250) }) })
    ledger.write({ kind: 'settlement', row: SETTLEMENT })
    await ledger.closeSession(END)
    await ledger.close()
    const sessions = await sql<{ status: string }>(url, `select status from trading.sessions where id = 'url-1'`)
    expect(sessions).toEqual([{ status: 'completed' }])
  })

  it('recomputes what the session earned, makers and takers apart, by one query', async () => {
    const rows = await sql(url, `select liquidity, cost, payout, fees, pnl from trading.session_pnl order by liquidity`)
    expect(rows).toEqual([
      { liquidity: 'maker', cost: '4600000', payout: '10000000', fees: '0', pnl: '5400000' },
      { liquidity: 'taker', cost: '1375000', payout: '0', fees: '174720', pnl: '-1549720' },
    ])
  })

  it('writes a batch that is sent again after a cut connection once', async () => {
    const again = await open({ kind: 'url', url })
    await again.openSession(sessionOf('url-2'))
    await sql(
      url,
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = 'books' and pid <> pg_backend_pid()`,
    )
    for (let index = 0; index < 20; index++) again.write({ kind: 'fill', row: fillOf('c', `t${index}`) })
    await again.committed()
    expect((await again.report(sessionOf('url-2').id)).rows.fills).toBe(20)
    await again.closeSession(END)
    await again.close()
  })

  it('drops partitions of days that are no longer kept, and keeps the others', async () => {
    await sql(
      url,
      `create table trading.decisions_20200101 partition of trading.decisions for values from ('2020-01-01') to ('2020-01-02')`,
    )
    const reopened = await open({ kind: 'url', url })
    await reopened.close()
    const partitions = await sql<{ name: string }>(
      url,
      `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'trading.decisions'::regclass`,
    )
    expect(partitions.length).toBeGreaterThanOrEqual(8)
    expect(partitions.map(({ name }) => name)).not.toContain('trading.decisions_20200101')
  })

  it('has exactly the tables that the entities describe', async () => {
    const orm = openOrm(url)
    expect(await orm.schema.getUpdateSchemaSQL({ wrap: false })).toBe('')
    await orm.close(true)
  })

  it.each([
    ['a wrong password', () => Object.assign(new URL(url), { password: 'hunter2' }).href, /refused the login/],
    ['a database that is not there', () => new URL('/nowhere', url).href, /does not exist/],
    ['a port where nobody listens', () => Object.assign(new URL(url), { port: '1' }).href, /cannot be reached/],
  ])('refuses %s with one paragraph that holds no secret', async (_, at, expected) => {
    const target = at()
    const error = await open({ kind: 'url', url: target }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ name: 'OperatingError', message: expect.stringMatching(expected) })
    expect(String(error)).not.toContain(passwordOf(target))
    expect(String(error)).not.toContain('\n')
  })

  it('refuses what is no PostgreSQL URL, without repeating it', async () => {
    const error = await open({ kind: 'url', url: 'mysql://me:hunter2@h/d' }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ exitCode: EXIT.usage })
    expect(String(error)).not.toContain('hunter2')
  })

  it('refuses a database that a newer program has migrated', async () => {
    await sql(url, `insert into ${MIGRATIONS_TABLE} (name, executed_at) values ('Migration29990101000000', now())`)
    await expect(open({ kind: 'url', url })).rejects.toMatchObject({
      message: expect.stringContaining('Migration29990101000000'),
    })
  })
})
