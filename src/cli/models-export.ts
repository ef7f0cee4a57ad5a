import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { loadConfig } from '../config/load.ts'
import { EXIT, type ExitCode, OperatingError, usageError } from '../domain/operating-error.ts'
import { type TrainingExport, trainingExport } from '../evaluation/ledger-export.ts'
import { weatherBooks } from '../ledger/history-queries.ts'
import { databaseSettingsOf } from '../ledger/settings.ts'
import { readLedger } from '../ledger/status.ts'
import { TABLE_FILES } from '../weather/training-table.ts'
import { type CommandContext, type OptionValues, printJson } from './command.ts'
import { EXPORT_MARK, EXPORT_ORIGIN, isLedgerExport } from './export-mark.ts'

export async function exportTraining(context: CommandContext, values: OptionValues): Promise<ExitCode> {
  if (typeof values.out !== 'string') throw usageError('halcyon models: --out <folder> is missing.')
  const folder = resolve(context.cwd, values.out)
  checkFolder(folder)
  const { config } = await loadConfig({ cwd: context.cwd, env: context.env, flags: values })
  const weather = await readLedger(context.world, await databaseSettingsOf(config.database), weatherBooks)
  const exported = trainingExport(weather)
  const { rows, excluded, days } = exported
  if (rows.forecasts + rows.readings + rows.highs === 0) {
    throw new OperatingError(
      `The ledger holds nothing to learn from${listOf(excluded)}. Let the daemon run on a venue that is no play, with weather.source "nws"; nothing was written.`,
    )
  }
  writeExport(folder, exported)
  const files = [...TABLE_FILES, EXPORT_MARK]
  if (values.json === true) printJson(context, { folder, files, rows, excluded, days: days ?? null })
  else context.stdout.write(`${textOf(folder, exported)}\n`)
  return EXIT.done
}

function checkFolder(folder: string): void {
  const refuse = (what: string): never => {
    throw usageError(`${folder} ${what}. Name a folder by --out that is new, empty, or an earlier export.`)
  }
  if (!existsSync(folder)) return
  if (!statSync(folder).isDirectory()) refuse('is no folder')
  const foreign = readdirSync(folder).filter(
    (name) => ![...TABLE_FILES, EXPORT_MARK].includes(name as typeof EXPORT_MARK),
  )
  if (foreign.length > 0) refuse(`holds other files (${foreign.slice(0, 3).join(', ')})`)
  if (readdirSync(folder).length > 0 && !isLedgerExport(folder)) refuse('holds training data of another origin')
}

function writeExport(folder: string, { files, rows, excluded, days }: TrainingExport): void {
  const hashes = TABLE_FILES.map((file) => [file, createHash('sha256').update(files[file]).digest('hex')])
  const mark = { origin: EXPORT_ORIGIN, days: days ?? null, rows, excluded, sha256: Object.fromEntries(hashes) }
  mkdirSync(folder, { recursive: true })
  // First: an export that was cut short is still one, and may be written again.
  writeFileSync(join(folder, EXPORT_MARK), `${JSON.stringify(mark, null, 2)}\n`)
  for (const file of TABLE_FILES) writeFileSync(join(folder, file), files[file])
}

function textOf(folder: string, { rows, excluded, days }: TrainingExport): string {
  const highs = days ? `${rows.highs} highs from ${days.from} to ${days.to}` : 'no high yet'
  return [
    `Wrote ${rows.forecasts} forecasts, ${rows.readings} readings and ${highs} to ${folder}`,
    ...excluded.map(({ reason, count }) => `  left out ${String(count).padStart(8)}  ${reason}`),
  ].join('\n')
}

const listOf = (excluded: TrainingExport['excluded']): string =>
  excluded.length === 0 ? '' : ` (${excluded.map(({ reason, count }) => `${count} ${reason}`).join('; ')})`
