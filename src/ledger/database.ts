import type { World } from '../clock/clock.ts'
import { LEDGER_PG_VERSION_MIN, POSTGRES_ENTER_ATTEMPTS_MAX } from '../config/limits.ts'
import { OperatingError, usageError } from '../domain/operating-error.ts'
import { awaitStopped, type EmbeddedServer, ensureServer, settleEmbedded, stopServer } from './embedded/server.ts'
import { DatabaseAway, isAway, isMissingDatabase } from './failure.ts'
import { checkOut, type LedgerOrm, MIGRATION_NAMES, MIGRATIONS_TABLE, openOrm, type SqlClient } from './orm.ts'
import type { DatabaseSettings } from './protocol.ts'

type Tools = Pick<World, 'transport' | 'random'>

/** An open database: the ORM for reading, and one connection of our own that holds the locks and writes. */
export interface OpenDatabase {
  readonly orm: LedgerOrm
  readonly client: SqlClient
  readonly server: EmbeddedServer | undefined
  readonly serverVersion: string
  /** False once the connection of our own has been cut: its locks are gone with it. */
  isConnected: () => boolean
}

/** Shared by everyone who uses a database, so that the last one can tell that it is the last. */
const USERS_LOCK = `hashtextextended('halcyon:users', 0)`
const MIGRATION_LOCK = `hashtextextended('halcyon:migration', 0)`

/** For a person; never the user's password. */
export function whereOf(settings: DatabaseSettings): string {
  if (settings.kind === 'embedded') return `in ${settings.folder}`
  const url = new URL(settings.url)
  return `at ${url.hostname || 'localhost'}:${url.port || 5432}${url.pathname}`
}

export function secretOf(settings: DatabaseSettings): string | undefined {
  if (settings.kind === 'embedded') return undefined
  return settings.password ?? (decodeURIComponent(new URL(settings.url).password) || undefined)
}

function urlOf(settings: DatabaseSettings & { readonly kind: 'url' }): string {
  const url = new URL(settings.url)
  if (settings.password !== undefined) url.password = encodeURIComponent(settings.password)
  return url.href
}

/** Settings that a person typed: refused here, without repeating what may hold a password. */
export function checkSettings(settings: DatabaseSettings): void {
  if (settings.kind === 'embedded') return
  if (!URL.canParse(settings.url) || !/^postgres(ql)?:$/.test(new URL(settings.url).protocol)) {
    throw usageError('The database URL is no URL of a PostgreSQL: expected postgresql://user@host:5432/database.')
  }
}

/** Opens, starting the embedded server where that is the database. Does not migrate. */
export async function openDatabase(tools: Tools, settings: DatabaseSettings): Promise<OpenDatabase> {
  if (settings.kind === 'url') return connect(urlOf(settings), undefined, settings)
  const place = await settleEmbedded(tools, settings.folder)
  for (let attempt = 0; attempt < POSTGRES_ENTER_ATTEMPTS_MAX; attempt++) {
    const server = await ensureServer(tools, place)
    const database = await enter(tools, server, settings)
    if (database) return database
    // Its last user is stopping it: the next turn starts a new one.
    await awaitStopped(tools, server)
  }
  throw new DatabaseAway('the embedded server was stopped again and again while it was being entered')
}

/** Undefined where the server is on its way out. */
async function enter(
  tools: Tools,
  server: EmbeddedServer,
  settings: DatabaseSettings,
): Promise<OpenDatabase | undefined> {
  let database: OpenDatabase | undefined
  try {
    await createDatabase(server.url)
    database = await connect(server.url, server, settings)
    const { rows } = await database.client.query<{ isEntered: boolean }>(
      `select pg_try_advisory_lock_shared(${USERS_LOCK}) as "isEntered"`,
    )
    if (rows[0]?.isEntered === true) return database
    await disconnect(database)
    return undefined
  } catch (error) {
    if (database) await disconnect(database)
    if (isAway(error)) return undefined
    // Nobody else is in a server that was started here and could not be entered.
    if (!server.isAdopted) await stopServer(tools, server.place)
    throw error
  }
}

/** Leaves the database; an embedded server goes with its last user. */
export async function leaveDatabase(tools: Tools, database: OpenDatabase): Promise<void> {
  try {
    // The connection, and with it the lock that keeps newcomers out, stays until the server has gone.
    if (database.server && (await isLastUser(database))) await stopServer(tools, database.server.place)
  } finally {
    await disconnect(database)
  }
}

