import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { EXIT, type ExitCode, OperatingError, usageError } from '../domain/operating-error.ts'
import { type AnyPackage, loadAnyPackage, originOf } from '../inference/package.ts'
import { ModelFailure, openSession } from '../inference/session.ts'
import { applyTemperature } from '../weather/predict.ts'
import { type CommandContext, type OptionValues, printJson } from './command.ts'

/** By id below --models, or by folder. */
export async function findPackage(
  context: CommandContext,
  values: OptionValues,
  { action, name }: { readonly action: string; readonly name: string | undefined },
): Promise<AnyPackage> {
  if (name === undefined) {
    throw usageError(`halcyon models: ${action} needs a package folder or id, such as models/high-ordinal-2.`)
  }
  const root = resolve(context.cwd, typeof values.models === 'string' ? values.models : 'models')
  const isId = /^[\w-]+$/.test(name) && existsSync(join(root, name, 'manifest.json'))
  return loadAnyPackage(isId ? join(root, name) : resolve(context.cwd, name))
}

export async function showPackage(
  context: CommandContext,
  values: OptionValues,
  name: string | undefined,
): Promise<ExitCode> {
  const { folder, manifest, manifestHash, golden } = await findPackage(context, values, { action: 'show', name })
  const goldenOrigin = originOf(golden)
  if (values.json === true) {
    printJson(context, { folder, manifestHash, goldenRows: golden.rows.length, goldenOrigin, manifest })
    return EXIT.done
  }
  const { onnx, input, output, training, calibration } = manifest
  const opset = Object.entries(onnx.opset).map(([domain, version]) => `${domain} ${version}`)
  const missing = manifest.features.filter((feature) => feature.missingAllowed).length
  const rows: readonly (readonly [string, string])[] = [
    ['package', `${manifest.id} ${manifest.version}, kind ${manifest.kind}`],
    ['about', manifest.description ?? 'not said'],
    ['folder', folder],
    ['hash', manifestHash],
    ['file', `${onnx.file}, ${onnx.sha256}, operators ${opset.join(', ')}`],
    ['source', onnx.sourceSha256 ?? 'the file itself'],
    ['rewrites', onnx.rewrites.join('; ') || 'none'],
    ['input', `${input.name}, ${input.type}, ${input.shape[1]} columns, ${missing} of them may be missing`],
    ['features', manifest.features.map((feature) => feature.name).join(' ')],
    ['output', `${output.name}, ${output.kind}, by column ${(output.labels ?? output.classes).join(' ')}`],
    ['calibration', calibration?.kind ?? 'not said'],
    ['trained', training ? `${training.from} to ${training.to}, ${training.rows} rows` : 'not said'],
    ['valid until', manifest.validUntil ?? 'not said'],
    ['golden rows', `${golden.rows.length} by ${goldenOrigin}, tolerance ${golden.tolerance}`],
  ]
  for (const [key, value] of rows) context.stdout.write(`${key.padEnd(12)} ${value}\n`)
  return EXIT.done
}

/** Rows by hand through a package of any kind: what the model says, before and after its calibration. */
export async function predictRows(
  context: CommandContext,
  values: OptionValues,
  name: string | undefined,
): Promise<ExitCode> {
  const loaded = await findPackage(context, values, { action: 'predict', name })
  const { id, features, output, calibration } = loaded.manifest
  const rows = rowsOf(context, values, features.length)
  const session = await openSession(loaded)
  const answers: number[][] = []
  try {
    for (const row of rows) answers.push([...(await session.run(row))])
  } catch (error) {
    if (!(error instanceof ModelFailure)) throw error
    throw new OperatingError(
      `${id} has no answer for row ${answers.length}: ${error.message} Look at the row's values.`,
    )
  } finally {
    await session.release()
  }
  const calibrated =
    calibration?.kind === 'temperature'
      ? answers.map((row) => [...applyTemperature(Float64Array.from(row), calibration.temperature)])
      : undefined
  if (values.json === true) {
    printJson(context, { id, output, rows: answers, ...(calibrated && { calibrated }) })
    return EXIT.done
  }
  const labels = output.labels ?? output.classes
  context.stdout.write(`${id}: ${output.name} (${output.kind}) by column ${labels.join(' ')}\n`)
  for (const row of calibrated ?? answers) context.stdout.write(`${row.join(' ')}\n`)
  return EXIT.done
}

const ROWS_MAX = 100_000

function rowsOf(context: CommandContext, values: OptionValues, columns: number): readonly Float32Array[] {
  const { row, rows } = values
  if ((typeof row === 'string') === (typeof rows === 'string')) {
    throw usageError('halcyon models: predict needs either --row 1,2,3 or --rows file.json.')
  }
  const found = typeof row === 'string' ? [cellsOf(row)] : readRows(resolve(context.cwd, String(rows)))
  return found.map((cells, index) => {
    if (cells.length === columns) return Float32Array.from(cells, (value) => value ?? Number.NaN)
    throw usageError(`halcyon models: row ${index} has ${cells.length} values, the model takes ${columns}.`)
  })
}

/** An empty word or NaN is a missing value. */
function cellsOf(text: string): readonly number[] {
  return text.split(',').map((word) => {
    const cell = word.trim()
    if (cell === '' || cell.toLowerCase() === 'nan') return Number.NaN
    const value = Number(cell)
    if (Number.isFinite(value)) return value
    throw usageError(
      `halcyon models: --row holds "${cell}". Expected numbers with commas between, empty where missing.`,
    )
  })
}

const isRow = (value: unknown): value is readonly (number | null)[] =>
  Array.isArray(value) && value.every((cell) => cell === null || typeof cell === 'number')

function readRows(path: string): readonly (readonly (number | null)[])[] {
  const expected =
    'Expected a JSON list of rows, each a list of numbers (null = missing), or an object with such "inputs".'
  let document: unknown
  try {
    document = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw usageError(`halcyon models: --rows ${path} cannot be read: ${reason}. ${expected}`)
  }
  const list: unknown = Array.isArray(document) ? document : Reflect.get(Object(document), 'inputs')
  if (Array.isArray(list) && list.length > 0 && list.length <= ROWS_MAX && list.every(isRow)) return list
  throw usageError(`halcyon models: --rows ${path} holds no rows. ${expected}`)
}
