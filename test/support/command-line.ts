import { PassThrough } from 'node:stream'
import { ReadStream, WriteStream } from 'node:tty'
import type { CommandContext } from '../../src/cli/command.ts'
import { runCli } from '../../src/cli/index.ts'
import { seededRandom } from '../../src/clock/seeded-random.ts'
import { simulatedClock } from '../../src/clock/simulated-clock.ts'
import type { ExitCode } from '../../src/domain/operating-error.ts'

export interface CommandResult {
  readonly exitCode: ExitCode
  readonly stdout: string
  readonly stderr: string
}

/** A stream that keeps what is written; it has the methods of a terminal's stream and is none. */
function sink<Stream extends object>(prototype: Stream): { stream: PassThrough & Stream; text: () => string } {
  const chunks: string[] = []
  const stream = new PassThrough()
  stream.on('data', (chunk: Buffer) => chunks.push(chunk.toString()))
  const methods = Object.getOwnPropertyDescriptors(prototype)
  for (const [name, descriptor] of Object.entries(methods)) {
    if (!(name in stream)) Object.defineProperty(stream, name, descriptor)
  }
  return { stream: stream as PassThrough & Stream, text: () => chunks.join('') }
}

/** Runs the program's words in this process, with simulated time and nothing of the real environment. */
export async function runCommand(
  argv: readonly string[],
  options: { readonly cwd?: string; readonly env?: CommandContext['env']; readonly signal?: AbortSignal } = {},
): Promise<CommandResult> {
  const stdout = sink(WriteStream.prototype)
  const stderr = sink(WriteStream.prototype)
  const time = simulatedClock({ startMs: 1_734_400_000_000 })
  const exitCode = await runCli({
    argv,
    env: options.env ?? {},
    cwd: options.cwd ?? import.meta.dirname,
    stdin: sink(ReadStream.prototype).stream,
    stdout: stdout.stream,
    stderr: stderr.stream,
    world: { transport: time.transport, market: time.market, random: seededRandom('command') },
    signal: options.signal ?? new AbortController().signal,
    onReload: () => () => undefined,
  })
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() }
}

export const runWords = (...argv: string[]): Promise<CommandResult> => runCommand(argv)
