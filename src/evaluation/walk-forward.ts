import type { ClimateDate } from '../domain/climate-day.ts'
import { climateDay, hoursIntoDay } from '../domain/climate-day.ts'
import { invariant } from '../domain/invariant.ts'
import { distributionAbove, summariseHigh } from '../weather/predict.ts'
import { summariseObservations } from '../weather/predict-floor.ts'
import { badLine, readGzip } from './data-files.ts'
import type { AskedPackage } from './rows.ts'

/** What models that were fitted on earlier days only said of the training days; written by the training. */
export interface WalkForwardTable {
  readonly classes: readonly number[]
  find(city: string, date: ClimateDate, hour: number): WalkForwardRow | undefined
}

export interface WalkForwardRow {
  readonly baseF: number
  /** P(high − base = class), in the order of the classes. */
  readonly probabilities: readonly number[]
}

const KEYS = ['city', 'date', 'hour', 'base'] as const

/**
 * Columns `city,date,hour,base` and one `p<class>` for each class.
 *
 * @throws OperatingError naming file and line
 */
export function readWalkForward(path: string): WalkForwardTable {
  const [header = '', ...lines] = readGzip(path).trimEnd().split('\n')
  const columns = header.split(',')
  const classes = columns.slice(KEYS.length).map((name) => Number(name.slice(1)))
  if (KEYS.some((key, index) => columns[index] !== key) || classes.length === 0 || classes.some(Number.isNaN)) {
    badLine({ path, line: 1 }, header, `the columns ${KEYS.join(',')},p-20,…,p20`)
  }
  const rows = new Map<string, WalkForwardRow>()
  for (const [index, line] of lines.entries()) {
    const [city, date, hour, base, ...cells] = line.split(',')
    const probabilities = cells.map(Number)
    const isWhole = probabilities.length === classes.length && probabilities.every((p) => p >= 0 && p <= 1)
    if (!isWhole) badLine({ path, line: index + 2 }, line, `${classes.length} probabilities`)
    rows.set(`${city} ${date} ${hour}`, { baseF: Number(base), probabilities })
  }
  return { classes, find: (city, date, hour) => rows.get(`${city} ${date} ${hour}`) }
}

/**
 * The package as it would have been on its training days: up to `trainedTo` the table answers for it, afterwards it does
 * itself. A training day that the table lacks has no answer: the package has seen how it ended.
 */
export function walkForward(
  asked: AskedPackage,
  table: WalkForwardTable,
  { trainedTo }: { readonly trainedTo: string },
): AskedPackage {
  return {
    id: asked.id,
    scorer: {
      async score(inputs, strikes) {
        const score = await asked.scorer.score(inputs, strikes)
        if (!score.ok || inputs.date > trainedTo) return score
        const day = climateDay(inputs.city, inputs.date)
        const row = table.find(inputs.city, inputs.date, Math.floor(hoursIntoDay(day, inputs.asOfMs)))
        if (row === undefined) {
          return { ok: false, code: 'modelFailed', message: 'No walk-forward prediction of this training day.' }
        }
        invariant(row.baseF === score.output.baseF, 'the walk-forward prediction is of the same inputs')
        const { floorF } = summariseObservations(inputs.observations, day)
        const high = distributionAbove(row.baseF, { ...row, classes: table.classes }, floorF)
        return { ...score, output: { ...score.output, ...high, ...summariseHigh(high) } }
      },
    },
  }
}
