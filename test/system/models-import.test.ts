import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it, test } from 'vitest'
import { systemTransportClock } from '../../src/clock/system-clock.ts'
import { type ChildLimits, examineInChild } from '../../src/inference/import/run-child.ts'
import { loadPackage } from '../../src/inference/package.ts'
import { runCommand } from '../support/command-line.ts'
import { SLOW_PACKAGE } from '../support/inference/fixtures.ts'
import {
  bytesOf,
  floats,
  mapInfo,
  model,
  node,
  strings,
  tensorInfo,
  treeClassifier,
} from '../support/onnx/hand-made.ts'

const folder = mkdtempSync(join(tmpdir(), 'halcyon-models-import-'))
afterAll(() => rmSync(folder, { recursive: true }))

const ODD_CHILD = fileURLToPath(new URL('../support/onnx/odd-child.ts', import.meta.url))
const run = (...argv: string[]) => runCommand(['models', ...argv], { cwd: folder })

const EDGE = treeClassifier(
  {
    stumps: [{ threshold: 0.5, left: { 0: -0.4, 1: 0.4 }, right: { 0: 0.7, 1: -0.7 } }],
    labels: [0, 1],
    postTransform: 'LOGISTIC',
    baseValues: [-0.3, 0.3],
  },
  true,
)
const edgeFile = join(folder, 'edge.onnx')
writeFileSync(edgeFile, bytesOf(EDGE))
const logistic = (score: number): number => 1 / (1 + Math.exp(-score))

describe('the process that checks a model', () => {
  const odd = (id: string, limits: Partial<ChildLimits>) =>
    examineInChild(
      { file: 'model.onnx', id, kind: 'generic' },
      { transport: systemTransportClock(), script: ODD_CHILD, limits },
    )

  it.each<readonly [string, Partial<ChildLimits>, RegExp]>([
    ['hang', { deadlineMs: 1_000 }, /was not done within 1 s and was ended/],
    ['crash', {}, /crashed \(SIGABRT\)/],
    ['leave', {}, /crashed \(exit code 0\)/],
    ['fill-the-heap', { heapMb: 32 }, /crashed .*It said: FATAL ERROR: .*heap/],
  ])('that would %s ends the import and nothing else', async (id, limits, reason) => {
    await expect(odd(id, limits)).rejects.toThrow(reason)
  })

  it.runIf(process.platform === 'linux')('that takes memory outside its heap is ended', async () => {
    await expect(odd('fill-the-memory', { residentBytesMax: 250 * 1024 * 1024 })).rejects.toThrow(
      'took more than 250 MB of memory and was ended',
    )
  })

  it('is ended while onnxruntime computes', async () => {
    const request = { file: join(SLOW_PACKAGE, 'model.onnx'), id: 'slow', kind: 'generic' } as const
    const limits = { deadlineMs: 1_200 }
    await expect(examineInChild(request, { transport: systemTransportClock(), limits })).rejects.toThrow('1.2 s')
  })

  it('is ended by an interruption', async () => {
    const interruption = new AbortController()
    const request = { file: join(SLOW_PACKAGE, 'model.onnx'), id: 'slow', kind: 'generic' } as const
    const ended = examineInChild(request, { transport: systemTransportClock(), signal: interruption.signal })
    interruption.abort('SIGINT')
    await expect(ended).rejects.toBe('SIGINT')
  })
})

