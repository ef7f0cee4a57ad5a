import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import type { World } from '../clock/clock.ts'
import { suggestion } from '../config/nearest.ts'
import { type ExitCode, usageError } from '../domain/operating-error.ts'

/** What a command may touch. Only `main.ts` reads the process itself. */
export interface CommandContext {
  /** After the command's own name. */
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  readonly world: World
  /** Aborted by SIGINT or SIGTERM: a long command drains and returns. */
  readonly signal: AbortSignal
  /**
   * Calls the listener for each SIGHUP of a program that has no terminal (`systemctl reload`); returns the removal. Without
   * a listener, or where the terminal is gone, SIGHUP is a wish to stop.
   */
  readonly onReload: (listener: () => void) => () => void
}

export interface Command {
  readonly name: string
  /** One line for `halcyon help`. */
  readonly summary: string
  /** The whole help text of the command. */
  readonly usage: string
  run(context: CommandContext): Promise<ExitCode>
}

export type OptionValues = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>

/** Flags by name, strictly: an unknown flag, a missing value or a stray word is the person's error and names itself. */
export function parseOptions(
  command: Pick<Command, 'name'>,
  argv: readonly string[],
  options: ParseArgsOptionsConfig,
  positionals: { readonly min?: number; readonly max?: number; readonly what?: string } = {},
): { readonly values: OptionValues; readonly positionals: readonly string[] } {
  const help = `Run \`halcyon help ${command.name}\` for its usage.`
  let parsed: ReturnType<typeof parseArgs>
  try {
    parsed = parseArgs({
      args: joinNegatives(argv, options),
      options,
      strict: true,
      allowPositionals: true,
      allowNegative: false,
    })
  } catch (error) {
    throw usageError(`halcyon ${command.name}: ${reasonOf(error, Object.keys(options))} ${help}`)
  }
  const { min = 0, max = 0, what = 'argument' } = positionals
  if (parsed.positionals.length > max) {
    throw usageError(`halcyon ${command.name}: unexpected ${what} "${parsed.positionals[max]}". ${help}`)
  }
  if (parsed.positionals.length < min) throw usageError(`halcyon ${command.name}: ${what} is missing. ${help}`)
  return { values: parsed.values as OptionValues, positionals: parsed.positionals }
}

/** A negative number after a flag that takes a value is its value: Node would ask for `--hours=-4`. */
function joinNegatives(argv: readonly string[], options: ParseArgsOptionsConfig): string[] {
  const words: string[] = []
  for (const word of argv) {
    const flag = words.at(-1) ?? ''
    const takesValue = flag.startsWith('--') && options[flag.slice(2)]?.type === 'string'
    if (takesValue && /^-\.?\d/.test(word)) words[words.length - 1] = `${flag}=${word}`
    else words.push(word)
  }
  return words
}

/** Node's own words, without its advice about `--`, and with the flag that was probably meant. */
function reasonOf(error: unknown, flags: readonly string[]): string {
  const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
  const unknown = /^Unknown option '(-{1,2})([^']*)'/.exec(message)
  if (!unknown) return `${message.replace(/\.$/, '')}.`
  const [, dashes = '', name = ''] = unknown
  return `unknown option "${dashes}${name}".${suggestion(name, [...flags, 'help'])}`
}

/** One JSON document on standard output; everything else a command says goes to standard error. */
export function printJson(context: CommandContext, value: unknown): void {
  context.stdout.write(`${JSON.stringify(value)}\n`)
}
