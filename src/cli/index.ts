import { suggestion } from '../config/nearest.ts'
import { EXIT, type ExitCode, usageError } from '../domain/operating-error.ts'
import type { CommandContext } from './command.ts'
import { COMMAND_NAMES, COMMANDS } from './registry.ts'

const asksForHelp = (argv: readonly string[]): boolean => {
  const end = argv.indexOf('--')
  return argv.slice(0, end < 0 ? argv.length : end).some((word) => word === '--help' || word === '-h')
}

/** Finds the command that the first word names and runs it; `context.argv` still begins with that word. */
export async function runCli(context: CommandContext): Promise<ExitCode> {
  const [first, ...rest] = context.argv
  if (first === undefined || first === '--help' || first === '-h') return runNamed('help', context, [])
  if (first === '--version' || first === '-v') return runNamed('version', context, rest)
  if (first !== 'help' && Object.hasOwn(COMMANDS, first) && asksForHelp(rest)) {
    return runNamed('help', context, [first])
  }
  return runNamed(first, context, rest)
}

async function runNamed(name: string, context: CommandContext, argv: readonly string[]): Promise<ExitCode> {
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (!load) {
    const what = name.startsWith('-') ? 'option' : 'command'
    throw usageError(
      `unknown ${what} "${name}".${suggestion(name, COMMAND_NAMES)} Run \`halcyon help\` for the list of commands.`,
    )
  }
  const { command } = await load()
  return (await command.run({ ...context, argv })) ?? EXIT.done
}