describe('halcyon models import', () => {
  it('writes a package that list, verify, show and predict know', async () => {
    const imported = await run('import', 'edge.onnx', '--id', 'edge', '--json')
    expect(imported.exitCode).toBe(0)
    const report: unknown = JSON.parse(imported.stdout)
    expect(report).toMatchObject({
      id: 'edge',
      kind: 'generic',
      folder: join(folder, 'models/edge'),
      output: { name: 'probabilities', kind: 'probabilities', classes: [0, 1] },
      goldenOrigin: 'onnxruntime',
      rewrites: [expect.stringContaining('ZipMap'), expect.stringContaining('base_values'), 'output "label" dropped'],
    })
    expect(readdirSync(join(folder, 'models'))).toEqual(['edge'])
    const predicted = await run('predict', 'edge', '--row', '0,', '--json')
    const [row] = (JSON.parse(predicted.stdout) as { rows: number[][] }).rows
    expect(row?.[1]).toBeCloseTo(logistic(0.7), 6)
    expect((await run('verify', 'edge')).stdout).toMatch(/24 golden rows agree \(onnxruntime's own answers\)/)
    expect(JSON.parse((await run('list', '--json')).stdout)).toMatchObject({
      packages: [{ id: 'edge', kind: 'generic', trainedFrom: null, validUntil: null }],
    })
    expect((await run('show', 'models/edge')).stdout).toContain('kind generic')
    expect(JSON.parse((await run('show', 'edge', '--json')).stdout)).toMatchObject({ manifest: { id: 'edge' } })
  })

  it('does not overwrite a package, and leaves nothing behind where a model is refused', async () => {
    await expect(run('import', 'edge.onnx', '--id', 'edge')).rejects.toThrow('exists already and is not overwritten')
    writeFileSync(join(folder, 'cut.onnx'), bytesOf(EDGE).subarray(0, 100))
    await expect(run('import', 'cut.onnx', '--id', 'cut')).rejects.toMatchObject({
      exitCode: 1,
      message: expect.stringContaining('cut.onnx is not imported: it is no ONNX file, or is cut off'),
    })
    expect(readdirSync(join(folder, 'models'))).toEqual(['edge'])
  })

  it('writes a package of a kind that trades from the answers of its library and what the file cannot tell', async () => {
    const inputs = Array.from({ length: 20 }, (_, index) => [index / 20, index])
    const answers = inputs.map(([first = 0]) => logistic(first <= 0.5 ? 0.7 : -0.4))
    writeFileSync(join(folder, 'edge.json'), JSON.stringify({ inputs, author_native_predictions: answers }))
    const given = {
      features: ['edge', 'hour'].map((name) => ({ name, unit: '', min: 0, max: 20, missingAllowed: false })),
      featureCodeHash: 'abc',
      output: { tails: { lower: 'loses', upper: 'wins' } },
      base: 'none',
      calibration: { kind: 'none' },
      target: { definition: 'the signal wins', stations: {}, settlementSource: 'none' },
      training: {
        ...{ from: '2024-01-01', to: '2024-09-30', rows: 1, days: 1, dataSha256: '0'.repeat(64), seed: 1 },
        ...{ parameters: {}, libraries: {} },
      },
      metrics: {},
      validUntil: '2099-12-31',
    }
    writeFileSync(join(folder, 'given.json'), JSON.stringify(given))
    const words = ['--kind', 'edge-binary', '--reference', 'edge.json', '--manifest', 'given.json']
    expect((await run('import', 'edge.onnx', '--id', 'edge-2', ...words)).exitCode).toBe(0)
    const loaded = await loadPackage(join(folder, 'models/edge-2'))
    expect(loaded.manifest).toMatchObject({ kind: 'edge-binary', features: [{ name: 'edge' }, { name: 'hour' }] })
    expect(loaded.golden).toMatchObject({ origin: 'training-library' })
    writeFileSync(join(folder, 'given.json'), JSON.stringify({ ...given, validUntil: undefined }))
    await expect(run('import', 'edge.onnx', '--id', 'edge-3', ...words)).rejects.toThrow('validUntil')
  })

  it('is made of checks that verify makes alone: on a bare file, and on a package that never was imported', async () => {
    const bare = await run('verify', 'edge.onnx', '--json')
    expect(JSON.parse(bare.stdout)).toMatchObject({
      goldenRows: 24,
      rewrites: expect.arrayContaining([expect.any(String)]),
    })
    await expect(run('verify', 'cut.onnx')).rejects.toThrow('cut.onnx would not be imported: ')
    const single = treeClassifier({
      stumps: [{ threshold: 0.5, left: { 1: 0.4 }, right: { 1: -0.7 } }],
      labels: [0, 1],
      postTransform: 'LOGISTIC',
    })
    writeFileSync(join(folder, 'single.onnx'), bytesOf(single))
    await run('import', 'single.onnx', '--id', 'single')
    expect((await run('verify', 'single')).exitCode).toBe(0)
    const target = join(folder, 'models/single')
    const manifest = JSON.parse(readFileSync(join(target, 'manifest.json'), 'utf8')) as { onnx: object }
    const golden = JSON.parse(readFileSync(join(target, 'golden.json'), 'utf8')) as { rows: { output: number[] }[] }
    const onnx = bytesOf(
      treeClassifier({
        stumps: [{ threshold: 0.5, left: { 0: 0.25, 1: 0.25 }, right: { 0: 0.25, 1: 0.25 } }],
        labels: [0, 1],
        baseValues: [0.25, 0.25],
      }),
    )
    for (const row of golden.rows) row.output = [-0.5, 0.5]
    const sha256 = createHash('sha256').update(onnx).digest('hex')
    const output = { name: 'probabilities', kind: 'margins', classes: [0, 1] }
    writeFileSync(join(target, 'model.onnx'), onnx)
    writeFileSync(join(target, 'golden.json'), JSON.stringify(golden))
    const changed = { ...manifest, output, onnx: { ...manifest.onnx, sha256 } }
    writeFileSync(join(target, 'manifest.json'), JSON.stringify(changed))
    await expect(run('verify', 'single')).rejects.toThrow(/would misread it without these rewrites: base_values/)
  })

  it('keeps class names beside the columns', async () => {
    const classifier = node(
      'LinearClassifier',
      ['x'],
      ['label', 'scores'],
      [
        floats('coefficients', [1, 0, -1, 0]),
        floats('intercepts', [0, 0]),
        strings('classlabels_strings', ['loses', 'wins']),
        { name: 'post_transform', type: 3, s: new TextEncoder().encode('SOFTMAX') },
      ],
    )
    const zipMap = node('ZipMap', ['scores'], ['named'], [strings('classlabels_strings', ['loses', 'wins'])])
    const outputs = [tensorInfo('label', 8, [undefined]), mapInfo('named')]
    writeFileSync(join(folder, 'named.onnx'), bytesOf(model({ nodes: [classifier, zipMap], outputs })))
    const { stdout } = await run('import', 'named.onnx', '--id', 'named', '--json')
    expect(JSON.parse(stdout)).toMatchObject({ output: { classes: [0, 1], labels: ['loses', 'wins'] } })
  })

  it.each([
    [['import'], /needs an ONNX file/],
    [['import', 'edge.onnx'], /--id is missing/],
    [['import', 'edge.onnx', '--id', 'No Name'], /--id is "No Name"/],
    [['import', 'edge.onnx', '--id', 'a', '--kind', 'magic'], /--kind is "magic"/],
    [
      ['import', 'edge.onnx', '--id', 'a', '--reference', 'none.json'],
      /--reference names .*none\.json, which does not exist/,
    ],
    [['predict', 'edge'], /either --row 1,2,3 or --rows/],
    [['predict', 'edge', '--row', '1,2,3'], /row 0 has 3 values, the model takes 2/],
    [['predict', 'edge', '--row', 'a,2'], /--row holds "a"/],
    [['predict', 'edge', '--rows', 'none.json'], /--rows .*none\.json cannot be read/],
    [['show'], /show needs a package folder or id/],
  ])('%j ends with usage and one paragraph', async (argv, message) => {
    await expect(run(...argv)).rejects.toMatchObject({ exitCode: 2, message: expect.stringMatching(message) })
  })

  it('makes nothing that a daemon would serve, unless it is asked for and proven', async () => {
    await expect(loadPackage(join(folder, 'models/edge'))).rejects.toThrow('its kind is "generic"')
  })
})

const shared = process.env.HALCYON_SHARED_DATA

/** Largest absolute difference to the reference; PROVENANCE.md states what the authors' libraries differ by. */
describe.skipIf(!shared)('a public model', () => {
  test.each([
    ['catboost_binary_12f_ZipMap', 'probabilities', 1e-6],
    ['xgb_iris3_noZipMap', 'probabilities', 5e-7],
    ['sklearn_linear_diabetes_reg', 'variable', 5e-5],
    ['sklearn_treecl', 'proba_0', 1e-6],
  ])('%s is imported and gives its reference outputs', async (name, output, tolerance) => {
    const file = join(shared ?? '', 'onnx', name)
    const reference = `${file}.reference.json`
    const id = name.toLowerCase().replaceAll('_', '-')
    await run('import', `${file}.onnx`, '--id', id, '--out', 'public', '--reference', reference)
    await run('import', `${file}.onnx`, '--id', `${id}-alone`, '--out', 'public')
    const document = JSON.parse(readFileSync(reference, 'utf8')) as Record<string, unknown>
    const outputs = document.onnxruntime_outputs as Record<string, (number[] | Record<string, number>)[]>
    const native = document.author_native_predictions as (number | number[])[] | undefined
    for (const known of [id, `${id}-alone`]) {
      const { stdout } = await run('predict', known, '--models', 'public', '--rows', reference, '--json')
      const { rows } = JSON.parse(stdout) as { rows: number[][] }
      expect(rows).toHaveLength(outputs[output]?.length ?? -1)
      for (const [index, row] of rows.entries()) {
        const answered = Object.values(outputs[output]?.[index] ?? {})
        const told = native ? [native[index]].flat() : answered
        for (const [column, value] of row.entries()) {
          expect(Math.abs(value - (answered[column] ?? Number.NaN))).toBeLessThanOrEqual(tolerance)
          expect(Math.abs(value - (told[column] ?? Number.NaN))).toBeLessThanOrEqual(tolerance)
        }
      }
    }
  })
})
