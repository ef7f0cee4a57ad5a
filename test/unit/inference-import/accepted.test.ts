import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { examine } from '../../../src/inference/import/examine.ts'
import type { OnnxModel } from '../../../src/inference/import/onnx-proto.ts'
import type { ImportDraft, ImportRequest } from '../../../src/inference/import/protocol.ts'
import * as make from '../../support/onnx/hand-made.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'halcyon-import-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function draftOf(model: OnnxModel, more: Partial<ImportRequest> = {}): Promise<ImportDraft> {
  const file = join(folder, 'model.onnx')
  await writeFile(file, make.bytesOf(model))
  return examine({ file, id: 'x', kind: 'generic', ...more })
}

const linear = make.node(
  'LinearRegressor',
  ['x'],
  ['y'],
  [make.floats('coefficients', [2, -3]), make.floats('intercepts', [10])],
)
const VALUES = make.tensorInfo('y', 1, [undefined, 1])

describe('a model that is imported', () => {
  it('as it stands keeps its bytes, and its seeded golden rows are what it answers', async () => {
    const { manifest, golden, onnx } = await draftOf(make.model({ nodes: [linear], outputs: [VALUES] }))
    expect(manifest.onnx).toMatchObject({ rewrites: [], sha256: manifest.onnx.sourceSha256 })
    expect(onnx).toEqual(make.bytesOf(make.model({ nodes: [linear], outputs: [VALUES] })))
    expect(manifest.output).toMatchObject({ kind: 'values', classes: [0] })
    expect(golden.origin).toBe('onnxruntime')
    for (const { features, output } of golden.rows) {
      const [first, second] = features
      expect(output[0]).toBeCloseTo(10 + 2 * (first ?? 0) - 3 * (second ?? 0), 3)
    }
  })

  it('is asked plain numbers where a split separates missing values only, as CatBoost’s do', async () => {
    const lowest = -3.4028234663852886e38
    const tree = make.treeClassifier({
      stumps: [
        { threshold: lowest, left: { 0: 0.2, 1: 0.8 }, right: { 0: 0.8, 1: 0.2 } },
        { threshold: 3, left: { 0: 0.1, 1: 0.2 }, right: { 0: 0.2, 1: 0.1 } },
      ],
      labels: [0, 1],
    })
    const { golden } = await draftOf(tree)
    const typical = golden.rows.filter(({ name }) => name.startsWith('typical'))
    expect(typical).not.toHaveLength(0)
    for (const { features } of typical) expect(Math.abs(features[0] ?? Number.NaN)).toBeLessThan(10)
  })

  it('twice gives the same golden rows', async () => {
    const model = make.model({ nodes: [linear], outputs: [VALUES] })
    expect((await draftOf(model)).golden).toEqual((await draftOf(model)).golden)
  })

  it('may leave its width to its coefficients, the reference or the person', async () => {
    const inputs = [make.tensorInfo('x', 1, [undefined, undefined])]
    const open = make.model({ nodes: [linear], outputs: [VALUES], inputs })
    expect((await draftOf(open)).manifest.input.shape).toEqual([-1, 2])
    const stump = { threshold: 0.5, left: { 0: 1, 1: 0 }, right: { 0: 0, 1: 1 } }
    const trees = make.treeClassifier({ stumps: [stump], labels: [0, 1] })
    trees.graph?.input.splice(0, 1, ...inputs)
    expect((await draftOf(trees, { columns: 7 })).manifest.features).toHaveLength(7)
  })

  it('may mark missing values by NaN, and is then given them', async () => {
    const imputer = make.node(
      'Imputer',
      ['x'],
      ['filled'],
      [make.floats('imputed_value_floats', [1, 2]), { name: 'replaced_value_float', type: 1, f: Number.NaN }],
    )
    const nodes = [imputer, { ...linear, input: ['filled'] }]
    const { manifest, golden } = await draftOf(make.model({ nodes, outputs: [VALUES] }))
    expect(manifest.features.map((feature) => feature.missingAllowed)).toEqual([true, true])
    expect(golden.rows.at(-1)).toMatchObject({ name: 'all missing', features: [null, null], output: [6] })
  })

  it('may write no opset for a domain of which it has no node', async () => {
    const { manifest } = await draftOf(make.model({ nodes: [linear], outputs: [VALUES], opsets: { 'ai.onnx.ml': 1 } }))
    expect(manifest.onnx.opset).toEqual({ 'ai.onnx.ml': 1 })
  })

  it('takes the answers of its library by class label, and its features by name', async () => {
    const stump = { threshold: 0.5, left: { 0: 0.75, 1: 0.25 }, right: { 0: 0.125, 1: 0.875 } }
    const model = make.treeClassifier({ stumps: [stump], labels: [7, 3] }, true)
    const inputs = Array.from({ length: 20 }, (_, index) => [index / 20, null])
    const answers = inputs.map(([first]) => ((first ?? 0) <= 0.5 ? { 3: 0.25, 7: 0.75 } : { 3: 0.875, 7: 0.125 }))
    const referenceFile = join(folder, 'reference.json')
    const reference = { inputs, author_native_predictions: answers, feature_names: ['edge', 'hour'] }
    await writeFile(referenceFile, JSON.stringify(reference))
    const { manifest, golden } = await draftOf(model, { referenceFile })
    expect(manifest.output).toMatchObject({ kind: 'probabilities', classes: [7, 3] })
    expect(manifest.features.map(({ name }) => name)).toEqual(['edge', 'hour'])
    expect(golden).toMatchObject({
      origin: 'training-library',
      rows: [{ output: [0.75, 0.25] }, ...golden.rows.slice(1)],
    })
  })

  it('may feed its trees columns that are picked, joined and scaled, and they are counted', async () => {
    const stump = { threshold: 0.5, left: { 0: 1, 1: 0 }, right: { 0: 0, 1: 1 } }
    const attributes = (feature: number) =>
      make
        .treeAttributes({ stumps: [stump], labels: [0, 1] })
        .map((attribute) =>
          attribute.name === 'nodes_featureids' ? make.ints('nodes_featureids', [feature, 0, 0]) : attribute,
        )
    const joined = (feature: number): OnnxModel =>
      make.model({
        nodes: [
          make.node('ArrayFeatureExtractor', ['x', 'which'], ['last']),
          make.node('Concat', ['x', 'last'], ['three'], [{ name: 'axis', type: 2, i: 1 }], ''),
          make.node('Mul', ['three', 'by'], ['scaled'], [], ''),
          make.node('Slice', ['scaled', 'one', 'three_', 'one'], ['two'], [], ''),
          make.node('TreeEnsembleClassifier', ['two'], ['label', 'probabilities'], attributes(feature)),
        ],
        outputs: [make.tensorInfo('probabilities', 1, [undefined, 2])],
        initializers: [
          { name: 'which', dims: [1], dataType: 7, int64Data: [1] },
          make.floatTensor('by', [1, 3], [1, 1, 2]),
          { name: 'one', dims: [1], dataType: 7, int64Data: [1] },
          { name: 'three_', dims: [1], dataType: 7, int64Data: [3] },
        ],
      })
    expect((await draftOf(joined(1))).manifest.output.kind).toBe('probabilities')
    await expect(draftOf(joined(2))).rejects.toThrow('feature 2 of an input of 2 columns')
  })
})
