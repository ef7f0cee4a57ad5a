/** A broken promise of our own code. It is never caught and carried on from: the process stops trading and exits. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError'
}

/** Stays on in production. The message states the positive rule that did not hold. */
export function invariant(condition: unknown, rule: string): asserts condition {
  if (!condition) throw new InvariantError(`Invariant: ${rule}`)
}

/** Closes an exhaustive switch over a union. */
export function unreachable(value: never): never {
  throw new InvariantError(`Invariant: every case is handled (${JSON.stringify(value)})`)
}
