import type { BlendReport } from './blend.ts'
import { type PlotSpec, type PlotSubject, renderPlot } from './plot.ts'
import { pitPlot, reliabilityPlot } from './plot-calibration.ts'
import { pnlPlot } from './plot-pnl.ts'
import { skillPlot } from './plot-skill.ts'
import { weightPlot } from './plot-weight.ts'
import type { EvaluationDocument } from './report.ts'
import { HONEST, type VariantGroup } from './score-table.ts'
import type { SimulationCell } from './simulate.ts'

export interface Plot {
  /** e.g. `reliability-honest.svg` */
  readonly file: string
  readonly svg: string
}

/** Of as-of and widened inputs there is one plot for both together. */
const PLOTTED: readonly VariantGroup[] = [HONEST, 'archive', 'strict']

/** Every plot of a report. The same document gives the same bytes. */
export async function plotsOf(document: EvaluationDocument): Promise<readonly Plot[]> {
  const plots: Plot[] = []
  for (const [name, spec] of Object.entries(specsOf(document))) {
    if (spec !== undefined) plots.push({ file: `${name}.svg`, svg: await renderPlot(spec) })
  }
  return plots
}

/** Shows the plots where the report's files are. */
export const plotsMarkdown = (plots: readonly Plot[]): string =>
  ['## Plots', '', ...plots.map(({ file }) => `![${file.replace(/\.svg$/, '').replaceAll('-', ' ')}](${file})`)].join(
    '\n',
  )

function specsOf(document: EvaluationDocument): Readonly<Record<string, PlotSpec | undefined>> {
  const { judged, scores, calibration, from, to } = document
  const subject = (inputs: string, days: number): PlotSubject => ({ packageId: judged.id, inputs, from, to, days })
  const specs: Record<string, PlotSpec | undefined> = {}
  for (const variant of PLOTTED) {
    const cells = scores.filter(({ group }) => group.variant === variant)
    const all = cells.find(({ group }) => group.city === 'all' && group.hour === 'all' && group.season === 'all')
    const calibrated = calibration.find((cell) => cell.variant === variant && cell.city === 'all')
    if (all === undefined || calibrated === undefined) continue
    const about = subject(`${variant} inputs`, all.days)
    specs[`reliability-${variant}`] = reliabilityPlot(calibrated, { ...about, days: all.market?.days ?? 0 })
    specs[`pit-${variant}`] = pitPlot(calibrated, about)
    specs[`skill-${variant}`] = skillPlot(cells, about)
  }
  const { cells, blend } = sectionsOf(document)
  const variants = [...new Set(cells.map(({ group }) => group.variant))]
  const days = Math.max(0, ...cells.map((cell) => cell.days))
  specs.pnl = pnlPlot(cells, subject(`${variants.join(', ')} inputs`, days))
  if (blend !== undefined) specs.weight = weightPlot(blend.estimates, subject(`${HONEST} inputs`, blend.days))
  return specs
}

/** The sections that this program itself has put there. */
function sectionsOf({ sections }: EvaluationDocument): {
  readonly cells: readonly SimulationCell[]
  readonly blend: BlendReport | undefined
} {
  const simulation = sections.simulation as { readonly cells: readonly SimulationCell[] } | undefined
  return { cells: simulation?.cells ?? [], blend: sections.blend as BlendReport | undefined }
}
