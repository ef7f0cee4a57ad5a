import type { ExitCode } from '../domain/operating-error.ts'
import type { CommandContext, OptionValues } from './command.ts'

/** The actions of `halcyon models` that read the ledger. Loaded when they are asked for: they bring the database's driver. */
export const LEDGER_USAGE = `  export-training --out <folder> [--database-url <url> | --database-folder <folder>] [--config <file>]
      Writes what the daemon has stored as training data, in the layout of models/training/data: issued forecasts, station
      readings and settled highs that an account that is no play has seen; the rest is counted by reason. The folder is new,
      empty, or an earlier export. JSON: {"folder":"…","files":[…],"rows":{…},"excluded":[{"reason":"…","count":1}],"days":{…}}`

export const LEDGER_OPTIONS = {
  config: { type: 'string' },
  set: { type: 'string', multiple: true },
  'database-url': { type: 'string' },
  'database-folder': { type: 'string' },
  since: { type: 'string' },
} as const

type Action = (context: CommandContext, values: OptionValues) => Promise<ExitCode>

export const LEDGER_ACTIONS: Readonly<Record<string, Action>> = {
  'export-training': async (context, values) => (await import('./models-export.ts')).exportTraining(context, values),
}
