import { join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { invariant } from '../domain/invariant.ts'
import { OperatingError } from '../domain/operating-error.ts'
import type { AnyPackage, Golden } from './package.ts'
import { OPEN_GATE, type RunGate } from './run-gate.ts'

/** Rows whose probabilities sum to anything further from one are refused. */
const SUM_TOLERANCE = 1e-3
/** What one minus a sum of float32 leaves may fall short of zero; it is read as zero. */
const NEGATIVE_TOLERANCE = 1e-6

/** The answer is no answer: not finite, not probabilities, not as long as the manifest says. An operating error as a value. */
export class ModelFailure extends Error {
  override readonly name = 'ModelFailure'
}

export interface Session {
  readonly goldenRows: number
  /**
   * One row in the manifest's order, a missing value as NaN. Gives the named output, one number per class.
   *
   * @throws ModelFailure where the output is not what the manifest promises
   */
  run(features: Float32Array): Promise<Float64Array>
  /** Waits for what runs, then frees the native session. Ending a thread in the middle of a run aborts the process. */
  release(): Promise<void>
}

function checkNames(session: InferenceSession, { manifest, folder }: AnyPackage): void {
  const path = join(folder, manifest.onnx.file)
  if (!session.inputNames.includes(manifest.input.name) || session.inputNames.length !== 1) {
    throw new OperatingError(
      `${path} has the inputs ${session.inputNames.join(', ')}; its manifest promises the single input "${manifest.input.name}". Export the package again.`,
    )
  }
  const output = session.outputMetadata.find((candidate) => candidate.name === manifest.output.name)
  if (!output) {
    throw new OperatingError(
      `${path} has the outputs ${session.outputNames.join(', ')}; its manifest promises "${manifest.output.name}". Export the package again.`,
    )
  }
  if (!output.isTensor) {
    throw new OperatingError(
      `${path}: the output "${manifest.output.name}" is no tensor, so it still goes through ZipMap. Export the package with ZipMap removed.`,
    )
  }
}

/** By value, never by position of a label: the columns are the manifest's classes. */
function readOutput(tensor: Tensor | undefined, { output }: AnyPackage['manifest']): Float64Array {
  if (!tensor || (tensor.type !== 'float32' && tensor.type !== 'float64')) {
    throw new ModelFailure(`The output "${output.name}" is no tensor of floats.`)
  }
  const values = Float64Array.from(tensor.data as Float32Array | Float64Array)
  if (values.length !== output.classes.length) {
    throw new ModelFailure(`The output has ${values.length} values for ${output.classes.length} classes.`)
  }
  if (!values.every(Number.isFinite)) throw new ModelFailure('The output is not finite.')
  if (output.kind !== 'probabilities') return values
  if (!isDistribution(values)) throw new ModelFailure(`The output is no distribution: it sums to ${sumOf(values)}.`)
  return values.map((value) => Math.max(value, 0))
}

export const sumOf = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((total, value) => total + value, 0)

export const isDistribution = (values: ArrayLike<number>): boolean =>
  Array.from(values).every((value) => value >= -NEGATIVE_TOLERANCE) && Math.abs(sumOf(values) - 1) <= SUM_TOLERANCE

async function checkGolden(session: Pick<Session, 'run'>, golden: Golden, folder: string): Promise<void> {
  const path = join(folder, 'golden.json')
  for (const row of golden.rows) {
    const features = Float32Array.from(row.features, (value) => value ?? Number.NaN)
    let output: Float64Array
    try {
      output = await session.run(features)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new OperatingError(
        `The model in ${folder} cannot answer its golden row "${row.name}": ${reason} Export the package again.`,
      )
    }
    for (const [index, expected] of row.output.entries()) {
      const difference = Math.abs((output[index] ?? Number.NaN) - expected)
      if (difference <= golden.tolerance) continue
      throw new OperatingError(
        `The model in ${folder} does not answer as the library that trained it: golden row "${row.name}" of ${path}, class ${index}: expected ${expected}, got ${output[index]} (tolerance ${golden.tolerance}). Do not trade on it: export the package again.`,
      )
    }
  }
}

/** @throws OperatingError naming the file, where onnxruntime refuses it */
async function createNative(onnx: Uint8Array, path: string): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(onnx, {
      executionProviders: ['cpu'],
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      enableCpuMemArena: false,
      enableMemPattern: false,
      logSeverityLevel: 3,
    })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new OperatingError(`${path} cannot be loaded by onnxruntime: ${reason} Export the package again.`)
  }
}

/** A model of which nothing is known yet but its names: for the importer, which runs it in a process of its own. */
export interface Probe {
  /** One row; gives the output's values and shape as they are. */
  run(features: Float32Array): Promise<{ readonly values: Float64Array; readonly dims: readonly number[] }>
  release(): Promise<void>
}

/** @throws OperatingError where onnxruntime cannot load it */
export async function openProbe(of: {
  readonly onnx: Uint8Array
  readonly input: string
  readonly output: string
}): Promise<Probe> {
  const native = await createNative(of.onnx, 'The model')
  return {
    async run(features) {
      const outputs = await native.run({ [of.input]: new Tensor('float32', features, [1, features.length]) }, [
        of.output,
      ])
      const tensor = outputs[of.output]
      if (!tensor || (tensor.type !== 'float32' && tensor.type !== 'float64')) {
        throw new ModelFailure(`The output "${of.output}" is no tensor of floats.`)
      }
      return { values: Float64Array.from(tensor.data as Float32Array | Float64Array), dims: tensor.dims }
    },
    release: () => native.release(),
  }
}

/**
 * Loads the model on the calling thread and runs every golden row through it.
 *
 * @throws OperatingError naming the row or the name that does not hold
 */
export async function openSession(loaded: AnyPackage, gate: RunGate = OPEN_GATE): Promise<Session> {
  const { manifest, folder, golden } = loaded
  // A copy, because onnxruntime does not read memory that threads share.
  const native = await createNative(new Uint8Array(loaded.onnx), join(folder, manifest.onnx.file))
  const columns = manifest.features.length
  let running: Promise<unknown> = Promise.resolve()
  let isReleased = false

  const session: Session = {
    goldenRows: golden.rows.length,
    async run(features) {
      invariant(!isReleased, 'a released session runs nothing')
      invariant(features.length === columns, 'a row has one value per feature of the manifest')
      if (!gate.enter()) throw new ModelFailure('The pool is closing.')
      const input = new Tensor('float32', features, [1, columns])
      const answer = native.run({ [manifest.input.name]: input }, [manifest.output.name]).finally(() => gate.leave())
      // Nothing of the answers is kept: each would hold the one before it.
      running = Promise.allSettled([running, answer]).then(() => undefined)
      const outputs = await answer
      return readOutput(outputs[manifest.output.name], manifest)
    },
    async release() {
      if (isReleased) return
      isReleased = true
      await running
      await native.release()
    },
  }
  try {
    checkNames(native, loaded)
    await checkGolden(session, golden, folder)
  } catch (error) {
    await session.release()
    throw error
  }
  return session
}
