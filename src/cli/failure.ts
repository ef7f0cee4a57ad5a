import { inspect } from 'node:util'
import { InvariantError } from '../domain/invariant.ts'
import { EXIT, type ExitCode, OperatingError } from '../domain/operating-error.ts'

export interface Failure {
  readonly text: string
  readonly exitCode: ExitCode
}

/**
 * What a person sees of an error. What a person can act on is one paragraph without a stack trace; everything else is
 * our bug and shows where it happened.
 */
export function describeFailure(error: unknown): Failure {
  if (error instanceof OperatingError) {
    const { message, exitCode } = error
    return { text: message.startsWith('halcyon ') ? `${message}\n` : `halcyon: ${message}\n`, exitCode }
  }
  const lead =
    error instanceof InvariantError
      ? 'halcyon: a promise of the program did not hold; it stops rather than trade on. Please report this:'
      : 'halcyon: an unexpected error, which is a bug of the program. Please report this:'
  const detail = error instanceof Error ? inspect(error, { depth: 4 }) : `thrown: ${inspect(error)}`
  return { text: `${lead}\n${detail}\n`, exitCode: EXIT.invariantBroken }
}
