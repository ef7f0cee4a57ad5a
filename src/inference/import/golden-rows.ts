import { IMPORT_GOLDEN_ROWS_MAX } from '../../config/limits.ts'
import { GOLDEN_ROWS_MIN, type Golden } from '../package.ts'
import { isDistribution, type Probe } from '../session.ts'
import { brutalRows, farRows, missingRow, type NamedRow, type Range } from './probe-rows.ts'
import { columnsOf, type Reference } from './reference.ts'
import { refuse } from './refuse.ts'

const TOLERANCE_MIN = 1e-5
/** Of the largest value, for outputs that are no probabilities: some ten units in the last place of a float32. */
const TOLERANCE_RELATIVE = 1e-6

export interface AnsweredRow {
  readonly name: string
  readonly features: readonly (number | null)[]
  readonly output: readonly number[]
}

/** @throws OperatingError where onnxruntime fails on the row */
async function ask(probe: Probe, { name, features }: NamedRow): ReturnType<Probe['run']> {
  try {
    return await probe.run(features)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    refuse(`onnxruntime cannot answer the row "${name}" with it: ${reason} Export it again.`)
  }
}

/** @throws OperatingError where an answer has another shape than one row of finite numbers */
export async function answerRows(
  probe: Probe,
  rows: readonly NamedRow[],
  columns?: number,
): Promise<readonly AnsweredRow[]> {
  const answered: AnsweredRow[] = []
  for (const row of rows) {
    const { name, features } = row
    const { values, dims } = await ask(probe, row)
    if (dims.length > 2 || (dims.length === 2 && dims[0] !== 1)) {
      refuse(`its output has the shape [${dims.join(', ')}] for one row, expected [1, classes]. Export it so.`)
    }
    if (columns !== undefined && values.length !== columns) {
      refuse(`its output has ${values.length} columns on the row "${name}" and ${columns} on others.`)
    }
    if (!values.every(Number.isFinite))
      refuse(`its output is not finite on the row "${name}". Train or export it again.`)
    answered.push({
      name,
      features: Array.from(features, (value) => (Number.isNaN(value) ? null : value)),
      output: [...values],
    })
  }
  return answered
}

/** The first row whose values are no distribution, if there is one. */
export const noDistribution = (rows: readonly AnsweredRow[]): AnsweredRow | undefined =>
  rows.find(({ output }) => !isDistribution(output))

/** Whether a row of missing values is answered, so that a missing value may be given to the model at all. */
export async function answersMissing(probe: Probe, columns: number): Promise<AnsweredRow | undefined> {
  const row = missingRow(columns)
  const { values } = await ask(probe, row)
  if (!values.every(Number.isFinite)) return undefined
  return { name: row.name, features: Array.from(row.features, () => null), output: [...values] }
}

/** Finite far away, and alive at the ends of float32: a model that crashes there takes this process with it, and no other. */
export async function checkExtremes(
  probe: Probe,
  of: { readonly inputs: number; readonly columns: number; readonly ranges: readonly Range[] | undefined },
): Promise<readonly AnsweredRow[]> {
  const far = await answerRows(probe, farRows(of.inputs, of.ranges), of.columns)
  for (const row of brutalRows(of.inputs)) await ask(probe, row)
  return far
}

/** Rows of a reference with what was answered there; the training library's own words come before those of a runtime. */
export function referenceRows(
  reference: Reference,
  of: { readonly output: string; readonly labels: readonly string[]; readonly columns: number },
): { readonly rows: readonly AnsweredRow[]; readonly origin: NonNullable<Golden['origin']> } {
  const runtime = reference.runtime[of.output]
  const answers = reference.native ?? runtime
  if (!answers) {
    refuse(
      `its reference has neither author_native_predictions nor the output "${of.output}" (there is ${Object.keys(reference.runtime).join(', ') || 'none'}).`,
    )
  }
  if (answers.length < GOLDEN_ROWS_MIN) {
    refuse(`its reference has ${answers.length} rows; golden rows are at least ${GOLDEN_ROWS_MIN}. Record more.`)
  }
  const rows = answers.map((answer, index) => ({
    name: `reference ${index}`,
    features: reference.inputs[index] ?? [],
    output: columnsOf(answer, of.labels, of.columns),
  }))
  return { rows, origin: reference.native ? 'training-library' : 'onnxruntime' }
}

/** @throws OperatingError naming the first value that differs */
export function compareRows(found: readonly AnsweredRow[], expected: readonly AnsweredRow[], tolerance: number): void {
  for (const [index, row] of expected.entries()) {
    for (const [column, value] of row.output.entries()) {
      const got = found[index]?.output[column] ?? Number.NaN
      if (Math.abs(got - value) <= tolerance) continue
      refuse(
        `it does not answer as its reference: row ${index}, column ${column}: expected ${value}, got ${got} (tolerance ${tolerance}). The reference is of another model, or the export lost something.`,
      )
    }
  }
}

export const toleranceOf = (rows: readonly AnsweredRow[]): number =>
  Math.max(
    TOLERANCE_MIN,
    TOLERANCE_RELATIVE * rows.reduce((most, { output }) => Math.max(most, ...output.map(Math.abs)), 0),
  )

/** Evenly spread, so that a sorted reference is not represented by its first class only. */
export function spread<Row>(rows: readonly Row[]): readonly Row[] {
  if (rows.length <= IMPORT_GOLDEN_ROWS_MAX) return rows
  const step = rows.length / IMPORT_GOLDEN_ROWS_MAX
  return rows.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step))
}
