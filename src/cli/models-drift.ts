import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { loadConfig } from '../config/load.ts'
import { climateDateOf, parseClimateDate } from '../domain/climate-day.ts'
import { EXIT, type ExitCode, OperatingError, usageError } from '../domain/operating-error.ts'
import { DRIFT_DAYS_MIN, DRIFT_HOURS, type Drift, type DriftFigures, measureDrift } from '../evaluation/drift.ts'
import { type Promises, promisesOf } from '../evaluation/promises.ts'
import { cityLabel, decimal, hourLabel, interval } from '../evaluation/report-text.ts'
import { loadAnyPackage } from '../inference/package.ts'
import type { JudgedBooks, JudgedPrediction } from '../ledger/history.ts'
import { judgedPredictions } from '../ledger/history-queries.ts'
import { databaseSettingsOf } from '../ledger/settings.ts'
import { readLedger } from '../ledger/status.ts'
import { type CommandContext, type OptionValues, printJson } from './command.ts'

/** Before any market of a daily high. */
const EVER = climateDateOf('2000-01-01')

export interface PackageDrift extends Drift {
  readonly id: string
  readonly version: string
  /** Null where the package of that version is not here. */
  readonly promised: Promises | null
}

/** How far the packages that the daemon has predicted with have drifted from what they promised. */
export async function showDrift(context: CommandContext, values: OptionValues): Promise<ExitCode> {
  const asked = typeof values.package === 'string' ? values.package : undefined
  const since = sinceOf(values)
  const id = asked === undefined ? undefined : await packageIdOf(context, values, asked)
  const { config } = await loadConfig({ cwd: context.cwd, env: context.env, flags: values })
  const books = await readLedger(context.world, await databaseSettingsOf(config.database), (orm) =>
    judgedPredictions(orm, { since, hours: DRIFT_HOURS, ...(id === undefined ? {} : { model: { id: id.name } }) }),
  )
  if (books.predictions.length === 0) throw nothingJudged(books, id)
  const groups = Map.groupBy(books.predictions, (row) => `${row.modelId} ${row.modelVersion}`)
  const packages: PackageDrift[] = []
  for (const [, rows] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1))) {
    packages.push(await driftOf(context, values, rows))
  }
  const { leftOut } = books
  if (values.json === true) {
    const from = since === EVER ? null : since
    printJson(context, { since: from, hours: DRIFT_HOURS, daysNeeded: DRIFT_DAYS_MIN, leftOut, packages })
  } else context.stdout.write(`${packages.map(driftText).join('\n\n')}\n\n${leftOutText(leftOut)}`)
  return EXIT.done
}

function sinceOf({ since }: OptionValues) {
  if (since === undefined) return EVER
  const date = parseClimateDate(String(since))
  if (date === undefined) throw usageError(`halcyon models: --since expects a date such as 2026-03-01, not "${since}".`)
  return date
}

/** `isHere`: whether its folder is; a package that is gone may still be in the ledger. */
async function packageIdOf(
  context: CommandContext,
  values: OptionValues,
  asked: string,
): Promise<{ readonly name: string; readonly isHere: boolean }> {
  const candidates = [join(rootOf(context, values), asked), resolve(context.cwd, asked)]
  const folder = candidates.find((path) => existsSync(join(path, 'manifest.json')))
  if (folder === undefined) return { name: asked, isHere: false }
  return { name: (await loadAnyPackage(folder)).manifest.id, isHere: true }
}

const rootOf = (context: CommandContext, values: OptionValues): string =>
  resolve(context.cwd, typeof values.models === 'string' ? values.models : 'models')

function nothingJudged({ leftOut }: JudgedBooks, id: Awaited<ReturnType<typeof packageIdOf>> | undefined): Error {
  const { ofPlays, notIssued, notSettled } = leftOut
  const isKnown = ofPlays + notIssued + notSettled > 0
  if (id !== undefined && !id.isHere && !isKnown) {
    return usageError(
      `halcyon models: there is no package "${id.name}", neither in the folder of packages nor in the ledger. Run \`halcyon models list\` for those that are here.`,
    )
  }
  const of = id === undefined ? '' : ` of ${id.name}`
  return new OperatingError(
    `The ledger holds no prediction${of} of a day that has settled, so nothing can be said of drift. ${leftOutText(leftOut).trim()} Let the daemon run on a venue that is no play.`,
  )
}

async function driftOf(
  context: CommandContext,
  values: OptionValues,
  rows: readonly JudgedPrediction[],
): Promise<PackageDrift> {
  const [first] = rows
  const { modelId: id = '', modelVersion: version = '' } = first ?? {}
  const folder = join(rootOf(context, values), id)
  const loaded = existsSync(join(folder, 'manifest.json')) ? await loadAnyPackage(folder) : undefined
  const promised = loaded?.manifest.version === version ? promisesOf(loaded.manifest) : null
  const drift = measureDrift(rows) ?? { verdict: 'notEnoughDays', reasons: [], figures: [] }
  return { id, version, promised, ...drift }
}

const VERDICTS: Readonly<Record<Drift['verdict'], string>> = {
  notEnoughDays: `Not enough days: ${DRIFT_DAYS_MIN} settled days are needed before anything can be said.`,
  noDrift: 'No drift shown.',
  drifted: 'It has drifted:',
}

/** As a table, with what the package had promised and the verdict. */
export function driftText({ id, version, verdict, reasons, figures, promised }: PackageDrift): string {
  const head = ['', 'days', 'n', 'temperature', 'log loss', 'CRPS °F', 'bias °F', 'in 90 %', 'promised', 'p']
  const rows = figures.map(cellsOf)
  const widths = head.map((cell, column) => Math.max(cell.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return [
    `${id} ${version}`,
    line(head),
    ...rows.map(line),
    ...(promised ? [promiseText(promised)] : ['Its package is not here: what it promised is not known.']),
    ...impossibleText(figures[0]?.impossible ?? 0),
    VERDICTS[verdict],
    ...reasons.map((reason) => `  ${reason}`),
  ].join('\n')
}

/** The temperature is fitted without them, and so looks better than the predictions were. */
const impossibleText = (count: number): readonly string[] =>
  count === 0
    ? []
    : [
        `${count} highs had no probability at all: no temperature mends that, so the one above leaves them out. Look at the readings of those days.`,
      ]

const cellsOf = (figures: DriftFigures): readonly string[] => [
  figures.hour === 'all' ? cityLabel(figures.city) : hourLabel(figures.hour),
  String(figures.days),
  String(figures.predictions),
  interval(figures.temperature, 2),
  interval(figures.logLoss, 3),
  interval(figures.crps, 2),
  interval(figures.bias, 2),
  interval(figures.coverage.share, 3),
  decimal(figures.coverage.promised, 3),
  decimal(figures.coverage.pValue, 3),
]

function promiseText({ temperature, logLoss, crps, coverage }: Promises): string {
  const figures = `log loss ${decimal(logLoss, 3)}, CRPS ${decimal(crps, 2)} °F, coverage ${decimal(coverage, 3)}`
  return `Promised out of fold, on its own inputs and hours: ${figures}. Its temperature is ${decimal(temperature, 2)}; the one above multiplies it.`
}

const leftOutText = ({ ofPlays, notIssued, notSettled }: JudgedBooks['leftOut']): string =>
  `Left out: ${ofPlays} predictions of plays, ${notIssued} on forecasts or readings that nobody issued, ${notSettled} of days without a settled high.\n`
