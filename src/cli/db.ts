import { CONFIG_OPTIONS, CONFIG_USAGE } from '../config/flags.ts'
import { loadConfig } from '../config/load.ts'
import { EXIT, OperatingError, usageError } from '../domain/operating-error.ts'
import type { DatabaseSettings, DatabaseStatus, Reply } from '../ledger/protocol.ts'
import { databaseSettingsOf } from '../ledger/settings.ts'
import { databaseStatus, migrateDatabase } from '../ledger/status.ts'
import { type Command, type CommandContext, parseOptions, printJson } from './command.ts'

const ACTIONS = ['migrate', 'status'] as const

export const command: Command = {
  name: 'db',
  summary: 'Migrate the database, or look at it',
  usage: [
    'Usage: halcyon db migrate|status [--json] [options]',
    '',
    '  migrate  Bring the database up to this program; the daemon does it too when it starts',
    '  status   Say where the database is, its version, migrations, rows and newest sessions',
    '',
    'An embedded server that is not running is started for it and stopped again.',
    '',
    CONFIG_USAGE,
    '',
  ].join('\n'),
  async run(context) {
    const { values, positionals } = parseOptions(
      this,
      context.argv,
      { ...CONFIG_OPTIONS, json: { type: 'boolean' } },
      { min: 1, max: 1, what: 'action' },
    )
    const action = ACTIONS.find((name) => name === positionals[0])
    if (action === undefined) {
      throw usageError(`halcyon db: unknown action "${positionals[0]}". Expected one of ${ACTIONS.join(', ')}.`)
    }
    const { config } = await loadConfig({ cwd: context.cwd, env: context.env, flags: values })
    const settings = await databaseSettingsOf(config.database)
    const asJson = values.json === true
    if (action === 'migrate') await migrate(context, settings, asJson)
    else await status(context, settings, asJson)
    return EXIT.done
  },
}

function valueFrom<Value>(reply: Reply<Value>): Value {
  if (reply.ok) return reply.value
  const { failure } = reply
  throw new OperatingError(failure.message, failure.kind === 'failed' ? failure.exitCode : EXIT.failed)
}

async function migrate(context: CommandContext, settings: DatabaseSettings, asJson: boolean): Promise<void> {
  const applied = valueFrom(await migrateDatabase(context.world, settings))
  if (asJson) printJson(context, { applied })
  else if (applied.length === 0) context.stdout.write('The database is up to date.\n')
  else context.stdout.write(`Applied ${applied.join(', ')}.\n`)
}

async function status(context: CommandContext, settings: DatabaseSettings, asJson: boolean): Promise<void> {
  const found = valueFrom(await databaseStatus(context.world, settings))
  if (asJson) printJson(context, found === undefined ? { exists: false } : { exists: true, ...found })
  else if (found) context.stdout.write(describe(found))
  else context.stdout.write('There is no database yet: the first run makes it, or `halcyon db migrate`.\n')
}

function describe({ kind, where, serverVersion, migrations, rows, sessions }: DatabaseStatus): string {
  const listed = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.join(', '))
  return [
    `PostgreSQL ${serverVersion}${kind === 'embedded' ? ', embedded,' : ''} ${where}`,
    `Migrations applied: ${listed(migrations.applied)}; pending: ${listed(migrations.pending)}; unknown: ${listed(migrations.unknown)}`,
    ...Object.entries(rows).map(([table, count]) => `  ${table.padEnd(14)}${String(count).padStart(10)}`),
    ...sessions.map(
      ({ id, account, mode, status: state, startedAt, endedAt }) =>
        `  ${id}  ${mode}  ${state}  ${startedAt} … ${endedAt ?? ''}  ${account}`,
    ),
    '',
  ].join('\n')
}
