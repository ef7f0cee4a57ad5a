import type { Collected } from './collect.ts'
import type { ReportSection } from './report.ts'

/** Further measurements of the same rows, each a part of the report of its own, in the order in which they stand in it. */
export const SECTIONS: readonly ((collected: Collected) => ReportSection | Promise<ReportSection>)[] = []
