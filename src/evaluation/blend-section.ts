import { type BlendReport, blendReport } from './blend.ts'
import { samplesOf } from './blend-sample.ts'
import { blendText } from './blend-text.ts'
import type { Collected } from './collect.ts'
import type { ReportSection } from './report.ts'
import { HONEST, isInVariant, type VariantGroup } from './score-table.ts'

/** The weight of the judged package on what could have been known. */
export const blendOf = ({ rows, judged }: Pick<Collected, 'rows' | 'judged'>, variant: VariantGroup): BlendReport =>
  blendReport(
    samplesOf(
      rows.filter((row) => isInVariant(row, variant)),
      judged.id,
    ),
  )

/** The blend's part of an evaluation: on honest inputs only, because nothing else can be traded. */
export function blendSection(collected: Collected): ReportSection {
  const { judged, from, to } = collected
  const report = blendOf(collected, HONEST)
  return {
    name: 'blend',
    markdown: blendText(report, { packageId: judged.id, source: `${HONEST} inputs`, from, to }),
    json: { inputs: HONEST, isApplied: false, ...report },
  }
}
