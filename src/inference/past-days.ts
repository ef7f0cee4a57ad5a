import { deserialize, serialize } from 'node:v8'
import { PACKED_PASTS_MAX } from '../config/limits.ts'
import { invariant } from '../domain/invariant.ts'
import type { PastDay } from '../weather/inputs.ts'

/**
 * The past days are nine tenths of what a prediction is asked with, and change once an hour: copied with every request they
 * take longer than the model. So they are written once, and read once by each thread.
 */
export interface PackedPast {
  /** Counts up from 1, one for each list that was packed. */
  readonly id: number
  readonly bytes: SharedArrayBuffer
}

/** The sender's side: the same list, of which nothing may change, gives the same packed one. */
export function createPastPacker(): (past: readonly PastDay[]) => PackedPast {
  const known = new WeakMap<readonly PastDay[], PackedPast>()
  let id = 0
  return (past) => {
    const held = known.get(past)
    if (held) return held
    const written = serialize(past)
    const bytes = new SharedArrayBuffer(written.byteLength)
    new Uint8Array(bytes).set(written)
    id++
    const packed = { id, bytes }
    known.set(past, packed)
    return packed
  }
}

/** A thread's side. Forgets what it read first: a list that is asked for again is only read again. */
export function createPastReader(): (packed: PackedPast) => readonly PastDay[] {
  const known = new Map<number, readonly PastDay[]>()
  return ({ id, bytes }) => {
    const held = known.get(id)
    if (held) return held
    const past: unknown = deserialize(new Uint8Array(new Uint8Array(bytes)))
    invariant(Array.isArray(past), 'packed past days are a list')
    known.set(id, past)
    const [oldest] = known.keys()
    if (known.size > PACKED_PASTS_MAX && oldest !== undefined) known.delete(oldest)
    return past
  }
}
