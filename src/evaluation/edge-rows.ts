import { EDGE_FEATURES, edgeSignal, signalWins } from '../strategy/weather-edge-signal.ts'
import { summariseHigh } from '../weather/predict.ts'
import { formatTable } from '../weather/weather-files.ts'
import type { EvaluatedRow } from './row.ts'

/**
 * Signals of at least this size teach the classifiers, °F. The thresholds of trading (9 °F and more) fire on no recorded
 * evening, and a classifier of nothing learns nothing.
 */
export const EDGE_TRAINING_THRESHOLD_F = 1

export const EDGE_COLUMNS = ['city', 'date', 'hour', ...EDGE_FEATURES.map(({ name }) => name), 'wins'] as const

/** One line for every decision at which the signal would have fired, in the order of the rows. */
export function edgeLines(rows: readonly EvaluatedRow[], packageId: string): readonly string[] {
  return rows.flatMap((row) => {
    const high = row.distributions[packageId]
    const model = row.event?.brackets[packageId]
    const market = row.event?.market
    if (high === undefined || row.event === undefined || model === undefined || market === undefined) return []
    const { expectedHighF, stdF } = summariseHigh(high)
    const { strikes } = row.event
    const snapshotHour = Math.floor(row.decisionHour)
    const view = { snapshotHour, date: row.date, expectedHighF, stdF, strikes, model, market }
    const signal = edgeSignal(view, EDGE_TRAINING_THRESHOLD_F)
    if (signal === undefined) return []
    const wins = signalWins(signal, row.highF) ? 1 : 0
    const cells = signal.features.map((value) => String(Number(value.toPrecision(7))))
    return [[row.city, row.date, snapshotHour, ...cells, wins].join(',')]
  })
}

export const formatEdges = (lines: readonly string[]): Uint8Array => formatTable(EDGE_COLUMNS, lines)
