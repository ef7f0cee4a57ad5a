import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { climateDateOf } from '../domain/climate-day.ts'
import { OperatingError, usageError } from '../domain/operating-error.ts'
import { openDataFolder } from '../evaluation/data-files.ts'
import { edgeLines, formatEdges } from '../evaluation/edge-rows.ts'
import { readMarketHistory } from '../evaluation/market-history.ts'
import { evaluateRows } from '../evaluation/rows.ts'
import { inputGatherer } from '../evaluation/variants.ts'
import { readWalkForward, walkForward } from '../evaluation/walk-forward.ts'
import { readWeatherHistory } from '../evaluation/weather-history.ts'
import { BUNDLED_MODEL, loadPackage } from '../inference/package.ts'
import { openScorer } from '../inference/scorer.ts'
import { persistenceForecast } from '../weather/persistence.ts'
import { TRAINING_HOURS } from '../weather/training-matrix.ts'
import type { CommandContext } from './command.ts'
import type { ModelsValues } from './models.ts'
import type { Written } from './models-data.ts'
import { dateOption } from './models-evaluate.ts'

/** The cities of trading rules §8 that have a classifier. */
const EDGE_CITIES = ['chicago', 'denver'] as const
const FILE = 'edges.csv.gz'

/**
 * Every weather-edge signal of the recorded markets, with what was known when it fired and whether it won. On the days that
 * the package was trained on, its walk-forward predictions stand for it. Later days judge the package: they are read only
 * where `--to` names them.
 *
 * @throws OperatingError where no signal is left to learn from
 */
export async function writeEdges(context: CommandContext, values: ModelsValues): Promise<Written> {
  const path = (name: 'data' | 'predictions' | 'package' | 'out', usual?: string): string => {
    const value = values[name] ?? usual
    if (typeof value !== 'string') throw usageError(`halcyon models: training-edges needs --${name}.`)
    return resolve(context.cwd, value)
  }
  const asked = dateOption('to', typeof values.to === 'string' ? values.to : undefined)
  const data = openDataFolder(path('data'))
  const loaded = await loadPackage(path('package', BUNDLED_MODEL))
  const table = readWalkForward(path('predictions'))
  const weather = readWeatherHistory(data)
  const markets = readMarketHistory(data)
  const { id, training } = loaded.manifest
  const to = asked ?? climateDateOf(training.to)
  const [from] = markets.events.map(({ date }) => date).sort()
  if (from === undefined || from > to) throw nothingFound(data.path('kalshi-markets'), to, 'no recorded market')
  const scorer = await openScorer(loaded, context.world.transport)
  const { rows, skipped } = await evaluateRows({
    packages: [walkForward({ id, scorer }, table, { trainedTo: training.to })],
    weather,
    markets,
    gatherer: inputGatherer(weather, persistenceForecast),
    variants: ['as-of', 'widened'],
    cities: EDGE_CITIES,
    hours: TRAINING_HOURS,
    from,
    to,
    signal: context.signal,
  }).finally(() => scorer.release())
  for (const { reason, count } of skipped) context.stderr.write(`left out ${count} × ${reason}\n`)
  const lines = edgeLines(rows, id)
  if (lines.length === 0) throw nothingFound(data.path('kalshi-markets'), to, 'no signal')
  const folder = path('out', 'models/training/data')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, FILE), formatEdges(lines))
  return { folder, files: [FILE], rows: lines.length }
}

const nothingFound = (folder: string, to: string, what: string): OperatingError =>
  new OperatingError(
    `${folder} has ${what} up to ${to} in ${EDGE_CITIES.join(' or ')}. Name another folder by --data, or later days by --to once they have judged the package; nothing was written.`,
  )
