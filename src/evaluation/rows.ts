import type { CityKey } from '../domain/city.ts'
import { addDays, type ClimateDate, climateDay } from '../domain/climate-day.ts'
import { OperatingError } from '../domain/operating-error.ts'
import { strikeHolds } from '../domain/strike.ts'
import type { Scorer } from '../inference/scorer.ts'
import type { WeatherInputs } from '../weather/inputs.ts'
import { bracketProbabilities, type HighDistribution } from '../weather/predict.ts'
import type { RecordedEvent } from './market-events.ts'
import type { MarketHistory } from './market-history.ts'
import { type EvaluatedEvent, type EvaluatedRow, INPUT_VARIANTS, type InputVariant } from './row.ts'
import { createTally, type SkipCount, type Tally } from './tally.ts'
import type { InputGatherer } from './variants.ts'
import type { WeatherHistory } from './weather-history.ts'

const HOUR_MS = 3_600_000

/** A package that is asked, by its id. The first of a request is the one that is judged; the others are its baselines. */
export interface AskedPackage {
  readonly id: string
  readonly scorer: Pick<Scorer, 'score'>
}

export interface EvaluationRequest {
  readonly packages: readonly AskedPackage[]
  readonly weather: WeatherHistory
  readonly markets?: MarketHistory | undefined
  readonly gatherer: InputGatherer
  readonly variants: readonly InputVariant[]
  readonly cities: readonly CityKey[]
  /** Local standard hours into the climate day, ascending. */
  readonly hours: readonly number[]
  /** Climate days, both included. */
  readonly from: ClimateDate
  readonly to: ClimateDate
  /** Told after every climate day. */
  readonly onDay?: (date: ClimateDate, rowCount: number) => void
  readonly signal?: AbortSignal
}

export interface EvaluatedRows {
  readonly rows: readonly EvaluatedRow[]
  /** City-days and decisions that gave no row, by reason. */
  readonly skipped: readonly SkipCount[]
}

/** The forecasts that were honest to know: a city has one kind or the other, and as-of comes first. */
const HONEST: readonly InputVariant[] = ['as-of', 'widened']

/**
 * Asks every package at every city, climate day, decision hour and input variant that the data has, in the order day, city,
 * hour, variant. A row is there where the judged package answered.
 */
export async function evaluateRows(request: EvaluationRequest): Promise<EvaluatedRows> {
  const rows: EvaluatedRow[] = []
  const tally = createTally()
  for (let date = request.from; date <= request.to; date = addDays(date, 1)) {
    if (request.signal?.aborted === true) throw new OperatingError(`Stopped before ${date}; nothing was written.`)
    for (const city of request.cities) {
      const event = request.markets?.event(city, date)
      const official = request.weather.highF(city, date)
      const highF = event?.settledHighF ?? official
      if (highF === undefined) {
        tally.add('day: no official high')
        continue
      }
      if (official !== undefined && official !== highF)
        tally.add('day: settled otherwise than the official high (kept)')
      for (const hour of request.hours) {
        rows.push(...(await rowsOfDecision(request, tally, { city, date, hour, highF, event })))
      }
    }
    request.onDay?.(date, rows.length)
  }
  return { rows, skipped: tally.counts() }
}

interface Decision {
  readonly city: CityKey
  readonly date: ClimateDate
  readonly hour: number
  readonly highF: number
  readonly event: RecordedEvent | undefined
}

async function rowsOfDecision(
  request: EvaluationRequest,
  tally: Tally,
  decision: Decision,
): Promise<readonly EvaluatedRow[]> {
  const { city, date, hour } = decision
  const asOfMs = climateDay(city, date).startMs + hour * HOUR_MS
  const rows: EvaluatedRow[] = []
  let isHonest = false
  for (const variant of INPUT_VARIANTS) {
    if (!request.variants.includes(variant) || (isHonest && HONEST.includes(variant))) continue
    const inputs = request.gatherer.gather({ city, date, asOfMs }, variant)
    if (inputs !== undefined) {
      isHonest ||= HONEST.includes(variant)
      const row = await rowOf(request, tally, { ...decision, variant, inputs })
      if (row !== undefined) rows.push(row)
    } else if (!HONEST.includes(variant)) tally.add(`decision: no ${variant} forecast yet`)
  }
  const asked = HONEST.filter((variant) => request.variants.includes(variant))
  if (asked.length > 0 && !isHonest) tally.add(`decision: no ${asked.join(' or ')} forecast yet`)
  const [first] = rows
  if (first?.event !== undefined && first.event.market === undefined) {
    tally.add('decision: too few brackets had traded for a market price (scored without)')
  }
  return rows
}

async function rowOf(
  request: EvaluationRequest,
  tally: Tally,
  decision: Decision & { readonly variant: InputVariant; readonly inputs: WeatherInputs },
): Promise<EvaluatedRow | undefined> {
  const { city, date, hour, highF, variant, inputs, event } = decision
  const distributions: Record<string, HighDistribution> = {}
  let row: Pick<EvaluatedRow, 'baseF' | 'forecastKind' | 'floorF'> | undefined
  for (const [index, { id, scorer }] of request.packages.entries()) {
    const score = await scorer.score(inputs, [])
    if (!score.ok) {
      tally.add(`decision: ${id} has no answer (${score.code})`)
      if (index === 0) return undefined
      continue
    }
    const { firstHighF, probabilities, baseF, forecastKind, floorF } = score.output
    distributions[id] = { firstHighF, probabilities }
    row ??= { baseF, forecastKind, ...(floorF === undefined ? {} : { floorF }) }
  }
  if (row === undefined) return undefined
  const { asOfMs } = inputs
  const base = { city, date, decisionHour: hour, asOfMs, variant, ...row, highF, distributions }
  if (event === undefined || request.markets === undefined) return base
  const evaluated = eventOf(request.markets, { event, asOfMs, highF, distributions })
  return { ...base, event: evaluated }
}

function eventOf(
  markets: MarketHistory,
  of: { readonly event: RecordedEvent } & Pick<EvaluatedRow, 'asOfMs' | 'highF' | 'distributions'>,
): EvaluatedEvent {
  const { event, asOfMs, highF, distributions } = of
  return {
    eventTicker: event.ticker,
    strikes: event.strikes,
    tickers: event.markets,
    winner: event.strikes.findIndex((strike) => strikeHolds(strike, highF)),
    brackets: Object.fromEntries(
      Object.entries(distributions).map(([id, high]) => [id, bracketProbabilities(high, event.strikes)]),
    ),
    market: markets.probabilities(event, asOfMs),
    priceAgeMs: markets.priceAgeMs(event, asOfMs),
    lastCents: markets.lastCents(event, asOfMs),
    nextTrades: markets.nextTrades(event, asOfMs),
  }
}
