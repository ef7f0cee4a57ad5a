import { p, Type } from '@mikro-orm/core'
import { invariant } from '../domain/invariant.ts'

/** A moment: milliseconds in the program, `timestamptz(3)` in the database, so that a person can read and compare it in SQL. */
class InstantType extends Type<number, string> {
  override convertToDatabaseValue(ms: number | null | undefined): string {
    // The ORM hands absent values through unconverted types as they are; null is its word for them.
    if (ms === null || ms === undefined) return ms as unknown as string
    invariant(Number.isSafeInteger(ms), 'a moment is a whole number of milliseconds')
    return Temporal.Instant.fromEpochMilliseconds(ms).toString()
  }

  override convertToJSValue(value: string | number | Date | null): number {
    if (value === null) return value as unknown as number
    if (typeof value === 'number') return value
    if (value instanceof Date) return value.getTime()
    // PostgreSQL prints "2024-12-17 05:00:00+00"; Temporal asks for the T and a full offset.
    return Temporal.Instant.from(value.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')).epochMilliseconds
  }

  override getColumnType(): string {
    return 'timestamptz(3)'
  }

  override compareAsType(): string {
    return 'number'
  }
}

/** Milliseconds ↔ `timestamptz(3)`. */
export const instant = () => p.type(InstantType).$type<number>()
/** Money in 1/1,000,000 $, quantities in 1/100 contract, counters: `bigint`, safe integers in the program. */
export const scaled = () => p.bigint('number')
/** Prices in 1/10,000 $ on the YES axis, small counts. */
export const small = () => p.integer()
export const word = () => p.text()
export const json = <Value>() => p.json<Value>()
