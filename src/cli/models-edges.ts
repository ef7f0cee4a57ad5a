import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { OperatingError, usageError } from '../domain/operating-error.ts'
import { openDataFolder } from '../evaluation/data-files.ts'
import { edgeLines, formatEdges } from '../evaluation/edge-rows.ts'
import { readMarketHistory } from '../evaluation/market-history.ts'
import { type AskedPackage, evaluateRows } from '../evaluation/rows.ts'
import { inputGatherer } from '../evaluation/variants.ts'
import { readWalkForward, walkForward } from '../evaluation/walk-forward.ts'
import { readWeatherHistory } from '../evaluation/weather-history.ts'
import { loadPackage } from '../inference/package.ts'
import { openScorer } from '../inference/scorer.ts'
import { persistenceForecast } from '../weather/persistence.ts'
import { TRAINING_HOURS } from '../weather/training-matrix.ts'
import type { CommandContext } from './command.ts'
import type { ModelsValues } from './models.ts'
import type { Written } from './models-data.ts'

/** The cities of trading rules §8 that have a classifier. */
const EDGE_CITIES = ['chicago', 'denver'] as const
const FILE = 'edges.csv.gz'

/**
 * Every weather-edge signal of the recorded markets, with what was known when it fired and whether it won. On the days that
 * the package was trained on, its walk-forward predictions stand for it.
 */
export async function writeEdges(context: CommandContext, values: ModelsValues): Promise<Written> {
  const path = (name: 'data' | 'predictions' | 'package' | 'out', usual?: string): string => {
    const value = values[name] ?? usual
    if (typeof value !== 'string') throw usageError(`halcyon models: training-edges needs --${name}.`)
    return resolve(context.cwd, value)
  }
  const data = openDataFolder(path('data'))
  const loaded = await loadPackage(path('package', 'models/high-ordinal-2'))
  const table = readWalkForward(path('predictions'))
  const weather = readWeatherHistory(data)
  const markets = readMarketHistory(data)
  const [first, last] = [weather.dates[0], weather.dates.at(-1)]
  if (first === undefined || last === undefined) {
    throw new OperatingError(`${data.path('weather')} holds no official high. Name a folder that does by --data.`)
  }
  const scorer = await openScorer(loaded, context.world.transport)
  const { id, training } = loaded.manifest
  const asked: AskedPackage = walkForward({ id, scorer }, table, { trainedTo: training.to })
  const { rows } = await evaluateRows({
    packages: [asked],
    weather,
    markets,
    gatherer: inputGatherer(weather, persistenceForecast),
    variants: ['as-of', 'widened'],
    cities: EDGE_CITIES,
    hours: TRAINING_HOURS,
    from: markets.events.map(({ date }) => date).sort()[0] ?? first,
    to: last,
    signal: context.signal,
  })
  await scorer.release()
  const lines = edgeLines(rows, id)
  const folder = path('out', 'models/training/data')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, FILE), formatEdges(lines))
  return { folder, files: [FILE], rows: lines.length }
}
