import { EXIT, OperatingError } from '../domain/operating-error.ts'
import { DatabaseAway } from './failure.ts'
import type { SqlClient } from './orm.ts'
import type { SessionRecord } from './records.ts'

/** Which process asks; stored with the account, so that a refused daemon can name the first. */
export interface Owner {
  readonly session: SessionRecord
  readonly pid: number
  readonly host: string
}

interface OwnerRow {
  readonly session: string | null
  readonly pid: number | null
  readonly host: string | null
  readonly since: string | null
}

const LOCK = `hashtextextended('halcyon:account:' || $1, 0)`

async function tryLock(client: SqlClient, account: string): Promise<boolean> {
  const { rows } = await client.query<{ isOurs: boolean }>(`select pg_try_advisory_lock(${LOCK}) as "isOurs"`, [
    account,
  ])
  return rows[0]?.isOurs === true
}

async function readOwner(client: SqlClient, account: string): Promise<OwnerRow | undefined> {
  const { rows } = await client.query<OwnerRow>(
    `select owner_session as session, owner_pid as pid, owner_host as host,
       to_char(owner_since at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as since
     from trading.accounts where id = $1`,
    [account],
  )
  return rows[0]
}

function refusalOf(account: string, owner: OwnerRow | undefined): OperatingError {
  const who = owner?.session
    ? `session ${owner.session}, process ${owner.pid} on ${owner.host}, since ${owner.since} UTC`
    : 'it is just starting'
  return new OperatingError(
    `The account ${account} is owned by another daemon (${who}). One daemon trades an account: stop that one first, or use another key or database.`,
    EXIT.accountOwned,
  )
}

/** Takes the account for this daemon until the connection ends. Throws with exit code 6 where another has it. */
export async function takeAccount(client: SqlClient, owner: Owner): Promise<void> {
  const { session, pid, host } = owner
  if (!(await tryLock(client, session.account))) {
    throw refusalOf(session.account, await readOwner(client, session.account))
  }
  await client.query(
    `insert into trading.accounts (id, mode, venue_url, key_id, run_id, owner_session, owner_pid, owner_host, owner_since)
     values ($1, $2, $3, $4, $5, $6, $7, $8, now())
     on conflict (id) do update set owner_session = excluded.owner_session, owner_pid = excluded.owner_pid,
       owner_host = excluded.owner_host, owner_since = excluded.owner_since`,
    [session.account, session.mode, session.venueUrl, session.keyId, session.runId ?? null, session.id, pid, host],
  )
}

/**
 * Takes the account again after the connection was cut. Where our own old connection still lingers on the server, that is
 * a wait; where another daemon has had the account in between, its books are no longer what this one remembers.
 */
export async function retakeAccount(client: SqlClient, owner: Owner): Promise<void> {
  const { account, id } = owner.session
  const isLocked = await tryLock(client, account)
  const now = await readOwner(client, account)
  if (now?.session !== id) throw refusalOf(account, now)
  if (!isLocked) throw new DatabaseAway('the connection that was cut still holds the account on the server')
}

/**
 * Marks the sessions whose daemon is gone: those of this account, which is ours now, and those of accounts that nobody
 * holds (a play's account is never opened again). Looks the locks up instead of trying them, which could refuse a daemon
 * that is just starting.
 */
export async function interruptAbandoned(client: SqlClient, account: string): Promise<void> {
  await client.query(
    `update trading.sessions s set status = 'interrupted'
     where s.status = 'running' and (s.account_id = $1 or not exists (
       select 1 from pg_locks l
       where l.locktype = 'advisory' and l.objsubid = 1
         and l.database = (select oid from pg_database where datname = current_database())
         and ((l.classid::bigint << 32) | l.objid::bigint) = hashtextextended('halcyon:account:' || s.account_id, 0)))`,
    [account],
  )
}

/** After a session's regular end. */
export async function releaseAccount(client: SqlClient, account: string): Promise<void> {
  await client.query(
    `update trading.accounts set owner_session = null, owner_pid = null, owner_host = null, owner_since = null where id = $1`,
    [account],
  )
  await client.query(`select pg_advisory_unlock(${LOCK})`, [account])
}
