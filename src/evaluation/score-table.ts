import type { CityKey } from '../domain/city.ts'
import { CITY_KEYS } from '../domain/city.ts'
import { median } from '../weather/features-sources.ts'
import type { DayBlock, DayBootstrap, Estimate } from './bootstrap.ts'
import { type EvaluatedRow, INPUT_VARIANTS, type InputVariant } from './row.ts'
import { type BracketScores, binomialTest, type HighScores, scoreBrackets, scoreHigh } from './scoring.ts'

/** As-of where there is such a forecast, else widened: what could have been known. */
export const HONEST = 'honest'
export type VariantGroup = InputVariant | typeof HONEST
export const SEASONS = ['winter', 'spring', 'summer', 'autumn'] as const
export type Season = (typeof SEASONS)[number]

/** Which rows a figure is about. */
export interface Group {
  readonly variant: VariantGroup
  readonly city: CityKey | 'all'
  readonly hour: number | 'all'
  readonly season: Season | 'all'
}

export interface Coverage {
  readonly share: number
  /** What the intervals promised: over .9, because their ends are whole degrees. */
  readonly promised: number
  /** Of a binomial test of `share` against .9, where every row is a day of its own; null elsewhere. */
  readonly pValue: number | null
  /** The same against what was promised: what a calibrated package of whole degrees can meet. */
  readonly pPromised: number | null
}

export interface PackageScores {
  readonly rows: number
  readonly logLoss: Estimate
  readonly crps: Estimate
  readonly meanAbsoluteError: Estimate
  readonly coverage: Coverage
  /** Means, °F. */
  readonly width: number
  readonly std: number
}

/** Judged package minus another one on the same rows: below zero the judged one is better. */
export interface Difference {
  readonly logLoss: Estimate
  readonly crps: Estimate
}

export interface BracketEstimates {
  readonly brier: Estimate
  readonly logLoss: Estimate
  readonly rps: Estimate
}

/** Of the rows at which the market had a price. */
export interface MarketComparison {
  readonly rows: number
  readonly days: number
  readonly market: BracketEstimates
  /** Median over the rows of how old its prices were, hours: an old price makes a weak market. */
  readonly priceAgeHours: number | null
  readonly packages: Readonly<Record<string, BracketEstimates>>
  /** Judged package over market: above one the market is better. */
  readonly brierRatio: Estimate
  readonly rpsRatio: Estimate
  /** Judged package minus market, nats: above zero the market is better. */
  readonly logLossDifference: Estimate
}

export interface ScoreCell {
  readonly group: Group
  readonly rows: number
  readonly days: number
  /** Of the mean of the forecasts as it is, rounded to whole degrees: °F. */
  readonly rawForecastError: Estimate
  readonly packages: Readonly<Record<string, PackageScores>>
  /** By baseline. */
  readonly differences: Readonly<Record<string, Difference>>
  readonly market: MarketComparison | null
}

export interface ScoredRow {
  readonly row: EvaluatedRow
  readonly high: Readonly<Record<string, HighScores>>
  readonly brackets: Readonly<Record<string, BracketScores>>
  readonly market: BracketScores | undefined
}

export function scoreRows(rows: readonly EvaluatedRow[]): readonly ScoredRow[] {
  return rows.map((row) => {
    const { event, distributions, highF } = row
    const scored = (of: Readonly<Record<string, readonly number[]>>): Record<string, BracketScores> =>
      Object.fromEntries(Object.entries(of).map(([id, value]) => [id, scoreBrackets(value, event?.winner ?? 0)]))
    return {
      row,
      high: Object.fromEntries(Object.entries(distributions).map(([id, value]) => [id, scoreHigh(value, highF)])),
      brackets: event === undefined ? {} : scored(event.brackets),
      market: event?.market && scoreBrackets(event.market, event.winner),
    }
  })
}

export const isInVariant = (row: Pick<EvaluatedRow, 'variant'>, variant: VariantGroup): boolean =>
  variant === HONEST ? row.variant === 'as-of' || row.variant === 'widened' : row.variant === variant

export function seasonOf(date: string): Season {
  const month = Number(date.slice(5, 7))
  return SEASONS[Math.floor((month % 12) / 3)] ?? 'winter'
}

const belongs = ({ row }: ScoredRow, group: Group): boolean =>
  isInVariant(row, group.variant) &&
  (group.city === 'all' || row.city === group.city) &&
  (group.hour === 'all' || row.decisionHour === group.hour) &&
  (group.season === 'all' || seasonOf(row.date) === group.season)

/** Every variant with rows, honest first; in each all together, by hour, by city, by city and hour, by season. */
export function groupsOf(rows: readonly EvaluatedRow[]): readonly Group[] {
  const hours = [...new Set(rows.map((row) => row.decisionHour))].sort((a, b) => a - b)
  const all = 'all' as const
  return [HONEST, ...INPUT_VARIANTS].flatMap((variant): Group[] => {
    const ofVariant = rows.filter((row) => isInVariant(row, variant as VariantGroup))
    if (ofVariant.length === 0) return []
    const cities = CITY_KEYS.filter((city) => ofVariant.some((row) => row.city === city))
    const seasons = SEASONS.filter((season) => ofVariant.some((row) => seasonOf(row.date) === season))
    const group = (of: Partial<Group>): Group => ({
      variant: variant as VariantGroup,
      city: all,
      hour: all,
      season: all,
      ...of,
    })
    return [
      group({}),
      ...hours.map((hour) => group({ hour })),
      ...cities.map((city) => group({ city })),
      ...cities.flatMap((city) => hours.map((hour) => group({ city, hour }))),
      ...seasons.map((season) => group({ season })),
    ]
  })
}

