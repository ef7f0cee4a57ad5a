import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { MODEL_FILE_BYTES_MAX } from '../config/limits.ts'
import { CITY_KEYS } from '../domain/city.ts'
import { OperatingError } from '../domain/operating-error.ts'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 as 64 lower-case hex digits')
const isoDate = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'expected an ISO date such as 2024-09-30')
const json = z.record(z.string(), z.unknown())
const packageId = z.string().regex(/^[a-z0-9][a-z0-9-]*$/)

const featureSchema = z.object({
  name: z.string().min(1),
  unit: z.string(),
  /** Plausible range; a value outside is shown by `models verify`, never clipped. */
  min: z.number(),
  max: z.number(),
  /** A missing value is given to the model as NaN; where it is not allowed, there is no prediction. */
  missingAllowed: z.boolean(),
})

const calibrationSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none') }),
  z.object({ kind: z.literal('temperature'), temperature: z.number().positive(), fittedOn: z.string() }),
  z.object({
    kind: z.literal('isotonic'),
    knots: z.array(z.tuple([z.number(), z.number()])).min(2),
    fittedOn: z.string(),
  }),
])

/** What is served, judged and asked where no other package is named; found from any working directory. */
export const BUNDLED_MODEL = fileURLToPath(new URL('../../models/high-ordinal-2', import.meta.url))

export const SERVED_KINDS = ['delta-distribution', 'edge-binary', 'nfl-winprob'] as const
export const GENERIC_KIND = 'generic'

const outputSchema = z.strictObject({
  name: z.string().min(1),
  kind: z.enum(['probabilities', 'margins', 'values']),
  /** By column of the output: settled high minus base, whole °F; the class's number; the column where it has none. */
  classes: z.array(z.number()).min(1),
  /** By column, where the classes have names. */
  labels: z.array(z.string()).optional(),
  tails: z.strictObject({ lower: z.string(), upper: z.string() }),
})

/** `manifest.json` of a package that may be served (models.md §2). Further keys are kept out, so that a typing error shows. */
export const manifestSchema = z.strictObject({
  schemaVersion: z.literal(1),
  id: packageId,
  version: z.string().min(1),
  kind: z.enum(SERVED_KINDS),
  description: z.string().optional(),
  onnx: z.strictObject({
    file: z.string().regex(/^[\w.-]+$/, 'expected a file name inside the package'),
    sha256,
    opset: z.record(z.string(), z.int()),
    /** e.g. "ZipMap removed"; empty where the file is as the exporter wrote it. */
    rewrites: z.array(z.string()),
    sourceSha256: sha256.optional(),
  }),
  input: z.strictObject({
    name: z.string().min(1),
    type: z.literal('float32'),
    /** -1 = any number of rows. */
    shape: z.tuple([z.int(), z.int().positive()]),
  }),
  /** In the order of the input's columns. */
  features: z.array(featureSchema).min(1),
  /** SHA-256 of the version of the feature code that wrote the training matrix; a package of another version is refused. */
  featureCodeHash: z.string().min(1),
  output: outputSchema,
  base: z.string().min(1),
  calibration: calibrationSchema,
  /** Whole hours of the climate day's own clock in which the package may be traded, both included; −4…11 is 20:00 to 12:00. */
  servedHours: z.strictObject({ from: z.int().min(-24).max(24), to: z.int().min(-24).max(24) }).optional(),
  cities: z.array(z.enum(CITY_KEYS)).optional(),
  target: z.strictObject({
    definition: z.string(),
    stations: z.record(z.string(), z.string()),
    settlementSource: z.string(),
  }),
  training: z.strictObject({
    from: isoDate,
    to: isoDate,
    rows: z.int().nonnegative(),
    days: z.int().nonnegative(),
    dataSha256: sha256,
    seed: z.int(),
    parameters: json,
    libraries: z.record(z.string(), z.string()),
  }),
  metrics: json,
  /** Packages beside this one, by id, that it is measured against: the same inputs, a simpler model. */
  baselines: z.array(packageId).optional(),
  /** Whether it was better than knowing nothing, out of sample; where it was not, nothing trades on it. */
  worth: z.strictObject({ beatsBaseline: z.boolean(), note: z.string().min(1) }).optional(),
  validUntil: isoDate,
})

export type Manifest = z.infer<typeof manifestSchema>

/** Of a package that was imported to be looked at: what its file cannot tell may be absent. Nothing trades on it. */
export const genericManifestSchema = manifestSchema
  .partial({
    featureCodeHash: true,
    base: true,
    calibration: true,
    target: true,
    training: true,
    metrics: true,
    validUntil: true,
  })
  .extend({ kind: z.literal(GENERIC_KIND), output: outputSchema.partial({ tails: true }) })

export type GenericManifest = z.infer<typeof genericManifestSchema>

export const GOLDEN_ROWS_MIN = 20

/** `golden.json`: what the *training library* answered; what onnxruntime did only where nothing is served. */
export const goldenSchema = z.strictObject({
  schemaVersion: z.literal(1),
  /** Who answered; absent = the training library. */
  origin: z.enum(['training-library', 'onnxruntime']).optional(),
  /** Largest allowed absolute difference of one output value. */
  tolerance: z.number().positive().max(0.01),
  rows: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        /** In the manifest's order; null = missing. */
        features: z.array(z.number().nullable()),
        /** In the order of the output's classes, before calibration. */
        output: z.array(z.number()),
      }),
    )
    .min(GOLDEN_ROWS_MIN, `expected at least ${GOLDEN_ROWS_MIN} golden rows`),
})

