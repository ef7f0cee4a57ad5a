import type { Command, CommandContext } from '../../../src/cli/command.ts'
import { seededRandom } from '../../../src/clock/seeded-random.ts'
import { simulatedClock } from '../../../src/clock/simulated-clock.ts'
import { OperatingError } from '../../../src/domain/operating-error.ts'

export interface Ran {
  readonly code: number
  readonly out: string
  /** Message of the operating error that ended the command. */
  readonly error: string
}

/** Runs a command as `main.ts` does, without a process. */
export async function runCommand(command: Command, line: string): Promise<Ran> {
  let out = ''
  const stream = {
    write(text: string) {
      out += text
      return true
    },
  }
  const clock = simulatedClock({ startMs: 0 })
  const context = {
    argv: line.split(' ').filter((word) => word !== ''),
    env: {},
    cwd: '/nowhere',
    stdin: undefined,
    stdout: stream,
    stderr: stream,
    world: { transport: clock.transport, market: clock.market, random: seededRandom('cli') },
    signal: new AbortController().signal,
  } as unknown as CommandContext
  try {
    return { code: await command.run(context), out, error: '' }
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error
    return { code: error.exitCode, out, error: error.message }
  }
}