/** @param judged id of the package that the others are baselines of */
export function scoreTable(
  scored: readonly ScoredRow[],
  options: { readonly judged: string; readonly baselines: readonly string[]; readonly bootstrap: DayBootstrap },
): readonly ScoreCell[] {
  const groups = groupsOf(scored.map(({ row }) => row))
  return groups.flatMap((group) => {
    const rows = scored.filter((row) => belongs(row, group))
    return rows.length === 0 ? [] : [scoreCell(rows, group, options)]
  })
}

interface CellOptions {
  readonly judged: string
  readonly baselines: readonly string[]
  readonly bootstrap: DayBootstrap
}

function scoreCell(rows: readonly ScoredRow[], group: Group, { judged, baselines, bootstrap }: CellOptions): ScoreCell {
  const days = byDay(rows)
  const meanOf = (of: (row: ScoredRow) => number | undefined): Estimate => bootstrap.estimate(blocks(days, of))
  const differenceTo = (id: string, of: (scores: HighScores) => number): Estimate =>
    meanOf(({ high }) => {
      const [ours, theirs] = [high[judged], high[id]]
      return ours && theirs && of(ours) - of(theirs)
    })
  const packages = Object.fromEntries(
    [judged, ...baselines].flatMap((id) => {
      const scores = rows.flatMap(({ high }) => high[id] ?? [])
      if (scores.length === 0) return []
      const covered = scores.filter((score) => score.isCovered).length
      const promised = average(scores.map((score) => score.intervalMass))
      const test = (chance: number): number | null =>
        days.length === rows.length ? binomialTest(covered, scores.length, chance) : null
      return [
        [
          id,
          {
            rows: scores.length,
            logLoss: meanOf(({ high }) => high[id]?.logLoss),
            crps: meanOf(({ high }) => high[id]?.crps),
            meanAbsoluteError: meanOf(({ high }) => high[id]?.absoluteError),
            coverage: {
              share: covered / scores.length,
              promised,
              pValue: test(0.9),
              pPromised: test(Math.min(promised, 1)),
            },
            width: average(scores.map((score) => score.width)),
            std: average(scores.map((score) => score.std)),
          },
        ] as const,
      ]
    }),
  )
  return {
    group,
    rows: rows.length,
    days: days.length,
    rawForecastError: meanOf(({ row }) => Math.abs(row.baseF - row.highF)),
    packages,
    differences: Object.fromEntries(
      baselines
        .filter((id) => packages[id] !== undefined)
        .map((id) => [
          id,
          { logLoss: differenceTo(id, (score) => score.logLoss), crps: differenceTo(id, (score) => score.crps) },
        ]),
    ),
    market: marketComparison(rows, { judged, baselines, bootstrap }),
  }
}

function marketComparison(
  rows: readonly ScoredRow[],
  { judged, baselines, bootstrap }: CellOptions,
): MarketComparison | null {
  const priced = rows.filter(({ market, brackets }) => market !== undefined && brackets[judged] !== undefined)
  if (priced.length === 0) return null
  const days = byDay(priced)
  const estimates = (of: (row: ScoredRow) => BracketScores | undefined): BracketEstimates => ({
    brier: bootstrap.estimate(blocks(days, (row) => of(row)?.brier)),
    logLoss: bootstrap.estimate(blocks(days, (row) => of(row)?.logLoss)),
    rps: bootstrap.estimate(blocks(days, (row) => of(row)?.rps)),
  })
  const ratio = (of: (scores: BracketScores) => number): Estimate =>
    bootstrap.estimate(
      days.map((day) => ({
        above: total(day, ({ brackets }) => brackets[judged] && of(brackets[judged])),
        below: total(day, ({ market }) => market && of(market)),
      })),
    )
  return {
    rows: priced.length,
    days: days.length,
    market: estimates(({ market }) => market),
    priceAgeHours: medianHours(priced.flatMap(({ row }) => row.event?.priceAgeMs ?? [])),
    packages: Object.fromEntries(
      [judged, ...baselines].map((id) => [id, estimates(({ brackets }) => brackets[id])] as const),
    ),
    brierRatio: ratio((scores) => scores.brier),
    rpsRatio: ratio((scores) => scores.rps),
    logLossDifference: bootstrap.estimate(
      blocks(days, ({ brackets, market }) => market && (brackets[judged]?.logLoss ?? 0) - market.logLoss),
    ),
  }
}

const medianHours = (agesMs: readonly number[]): number | null =>
  agesMs.length === 0 ? null : median(agesMs) / 3_600_000

/** Days ascending, whatever the order of the rows: intervals depend on it. */
const byDay = (rows: readonly ScoredRow[]): readonly (readonly ScoredRow[])[] =>
  [...Map.groupBy(rows, ({ row }) => row.date)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, ofDay]) => ofDay)

function blocks(
  days: readonly (readonly ScoredRow[])[],
  of: (row: ScoredRow) => number | undefined,
): readonly DayBlock[] {
  return days.map((day) => {
    const values = day.flatMap((row) => of(row) ?? [])
    return { above: values.reduce((sum, value) => sum + value, 0), below: values.length }
  })
}

const total = (day: readonly ScoredRow[], of: (row: ScoredRow) => number | undefined): number =>
  day.reduce((sum, row) => sum + (of(row) ?? 0), 0)

const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