export type Golden = z.infer<typeof goldenSchema>

export const originOf = (golden: Golden): NonNullable<Golden['origin']> => golden.origin ?? 'training-library'

/** The values of a model of any kind may be large, and so may their tolerance. */
const genericGoldenSchema = goldenSchema.extend({ tolerance: z.number().positive() })

interface PackageOf<ItsManifest> {
  readonly folder: string
  readonly manifest: ItsManifest
  /** SHA-256 of `manifest.json`, which names the hash of the ONNX file: one value for the whole package. */
  readonly manifestHash: string
  readonly golden: Golden
  readonly onnx: Uint8Array
}

/** A package that may be served. */
export type ModelPackage = PackageOf<Manifest>
/** Any package, also one that is only looked at. */
export type AnyPackage = PackageOf<Manifest | GenericManifest>

export const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

async function readPackageFile(folder: string, file: string): Promise<Uint8Array> {
  const path = join(folder, file)
  let bytes: Uint8Array
  try {
    bytes = await readFile(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new OperatingError(
      `The model package ${folder} has no readable ${file} (${code}). A package is a folder with model.onnx, manifest.json and golden.json: restore the file, or name another package.`,
    )
  }
  if (bytes.byteLength > MODEL_FILE_BYTES_MAX) {
    throw new OperatingError(
      `${path} has ${bytes.byteLength} bytes; a file of a model package has at most ${MODEL_FILE_BYTES_MAX}. Use a smaller model.`,
    )
  }
  return bytes
}

function parsePackageFile<Schema extends z.ZodType>(schema: Schema, bytes: Uint8Array, path: string): z.infer<Schema> {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new OperatingError(`${path} is not valid JSON: ${reason}. Restore the file from the package's source.`)
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join('.') || 'the document'}: ${issue.message}`)
  throw new OperatingError(
    `${path} does not have the form of schema version 1: ${problems.join('; ')}. Correct it, or export the package again.`,
  )
}

/** What JSON's form cannot say: that the lists of one package fit each other. */
function checkLengths({ manifest, golden, folder }: Pick<AnyPackage, 'manifest' | 'golden' | 'folder'>): void {
  const columns = manifest.features.length
  const path = join(folder, 'manifest.json')
  if (manifest.input.shape[1] !== columns) {
    throw new OperatingError(
      `${path} names ${columns} features for an input of ${manifest.input.shape[1]} columns. Correct the list, or export the package again.`,
    )
  }
  if (new Set(manifest.features.map((feature) => feature.name)).size !== columns) {
    throw new OperatingError(`${path} names a feature twice. Correct the list, or export the package again.`)
  }
  const classes = manifest.output.classes.length
  for (const row of golden.rows) {
    if (row.features.length !== columns || row.output.length !== classes) {
      throw new OperatingError(
        `${join(folder, 'golden.json')}: row "${row.name}" has ${row.features.length} features and ${row.output.length} outputs, the manifest ${columns} and ${classes}. Export the package again.`,
      )
    }
  }
}

/**
 * Reads and checks a package that may be served: form of both documents, SHA-256 of the ONNX file, lengths that fit.
 * Whether the model answers as its golden rows say is `openSession`'s check.
 *
 * @throws OperatingError naming the file, what was wrong with it and what to do
 */
export async function loadPackage(folder: string): Promise<ModelPackage> {
  const loaded = await loadAnyPackage(folder)
  const { manifest, golden } = loaded
  if (manifest.kind === GENERIC_KIND) {
    throw new OperatingError(
      `The model package ${folder} cannot predict here: its kind is "${GENERIC_KIND}", which is only looked at (halcyon models show, predict). Name a package of another kind.`,
    )
  }
  if (golden.origin === 'onnxruntime') {
    throw new OperatingError(
      `The model package ${folder} cannot predict here: its golden rows are onnxruntime's own answers, which prove nothing. Import it again with --reference and the answers of the library that trained it.`,
    )
  }
  return { ...loaded, manifest }
}

/**
 * The same for a package of any kind, to be listed, verified, shown or asked by hand.
 *
 * @throws OperatingError as `loadPackage`
 */
export async function loadAnyPackage(folder: string): Promise<AnyPackage> {
  const manifestBytes = await readPackageFile(folder, 'manifest.json')
  const path = join(folder, 'manifest.json')
  const isGeneric = parsePackageFile(z.looseObject({ kind: z.unknown() }), manifestBytes, path).kind === GENERIC_KIND
  const manifest = parsePackageFile(isGeneric ? genericManifestSchema : manifestSchema, manifestBytes, path)
  const goldenBytes = await readPackageFile(folder, 'golden.json')
  const golden = parsePackageFile(
    isGeneric ? genericGoldenSchema : goldenSchema,
    goldenBytes,
    join(folder, 'golden.json'),
  )
  const onnx = await readPackageFile(folder, manifest.onnx.file)
  const actual = hashOf(onnx)
  if (actual !== manifest.onnx.sha256) {
    throw new OperatingError(
      `${join(folder, manifest.onnx.file)} is not the file that its manifest describes: SHA-256 expected ${manifest.onnx.sha256}, found ${actual}. The file is damaged or was replaced: restore it, or export the package again. Nothing is predicted with it.`,
    )
  }
  const loaded: AnyPackage = { folder, manifest, manifestHash: hashOf(manifestBytes), golden, onnx }
  checkLengths(loaded)
  return loaded
}
