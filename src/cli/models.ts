import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { EXIT, type ExitCode, OperatingError, usageError } from '../domain/operating-error.ts'
import { recheckInChild } from '../inference/import/run-child.ts'
import { type AnyPackage, GENERIC_KIND, loadAnyPackage, loadPackage } from '../inference/package.ts'
import { openScorer } from '../inference/scorer.ts'
import { openSession } from '../inference/session.ts'
import { type Command, type CommandContext, type OptionValues, parseOptions, printJson } from './command.ts'
import { type Written, writeBundle, writeMatrix, writeRiseTable, writeTable } from './models-data.ts'
import { checkFile, importModel } from './models-import.ts'
import { LEDGER_ACTIONS, LEDGER_OPTIONS, LEDGER_USAGE } from './models-ledger.ts'
import { findPackage, predictRows, showPackage } from './models-look.ts'

const USAGE = `Usage: halcyon models <action> [options]

  list [--models models]
      The packages there are, each with hash, hours, training window and scores. JSON: {"packages":[{"id":"…",…}]}
  verify <package folder or id>
      Form, hash, features, names and every golden row, as the daemon does at its start, and the checks of an import.
      JSON: {"id":"…","version":"…","manifestHash":"…","goldenRows":32}
  verify <file.onnx> [options of import but --id and --out]
      The checks of an import alone. JSON: {"file":"…","sourceSha256":"…","rewrites":["…"],"output":{…},"goldenRows":24,…}
  show <package folder or id>
      What is known of one package. JSON: {"folder":"…","manifestHash":"…","goldenRows":32,"goldenOrigin":"…","manifest":{…}}
  predict <package folder or id> --row 1,2,,4 | --rows <file.json>
      Rows by hand, in the order of the features, empty or null where missing. The file is a list of rows or an object
      with "inputs". JSON: {"id":"…","output":{…},"rows":[[…]]}
  import <file.onnx> --id <name> [--kind generic|delta-distribution|edge-binary|nfl-winprob] [--reference <file.json>]
         [--manifest <file.json>] [--output <name>] [--columns <n>] [--tolerance 1e-5] [--out models]
      Checks a model of your own in a process with limits, rewrites what onnxruntime would misread, and writes it as a
      package. The reference holds "inputs" and what the training library answered ("author_native_predictions") or
      onnxruntime did ("onnxruntime_outputs"). Other kinds than generic also need --manifest with what the file cannot
      tell (models/README.md). JSON: {"id":"…","folder":"…","rewrites":["…"],"goldenRows":24,"goldenOrigin":"…",…}

  evaluate --data <folder> [--package models/high-ordinal-2] [--inputs as-of,widened,archive,strict] [--from <date>]
           [--to <date>] [--hours -4,5,8.5,11,14,17] [--cities new_york,…] [--out <folder>]
      What a package would have said on the days of <folder>/weather, against its baselines and, where <folder>/kalshi-markets
      has trades, the market at the same instants. By default from the day after its training window to the last day there
      is. --out writes evaluation.json, evaluation.md and plots. JSON: {"judged":{…},"scores":[{"group":{…},…}],…}

  training-matrix --out <folder> [--data models/training/data] [--to 2024-09-30]
      Computes the features of every training row from the training table and writes matrix.csv.gz and matrix.json,
      which models/training/train.py fits.
  training-table --weather <folder> [--out models/training/data]
      Makes the training table from the public weather archives (models/training/data/PROVENANCE.md names them).
  diurnal-rise --weather <folder> [--out src/weather]
      Makes the typical rise by city, month and hour that a feature reads: a change of it needs new model packages.
  training-edges --data <folder> --predictions <out-of-fold.csv.gz> [--package models/high-ordinal-2] [--to <date>]
                 [--out models/training/data]
      Makes the table that the edge classifiers learn from: the weather-edge signals of recorded markets and how they ended,
      up to the end of the package's training window: later days judge the package, and are read where --to names them.
  bundle-day --weather <folder> --date 2024-12-17 [--out src/weather/recorded/2024-12-17]
      Makes the weather of a played day from the same archives.
      JSON of these five: {"folder":"…","files":["…"],"rows":26206}
${LEDGER_USAGE}

  --json   one JSON document on standard output
`

const OPTIONS = {
  models: { type: 'string' },
  data: { type: 'string' },
  weather: { type: 'string' },
  out: { type: 'string' },
  date: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  inputs: { type: 'string' },
  hours: { type: 'string' },
  cities: { type: 'string' },
  id: { type: 'string' },
  kind: { type: 'string' },
  reference: { type: 'string' },
  manifest: { type: 'string' },
  output: { type: 'string' },
  columns: { type: 'string' },
  tolerance: { type: 'string' },
  package: { type: 'string' },
  predictions: { type: 'string' },
  row: { type: 'string' },
  rows: { type: 'string' },
  json: { type: 'boolean' },
  ...LEDGER_OPTIONS,
} as const

/** The actions that speak of one package or file. */
const NAMED = ['verify', 'show', 'predict', 'import']

export type ModelsValues = OptionValues

type Action = (
  context: CommandContext,
  values: ModelsValues,
  folder: string | undefined,
) => ExitCode | Promise<ExitCode>