async function isLastUser({ client, isConnected }: OpenDatabase): Promise<boolean> {
  if (!isConnected()) return false
  try {
    await client.query(`select pg_advisory_unlock_all()`)
    const { rows } = await client.query<{ isLast: boolean }>(`select pg_try_advisory_lock(${USERS_LOCK}) as "isLast"`)
    return rows[0]?.isLast === true
  } catch (error) {
    // Cut while leaving: somebody else has stopped it.
    if (isAway(error)) return false
    throw error
  }
}

export async function disconnect(database: OpenDatabase): Promise<void> {
  database.client.release(true)
  await database.orm.close(true)
}

async function connect(
  url: string,
  server: EmbeddedServer | undefined,
  settings: DatabaseSettings,
): Promise<OpenDatabase> {
  const orm = openOrm(url)
  let isConnected = true
  try {
    const client = await checkOut(orm)
    const lose = (): void => {
      isConnected = false
    }
    client.on('end', lose)
    client.on('error', lose)
    const { rows } = await client.query<{ number: number; version: string }>(
      `select current_setting('server_version_num')::int as number, split_part(current_setting('server_version'), ' ', 1) as version`,
    )
    const { number = 0, version = 'unknown' } = rows[0] ?? {}
    if (number < LEDGER_PG_VERSION_MIN * 10_000) {
      throw new OperatingError(
        `The database ${whereOf(settings)} is PostgreSQL ${version}; Halcyon needs ${LEDGER_PG_VERSION_MIN} or later. Upgrade it, or leave \`database.url\` out to use the embedded one.`,
      )
    }
    return { orm, client, server, serverVersion: version, isConnected: () => isConnected }
  } catch (error) {
    await orm.close(true)
    if (isMissingDatabase(error)) {
      throw new OperatingError(
        `The database ${whereOf(settings)} does not exist on its server. Create it (\`createdb\`), then start Halcyon again.`,
      )
    }
    throw explainLogin(error, settings)
  }
}

function explainLogin(error: unknown, settings: DatabaseSettings): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (settings.kind === 'embedded' || !/^28/.test(code)) return error
  return new OperatingError(
    `The database ${whereOf(settings)} refused the login. Check the user in \`database.url\` and the password in HALCYON_DATABASE_PASSWORD or \`database.passwordFile\`.`,
  )
}

/** Of a new cluster, which has only the database `postgres`. */
async function createDatabase(url: string): Promise<void> {
  const maintenance = new URL(url)
  const name = maintenance.pathname.slice(1)
  maintenance.pathname = '/postgres'
  const orm = openOrm(maintenance.href)
  try {
    const client = await checkOut(orm)
    const found = await client.query(`select 1 from pg_database where datname = $1`, [name])
    if (found.rows.length === 0) await client.query(`create database "${name}"`).catch(ignoreDuplicate)
    client.release(true)
  } finally {
    await orm.close(true)
  }
}

function ignoreDuplicate(error: unknown): void {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  // Two first starts at once: 42P04 it exists, 23505 and 55006 it is just being made.
  if (code === '42P04' || code === '23505') return
  if (code === '55006') throw new DatabaseAway('the database is being created')
  throw error
}

export interface MigrationState {
  readonly applied: readonly string[]
  readonly pending: readonly string[]
  readonly unknown: readonly string[]
}

/** Looks only. */
export async function migrationState(client: SqlClient): Promise<MigrationState> {
  const found = await client.query<{ name: string | null }>(`select to_regclass('${MIGRATIONS_TABLE}')::text as name`)
  const applied =
    found.rows[0]?.name == null
      ? []
      : (await client.query<{ name: string }>(`select name from ${MIGRATIONS_TABLE} order by id`)).rows.map(
          ({ name }) => name,
        )
  return {
    applied,
    pending: MIGRATION_NAMES.filter((name) => !applied.includes(name)),
    unknown: applied.filter((name) => !MIGRATION_NAMES.includes(name)),
  }
}

/** @throws OperatingError where the database is of a newer program */
export function refuseNewer(settings: DatabaseSettings, unknown: MigrationState['unknown']): void {
  if (unknown.length === 0) return
  throw new OperatingError(
    `The database ${whereOf(settings)} was migrated by a newer Halcyon (${unknown.join(', ')}). Update this program, or use another database.`,
  )
}

/** Brings the database up to this program; returns what was applied. Refuses a database that a newer program has migrated. */
export async function migrate(database: OpenDatabase, settings: DatabaseSettings): Promise<readonly string[]> {
  const { client, orm } = database
  await client.query(`select pg_advisory_lock(${MIGRATION_LOCK})`)
  try {
    const { pending, unknown } = await migrationState(client)
    refuseNewer(settings, unknown)
    if (pending.length > 0) await orm.migrator.up()
    return pending
  } finally {
    if (database.isConnected()) await client.query(`select pg_advisory_unlock(${MIGRATION_LOCK})`)
  }
}
