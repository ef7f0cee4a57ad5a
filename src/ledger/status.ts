import type { World } from '../clock/clock.ts'
import { EXIT, OperatingError } from '../domain/operating-error.ts'
import {
  checkSettings,
  leaveDatabase,
  migrate,
  migrationState,
  type OpenDatabase,
  openDatabase,
  refuseNewer,
  secretOf,
  whereOf,
} from './database.ts'
import { hasCluster } from './embedded/cluster.ts'
import { settleEmbedded } from './embedded/server.ts'
import { replyOf } from './failure.ts'
import type { LedgerOrm } from './orm.ts'
import type { DatabaseSettings, DatabaseStatus, Reply } from './protocol.ts'
import { COUNTED_TABLES } from './queries.ts'

type Tools = Pick<World, 'transport' | 'random'>

const SESSIONS_SHOWN = 10

/** Applies what is pending, then leaves the database; the names of what was applied. For `halcyon db migrate`. */
export const migrateDatabase = (tools: Tools, settings: DatabaseSettings): Promise<Reply<readonly string[]>> =>
  withDatabase(tools, settings, (database) => migrate(database, settings))

/** Looks and changes nothing. Undefined where the embedded database has not been made yet. For `halcyon db status`. */
export async function databaseStatus(
  tools: Tools,
  settings: DatabaseSettings,
): Promise<Reply<DatabaseStatus | undefined>> {
  if (settings.kind === 'embedded') {
    const place = await settleEmbedded(tools, settings.folder)
    if (!(await hasCluster(place))) return { ok: true, value: undefined }
  }
  return withDatabase(tools, settings, (database) => readStatus(database, settings))
}

/**
 * Reads what the sessions have stored; starts an embedded server for it and stops it again. Changes nothing: a database
 * that is not there yet, or is of another version of this program, is an error that says what to do.
 */
export async function readLedger<Value>(
  tools: Tools,
  settings: DatabaseSettings,
  read: (orm: LedgerOrm) => Promise<Value>,
): Promise<Value> {
  if (settings.kind === 'embedded' && !(await hasCluster(await settleEmbedded(tools, settings.folder)))) {
    throw new OperatingError(
      `There is no database ${whereOf(settings)} yet: the first run makes it. Name another by --database-folder or --database-url.`,
    )
  }
  const reply = await withDatabase(tools, settings, async ({ client, orm }) => {
    const { pending, unknown } = await migrationState(client)
    refuseNewer(settings, unknown)
    if (pending.length > 0) {
      throw new OperatingError(
        `The database ${whereOf(settings)} is of an older Halcyon. Run \`halcyon db migrate\`, or start the daemon once.`,
      )
    }
    return read(orm)
  })
  if (reply.ok) return reply.value
  const { failure } = reply
  throw new OperatingError(failure.message, failure.kind === 'failed' ? failure.exitCode : EXIT.failed)
}

function withDatabase<Value>(
  tools: Tools,
  settings: DatabaseSettings,
  run: (database: OpenDatabase) => Promise<Value>,
): Promise<Reply<Value>> {
  checkSettings(settings)
  const about = { where: whereOf(settings), secret: secretOf(settings) }
  return replyOf(
    async () => {
      const database = await openDatabase(tools, settings)
      try {
        return await run(database)
      } finally {
        await leaveDatabase(tools, database)
      }
    },
    () => about,
  )
}

async function readStatus(database: OpenDatabase, settings: DatabaseSettings): Promise<DatabaseStatus> {
  const { client, server, serverVersion } = database
  const migrations = await migrationState(client)
  const where = server ? `in ${server.place.home}, 127.0.0.1:${server.port}` : whereOf(settings)
  const about = { kind: settings.kind, where, serverVersion, migrations }
  // Tables are looked into only where this program knows them.
  if (migrations.applied.length === 0 || migrations.unknown.length > 0) return { ...about, rows: {}, sessions: [] }
  const counts = Object.entries({ sessions: 'trading.sessions', ...COUNTED_TABLES })
    .map(([name, table]) => `select '${name}' as name, count(*) as count from ${table}`)
    .join(' union all ')
  const rows = await client.query<{ name: string; count: string }>(counts)
  const iso = (column: string): string => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
  const sessions = await client.query<DatabaseStatus['sessions'][number]>(
    `select id, account_id as account, mode, status, ${iso('started_at')} as "startedAt", ${iso('ended_at')} as "endedAt"
     from trading.sessions order by started_at desc, id limit ${SESSIONS_SHOWN}`,
  )
  return {
    ...about,
    rows: Object.fromEntries(rows.rows.map(({ name, count }) => [name, Number(count)])),
    sessions: sessions.rows,
  }
}
