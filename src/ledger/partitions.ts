import { LEDGER_PARTITION_DAYS_AHEAD } from '../config/limits.ts'
import { invariant } from '../domain/invariant.ts'
import type { SqlClient } from './orm.ts'

const PREFIX = 'decisions_'

const nameOf = (day: string): string => `${PREFIX}${day.replaceAll('-', '')}`
const dayAfter = (day: string, days: number): string => Temporal.PlainDate.from(day).add({ days }).toString()

/** The day's partition, and those of the days ahead. Inside the caller's transaction; two daemons may do it at once. */
export async function createPartitions(client: SqlClient, days: readonly string[]): Promise<void> {
  await client.query(`select pg_advisory_xact_lock(hashtextextended('halcyon:partitions', 0))`)
  for (const day of days) {
    invariant(/^\d{4}-\d\d-\d\d$/.test(day), 'a partition is of a calendar day')
    await client.query(
      `create table if not exists "trading"."${nameOf(day)}" partition of "trading"."decisions" for values from ('${day}') to ('${dayAfter(day, 1)}')`,
    )
  }
}

export const daysAhead = (today: string): readonly string[] =>
  Array.from({ length: LEDGER_PARTITION_DAYS_AHEAD + 1 }, (_, index) => dayAfter(today, index))

/** Drops the partitions of days before the kept ones, whole. Returns their days. */
export async function dropOldPartitions(
  client: SqlClient,
  today: string,
  daysKept: number,
): Promise<readonly string[]> {
  const first = nameOf(dayAfter(today, -daysKept))
  const { rows } = await client.query<{ name: string }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'trading.decisions'::regclass and c.relname like 'decisions\\_%' and c.relname < $1`,
    [first],
  )
  for (const { name } of rows) {
    invariant(/^decisions_\d{8}$/.test(name), 'only partitions of days are dropped')
    await client.query(`drop table if exists "trading"."${name}"`)
  }
  return rows.map(({ name }) => name.slice(PREFIX.length))
}
