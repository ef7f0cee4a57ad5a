import { suggestion } from '../config/nearest.ts'
import { EXIT, usageError } from '../domain/operating-error.ts'
import { type Command, parseOptions } from './command.ts'
import { COMMAND_NAMES, COMMANDS } from './registry.ts'

const loadCommand = async (name: string): Promise<Command> => {
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (!load) {
    throw usageError(
      `there is no command "${name}" to explain.${suggestion(name, COMMAND_NAMES)} Run \`halcyon help\`.`,
    )
  }
  return (await load()).command
}

async function overview(): Promise<string> {
  const commands = await Promise.all(COMMAND_NAMES.map(loadCommand))
  const width = Math.max(...commands.map((command) => command.name.length))
  return [
    'Halcyon, a live trading runtime for Kalshi event markets.',
    '',
    'Usage: halcyon <command> [options]',
    '',
    ...commands.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`),
    '',
    'halcyon help <command> explains one of them; --json prints its result as one JSON document.',
    'Exit codes: 0 done, 1 failed, 2 bad usage or configuration, 3 halted by risk, 4 venue unreachable,',
    '5 invariant broken, 6 another daemon owns the account.',
    '',
  ].join('\n')
}

export const command: Command = {
  name: 'help',
  summary: 'List the commands, or explain one',
  usage: 'Usage: halcyon help [command]\n',
  async run(context) {
    const { positionals } = parseOptions(this, context.argv, {}, { max: 1, what: 'word' })
    const [name] = positionals
    const text = name === undefined ? await overview() : (await loadCommand(name)).usage
    context.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
    return EXIT.done
  },
}
