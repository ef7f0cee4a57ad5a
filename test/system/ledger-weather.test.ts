import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { climateDateOf } from '../../src/domain/climate-day.ts'
import type { Forecast, Observation } from '../../src/domain/weather.ts'
import { ensureServer, settleEmbedded } from '../../src/ledger/embedded/server.ts'
import { checkOut, MIGRATION_NAMES, openOrm } from '../../src/ledger/orm.ts'
import { migrateDatabase } from '../../src/ledger/status.ts'
import { END, makeFolder, open, removeFolder, serverPid, sessionOf, world } from './ledger/books.ts'
import { expectHistory } from './ledger/weather-days.ts'

let folder: string

beforeAll(async () => {
  folder = await makeFolder()
})
afterAll(() => removeFolder(folder))

const VALID_MS = Date.UTC(2024, 11, 17, 17, 51)
const READING: Observation = {
  city: 'new_york',
  station: 'KNYC',
  kind: 'station',
  validMs: VALID_MS,
  availableMs: VALID_MS + 240_000,
  temperatureF: 57.92,
  precision: '0.1C',
}
const FORECAST: Forecast = {
  city: 'new_york',
  date: climateDateOf('2024-12-17'),
  source: 'NWS',
  kind: 'asOf',
  highF: 58,
  issuedMs: VALID_MS - 3_600_000,
  availableMs: VALID_MS - 3_500_000,
}

/** Needs a running server: the ledger that is open keeps it. */
async function sql<Row>(text: string): Promise<readonly Row[]> {
  const server = await ensureServer(world, await settleEmbedded(world, folder))
  const orm = openOrm(server.url)
  const client = await checkOut(orm)
  try {
    return (await client.query<Row>(text)).rows
  } finally {
    client.release(true)
    await orm.close(true)
  }
}

describe('the weather in the ledger', () => {
  it('a row that a second session of the account sees again is stored once, as it was first known', async () => {
    for (const [session, laterMs] of [
      ['first', 0],
      ['second', 7_200_000],
    ] as const) {
      const ledger = await open(folder)
      await ledger.openSession(sessionOf(session))
      const seen = { availableMs: READING.availableMs + laterMs }
      ledger.write({ kind: 'observation', row: { ...READING, ...seen }, source: 'nws' })
      ledger.write({ kind: 'forecast', row: { ...FORECAST, availableMs: FORECAST.availableMs + laterMs } })
      await ledger.closeSession(END)
      await ledger.close()
    }
    const ledger = await open(folder)
    const readings = await sql(
      `select session_id, source, report, extract(epoch from available_at) * 1000 as ms from wx.observations`,
    )
    expect(readings).toEqual([
      { session_id: 'first', source: 'nws', report: '57.92 0.1C - - -', ms: `${READING.availableMs}.000000` },
    ])
    const forecasts = await sql(`select session_id, high_f from wx.forecasts`)
    expect(forecasts).toEqual([{ session_id: 'first', high_f: 58 }])
    await ledger.close()
  })

  it('what a report says otherwise, or says later, is a row of its own with all that was measured', async () => {
    const ledger = await open(folder)
    await ledger.openSession(sessionOf('third'))
    const full = { ...READING, dewpointF: 48.02, pressureHpa: 1_013.2, windMs: 3.1 }
    ledger.write({ kind: 'observation', row: full, source: 'nws' })
    ledger.write({ kind: 'observation', row: { ...READING, temperatureF: 57.02 }, source: 'nws' })
    ledger.write({ kind: 'forecast', row: { ...FORECAST, highF: 59 } })
    await ledger.committed()
    const rows = await sql(
      `select temperature_f, dewpoint_f, pressure_hpa, wind_ms from wx.observations where session_id = 'third' order by 1`,
    )
    expect(rows).toEqual([
      { temperature_f: 57.02, dewpoint_f: null, pressure_hpa: null, wind_ms: null },
      { temperature_f: 57.92, dewpoint_f: 48.02, pressure_hpa: 1_013.2, wind_ms: 3.1 },
    ])
    expect(await sql(`select high_f from wx.forecasts where session_id = 'third'`)).toEqual([{ high_f: 59 }])
    await ledger.closeSession(END)
    await ledger.close()
    expect(await serverPid(folder)).toBeUndefined()
  })

  it('keeps why a strategy was demoted', async () => {
    const ledger = await open(folder)
    await ledger.openSession(sessionOf('demoted'))
    const row = {
      modelId: 'm',
      modelVersion: '1',
      demotedMs: VALID_MS,
      reason: 'it claims too much',
      figures: { days: 40 },
    }
    for (let time = 0; time < 2; time++) ledger.write({ kind: 'demotion', row: { strategy: 'weather-ev', ...row } })
    await ledger.committed()
    expect((await ledger.report(sessionOf('demoted').id)).rows.demotions).toBe(1)
    expect(await sql(`select strategy, reason, figures from trading.demotions`)).toEqual([
      { strategy: 'weather-ev', reason: row.reason, figures: row.figures },
    ])
    await ledger.closeSession(END)
    await ledger.close()
  })

  it('a database from before keeps the first of each row, and learns who delivered it', async () => {
    const old = await makeFolder()
    try {
      const server = await ensureServer(world, await settleEmbedded(world, old))
      const maintenance = new URL(server.url)
      const name = maintenance.pathname.slice(1)
      maintenance.pathname = '/postgres'
      const admin = openOrm(maintenance.href)
      await admin.em.getConnection().execute(`create database "${name}"`)
      await admin.close(true)
      const orm = openOrm(server.url)
      const [first = ''] = MIGRATION_NAMES
      await orm.migrator.up({ to: first })
      const run = <Row>(text: string) => orm.em.getConnection().execute<Row[]>(text)
      await run(
        `insert into trading.sessions (id, account_id, mode, status, started_at, started_market_at, code_version, config_hash, config, pid, host)
         values ('s', 'a', 'dry-run', 'completed', now(), now(), '1', 'h', '{"weather": {"source": "nws"}}', 1, 'h')`,
      )
      for (const availableAt of ['2024-12-17T18:00Z', '2024-12-17T17:55Z']) {
        await run(
          `insert into wx.observations (account_id, station, kind, valid_at, available_at, session_id, city, temperature_f, reported_precision)
           values ('a', 'KNYC', 'station', '2024-12-17T17:51Z', '${availableAt}', 's', 'new_york', 57.92, '0.1C')`,
        )
        await run(
          `insert into wx.forecasts (account_id, city, climate_date, source, kind, issued_at, available_at, session_id, high_f)
           values ('a', 'new_york', '2024-12-17', 'NWS', 'asOf', '2024-12-17T12:00Z', '${availableAt}', 's', 58)`,
        )
      }
      expect(await migrateDatabase(world, { kind: 'url', url: server.url })).toEqual({
        ok: true,
        value: MIGRATION_NAMES.slice(1),
      })
      const at = `to_char(available_at at time zone 'UTC', 'HH24:MI') as at`
      expect(await run(`select source, report, ${at} from wx.observations`)).toEqual([
        { source: 'nws', report: '57.92 0.1C - - -', at: '17:55' },
      ])
      expect(await run(`select ${at} from wx.forecasts`)).toEqual([{ at: '17:55' }])
      await orm.close(true)
    } finally {
      await removeFolder(old)
    }
  })

  it('tells the past and the judged predictions, as the ledger in memory does', async () => {
    const own = await makeFolder()
    try {
      await expectHistory(() => open(own))
    } finally {
      await removeFolder(own)
    }
  })
})
