import { z } from 'zod'
import { IMPORT_REFERENCE_ROWS_MAX } from '../../config/limits.ts'
import { refuse } from './refuse.ts'

const cell = z.number().nullable()
/** One number, one list by column, or a map by class label: the forms in which libraries write their answers. */
const answer = z.union([z.number(), z.array(z.number()), z.record(z.string(), z.number())])
/** Labels stand beside the values and are not read. */
const answers = z.array(z.union([answer, z.string()]))

/** What a model answered elsewhere. Further keys are notes. */
const referenceSchema = z.looseObject({
  inputs: z.array(z.array(cell).min(1)).min(1).max(IMPORT_REFERENCE_ROWS_MAX),
  feature_names: z.array(z.string().min(1)).optional(),
  onnxruntime_outputs: z.record(z.string(), answers).optional(),
  author_native_predictions: z.array(answer).optional(),
})

export interface Reference {
  readonly inputs: readonly (readonly (number | null)[])[]
  readonly columns: number
  readonly featureNames?: readonly string[]
  readonly native?: readonly Answer[]
  /** By output. */
  readonly runtime: Readonly<Record<string, readonly (Answer | string)[]>>
}

export type Answer = number | readonly number[] | Readonly<Record<string, number>>

/** @throws OperatingError where the document is no reference or its lists do not fit each other */
export function parseReference(bytes: Uint8Array): Reference {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    refuse(`its reference is not valid JSON (${error instanceof Error ? error.message : String(error)}).`)
  }
  const parsed = referenceSchema.safeParse(value)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    refuse(
      `its reference lacks the form {"inputs":[[…]],"onnxruntime_outputs":{"<output>":[…]},"author_native_predictions":[…]}: ${issue?.path.join('.') || 'the document'}: ${issue?.message}.`,
    )
  }
  const { inputs, feature_names, onnxruntime_outputs: runtime = {}, author_native_predictions: native } = parsed.data
  const columns = inputs[0]?.length ?? 0
  if (inputs.some((row) => row.length !== columns)) refuse('its reference has inputs of different lengths.')
  for (const [name, list] of [...Object.entries(runtime), ['author_native_predictions', native ?? inputs] as const]) {
    if (list.length !== inputs.length) refuse(`its reference has ${list.length} ${name} for ${inputs.length} inputs.`)
  }
  return { inputs, columns, runtime, ...(native && { native }), ...(feature_names && { featureNames: feature_names }) }
}

/**
 * The columns of one answer. A lone number of a two-class model is the probability of its second class.
 *
 * @throws OperatingError where the answer has other columns
 */
export function columnsOf(answered: Answer | string, labels: readonly string[], columns: number): readonly number[] {
  const fail = (): never =>
    refuse(`its reference answers ${JSON.stringify(answered)}, expected ${columns} numbers a row.`)
  if (typeof answered === 'string') return fail()
  if (typeof answered === 'number') {
    if (columns === 1) return [answered]
    return columns === 2 && answered >= 0 && answered <= 1 ? [1 - answered, answered] : fail()
  }
  if (Array.isArray(answered)) return answered.length === columns ? answered : fail()
  const byLabel: Readonly<Record<string, number>> = Object.fromEntries(Object.entries(answered))
  if (Object.keys(byLabel).length !== columns) return fail()
  return labels.map((label) => (Object.hasOwn(byLabel, label) ? (byLabel[label] ?? Number.NaN) : fail()))
}
