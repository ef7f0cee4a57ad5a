import type { World } from '../clock/clock.ts'
import type { ClimateDate } from '../domain/climate-day.ts'
import { invariant } from '../domain/invariant.ts'
import { interruptAbandoned, type Owner, releaseAccount, retakeAccount, takeAccount } from './account-lock.ts'
import {
  checkSettings,
  disconnect,
  leaveDatabase,
  migrate,
  type OpenDatabase,
  openDatabase,
  secretOf,
  whereOf,
} from './database.ts'
import { isAlive } from './embedded/postmaster.ts'
import type { JudgedBooks, JudgedQuery, WeatherPast } from './history.ts'
import { judgedPredictions, weatherPast } from './history-queries.ts'
import type { AccountState, LedgerReport } from './index.ts'
import type { SqlClient } from './orm.ts'
import { createPartitions, daysAhead, dropOldPartitions } from './partitions.ts'
import type { Batch, DatabaseInfo, LedgerSettings } from './protocol.ts'
import { accountState, sessionReport } from './queries.ts'
import type { SessionEnd, SessionRecord } from './records.ts'
import { wallDay } from './rows.ts'
import { bulkStatements, COUNT_REPEATS, type Statements } from './statements.ts'

/** The thread's side of the books. One call at a time; errors are thrown as they are, the worker makes them data. */
export class LedgerStore {
  readonly #world: World
  readonly #settings: LedgerSettings
  #database: OpenDatabase | undefined
  #statements: Statements | undefined
  #owner: Owner | undefined
  #connecting: Promise<OpenDatabase> | undefined
  #partitionDays = new Set<string>()

  constructor(world: World, settings: LedgerSettings) {
    this.#world = world
    this.#settings = settings
  }

