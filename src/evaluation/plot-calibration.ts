import { type PlotSpec, type PlotSubject, titleOf } from './plot.ts'
import type { CalibrationCell } from './report.ts'

const SIZE = 400
const PANEL = { width: 240, height: 170 }

/** How often brackets won by what was predicted of them: on the diagonal where what is said is so. */
export function reliabilityPlot({ reliability }: CalibrationCell, subject: PlotSubject): PlotSpec | undefined {
  const predictors = Object.keys(reliability)
  const values = Object.entries(reliability).flatMap(([predictor, bins]) =>
    bins.flatMap(({ meanProbability, frequency, count }) =>
      frequency === null ? [] : [{ predictor, meanProbability, frequency, count }],
    ),
  )
  if (values.length === 0) return undefined
  const share = { domain: [0, 1], nice: false }
  const x = {
    field: 'meanProbability',
    type: 'quantitative' as const,
    scale: share,
    title: 'predicted probability (mean of each tenth)',
  }
  const y = { field: 'frequency', type: 'quantitative' as const, scale: share, title: 'share that won' }
  const color = { field: 'predictor', type: 'nominal' as const, sort: predictors, title: null }
  return {
    title: titleOf(
      'Reliability of bracket probabilities',
      subject,
      'Brackets of events with a market price; the larger the point, the more of them',
    ),
    width: SIZE,
    height: SIZE,
    layer: [
      {
        data: { values: [{ at: 0 }, { at: 1 }] },
        mark: { type: 'line', color: '#888888', strokeDash: [4, 4] },
        encoding: { x: { ...x, field: 'at' }, y: { ...y, field: 'at' } },
      },
      { data: { values }, mark: { type: 'line' }, encoding: { x, y, color } },
      {
        data: { values },
        mark: { type: 'point', filled: true, opacity: 0.85 },
        encoding: {
          x,
          y,
          color,
          size: { field: 'count', type: 'quantitative', scale: { range: [20, 260] }, legend: null },
        },
      },
    ],
  }
}

/** Where the settled high fell within what was predicted: flat where it is calibrated. */
export function pitPlot({ pit }: CalibrationCell, subject: PlotSubject): PlotSpec | undefined {
  const packages = Object.keys(pit)
  const values = Object.entries(pit).flatMap(([predictor, shares]) =>
    shares.map((share, bin) => ({ predictor, from: bin / shares.length, to: (bin + 1) / shares.length, share })),
  )
  if (values.length === 0) return undefined
  const x = {
    field: 'from',
    type: 'quantitative' as const,
    bin: 'binned' as const,
    title: 'predicted P(high ≤ settled high)',
  }
  const y = { field: 'share', type: 'quantitative' as const, title: 'share of the decisions' }
  return {
    title: titleOf(
      'PIT histogram of the high',
      subject,
      'Hollow: too wide. Bowl: too narrow. Slope: biased. The line is a tenth',
    ),
    data: { values },
    facet: { column: { field: 'predictor', type: 'nominal', sort: packages, title: null } },
    spec: {
      ...PANEL,
      layer: [
        { mark: { type: 'bar', color: '#56B4E9', stroke: 'white' }, encoding: { x, x2: { field: 'to' }, y } },
        { mark: { type: 'rule', color: '#444444', strokeDash: [4, 4] }, encoding: { y: { datum: 0.1 } } },
      ],
    },
  }
}
