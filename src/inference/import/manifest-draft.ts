import { basename } from 'node:path'
import { z } from 'zod'
import {
  type AnyPackage,
  GENERIC_KIND,
  type Golden,
  genericManifestSchema,
  hashOf,
  manifestSchema,
} from '../package.ts'
import type { Range } from './probe-rows.ts'
import type { ImportRequest } from './protocol.ts'
import { refuse } from './refuse.ts'
import type { Rewritten } from './rewrite.ts'

type Manifest = AnyPackage['manifest']
export type OutputKind = Manifest['output']['kind']

/** What was learned by running the model. */
export interface Run {
  readonly golden: Golden
  readonly outputKind: OutputKind
  readonly outputColumns: number
  readonly mayMiss: boolean
  readonly featureNames: readonly string[] | undefined
}

/** @throws OperatingError where the document is no JSON object */
export function parseGiven(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)))
  } catch (error) {
    refuse(
      `its --manifest is no JSON object (${error instanceof Error ? error.message.split('\n')[0] : String(error)}).`,
    )
  }
}

/** Of the features, where the given manifest has them. */
export function givenRanges(given: Readonly<Record<string, unknown>>): readonly Range[] | undefined {
  const parsed = z.array(z.looseObject({ min: z.number(), max: z.number() })).safeParse(given.features)
  return parsed.success ? parsed.data : undefined
}

const isWhole = (label: string): boolean => /^-?\d{1,15}$/.test(label)

/**
 * The manifest of what was read, run and given.
 *
 * @throws OperatingError naming what is missing for its kind
 */
export function draftManifest(of: {
  readonly request: ImportRequest
  readonly given: Readonly<Record<string, unknown>>
  readonly rewritten: Rewritten
  readonly run: Run
  readonly source: Uint8Array
  readonly onnx: Uint8Array
}): Manifest {
  const { request, given, rewritten, run, source, onnx } = of
  const { labels } = rewritten
  const areNumbers = labels.length > 0 && labels.every(isWhole)
  const output = {
    name: rewritten.output,
    kind: run.outputKind,
    classes: Array.from({ length: run.outputColumns }, (_, column) => (areNumbers ? Number(labels[column]) : column)),
    ...(labels.length > 0 && !areNumbers && { labels }),
    ...Object(given.output),
  }
  const document = {
    version: '1',
    description: `Imported from ${basename(request.file)}`,
    features: features(rewritten.columns, run),
    ...given,
    schemaVersion: 1,
    id: request.id,
    kind: request.kind,
    onnx: {
      file: 'model.onnx',
      sha256: hashOf(onnx),
      opset: rewritten.opset,
      rewrites: rewritten.rewrites,
      sourceSha256: hashOf(source),
    },
    input: { name: rewritten.input.name, type: 'float32', shape: [rewritten.input.rows, rewritten.columns] },
    output,
  }
  const parsed = (request.kind === GENERIC_KIND ? genericManifestSchema : manifestSchema).safeParse(document)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.slice(0, 5).map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  refuse(`its manifest would not hold: ${problems.join('; ')}. Complete --manifest.`)
}

/** Names, and the range that the golden rows cover, where nothing better is given. */
function features(columns: number, { golden, mayMiss, featureNames }: Run): Manifest['features'] {
  return Array.from({ length: columns }, (_, column) => {
    const values = golden.rows.flatMap(({ features: row }) => row[column] ?? [])
    return {
      name: featureNames?.[column] ?? `f${column}`,
      unit: '',
      min: values.reduce((low, value) => Math.min(low, value), values[0] ?? 0),
      max: values.reduce((high, value) => Math.max(high, value), values[0] ?? 0),
      missingAllowed: mayMiss,
    }
  })
}
