import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { CITY_KEYS, type CityKey } from '../domain/city.ts'
import { type ClimateDate, parseClimateDate } from '../domain/climate-day.ts'
import { EXIT, type ExitCode, usageError } from '../domain/operating-error.ts'
import { type Collected, collectRows } from '../evaluation/collect.ts'
import { plotsMarkdown, plotsOf } from '../evaluation/plots.ts'
import { documentJson, evaluationDocument } from '../evaluation/report.ts'
import { reportMarkdown, summaryText } from '../evaluation/report-text.ts'
import { INPUT_VARIANTS, type InputVariant } from '../evaluation/row.ts'
import { SECTIONS } from '../evaluation/sections.ts'
import { BUNDLED_MODEL } from '../inference/package.ts'
import type { CommandContext, OptionValues } from './command.ts'

/** Of the climate day's own clock: 20:00 of the day before, 05:00, 08:30, 11:00, 14:00, 17:00. */
const HOURS: readonly number[] = [-4, 5, 8.5, 11, 14, 17]
const PROGRESS_DAYS = 30

/** How a package did on the days of a data folder: tables as text, as JSON, and in a folder with all that belongs to them. */
export async function evaluateModel(context: CommandContext, values: OptionValues): Promise<ExitCode> {
  const folder = typeof values.out === 'string' ? resolve(context.cwd, values.out) : undefined
  if (folder !== undefined) makeFolder(folder)
  const { collected, ...asked } = await collectAsked(context, values, 'evaluate')
  const sections = []
  for (const section of SECTIONS) sections.push(await section(collected))
  const command = ['halcyon', 'models', ...context.argv].join(' ')
  const document = evaluationDocument(collected, { ...asked, command }, sections)
  const json = documentJson(document)
  if (folder !== undefined) {
    const plots = await plotsOf(document)
    const files = {
      'evaluation.json': json,
      'evaluation.md': reportMarkdown(document, [{ markdown: plotsMarkdown(plots) }, ...sections]),
      ...Object.fromEntries(plots.map(({ file, svg }) => [file, svg])),
    }
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    context.stderr.write(`Wrote ${Object.keys(files).join(', ')} to ${folder}\n`)
  }
  context.stdout.write(values.json === true ? json : summaryText(document))
  return EXIT.done
}

/** Before anything is computed: a folder that cannot be had is told at once. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw usageError(`halcyon models: the folder --out ${folder} cannot be made: ${reason}. Name another one.`)
  }
}

/** The rows that the options ask for, with progress on standard error. */
export async function collectAsked(
  context: CommandContext,
  values: OptionValues,
  action: string,
): Promise<{
  readonly collected: Collected
  readonly variants: readonly InputVariant[]
  readonly cities: readonly CityKey[]
  readonly hours: readonly number[]
}> {
  const text = (name: string): string | undefined => {
    const value = values[name]
    return typeof value === 'string' ? value : undefined
  }
  const data = text('data')
  if (data === undefined) {
    throw usageError(
      `halcyon models: ${action} needs --data <folder> with weather/ and, where there are markets, kalshi-markets/.`,
    )
  }
  const variants = listOption('inputs', text('inputs'), INPUT_VARIANTS)
  const cities = listOption('cities', text('cities'), CITY_KEYS)
  const hours = hoursOption(text('hours'))
  let days = 0
  const collected = await collectRows({
    dataFolder: resolve(context.cwd, data),
    packageFolder: resolve(context.cwd, text('package') ?? BUNDLED_MODEL),
    variants,
    cities,
    hours,
    from: dateOption('from', text('from')),
    to: dateOption('to', text('to')),
    transport: context.world.transport,
    signal: context.signal,
    onDay(date, rowCount) {
      days++
      if (days % PROGRESS_DAYS === 0) context.stderr.write(`${date}: ${rowCount} decisions\n`)
    },
  })
  return { collected, variants, cities, hours }
}

/** Names with commas between; all of them where nothing is said. In the order of `choices`, each once. */
export function listOption<Choice extends string>(
  name: string,
  value: string | undefined,
  choices: readonly Choice[],
): readonly Choice[] {
  if (value === undefined) return choices
  const words = value.split(',').map((word) => word.trim())
  for (const word of words) {
    if ((choices as readonly string[]).includes(word)) continue
    throw usageError(`halcyon models: --${name} has "${word}". Expected one or more of ${choices.join(',')}.`)
  }
  return choices.filter((choice) => words.includes(choice))
}

function hoursOption(value: string | undefined): readonly number[] {
  if (value === undefined) return HOURS
  const hours = value.split(',').map((word) => (word.trim() === '' ? Number.NaN : Number(word)))
  if (hours.every((hour) => hour >= -24 && hour <= 24)) return [...new Set(hours)].sort((a, b) => a - b)
  throw usageError(
    `halcyon models: --hours is "${value}". Expected hours into the climate day from -24 to 24 with commas between, such as -4,8.5 for 20:00 of the day before and 08:30.`,
  )
}

export function dateOption(name: string, value: string | undefined): ClimateDate | undefined {
  if (value === undefined) return undefined
  const date = parseClimateDate(value)
  if (date === undefined)
    throw usageError(`halcyon models: --${name} is "${value}". Expected a date such as 2024-12-17.`)
  return date
}
