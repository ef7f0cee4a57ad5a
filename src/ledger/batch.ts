import type { Batch, BatchTable } from './protocol.ts'
import type { Row } from './rows.ts'

/** So that a decision stands before its repeats are counted, and an order before its fills. */
const TABLE_ORDER: readonly BatchTable[] = [
  'StoredForecast',
  'StoredObservation',
  'StoredPrediction',
  'Decision',
  'Order',
  'Fill',
  'Position',
  'Settlement',
  'Halt',
  'Demotion',
]

/** One transaction of these rows, in which each key appears once, as it was last: SQL cannot update a row twice in one statement. */
export function batchOf(rows: readonly Row[]): Batch {
  const tables = new Map<Row['table'], Map<string, string>>()
  const days = new Set<string>()
  for (const { table, key, json, day } of rows) {
    const latest = tables.get(table) ?? new Map<string, string>()
    tables.set(table, latest.set(key, json))
    if (day !== undefined) days.add(day)
  }
  return {
    rows: TABLE_ORDER.flatMap((table) => {
      const latest = tables.get(table)
      return latest ? [{ table, json: [...latest.values()] }] : []
    }),
    repeats: [...(tables.get('repeat')?.values() ?? [])],
    days: [...days],
  }
}
