import type { ExitCode } from '../domain/operating-error.ts'
import type { CommandContext, OptionValues } from './command.ts'

/** The actions of `halcyon models` that read the ledger. Loaded when they are asked for: they bring the database's driver. */
export const LEDGER_USAGE = `  blend --data <folder> [--package models/high-ordinal-2] [--inputs as-of,widened] [--from <date>] [--to <date>] [--hours …]
        [--cities …]
  blend --ledger [--package <id>] [--plays] [--from <date>] [--to <date>] [--cities …]
        [--database-url <url> | --database-folder <folder>]
      The weight of the model against the market, by city and hour, with its interval; what it would have done walk-forward,
      and what each weight would have done. From recorded markets, or from what the daemon has decided and how it settled
      (--plays also counts accounts of plays). A proposal for weatherEv.modelWeight: nothing is applied.
      JSON: {"package":"…","isApplied":false,"estimates":[{"group":{…},"weight":{…},"walkForward":{…},"weights":[…]}],"proposal":{…}}
  export-training --out <folder> [--database-url <url> | --database-folder <folder>] [--config <file>]
      Writes what the daemon has stored as training data, in the layout of models/training/data: issued forecasts, station
      readings and settled highs that an account that is no play has seen; the rest is counted by reason. The folder is new,
      empty, or an earlier export. JSON: {"folder":"…","files":[…],"rows":{…},"excluded":[{"reason":"…","count":1}],"days":{…}}
  drift [--package <id or folder>] [--since 2026-03-01] [--models models] [--database-url <url> | --database-folder <folder>]
      How the predictions that the daemon has stored fit the highs on which their days settled, for each package, pooled and
      by city and hour: the temperature that would have calibrated them, log loss, CRPS, bias, coverage of the 90 % interval,
      PIT. Of each city and day the first prediction within the hours 20:00 (before), 05:00, 08:00 and 11:00 counts. Intervals
      are 90 %, over whole days. JSON: {"since":…,"hours":[…],"daysNeeded":30,"leftOut":{…},"packages":[{"id":"…",
      "version":"…","promised":{…},"verdict":"notEnoughDays|noDrift|drifted","reasons":[…],"figures":[…]}]}`

export const LEDGER_OPTIONS = {
  ledger: { type: 'boolean' },
  plays: { type: 'boolean' },
  config: { type: 'string' },
  set: { type: 'string', multiple: true },
  'database-url': { type: 'string' },
  'database-folder': { type: 'string' },
  since: { type: 'string' },
} as const

type Action = (context: CommandContext, values: OptionValues) => Promise<ExitCode>

export const LEDGER_ACTIONS: Readonly<Record<string, Action>> = {
  'export-training': async (context, values) => (await import('./models-export.ts')).exportTraining(context, values),
  blend: async (context, values) => (await import('./models-blend.ts')).showBlend(context, values),
  drift: async (context, values) => (await import('./models-drift.ts')).showDrift(context, values),
}
