import type { Estimate } from './bootstrap.ts'
import {
  evenLine,
  hourAxis,
  intervalLayers,
  type PlotSpec,
  type PlotSubject,
  panelTitle,
  pointOf,
  titleOf,
} from './plot.ts'
import { hourLabel } from './report-text.ts'
import type { ScoreCell } from './score-table.ts'

interface Panel {
  readonly title: string
  /** The value at which neither is better. */
  readonly even: number
  readonly scale: 'linear' | 'log'
  readonly points: readonly Point[]
}

interface Point {
  readonly hour: string
  readonly against: string
  readonly value: number
  readonly low: number
  readonly high: number
}

const PANEL = { width: 300, height: 220 }

/** By hour, over all cities: what the package is worth against each baseline, and against the market. */
export function skillPlot(cells: readonly ScoreCell[], subject: PlotSubject): PlotSpec | undefined {
  const byHour = cells.filter(({ group }) => group.city === 'all' && group.season === 'all' && group.hour !== 'all')
  // Fewer than those of the title: not every day has a market price at every hour.
  const marketDays = Math.max(0, ...byHour.map(({ market }) => market?.days ?? 0))
  const panels = [
    { title: 'CRPS gained on a baseline, °F', even: 0, scale: 'linear' as const, points: gains(byHour, 'crps') },
    {
      title: 'log loss gained on a baseline, nats',
      even: 0,
      scale: 'linear' as const,
      points: gains(byHour, 'logLoss'),
    },
    {
      title: `Brier score, model / market, ${marketDays} days`,
      even: 1,
      scale: 'log' as const,
      points: ratios(byHour),
    },
  ].filter(({ points }) => points.length > 0)
  if (panels.length === 0) return undefined
  const hours = byHour.flatMap(({ group }) => (group.hour === 'all' ? [] : [group.hour]))
  return {
    title: titleOf(
      'Skill by hour',
      subject,
      'Gained: above the line the model is better. Ratio: below the line the model is better, above it the market. 90 % intervals',
    ),
    hconcat: panels.map((panel) => panelOf(panel, hours)),
    resolve: { scale: { color: 'independent' } },
  }
}

function gains(cells: readonly ScoreCell[], score: 'crps' | 'logLoss'): readonly Point[] {
  return cells.flatMap(({ group, differences }) =>
    Object.entries(differences).flatMap(([against, difference]) => {
      const { value, low, high } = difference[score]
      const gained = pointOf({ value: negated(value), low: negated(high), high: negated(low) })
      return gained === undefined ? [] : [{ hour: hourLabel(group.hour), against, ...gained }]
    }),
  )
}

const negated = (value: Estimate['value']): Estimate['value'] => (value === null ? null : -value)

function ratios(cells: readonly ScoreCell[]): readonly Point[] {
  return cells.flatMap(({ group, market }) => {
    const ratio = market === null ? undefined : pointOf(market.brierRatio)
    // The axis is a logarithm: a ratio of nothing has no place on it.
    return ratio === undefined || ratio.low <= 0 ? [] : [{ hour: hourLabel(group.hour), against: 'market', ...ratio }]
  })
}

function panelOf({ title, even, scale, points }: Panel, hours: readonly number[]) {
  const against = { field: 'against', type: 'nominal' as const }
  const color = { ...against, title: null, legend: { orient: 'bottom' as const, columns: 1 } }
  return {
    ...PANEL,
    title: panelTitle(title),
    data: { values: [...points] },
    layer: [
      evenLine(even),
      ...intervalLayers(
        { x: hourAxis(hours), xOffset: against, color },
        { scale: { type: scale, ...(scale === 'linear' ? { zero: true } : { nice: false }) } },
      ),
    ],
  }
}
