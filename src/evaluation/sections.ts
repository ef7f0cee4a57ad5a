import { blendSection } from './blend-section.ts'
import type { Collected } from './collect.ts'
import type { ReportSection } from './report.ts'
import { simulateSection } from './simulate-section.ts'

/** Further measurements of the same rows, each a part of the report of its own, in the order in which they stand in it. */
export const SECTIONS: readonly ((collected: Collected) => ReportSection | Promise<ReportSection>)[] = [
  blendSection,
  simulateSection,
]
