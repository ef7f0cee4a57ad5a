import { dirname, join } from 'node:path'
import type { TransportClock } from '../clock/clock.ts'
import type { CityKey } from '../domain/city.ts'
import { addDays, type ClimateDate, climateDateOf } from '../domain/climate-day.ts'
import { usageError } from '../domain/operating-error.ts'
import { loadPackage, type ModelPackage } from '../inference/package.ts'
import { openScorer, type Scorer } from '../inference/scorer.ts'
import { persistenceForecast } from '../weather/persistence.ts'
import { openDataFolder, type UsedFile } from './data-files.ts'
import type { SkippedEvent } from './market-events.ts'
import { readMarketHistory } from './market-history.ts'
import type { EvaluatedRow, InputVariant } from './row.ts'
import { evaluateRows } from './rows.ts'
import { createTally, type SkipCount } from './tally.ts'
import { inputGatherer } from './variants.ts'
import { readWeatherHistory, type WeatherHistory } from './weather-history.ts'

export interface CollectOptions {
  readonly dataFolder: string
  readonly packageFolder: string
  readonly variants: readonly InputVariant[]
  readonly cities: readonly CityKey[]
  readonly hours: readonly number[]
  /** By default the day after the package's training window. */
  readonly from?: ClimateDate | undefined
  /** By default the last day with an official high. */
  readonly to?: ClimateDate | undefined
  readonly transport: TransportClock
  readonly onDay?: (date: ClimateDate, rowCount: number) => void
  readonly signal?: AbortSignal
}

export interface PackageInfo {
  readonly id: string
  readonly version: string
  readonly manifestHash: string
  readonly trainedFrom: string
  readonly trainedTo: string
  readonly servedHours: { readonly from: number; readonly to: number } | null
}

/** All that a report, a blend or a simulation is made of. */
export interface Collected {
  readonly rows: readonly EvaluatedRow[]
  readonly judged: PackageInfo
  readonly baselines: readonly PackageInfo[]
  readonly from: ClimateDate
  readonly to: ClimateDate
  /** Days of the range that the judged package has learned from. */
  readonly inSampleDays: number
  readonly files: readonly UsedFile[]
  readonly absent: readonly string[]
  readonly skipped: readonly SkipCount[]
  readonly markets: {
    readonly events: number
    readonly reconstructed: number
    readonly trades: number
  }
}

/**
 * Asks a package and the baselines that its manifest names, which lie beside it, about every day of a data folder.
 *
 * @throws OperatingError where the folder, a file, a line or a package does not hold, or no day is left to judge on
 */
export async function collectRows(options: CollectOptions): Promise<Collected> {
  const data = openDataFolder(options.dataFolder)
  const judged = await loadPackage(options.packageFolder)
  const packages = [judged]
  for (const id of judged.manifest.baselines ?? []) packages.push(await loadPackage(join(dirname(judged.folder), id)))
  const weather = readWeatherHistory(data)
  const { from, to } = window(options, judged, weather)
  const markets = readMarketHistory(data)
  const scorers: Scorer[] = []
  try {
    for (const loaded of packages) scorers.push(await openScorer(loaded, options.transport))
    const { rows, skipped } = await evaluateRows({
      ...options,
      packages: packages.map(({ manifest }, index) => ({ id: manifest.id, scorer: scorers[index] as Scorer })),
      weather,
      markets,
      gatherer: inputGatherer(weather, persistenceForecast),
      from,
      to,
    })
    if (rows.length === 0) {
      const why = skipped.map(({ reason, count }) => `${count} × ${reason}`).join('; ')
      throw usageError(
        `${options.dataFolder}: nothing can be scored from ${from} to ${to} (${why || 'no day'}). Name other days, cities or --inputs.`,
      )
    }
    const isAsked = ({ date, city }: { readonly date: ClimateDate; readonly city: CityKey }): boolean =>
      date >= from && date <= to && options.cities.includes(city)
    const isSkipAsked = ({ date, city }: SkippedEvent): boolean =>
      date === undefined || city === undefined || isAsked({ date, city })
    const events = markets.events.filter(isAsked)
    const leftOut = createTally()
    for (const { reason } of markets.skipped.filter(isSkipAsked)) leftOut.add(reason)
    const [info, ...baselines] = packages.map(infoOf) as [PackageInfo, ...PackageInfo[]]
    return {
      rows,
      judged: info,
      baselines,
      from,
      to,
      inSampleDays: new Set(rows.map(({ date }) => date).filter((date) => date <= info.trainedTo)).size,
      files: data.used(),
      absent: data.absent,
      skipped: [...skipped, ...leftOut.counts()],
      markets: {
        events: events.length,
        reconstructed: events.filter((event) => event.isReconstructed).length,
        trades: markets.tradeCount,
      },
    }
  } finally {
    for (const scorer of scorers) await scorer.release()
  }
}

function window(
  options: CollectOptions,
  judged: ModelPackage,
  weather: WeatherHistory,
): { readonly from: ClimateDate; readonly to: ClimateDate } {
  const first = weather.dates[0]
  const last = weather.dates.at(-1)
  if (first === undefined || last === undefined) {
    throw usageError(
      `${options.dataFolder} holds no official high of any of our cities. Name another folder by --data.`,
    )
  }
  const trainedTo = climateDateOf(judged.manifest.training.to)
  const usual = addDays(trainedTo, 1) < first ? first : addDays(trainedTo, 1)
  const from = options.from ?? usual
  const to = options.to ?? last
  if (from <= to) return { from, to }
  throw usageError(
    options.from === undefined
      ? `${judged.manifest.id} has learned from the days up to ${trainedTo}, and the days asked for end at ${to}. Name a --from to score it on days that it knows; the report then says so.`
      : `--from ${from} is after ${options.to === undefined ? `the last day of the data, ${to}` : `--to ${to}`}. Name an earlier day.`,
  )
}

const infoOf = ({ manifest, manifestHash }: ModelPackage): PackageInfo => ({
  id: manifest.id,
  version: manifest.version,
  manifestHash,
  trainedFrom: manifest.training.from,
  trainedTo: manifest.training.to,
  servedHours: manifest.servedHours ?? null,
})
