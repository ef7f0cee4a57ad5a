import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { decodeModel, encodeModel } from '../../../src/inference/import/onnx-proto.ts'
import { loadPackage, type ModelPackage } from '../../../src/inference/package.ts'
import { openSession } from '../../../src/inference/session.ts'
import { TINY_PACKAGE } from '../../support/inference/fixtures.ts'
import { bytesOf, type Ensemble, treeClassifier } from '../../support/onnx/hand-made.ts'
import { importsOf, targetOf } from '../../tidy/imports.ts'
import { PROJECT_FOLDER } from '../../tidy/project.ts'
import { parseSource } from '../../tidy/source-file.ts'

/**
 * What onnxruntime does wrongly, or to the process, and the package that promises it is refused for. The rest of the
 * hazards are tested where they are met: ends of threads and processes in the pool's tests, rewrites in the importer's.
 */
const tiny = await loadPackage(TINY_PACKAGE)

const refusal = (changed: ModelPackage): Promise<string> =>
  openSession(changed).then(
    (session) => session.release().then(() => 'none'),
    (error: unknown) => String(error),
  )

const ensemble: Ensemble = {
  stumps: [{ threshold: 0.5, left: { 0: 0.3, 1: 0.7 }, right: { 0: 0.6, 1: 0.4 } }],
  labels: [0, 1],
  postTransform: 'NONE',
}

/** The hand-made classifier of two classes in a package that promises the named output. */
function classifier(output: string, hasZipMap: boolean): ModelPackage {
  const rows = tiny.golden.rows.map((row) => ({ ...row, features: [0, 0], output: [0.3, 0.7] }))
  return {
    ...tiny,
    manifest: {
      ...tiny.manifest,
      input: { ...tiny.manifest.input, name: 'x', shape: [-1, 2] },
      features: tiny.manifest.features.slice(0, 2),
      output: { ...tiny.manifest.output, name: output, classes: [0, 1] },
    },
    golden: { ...tiny.golden, rows },
    onnx: bytesOf(treeClassifier(ensemble, hasZipMap)),
  }
}

describe('a package is refused', () => {
  it('not where its classifier gives a tensor of probabilities', async () => {
    expect(await refusal(classifier('probabilities', false))).toBe('none')
  })

  it('where its output still goes through ZipMap, which cannot be read', async () => {
    expect(await refusal(classifier('probabilities', true))).toContain('is no tensor, so it still goes through ZipMap')
  })

  it('where it promises the label for its output', async () => {
    expect(await refusal(classifier('label', false))).toContain('The output "label" is no tensor of floats.')
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY])(
    'where a weight is %d, which loads and runs silently',
    async (bad) => {
      const model = decodeModel(tiny.onnx)
      const weights = model.graph?.initializer.find(({ name }) => name === 'weights')
      expect(weights?.rawData?.byteLength).toBe(3 * 21 * Float32Array.BYTES_PER_ELEMENT)
      const raw = Uint8Array.from(weights?.rawData ?? [])
      new DataView(raw.buffer).setFloat32(0, bad, true)
      if (weights) weights.rawData = raw
      expect(await refusal({ ...tiny, onnx: encodeModel(model) })).toContain('golden row "row 0"')
    },
  )

  it('where two of its golden columns are exchanged, as a wrong order of classes would', async () => {
    const rows = tiny.golden.rows.map((row) => ({ ...row, output: row.output.toReversed() }))
    expect(await refusal({ ...tiny, golden: { ...tiny.golden, rows } })).toContain('does not answer as the library')
  })
})

describe('the native library', () => {
  /** Types are erased, and what is named by a URL runs in a thread or a process of its own. */
  function reachedFrom(path: string, seen: Set<string>): Set<string> {
    if (seen.has(path)) return seen
    seen.add(path)
    const text = readFileSync(join(PROJECT_FOLDER, path), 'utf8')
    const code = text.replace(/^import type [^'"]* from .*$/gm, '')
    for (const { specifier, isUrl } of importsOf(parseSource(path, code))) {
      const target = isUrl ? undefined : targetOf(path, specifier)
      if (target?.endsWith('.ts')) reachedFrom(target, seen)
    }
    return seen
  }

  it('computes on the thread that calls it, so the daemon loads it on threads of the pool only', () => {
    const daemon = reachedFrom('src/app/daemon.ts', new Set())
    expect([...daemon]).toContain('src/inference/pool.ts')
    expect([...daemon]).not.toContain('src/inference/session.ts')
    expect([...reachedFrom('src/inference/score.worker.ts', new Set())]).toContain('src/inference/session.ts')
  })

  it('is the version whose behaviour is tested here, installed without a script', () => {
    const read = (file: string): string => readFileSync(join(PROJECT_FOLDER, file), 'utf8')
    const manifest = JSON.parse(read('package.json')) as {
      dependencies: Record<string, string>
      allowScripts: Record<string, boolean>
    }
    expect(manifest.dependencies['onnxruntime-node']).toBe('1.30.0')
    expect(manifest.allowScripts['onnxruntime-node']).toBe(false)
    expect(read('.npmrc').split('\n')).toContain('onnxruntime-node-install=skip')
  })
})
