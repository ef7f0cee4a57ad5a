import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { EXIT, type ExitCode, OperatingError, usageError } from '../domain/operating-error.ts'
import { loadPackage, type ModelPackage } from '../inference/package.ts'
import { openScorer } from '../inference/scorer.ts'
import { type Command, type CommandContext, parseOptions, printJson } from './command.ts'
import { type Written, writeBundle, writeMatrix, writeTable } from './models-data.ts'

const USAGE = `Usage: halcyon models <action> [options]

  list [--models models]
      The packages there are, each with hash, hours, training window and scores. JSON: {"packages":[{"id":"…",…}]}
  verify <package folder>
      Form, hash, features, names and every golden row, as the daemon does at its start.
      JSON: {"id":"…","version":"…","manifestHash":"…","goldenRows":32}

  training-matrix --out <folder> [--data models/training/data] [--to 2024-09-30]
      Computes the features of every training row from the training table and writes matrix.csv.gz and matrix.json,
      which models/training/train.py fits.
  training-table --weather <folder> [--out models/training/data]
      Makes the training table from the public weather archives (models/training/data/PROVENANCE.md names them).
  bundle-day --weather <folder> --date 2024-12-17 [--out src/weather/recorded/2024-12-17]
      Makes the weather of a played day from the same archives.
      JSON of these three: {"folder":"…","files":["…"],"rows":26206}

  --json   one JSON document on standard output
`

const OPTIONS = {
  models: { type: 'string' },
  data: { type: 'string' },
  weather: { type: 'string' },
  out: { type: 'string' },
  date: { type: 'string' },
  to: { type: 'string' },
  json: { type: 'boolean' },
} as const

export type ModelsValues = Readonly<Partial<Record<keyof typeof OPTIONS, unknown>>>

type Action = (
  context: CommandContext,
  values: ModelsValues,
  folder: string | undefined,
) => ExitCode | Promise<ExitCode>

const ACTIONS: Readonly<Record<string, Action>> = {
  list: listPackages,
  verify: verifyPackage,
  'training-matrix': (context, values) => reportWritten(context, values, writeMatrix(context, values)),
  'training-table': (context, values) => reportWritten(context, values, writeTable(context, values)),
  'bundle-day': (context, values) => reportWritten(context, values, writeBundle(context, values)),
}

export const command: Command = {
  name: 'models',
  summary: 'List and verify model packages; make training data and the weather of a played day',
  usage: USAGE,
  async run(context): Promise<ExitCode> {
    const { values, positionals } = parseOptions(this, context.argv, OPTIONS, { min: 1, max: 2, what: 'action' })
    const [name = '', folder] = positionals
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined
    if (action === undefined) {
      throw usageError(`halcyon models: unknown action "${name}". Expected one of ${Object.keys(ACTIONS).join(', ')}.`)
    }
    if (folder !== undefined && name !== 'verify') {
      throw usageError(`halcyon models: unexpected argument "${folder}". Run \`halcyon help models\` for its usage.`)
    }
    return action(context, values, folder)
  },
}

async function listPackages(context: CommandContext, values: ModelsValues): Promise<ExitCode> {
  const root = resolve(context.cwd, typeof values.models === 'string' ? values.models : 'models')
  const packages: ModelPackage[] = []
  for (const folder of packageFolders(root)) packages.push(await loadPackage(folder))
  const rows = packages.map(({ folder, manifest, manifestHash }) => ({
    id: manifest.id,
    version: manifest.version,
    kind: manifest.kind,
    folder,
    manifestHash,
    servedHours: manifest.servedHours ?? null,
    trainedFrom: manifest.training.from,
    trainedTo: manifest.training.to,
    validUntil: manifest.validUntil,
  }))
  if (values.json === true) printJson(context, { packages: rows })
  else if (rows.length === 0) context.stdout.write(`No model package in ${root}.\n`)
  for (const row of values.json === true ? [] : rows) {
    const hours = row.servedHours ? `served at hours ${row.servedHours.from} to ${row.servedHours.to}` : 'served always'
    context.stdout.write(
      `${row.id} ${row.version}  ${row.kind}  ${hours}  trained ${row.trainedFrom} to ${row.trainedTo}  valid until ${row.validUntil}  ${row.manifestHash.slice(0, 12)}\n`,
    )
  }
  return EXIT.done
}

/** Folders below `root` that hold a manifest. */
function packageFolders(root: string): readonly string[] {
  try {
    return readdirSync(root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && readdirSync(join(root, entry.name)).includes('manifest.json'))
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
  folder: string | undefined,
): Promise<ExitCode> {
  if (folder === undefined)
    throw usageError('halcyon models: verify needs a package folder, such as models/high-ordinal-1.')
  const loaded = await loadPackage(resolve(context.cwd, folder))
  const scorer = await openScorer(loaded, context.world.transport)
  await scorer.release()
  const { id, version } = loaded.manifest
  const { manifestHash, goldenRows } = scorer
  if (values.json === true) printJson(context, { id, version, manifestHash, goldenRows })
  else context.stdout.write(`${id} ${version} holds: ${goldenRows} golden rows agree. Hash ${manifestHash}\n`)
  return EXIT.done
}

function reportWritten(context: CommandContext, values: ModelsValues, written: Written): ExitCode {
  if (values.json === true) printJson(context, written)
  else {
    const rows = written.rows === undefined ? '' : ` (${written.rows} rows)`
    context.stdout.write(`Wrote ${written.files.join(', ')} to ${written.folder}${rows}\n`)
  }
  return EXIT.done
}
