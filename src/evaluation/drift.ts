import { CITY_KEYS, type CityKey } from '../domain/city.ts'
import type { ClimateDate } from '../domain/climate-day.ts'
import { type DayBlock, type DayBootstrap, dayBootstrap, type Estimate } from './bootstrap.ts'
import { binomialTest, type HighScores, pitHistogram, scoreHigh } from './scoring.ts'
import { fitTemperature, temperatureCurve } from './temperature.ts'

/** Which predictions of a day are judged, by the climate day's own clock: 20:00 of the day before, 05:00, 08:00, 11:00. */
export const DRIFT_HOURS: readonly number[] = [-4, 5, 8, 11]
/** Fewer settled days say nothing: the temperature's interval is then ±.2 and wider. */
export const DRIFT_DAYS_MIN = 30
/** A city's coverage is refuted below this. */
const REFUTED_BELOW = 0.01

/** A stored prediction with the high on which its day settled. */
export interface DriftRow {
  readonly city: CityKey
  readonly date: ClimateDate
  /** Whole hour of the climate day's clock. */
  readonly hour: number
  readonly firstHighF: number
  readonly probabilities: readonly number[]
  readonly highF: number
}

export interface DriftFigures {
  readonly city: CityKey | 'all'
  readonly hour: number | 'all'
  readonly predictions: number
  /** Climate days: the effective size of the sample. */
  readonly days: number
  /** Of what was served: 1 is calibrated, above 1 it claimed too much. Times the package's own it would be the new one. */
  readonly temperature: Estimate
  readonly logLoss: Estimate
  readonly crps: Estimate
  /** High minus expected high, °F: above zero the model is too cold. */
  readonly bias: Estimate
  readonly coverage: {
    /** Share of highs inside the 90 % interval. */
    readonly share: Estimate
    /** What the intervals promised: over .9, because their ends are whole degrees. */
    readonly promised: number
    /** Of one city, the first prediction of each day against what it promised; null where rows share a day. */
    readonly pValue: number | null
  }
  /** Shares of the outcomes in tenths of the predicted distribution; .1 each where it is calibrated. */
  readonly pit: readonly number[]
  /** Highs that had no probability at all: no temperature mends them. */
  readonly impossible: number
}

export interface Drift {
  readonly verdict: 'notEnoughDays' | 'noDrift' | 'drifted'
  /** Why it drifted, for a person; empty otherwise. */
  readonly reasons: readonly string[]
  /** All cities and hours first, then each city, then each hour. */
  readonly figures: readonly DriftFigures[]
}

/** How stored predictions of one package fit the days that they were about. Undefined where there are none. */
export function measureDrift(rows: readonly DriftRow[]): Drift | undefined {
  if (rows.length === 0) return undefined
  const judged = rows.map(judge).sort((a, b) => (a.key < b.key ? -1 : 1))
  const cities = CITY_KEYS.filter((city) => judged.some(({ row }) => row.city === city))
  const hours = [...new Set(rows.map(({ hour }) => hour))].sort((a, b) => a - b)
  const pooled = figuresOf(judged, { city: 'all', hour: 'all' })
  const figures = [
    pooled,
    ...cities.map((city) =>
      figuresOf(
        judged.filter(({ row }) => row.city === city),
        { city, hour: 'all' },
      ),
    ),
    ...hours.map((hour) =>
      figuresOf(
        judged.filter(({ row }) => row.hour === hour),
        { city: 'all', hour },
      ),
    ),
  ]
  if (pooled.days < DRIFT_DAYS_MIN) return { verdict: 'notEnoughDays', reasons: [], figures }
  const reasons = reasonsOf(figures)
  return { verdict: reasons.length === 0 ? 'noDrift' : 'drifted', reasons, figures }
}

interface Judged {
  readonly row: DriftRow
  /** City, day and hour: the order in which days are drawn does not depend on that of the rows. */
  readonly key: string
  readonly scores: HighScores
  readonly curve: Float64Array | undefined
  readonly errorF: number
}

function judge(row: DriftRow): Judged {
  const { city, date, hour, probabilities, firstHighF, highF } = row
  const expectedF = probabilities.reduce((sum, probability, index) => sum + probability * (firstHighF + index), 0)
  return {
    row,
    key: `${date} ${city} ${String(hour + 24).padStart(2, '0')}`,
    scores: scoreHigh(row, highF),
    curve: temperatureCurve(row, highF),
    errorF: highF - expectedF,
  }
}

function figuresOf(judged: readonly Judged[], group: Pick<DriftFigures, 'city' | 'hour'>): DriftFigures {
  const days = [...Map.groupBy(judged, ({ row }) => row.date).values()]
  const seed = `drift ${group.city} ${group.hour}`
  const bootstrap = dayBootstrap(seed)
  const mean = (of: (row: Judged) => number): Estimate => meanByDay(bootstrap, days, of)
  return {
    ...group,
    predictions: judged.length,
    days: days.length,
    temperature: fitTemperature(
      days.map((rows) => rows.flatMap(({ curve }) => (curve ? [curve] : []))),
      seed,
    ),
    logLoss: mean(({ scores }) => scores.logLoss),
    crps: mean(({ scores }) => scores.crps),
    bias: mean(({ errorF }) => errorF),
    coverage: {
      share: mean(({ scores }) => Number(scores.isCovered)),
      promised: judged.reduce((sum, { scores }) => sum + scores.intervalMass, 0) / judged.length,
      pValue: group.city === 'all' ? null : coverageTest(days),
    },
    pit: pitHistogram(judged.map(({ scores }) => scores.pit)),
    impossible: judged.filter(({ curve }) => curve === undefined).length,
  }
}

const meanByDay = (
  bootstrap: DayBootstrap,
  days: readonly (readonly Judged[])[],
  of: (row: Judged) => number,
): Estimate =>
  bootstrap.estimate(
    days.map((rows): DayBlock => ({ above: rows.reduce((sum, row) => sum + of(row), 0), below: rows.length })),
  )

/** The hours of one day of a city stand or fall together: the first of each day is a trial. */
function coverageTest(days: readonly (readonly Judged[])[]): number {
  const first = days.flatMap(([row]) => (row ? [row.scores] : []))
  const promised = first.reduce((sum, { intervalMass }) => sum + intervalMass, 0) / first.length
  return binomialTest(first.filter(({ isCovered }) => isCovered).length, first.length, Math.min(promised, 1 - 1e-9))
}

function reasonsOf([pooled, ...others]: readonly DriftFigures[]): readonly string[] {
  const { low, high } = pooled?.temperature ?? { low: null, high: null }
  const reasons: string[] = []
  if (low !== null && low > 1)
    reasons.push('it claims too much: its temperature is above 1 by an interval that excludes 1')
  if (high !== null && high < 1)
    reasons.push('it claims too little: its temperature is below 1 by an interval that excludes 1')
  for (const { city, days, coverage } of others) {
    if (city === 'all' || days < DRIFT_DAYS_MIN || coverage.pValue === null) continue
    if (coverage.pValue < REFUTED_BELOW) reasons.push(`the coverage of ${city} is refuted (p < ${REFUTED_BELOW})`)
  }
  return reasons
}
