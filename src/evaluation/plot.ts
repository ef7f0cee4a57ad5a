import type { Config, TopLevelSpec } from 'vega-lite'
import type { Estimate } from './bootstrap.ts'
import { hourLabel } from './report-text.ts'

/** A description of a plot, its data within. */
export type PlotSpec = TopLevelSpec

/** Told apart by people who see colours otherwise, too (Okabe and Ito). */
const COLOURS = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#444444', '#8A6D00']

/** What a plot is about: every title names it. */
export interface PlotSubject {
  readonly packageId: string
  /** e.g. `honest inputs` */
  readonly inputs: string
  readonly from: string
  readonly to: string
  readonly days: number
}

export function titleOf(text: string, { packageId, inputs, from, to, days }: PlotSubject, ...notes: readonly string[]) {
  return { text, subtitle: [`${packageId}, ${inputs}, ${from} to ${to}, ${days} days`, ...notes] }
}

/** Of one panel of several; a long title of a vertical axis would push the panel down. */
export const panelTitle = (text: string) => ({ text, fontSize: 12, fontWeight: 'normal' as const, offset: 8 })

/** An axis of decision hours, in the order of the day; the day before stands on a line of its own. */
export function hourAxis(hours: readonly number[]) {
  const order = [...hours].sort((a, b) => a - b).map(hourLabel)
  return {
    field: 'hour',
    type: 'ordinal' as const,
    sort: order,
    title: 'local standard time of the decision',
    axis: { labelExpr: "split(datum.label, ' ')" },
  }
}

/** A point for each `value`, with a line from `low` to `high`. */
export function intervalLayers<Channels extends object>(channels: Channels, y: object = {}) {
  const axis = { type: 'quantitative' as const, title: null, ...y }
  return [
    {
      mark: { type: 'rule' as const, strokeWidth: 2 },
      encoding: { ...channels, y: { ...axis, field: 'low' }, y2: { field: 'high' } },
    },
    {
      mark: { type: 'point' as const, filled: true, size: 60, opacity: 1 },
      encoding: { ...channels, y: { ...axis, field: 'value' } },
    },
  ]
}

/** Where neither side is better. */
export const evenLine = (datum: number) => ({
  mark: { type: 'rule' as const, color: '#888888', strokeDash: [4, 4] },
  encoding: { y: { datum } },
})

/** Fields of one point with its interval; undefined where there is no figure. */
export function pointOf({
  value,
  low,
  high,
}: Estimate): { readonly value: number; readonly low: number; readonly high: number } | undefined {
  return value === null || low === null || high === null ? undefined : { value, low, high }
}

/** On white, so that it can be read on a dark page; no font but the reader's own. */
const CONFIG: Config = {
  background: 'white',
  padding: 12,
  font: 'sans-serif',
  title: { anchor: 'start', fontSize: 15, subtitleFontSize: 12, subtitleColor: '#444444', offset: 14 },
  axis: {
    labelFontSize: 11,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    gridColor: '#e4e4e4',
    labelColor: '#222222',
  },
  axisX: { labelAngle: 0 },
  legend: { labelFontSize: 11, titleFontSize: 12, labelLimit: 260, symbolType: 'circle' },
  header: { labelFontSize: 12, titleFontSize: 12, labelFontWeight: 'bold' },
  range: { category: [...COLOURS] },
  view: { stroke: '#cccccc' },
}

/**
 * The plot as an SVG document. The library and its data flow are loaded with the first plot; the same description gives the
 * same bytes.
 */
export async function renderPlot(spec: PlotSpec): Promise<string> {
  const [vega, { compile }] = await Promise.all([import('vega'), import('vega-lite')])
  const { spec: compiled } = compile({ ...spec, config: CONFIG })
  // Numbers of clips and gradients count on through a process; without a reset the same plot would differ the second time.
  vega.resetSVGDefIds()
  const view = new vega.View(vega.parse(compiled), { renderer: 'none', logLevel: vega.Error })
  try {
    return `${await view.toSVG()}\n`
  } finally {
    view.finalize()
  }
}