const ACTIONS: Readonly<Record<string, Action>> = {
  list: listPackages,
  verify: verifyPackage,
  show: showPackage,
  predict: predictRows,
  import: importModel,
  evaluate: async (context, values) => (await import('./models-evaluate.ts')).evaluateModel(context, values),
  'training-matrix': (context, values) => reportWritten(context, values, writeMatrix(context, values)),
  'training-table': (context, values) => reportWritten(context, values, writeTable(context, values)),
  'diurnal-rise': (context, values) => reportWritten(context, values, writeRiseTable(context, values)),
  'training-edges': async (context, values) =>
    reportWritten(context, values, await (await import('./models-edges.ts')).writeEdges(context, values)),
  ...LEDGER_ACTIONS,
  'bundle-day': (context, values) => reportWritten(context, values, writeBundle(context, values)),
}

export const command: Command = {
  name: 'models',
  summary:
    'List, verify, show, ask, import and evaluate model packages; make training data and the weather of a played day',
  usage: USAGE,
  async run(context): Promise<ExitCode> {
    const { values, positionals } = parseOptions(this, context.argv, OPTIONS, { min: 1, max: 2, what: 'action' })
    const [name = '', folder] = positionals
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined
    if (action === undefined) {
      throw usageError(`halcyon models: unknown action "${name}". Expected one of ${Object.keys(ACTIONS).join(', ')}.`)
    }
    if (folder !== undefined && !NAMED.includes(name)) {
      throw usageError(`halcyon models: unexpected argument "${folder}". Run \`halcyon help models\` for its usage.`)
    }
    return action(context, values, folder)
  },
}

async function listPackages(context: CommandContext, values: ModelsValues): Promise<ExitCode> {
  const root = resolve(context.cwd, typeof values.models === 'string' ? values.models : 'models')
  const packages: AnyPackage[] = []
  for (const folder of packageFolders(root)) packages.push(await loadAnyPackage(folder))
  const rows = packages.map(({ folder, manifest, manifestHash }) => ({
    id: manifest.id,
    version: manifest.version,
    kind: manifest.kind,
    folder,
    manifestHash,
    servedHours: manifest.servedHours ?? null,
    trainedFrom: manifest.training?.from ?? null,
    trainedTo: manifest.training?.to ?? null,
    validUntil: manifest.validUntil ?? null,
  }))
  if (values.json === true) printJson(context, { packages: rows })
  else if (rows.length === 0) context.stdout.write(`No model package in ${root}.\n`)
  for (const row of values.json === true ? [] : rows) {
    const hash = row.manifestHash.slice(0, 12)
    if (row.kind === GENERIC_KIND) {
      context.stdout.write(`${row.id} ${row.version}  ${row.kind}  only looked at, never served  ${hash}\n`)
      continue
    }
    const hours = row.servedHours ? `served at hours ${row.servedHours.from} to ${row.servedHours.to}` : 'served always'
    context.stdout.write(
      `${row.id} ${row.version}  ${row.kind}  ${hours}  trained ${row.trainedFrom} to ${row.trainedTo}  valid until ${row.validUntil}  ${hash}\n`,
    )
  }
  return EXIT.done
}

/** Folders below `root` that hold a manifest. */
function packageFolders(root: string): readonly string[] {
  try {
    return readdirSync(root, { withFileTypes: true })
      .filter(
        (entry) =>
          entry.isDirectory() &&
          !entry.name.startsWith('.') &&
          readdirSync(join(root, entry.name)).includes('manifest.json'),
      )
      .map((entry) => join(root, entry.name))
      .sort()
  } catch (error) {
    throw new OperatingError(
      `${root} cannot be read as a folder of model packages. Name one by --models; the project's own is models.`,
      EXIT.usage,
      { cause: error },
    )
  }
}

async function verifyPackage(
  context: CommandContext,
  values: ModelsValues,
  name: string | undefined,
): Promise<ExitCode> {
  if (name?.endsWith('.onnx')) return checkFile(context, values, name)
  const loaded = await findPackage(context, values, { action: 'verify', name })
  const { manifest, manifestHash } = loaded
  const { id, version } = manifest
  const goldenRows = await verifiedRows(context, loaded)
  await recheckInChild(loaded, { transport: context.world.transport, signal: context.signal })
  const origin = loaded.golden.origin === 'onnxruntime' ? " (onnxruntime's own answers)" : ''
  if (values.json === true) printJson(context, { id, version, manifestHash, goldenRows })
  else context.stdout.write(`${id} ${version} holds: ${goldenRows} golden rows agree${origin}. Hash ${manifestHash}\n`)
  return EXIT.done
}

/** A package of daily highs as the daemon opens it, any other one by its session alone. */
async function verifiedRows(context: CommandContext, { folder, manifest }: AnyPackage): Promise<number> {
  const opened =
    manifest.kind === 'delta-distribution'
      ? await openScorer(await loadPackage(folder), context.world.transport)
      : await openSession(await loadAnyPackage(folder))
  await opened.release()
  return opened.goldenRows
}

function reportWritten(context: CommandContext, values: ModelsValues, written: Written): ExitCode {
  if (values.json === true) printJson(context, written)
  else {
    const rows = written.rows === undefined ? '' : ` (${written.rows} rows)`
    context.stdout.write(`Wrote ${written.files.join(', ')} to ${written.folder}${rows}\n`)
  }
  return EXIT.done
}
