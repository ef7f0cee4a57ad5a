import { Migrator } from '@mikro-orm/migrations'
import { MikroORM, UnderscoreNamingStrategy } from '@mikro-orm/postgresql'
import { MIGRATIONS } from '../../migrations/index.ts'
import { LEDGER_CONNECT_TIMEOUT_MS, LEDGER_STATEMENT_TIMEOUT_MS } from '../config/limits.ts'
import { ENTITIES } from './entities/index.ts'

export type LedgerOrm = MikroORM

/** `url` carries the password: it goes to the driver and nowhere else. */
export function openOrm(url: string): LedgerOrm {
  return new MikroORM({
    clientUrl: url,
    entities: ENTITIES,
    namingStrategy: UnderscoreNamingStrategy,
    extensions: [Migrator],
    // One connection: the account's advisory lock lives on it, so that nothing can be written without the lock.
    pool: { min: 0, max: 1, idleTimeoutMillis: 0 },
    driverOptions: {
      application_name: 'halcyon',
      keepAlive: true,
      connectionTimeoutMillis: LEDGER_CONNECT_TIMEOUT_MS,
      statement_timeout: LEDGER_STATEMENT_TIMEOUT_MS,
    },
    forceUtcTimezone: true,
    allowGlobalContext: false,
    ensureDatabase: false,
    debug: false,
    // Errors are reported by the caller, once and without the statement's values.
    logger: () => undefined,
    migrations: {
      migrationsList: MIGRATIONS,
      path: new URL('../../migrations', import.meta.url).pathname,
      snapshotName: 'snapshot',
      emit: 'ts',
      allOrNothing: true,
    },
  })
}