  get where(): string {
    return whereOf(this.#settings.database)
  }

  get secret(): string | undefined {
    return secretOf(this.#settings.database)
  }

  async open(): Promise<DatabaseInfo> {
    const { database: settings } = this.#settings
    checkSettings(settings)
    const database = await openDatabase(this.#world, settings)
    this.#database = database
    const migrated = await migrate(database, settings)
    this.#statements = bulkStatements(database.orm)
    await this.#turnPartitions(database.client)
    const { server } = database
    return {
      kind: settings.kind,
      where: server ? `in ${server.place.home}, 127.0.0.1:${server.port}` : this.where,
      serverVersion: database.serverVersion,
      migrated,
      ...(server ? { serverPid: server.pid, isAdopted: server.isAdopted } : {}),
    }
  }

  /** Takes the account, ends what a killed daemon left running, writes the session, says what the account has. */
  async openSession(
    session: SessionRecord,
    process: { readonly pid: number; readonly host: string },
  ): Promise<AccountState> {
    invariant(this.#owner === undefined, 'a ledger has one session at a time')
    const owner = { session, ...process }
    const { client, orm } = await this.#connected()
    await inTransaction(client, async () => {
      await takeAccount(client, owner)
      await interruptAbandoned(client, session.account)
      await insertSession(client, owner)
    })
    this.#owner = owner
    return accountState(orm, session)
  }

  async commit(batch: Batch): Promise<void> {
    const { client } = await this.#connected()
    const owner = this.#owner
    invariant(owner !== undefined, 'records are written within a session')
    if (batch.rows.length === 0 && batch.repeats.length === 0) {
      await client.query('select 1')
      return
    }
    const missing = batch.days.filter((day) => !this.#partitionDays.has(day))
    if (missing.length > 0) await this.#turnPartitions(client, missing)
    await inTransaction(client, async () => {
      const statements = this.#statements
      invariant(statements !== undefined, 'the ledger is open')
      for (const { table, json } of batch.rows) await client.query(statements[table], [`[${json.join(',')}]`])
      if (batch.repeats.length > 0)
        await client.query(COUNT_REPEATS, [`[${batch.repeats.join(',')}]`, owner.session.id])
    })
  }

  async report(session: string): Promise<LedgerReport> {
    const { orm } = await this.#connected()
    return sessionReport(orm, session)
  }

  async weatherPast(since: ClimateDate): Promise<WeatherPast> {
    const { orm } = await this.#connected()
    return weatherPast(orm, since)
  }

  async judgedPredictions(asked: JudgedQuery): Promise<JudgedBooks> {
    const { orm } = await this.#connected()
    return judgedPredictions(orm, asked)
  }

  async endSession(end: SessionEnd): Promise<void> {
    const { client } = await this.#connected()
    const owner = this.#owner
    invariant(owner !== undefined, 'a session that ends has begun')
    await inTransaction(client, async () => {
      await client.query(
        `update trading.sessions set status = $2, ended_at = to_timestamp($3::bigint / 1000.0),
           ended_market_at = to_timestamp($4::bigint / 1000.0), totals = $5::jsonb where id = $1`,
        [
          owner.session.id,
          end.status,
          Math.floor(end.endedWallMs),
          Math.floor(end.endedMarketMs),
          JSON.stringify(end.totals ?? null),
        ],
      )
      await releaseAccount(client, owner.session.account)
    })
    this.#owner = undefined
  }

  async close(): Promise<void> {
    let database = this.#database
    this.#database = undefined
    if (!database) return
    if (!database.isConnected()) {
      await disconnect(database)
      // A server that lives on without us still has to be stopped by its last user.
      if (!database.server || !isAlive(database.server.pid)) return
      database = await openDatabase(this.#world, this.#settings.database)
    }
    await leaveDatabase(this.#world, database)
  }

  /** A connection that was cut is made again, and the account taken again, before anything is written on it. */
  async #connected(): Promise<OpenDatabase> {
    if (this.#database?.isConnected() === true) return this.#database
    // A read may come beside a commit: the account is taken again once.
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined
    })
    return this.#connecting
  }

  async #connect(): Promise<OpenDatabase> {
    if (this.#database) await disconnect(this.#database)
    this.#database = undefined
    const database = await openDatabase(this.#world, this.#settings.database)
    try {
      if (this.#owner) await retakeAccount(database.client, this.#owner)
    } catch (error) {
      await disconnect(database)
      throw error
    }
    this.#database = database
    return database
  }

  /** The days' partitions stand before their rows come, and the oldest go. */
  async #turnPartitions(client: SqlClient, extraDays: readonly string[] = []): Promise<void> {
    const today = wallDay(this.#world.transport.wallMs())
    const days = new Set([...extraDays, ...daysAhead(today)])
    await inTransaction(client, async () => {
      await createPartitions(client, [...days])
      await dropOldPartitions(client, today, this.#settings.decisionDays)
    })
    this.#partitionDays = days
  }
}

function insertSession(client: SqlClient, { session, pid, host }: Owner): Promise<unknown> {
  return client.query(
    `insert into trading.sessions (id, account_id, mode, status, started_at, started_market_at, code_version, config_hash,
       config, pid, host)
     values ($1, $2, $3, 'running', to_timestamp($4::bigint / 1000.0), to_timestamp($5::bigint / 1000.0), $6, $7, $8::jsonb,
       $9, $10)`,
    [
      session.id,
      session.account,
      session.mode,
      Math.floor(session.startedWallMs),
      Math.floor(session.startedMarketMs),
      session.codeVersion,
      session.configHash,
      JSON.stringify(session.config ?? null),
      pid,
      host,
    ],
  )
}

/** Commits what `run` did, or nothing of it. */
async function inTransaction(client: SqlClient, run: () => Promise<void>): Promise<void> {
  await client.query('begin')
  try {
    await run()
    await client.query('commit')
  } catch (error) {
    // On a connection that was cut there is nothing to roll back, and the first error is the one that tells.
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}
