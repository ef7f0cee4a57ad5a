import type { EntityProperty } from '@mikro-orm/core'
import { invariant } from '../domain/invariant.ts'
import type { LedgerOrm } from './orm.ts'
import type { BatchTable } from './protocol.ts'

/**
 * What a row that exists already becomes when it is written again. Records that never change are left alone, so that a
 * batch that is sent twice is written once; the others take the newer values of these properties.
 */
const UPDATED: Readonly<Record<BatchTable, readonly string[]>> = {
  Decision: [],
  Fill: [],
  Halt: [],
  Demotion: [],
  StoredForecast: [],
  StoredObservation: [],
  StoredPrediction: ['confirmedAt'],
  Order: ['price', 'quantity', 'filledQuantity', 'status', 'cancelReason', 'history'],
  Position: ['session', 'netQuantity', 'cost', 'fees', 'realizedPnl', 'updatedAt'],
  Settlement: ['result', 'settlementValue', 'expirationValue', 'settledAt', 'netQuantity', 'payout', 'pnl'],
}

export type Statements = Readonly<Record<BatchTable, string>>

const columnOf = (property: EntityProperty): string => {
  const [name] = property.fieldNames
  invariant(name !== undefined, 'a stored property has a column')
  return `"${name}"`
}

/** Moments come as milliseconds, everything else as JSON has it. */
const isInstant = (property: EntityProperty): boolean => property.columnTypes[0]?.startsWith('timestamptz') === true

/** One statement per table: `$1` is a JSON array of rows, keyed by the entity's properties; a missing key is NULL. */
export function bulkStatements(orm: LedgerOrm): Statements {
  const statement = (table: BatchTable): string => {
    const meta = [...orm.getMetadata().getAll().values()].find(({ className }) => className === table)
    invariant(meta !== undefined, 'every table of a batch has an entity')
    const properties = meta.props
    const columns = properties.map(columnOf)
    const values = properties.map((property) =>
      isInstant(property) ? `to_timestamp(r."${property.name}" / 1000.0)` : `r."${property.name}"`,
    )
    const types = properties.map(
      (property) => `"${property.name}" ${isInstant(property) ? 'bigint' : property.columnTypes[0]}`,
    )
    const keys = properties.filter(({ primary }) => primary === true).map(columnOf)
    const updates = UPDATED[table].map((name) => {
      const property = properties.find((candidate) => candidate.name === name)
      invariant(property !== undefined, 'an updated property exists')
      return `${columnOf(property)} = excluded.${columnOf(property)}`
    })
    const onConflict = updates.length === 0 ? 'nothing' : `update set ${updates.join(', ')}`
    return [
      `insert into "${meta.schema}"."${meta.tableName}" (${columns.join(', ')})`,
      `select ${values.join(', ')} from json_to_recordset($1::json) as r(${types.join(', ')})`,
      `on conflict (${keys.join(', ')}) do ${onConflict}`,
    ].join('\n')
  }
  return {
    Decision: statement('Decision'),
    Order: statement('Order'),
    Fill: statement('Fill'),
    Position: statement('Position'),
    Settlement: statement('Settlement'),
    Halt: statement('Halt'),
    Demotion: statement('Demotion'),
    StoredObservation: statement('StoredObservation'),
    StoredForecast: statement('StoredForecast'),
    StoredPrediction: statement('StoredPrediction'),
  }
}

/** `$1` JSON array of repeats, `$2` session. The count never goes back, so a batch that is sent twice counts once. */
export const COUNT_REPEATS = `
  update "trading"."decisions" d
  set "repeats" = greatest(d."repeats", r."count"), "last_repeated_at" = to_timestamp(r."lastMs" / 1000.0)
  from json_to_recordset($1::json) as r("id" text, "count" bigint, "lastMs" bigint)
  where d."session_id" = $2 and d."id" = r."id"`
