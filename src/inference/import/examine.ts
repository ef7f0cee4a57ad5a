import { open } from 'node:fs/promises'
import { IMPORT_FEATURES_MAX, IMPORT_OUTPUTS_MAX, MODEL_FILE_BYTES_MAX } from '../../config/limits.ts'
import { GENERIC_KIND, type Golden, hashOf } from '../package.ts'
import { checkServable } from '../servable.ts'
import { openProbe, openSession, type Probe, sumOf } from '../session.ts'
import {
  type AnsweredRow,
  answerRows,
  answersMissing,
  checkExtremes,
  compareRows,
  noDistribution,
  referenceRows,
  spread,
  toleranceOf,
} from './golden-rows.ts'
import { draftManifest, givenRanges, type OutputKind, parseGiven, type Run } from './manifest-draft.ts'
import { decodeModel, encodeModel } from './onnx-proto.ts'
import { plainRows, type Range } from './probe-rows.ts'
import type { ImportDraft, ImportRequest } from './protocol.ts'
import { parseReference, type Reference } from './reference.ts'
import { refuse } from './refuse.ts'
import { type Rewritten, rewriteModel } from './rewrite.ts'

/** Read in pieces up to the bound, so that a pipe or a growing file cannot fill the memory. */
async function readBounded(path: string): Promise<Uint8Array> {
  let file: Awaited<ReturnType<typeof open>> | undefined
  try {
    file = await open(path, 'r')
    const status = await file.stat()
    if (!status.isFile()) refuse('it is no file.')
    if (status.size > MODEL_FILE_BYTES_MAX) {
      refuse(`it has ${status.size} bytes, at most ${MODEL_FILE_BYTES_MAX} are read. Train a smaller model.`)
    }
    const bytes = Buffer.alloc(status.size)
    const { bytesRead } = await file.read(bytes, 0, status.size, 0)
    return Uint8Array.from(bytes.subarray(0, bytesRead))
  } catch (error) {
    if (error instanceof Error && 'code' in error) refuse(`${path} cannot be read (${String(error.code)}).`)
    throw error
  } finally {
    await file?.close()
  }
}

/**
 * Everything an import does to a model: parse, check, rewrite, run, compare. Runs in a process of its own.
 *
 * @throws OperatingError with the reason why the file is not imported
 */
export async function examine(request: ImportRequest): Promise<ImportDraft> {
  if (request.kind !== GENERIC_KIND && (request.referenceFile === undefined || request.manifestFile === undefined)) {
    refuse(
      `a package of kind ${request.kind} needs --reference with what its training library answered, and --manifest with what the file cannot tell. Give both, or import it as generic.`,
    )
  }
  const source = await readBounded(request.file)
  const reference = request.referenceFile && parseReference(await readBounded(request.referenceFile))
  const given = request.manifestFile ? parseGiven(await readBounded(request.manifestFile)) : {}
  const model = decodeModel(source)
  const columns = (reference ? reference.columns : undefined) ?? request.columns
  const rewritten = rewriteModel(model, { columns, output: request.output })
  if (rewritten.columns > IMPORT_FEATURES_MAX) {
    refuse(`its input has ${rewritten.columns} columns; at most ${IMPORT_FEATURES_MAX} are served.`)
  }
  const onnx = rewritten.rewrites.length > 0 ? encodeModel(model) : source
  const probe = await openProbe({ onnx, input: rewritten.input.name, output: rewritten.output })
  try {
    const run = await runModel(probe, rewritten, {
      reference: reference || undefined,
      ranges: givenRanges(given),
      seed: hashOf(source),
      request,
    })
    const manifest = draftManifest({ request, given, rewritten, run, source, onnx })
    const draft = { folder: request.id, manifestHash: '', golden: run.golden, onnx }
    if (manifest.kind === 'delta-distribution') checkServable({ ...draft, manifest })
    const session = await openSession({ ...draft, manifest })
    await session.release()
    return { manifest, golden: run.golden, onnx }
  } finally {
    await probe.release()
  }
}

async function runModel(
  probe: Probe,
  rewritten: Rewritten,
  of: {
    readonly reference: Reference | undefined
    readonly ranges: readonly Range[] | undefined
    readonly seed: string
    readonly request: ImportRequest
  },
): Promise<Run> {
  const { labels, columns: inputs } = rewritten
  const plain = await answerRows(probe, plainRows(rewritten.graph, inputs, of.seed))
  const columns = plain[0]?.output.length ?? 0
  if (labels.length > 0 && columns !== labels.length) {
    refuse(`its output "${rewritten.output}" has ${columns} columns for ${labels.length} classes. Export it again.`)
  }
  if (columns === 0 || columns > IMPORT_OUTPUTS_MAX) {
    refuse(`its output "${rewritten.output}" has ${columns} columns, expected 1 to ${IMPORT_OUTPUTS_MAX}.`)
  }
  const far = await checkExtremes(probe, { inputs, columns, ranges: of.ranges })
  const missing = await answersMissing(probe, inputs)
  const rows = [...plain, ...(missing ? [missing] : [])]
  const outputKind = outputKindOf(rewritten, [...rows, ...far])
  const { reference, request } = of
  if (!reference) {
    const tolerance = request.tolerance ?? toleranceOf(rows)
    const golden: Golden = { schemaVersion: 1, origin: 'onnxruntime', tolerance, rows: rows.map(copied) }
    return { golden, outputKind, outputColumns: columns, mayMiss: missing !== undefined, featureNames: undefined }
  }
  const expected = referenceRows(reference, { output: rewritten.output, labels, columns })
  if (expected.origin === 'onnxruntime' && request.kind !== GENERIC_KIND) {
    refuse(`its reference has no author_native_predictions, which a package of kind ${request.kind} needs.`)
  }
  const tolerance = request.tolerance ?? toleranceOf(expected.rows)
  const asked = expected.rows.map(({ name, features }) => ({
    name,
    features: Float32Array.from(features, (value) => value ?? Number.NaN),
  }))
  compareRows(await answerRows(probe, asked, columns), expected.rows, tolerance)
  const golden: Golden = {
    schemaVersion: 1,
    origin: expected.origin,
    tolerance,
    rows: spread(expected.rows).map(copied),
  }
  const { featureNames } = reference
  return { golden, outputKind, outputColumns: columns, mayMiss: missing !== undefined, featureNames }
}

const copied = ({ name, features, output }: AnsweredRow): Golden['rows'][number] => ({
  name,
  features: [...features],
  output: [...output],
})

/** By what the model answers; where its node promises probabilities, they must be. */
function outputKindOf({ isClassifier, promisesProbabilities }: Rewritten, rows: readonly AnsweredRow[]): OutputKind {
  const columns = rows[0]?.output.length ?? 0
  const wrong = noDistribution(rows)
  if (!wrong && columns > 1) return 'probabilities'
  if (wrong && promisesProbabilities) {
    refuse(`its probabilities on the row "${wrong.name}" sum to ${sumOf(wrong.output)}, expected 1. Export it again.`)
  }
  return isClassifier ? 'margins' : 'values'
}
