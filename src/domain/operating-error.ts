/** Stable exit codes (design §8). */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  halted: 3,
  venueUnreachable: 4,
  invariantBroken: 5,
  accountOwned: 6,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/**
 * An error that a person can act on: what was wrong, where, what to do, as one paragraph. It is shown without a stack
 * trace and ends the command with its exit code. It never carries a secret.
 */
export class OperatingError extends Error {
  override readonly name = 'OperatingError'
  readonly exitCode: ExitCode

  constructor(message: string, exitCode: ExitCode = EXIT.failed, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}

export const usageError = (message: string): OperatingError => new OperatingError(message, EXIT.usage)
