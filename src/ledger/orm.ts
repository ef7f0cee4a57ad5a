import { Migrator } from '@mikro-orm/migrations'
import { defineConfig, MikroORM, type Options, UnderscoreNamingStrategy } from '@mikro-orm/postgresql'
import { MIGRATIONS } from '../../migrations/index.ts'
import { LEDGER_CONNECT_TIMEOUT_MS, LEDGER_CONNECTIONS_MAX, LEDGER_STATEMENT_TIMEOUT_MS } from '../config/limits.ts'
import { ENTITIES } from './entities/index.ts'

export type LedgerOrm = MikroORM

export const MIGRATIONS_TABLE = 'halcyon_migrations'
export const MIGRATION_NAMES: readonly string[] = MIGRATIONS.map(({ name }) => name)

/** One connection of the driver's pool, for what the ORM has no word for: session locks and bulk statements with bound values. */
export interface SqlClient {
  query<Row>(text: string, values?: readonly unknown[]): Promise<{ readonly rows: readonly Row[] }>
  on(event: 'end' | 'error', listener: () => void): unknown
  /** True: the connection is not to be used again. */
  release(destroy?: boolean): void
}

/** `url` carries the password: it goes to the driver and nowhere else. Connects when first used. */
export const openOrm = (url: string): LedgerOrm => new MikroORM(ormOptions(url))

/** `snapshot`: whether migrations are compared with and noted in `snapshot.json`, which is for writing new ones only. */
export function ormOptions(url: string, snapshot = false): Options {
  return defineConfig({
    clientUrl: url,
    entities: ENTITIES,
    namingStrategy: UnderscoreNamingStrategy,
    extensions: [Migrator],
    pool: { min: 0, max: LEDGER_CONNECTIONS_MAX, idleTimeoutMillis: 0 },
    driverOptions: {
      // The driver reads more of it than the ORM does: sslmode, sockets.
      connectionString: url,
      application_name: 'halcyon',
      keepAlive: true,
      connectionTimeoutMillis: LEDGER_CONNECT_TIMEOUT_MS,
      statement_timeout: LEDGER_STATEMENT_TIMEOUT_MS,
    },
    forceUtcTimezone: true,
    allowGlobalContext: false,
    ensureDatabase: false,
    // Errors are reported by the caller, once and without the statement's values.
    logger: () => undefined,
    // Written by hand in its migration.
    schemaGenerator: { skipViews: ['trading.session_pnl', 'session_pnl'] },
    migrations: {
      migrationsList: MIGRATIONS,
      tableName: MIGRATIONS_TABLE,
      path: new URL('../../migrations', import.meta.url).pathname,
      snapshot,
      snapshotName: 'snapshot',
      emit: 'ts',
      allOrNothing: true,
    },
  })
}

export async function checkOut(orm: LedgerOrm): Promise<SqlClient> {
  const pool: { connect(): Promise<SqlClient> } = await orm.em.getConnection().getNativeClient()
  return pool.connect()
}
