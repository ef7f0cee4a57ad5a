import { basename } from 'node:path'
import { loadConfig } from '../config/load.ts'
import { CITY_KEYS } from '../domain/city.ts'
import { EXIT, type ExitCode, OperatingError, usageError } from '../domain/operating-error.ts'
import { type BlendReport, blendReport } from '../evaluation/blend.ts'
import { type BlendSample, samplesOf } from '../evaluation/blend-sample.ts'
import { type BlendSubject, blendText } from '../evaluation/blend-text.ts'
import type { Collected } from '../evaluation/collect.ts'
import { decimal, hourLabel } from '../evaluation/report-text.ts'
import type { InputVariant } from '../evaluation/row.ts'
import { settledInstants } from '../ledger/blend-queries.ts'
import { databaseSettingsOf } from '../ledger/settings.ts'
import { readLedger } from '../ledger/status.ts'
import { median } from '../weather/features-sources.ts'
import { type CommandContext, type OptionValues, printJson } from './command.ts'
import { collectAsked, dateOption, listOption } from './models-evaluate.ts'

/** What a blend is estimated from, and what a reader has to know of it. */
interface BlendSource {
  readonly kind: 'history' | 'ledger'
  readonly samples: readonly BlendSample[]
  readonly subject: BlendSubject
  /** Input variants, or whether plays count. */
  readonly about: Readonly<Record<string, unknown>>
  readonly notes: readonly string[]
}

/** The weight of a package against the market by city and hour, from history or from the ledger. Applies nothing. */
export async function showBlend(context: CommandContext, values: OptionValues): Promise<ExitCode> {
  const isLedger = values.ledger === true
  if (isLedger === (typeof values.data === 'string')) {
    throw usageError(
      'halcyon models: blend needs either --data <folder> with weather/ and kalshi-markets/, or --ledger for what the daemon has stored.',
    )
  }
  const source = isLedger ? await fromLedger(context, values) : await fromHistory(context, values)
  const { samples, subject, notes } = source
  const report = blendReport(samples)
  if (values.json === true) printJson(context, documentOf(source, report))
  else context.stdout.write(`${[blendText(report, subject), ...notes].join('\n\n')}\n`)
  return EXIT.done
}

const documentOf = ({ kind, subject, about, notes }: BlendSource, report: BlendReport) => ({
  package: subject.packageId,
  from: subject.from,
  to: subject.to,
  source: kind,
  ...about,
  isApplied: false,
  notes,
  ...report,
  ...(subject.unfit === undefined ? {} : { proposal: null }),
})

const HOUR_MS = 3_600_000
const HONEST_INPUTS = 'as-of,widened'
/** What a weight of these inputs would rest on, and trading does not have. */
const UNFIT: Partial<Record<InputVariant, string>> = {
  archive: 'archived forecasts know the first hours of their own day',
  strict: 'strict inputs lack the forecasts that trading has',
}

async function fromHistory(context: CommandContext, values: OptionValues): Promise<BlendSource> {
  const asked = typeof values.inputs === 'string' ? values.inputs : HONEST_INPUTS
  const { collected, variants } = await collectAsked(context, { ...values, inputs: checkInputs(asked) }, 'blend')
  const { rows, judged, from, to, inSampleDays, skipped } = collected
  const unfit = variants.flatMap((variant) => UNFIT[variant] ?? [])[0]
  const notes = [
    ...(inSampleDays === 0
      ? []
      : [`${inSampleDays} of the days are within what ${judged.id} was fitted to: their weights flatter it.`]),
    ...(unfit === undefined ? [] : [`No weight to trade by: ${unfit}.`]),
    ...priceAges(rows),
    ...(skipped.length === 0
      ? []
      : [`Left out: ${skipped.map(({ reason, count }) => `${count} × ${reason}`).join('; ')}.`]),
  ]
  const subject = { packageId: judged.id, source: `${variants.join(' and ')} inputs`, from, to, unfit }
  return { kind: 'history', samples: samplesOf(rows, judged.id), subject, about: { inputs: variants }, notes }
}

/** Recorded prices are last trades, and a live book is not as old: where they are old, the weight is too high for it. */
function priceAges(rows: Collected['rows']): readonly string[] {
  const aged = rows.flatMap(({ decisionHour, event }) =>
    event?.market === undefined || event.priceAgeMs === null ? [] : [{ decisionHour, ageMs: event.priceAgeMs }],
  )
  if (aged.length === 0) return []
  const byHour = [...Map.groupBy(aged, ({ decisionHour }) => decisionHour)].sort(([a], [b]) => a - b)
  const told = byHour.map(
    ([hour, of]) => `${hourLabel(hour)} ${decimal(median(of.map(({ ageMs }) => ageMs)) / HOUR_MS, 1)} h`,
  )
  return [
    `Median age of the market's prices: ${told.join(', ')}. Where they are old, the weight is too high for a live book.`,
  ]
}

/** A decision has one kind of inputs or the other of these two, but would be counted twice with any further kind. */
function checkInputs(asked: string): string {
  const words = asked.split(',').map((word) => word.trim())
  if (words.length === 1 || words.every((word) => HONEST_INPUTS.split(',').includes(word))) return asked
  throw usageError(
    `halcyon models: blend --inputs is "${asked}". Expected as-of, widened or both, or archive or strict alone: a weight is for one kind of inputs.`,
  )
}

async function fromLedger(context: CommandContext, values: OptionValues): Promise<BlendSource> {
  for (const flag of ['inputs', 'hours']) {
    if (values[flag] !== undefined)
      throw usageError(`halcyon models: blend --ledger takes no --${flag}; it has what was stored.`)
  }
  const textOf = (name: string): string | undefined => (typeof values[name] === 'string' ? values[name] : undefined)
  const withPlays = values.plays === true
  const asked = { from: dateOption('from', textOf('from')), to: dateOption('to', textOf('to')), withPlays }
  const cities = listOption('cities', textOf('cities'), CITY_KEYS)
  const { config } = await loadConfig({ cwd: context.cwd, env: context.env, flags: values })
  const settings = await databaseSettingsOf(config.database)
  const { instants, leftOut } = await readLedger(context.world, settings, (orm) => settledInstants(orm, asked))
  const { ofPlays, notIssued, notSettled } = leftOut
  const left = `Left out: ${ofPlays} hours of plays, ${notIssued} on forecasts or readings that nobody issued, ${notSettled} of events without one winner so far.`
  const here = instants.filter(({ city }) => cities.includes(city))
  const packageId = packageOf(
    here.map(({ modelId }) => modelId),
    textOf('package'),
  )
  const samples = here.filter(({ modelId }) => modelId === packageId)
  const dates = samples.map(({ date }) => date).sort()
  const [from] = dates
  const to = dates.at(-1)
  if (packageId === undefined || from === undefined || to === undefined) {
    throw new OperatingError(
      `The ledger holds no settled event at which ${packageId ?? 'a model'} and the market both had a probability. ${left} Let the daemon run until an event has settled, or add --plays.`,
    )
  }
  const subject = { packageId, source: `the ledger${withPlays ? ', plays included' : ''}`, from, to }
  return { kind: 'ledger', samples, subject, about: { withPlays, leftOut }, notes: [left] }
}

/** The one that was asked for, or the only one there is. */
function packageOf(stored: readonly string[], asked: string | undefined): string | undefined {
  if (asked !== undefined) return basename(asked)
  const ids = [...new Set(stored)].sort()
  if (ids.length < 2) return ids[0]
  throw usageError(`halcyon models: the ledger holds decisions of ${ids.join(', ')}. Name one of them by --package.`)
}
