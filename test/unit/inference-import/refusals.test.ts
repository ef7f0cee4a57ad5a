import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MODEL_FILE_BYTES_MAX } from '../../../src/config/limits.ts'
import { OperatingError } from '../../../src/domain/operating-error.ts'
import { examine } from '../../../src/inference/import/examine.ts'
import type { OnnxAttribute, OnnxModel, OnnxNode } from '../../../src/inference/import/onnx-proto.ts'
import type { ImportRequest } from '../../../src/inference/import/protocol.ts'
import * as make from '../../support/onnx/hand-made.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'halcyon-import-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function refusal(bytes: Uint8Array, more: Partial<ImportRequest> = {}): Promise<string> {
  const file = join(folder, 'model.onnx')
  await writeFile(file, bytes)
  const error = await examine({ file, id: 'x', kind: 'generic', ...more }).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(OperatingError)
  return error instanceof OperatingError ? error.message : ''
}

const VALUES = make.tensorInfo('y', 1, [undefined, 1])
const linear = (attributes: readonly OnnxAttribute[] = [make.floats('coefficients', [1, 2])]): OnnxNode =>
  make.node('LinearRegressor', ['x'], ['y'], attributes)
const regressor = (more: Partial<make.GraphParts> = {}): OnnxModel =>
  make.model({ nodes: [linear()], outputs: [VALUES], ...more })
const classifier = (): OnnxModel =>
  make.treeClassifier({
    stumps: [
      { threshold: 0.5, left: { 0: 0.25, 1: 0.25 }, right: { 0: 0.125, 1: 0.375 } },
      { threshold: 0.5, left: { 0: 0.25, 1: 0.25 }, right: { 0: 0.125, 1: 0.375 } },
    ],
    labels: [0, 1],
  })

/** The classifier with one attribute changed. */
function withList(name: string, change: (values: number[]) => void, floats = false): OnnxModel {
  const changed = classifier()
  const attribute = changed.graph?.node[0]?.attribute.find((candidate) => candidate.name === name)
  const values = (floats ? attribute?.floats : attribute?.ints) as number[] | undefined
  if (values) change(values)
  return changed
}

const replace = (position: number, value: number) => (values: number[]) => {
  values[position] = value
}
const identity = (output: string, input = 'x'): OnnxNode => make.node('Identity', [input], [output], [], '')

describe('a graph that is not imported', () => {
  it.each<readonly [string, OnnxModel, string | RegExp]>([
    [
      'another domain',
      regressor({ nodes: [make.node('Magic', ['x'], ['y'], [], 'com.example')] }),
      'domain "com.example"',
    ],
    ['operators of another domain', regressor({ opsets: { '': 17, 'com.example': 1 } }), 'domain "com.example"'],
    ['If', regressor({ nodes: [make.node('If', ['x'], ['y'], [], '')] }), 'control flow'],
    ['Loop', regressor({ nodes: [make.node('Loop', ['x'], ['y'], [], '')] }), 'control flow'],
    ['Scan', regressor({ nodes: [make.node('Scan', ['x'], ['y'], [], '')] }), 'control flow'],
    [
      'a subgraph under another name',
      regressor({ nodes: [linear([{ name: 'body', type: 5, g: Uint8Array.of(10, 0) }])] }),
      'is a subgraph',
    ],
    ['chance', regressor({ nodes: [make.node('RandomNormalLike', ['x'], ['y'], [], '')] }), 'is random'],
    ['functions', { ...regressor(), functions: [Uint8Array.of(10, 1, 65)] }, 'functions of its own'],
    ['a training graph', { ...regressor(), trainingInfo: [Uint8Array.of(10, 0)] }, 'training graph'],
    [
      'external data',
      regressor({ initializers: [{ ...make.floatTensor('w', [1], []), dataLocation: 1 }] }),
      'external data',
    ],
    [
      'an initializer of another length',
      regressor({ initializers: [make.floatTensor('w', [2, 2], [1, 2, 3])] }),
      'shape [2, 2], 4 values, but holds 3',
    ],
    ['a NaN initializer', regressor({ initializers: [make.floatTensor('w', [1], [Number.NaN])] }), 'not finite'],
    [
      'an infinite raw initializer',
      regressor({
        initializers: [
          {
            name: 'w',
            dims: [1],
            dataType: 1,
            rawData: new Uint8Array(Float32Array.of(Number.POSITIVE_INFINITY).buffer),
          },
        ],
      }),
      'not finite',
    ],
    [
      'an infinite half',
      regressor({ initializers: [{ name: 'w', dims: [1], dataType: 10, rawData: Uint8Array.of(0, 0x7c) }] }),
      'not finite',
    ],
    ['a NaN coefficient', regressor({ nodes: [linear([make.floats('coefficients', [1, Number.NaN])])] }), 'not finite'],
    [
      'two inputs',
      regressor({ inputs: [make.tensorInfo('x', 1, [undefined, 2]), make.tensorInfo('z', 1, [undefined, 2])] }),
      '2 inputs (x, z)',
    ],
    ['an int64 input', regressor({ inputs: [make.tensorInfo('x', 7, [undefined, 2])] }), 'expected float32'],
    ['an input of three dimensions', regressor({ inputs: [make.tensorInfo('x', 1, [1, 2, 3])] }), '3 dimensions'],
    ['a fixed batch', regressor({ inputs: [make.tensorInfo('x', 1, [8, 2])] }), 'exactly 8 rows'],
    [
      'columns that nothing tells',
      regressor({ nodes: [identity('y')], inputs: [make.tensorInfo('x', 1, [undefined, undefined])] }),
      'Give them by --columns',
    ],
    [
      'intercepts of another length',
      regressor({ nodes: [linear([make.floats('coefficients', [1, 2]), make.floats('intercepts', [1, 2])])] }),
      '2 intercepts for 1 scores',
    ],
    [
      'what onnxruntime cannot run',
      regressor({ nodes: [make.node('Scaler', ['x'], ['y'], [make.floats('scale', [1, 2, 3])])] }),
      /cannot be loaded by onnxruntime|onnxruntime cannot answer the row/,
    ],
    ['only labels', regressor({ outputs: [make.tensorInfo('y', 7, [undefined])] }), 'only labels'],
    [
      'two outputs of floats',
      regressor({ nodes: [linear(), identity('z', 'y')], outputs: [VALUES, make.tensorInfo('z', 1, [undefined, 1])] }),
      'several outputs of floats (y, z)',
    ],
    ['a cycle', regressor({ nodes: [identity('a', 'b'), identity('b', 'a'), linear()] }), 'has a cycle'],
    ['a name written twice', regressor({ nodes: [identity('x'), linear()] }), 'a second time'],
    ['an output that nothing writes', regressor({ nodes: [identity('a')] }), 'nothing writes the output "y"'],
    [
      'coefficients of another width',
      regressor({ nodes: [linear([make.floats('coefficients', [1, 2, 3])])] }),
      '3 coefficients for an input of 2 columns',
    ],
    [
      'trees behind other features',
      regressor({
        nodes: [
          make.node('Transpose', ['x'], ['xx'], [], ''),
          { ...linear(), opType: 'TreeEnsembleRegressor', input: ['xx'] },
        ],
      }),
      'reads columns whose number cannot be told',
    ],
  ])('%s', async (_what, model, reason) => {
    expect(await refusal(make.bytesOf(model))).toMatch(reason)
  })
})

describe('a tree ensemble that is not imported', () => {
  it.each<readonly [string, OnnxModel, string | RegExp]>([
    ['a list too short', withList('nodes_featureids', (values) => values.pop()), '5 nodes_featureids for 6'],
    ['values too short', withList('nodes_values', (values) => values.pop(), true), '5 nodes_values for 6 nodes'],
    ['weights too short', withList('class_weights', (values) => values.pop(), true), '7 class_weights for 8'],
    ['a child that does not exist', withList('nodes_truenodeids', replace(0, 9)), 'the child 9, which does not exist'],
    ['a child with two parents', withList('nodes_truenodeids', replace(0, 2)), 'below two parents'],
    ['a node that is its own child', withList('nodes_truenodeids', replace(0, 0)), 'cycle'],
    ['a feature beyond the row', withList('nodes_featureids', replace(0, 2)), 'feature 2 of an input of 2'],
    ['a negative feature', withList('nodes_featureids', replace(3, -1)), 'feature -1'],
    ['a node twice', withList('nodes_nodeids', replace(1, 2)), 'twice'],
    ['a class that does not exist', withList('class_ids', replace(0, 2)), 'leaf of class 2; there are 2'],
    ['a weight on a split', withList('class_nodeids', replace(0, 0)), 'which is no leaf'],
    ['a weight on nothing', withList('class_treeids', replace(0, 7)), '7/1 (tree/node), which does not exist'],
    ['a NaN weight', withList('class_weights', replace(0, Number.NaN), true), 'not finite'],
    ['an infinite threshold', withList('nodes_values', replace(0, Number.NEGATIVE_INFINITY), true), 'not finite'],
    ['one class', withList('classlabels_int64s', (values) => values.pop()), 'at least two'],
  ])('%s', async (_what, model, reason) => {
    expect(await refusal(make.bytesOf(model))).toMatch(reason)
  })

  it('probabilities that do not sum to one', async () => {
    const { stumps } = { stumps: [{ threshold: 0.5, left: { 0: 1, 1: 1, 2: 1 }, right: { 0: 0, 1: 0, 2: 0 } }] }
    const model = make.treeClassifier({ stumps, labels: [0, 1, 2], postTransform: 'LOGISTIC' })
    expect(await refusal(make.bytesOf(model))).toMatch(/probabilities on the row ".*" sum to/)
  })
})

describe('a file that is not imported', () => {
  it('is cut off at any point', async () => {
    const whole = make.bytesOf(classifier())
    for (const length of [0, 1, 40, whole.length >> 1, whole.length - 1]) {
      expect(await refusal(whole.subarray(0, length))).toMatch(/cut off|no ONNX graph|nothing writes|no [\w]+_|for \d+/)
    }
  })

  it('is larger than what is read, which is seen before it is', async () => {
    const file = join(folder, 'large.onnx')
    await writeFile(file, '')
    await truncate(file, MODEL_FILE_BYTES_MAX + 1)
    await expect(examine({ file, id: 'x', kind: 'generic' })).rejects.toThrow(`at most ${MODEL_FILE_BYTES_MAX}`)
  })

  it('does not exist, or is a folder', async () => {
    await expect(examine({ file: join(folder, 'none'), id: 'x', kind: 'generic' })).rejects.toThrow('ENOENT')
    await expect(examine({ file: folder, id: 'x', kind: 'generic' })).rejects.toThrow(/no file|EISDIR/)
  })
})

describe('a model that does not answer as its reference', () => {
  const inputs = Array.from({ length: 20 }, (_, index) => [index, 1])
  const reference = async (document: object): Promise<Partial<ImportRequest>> => {
    const referenceFile = join(folder, 'reference.json')
    await writeFile(referenceFile, JSON.stringify(document))
    return { referenceFile }
  }

  it('names row, column and both values', async () => {
    const answers = inputs.map(([first = 0]) => [first + 2])
    answers[7] = [9.01]
    const more = await reference({ inputs, author_native_predictions: answers })
    expect(await refusal(make.bytesOf(regressor()), more)).toMatch(/row 7, column 0: expected 9\.01, got 9 /)
  })

  it.each<readonly [string, object, string]>([
    ['too few rows', { inputs: inputs.slice(1), author_native_predictions: inputs.slice(1).map(() => 1) }, '19 rows'],
    ['other lengths', { inputs, author_native_predictions: [1] }, '1 author_native_predictions for 20 inputs'],
    ['another width', { inputs: inputs.map(() => [1, 2, 3]) }, 'has 2 columns, its reference or --columns 3'],
    ['another output', { inputs, onnxruntime_outputs: { z: inputs.map(() => 1) } }, 'nor the output "y" (there is z)'],
    ['another form', { inputs: 'none' }, 'lacks the form'],
  ])('and a reference with %s is none', async (_what, document, reason) => {
    expect(await refusal(make.bytesOf(regressor()), await reference(document))).toContain(reason)
  })

  it('is no package that trades without the answers of its training library', async () => {
    const bytes = make.bytesOf(regressor())
    expect(await refusal(bytes, { kind: 'edge-binary' })).toContain('needs --reference')
    const more = await reference({ inputs, onnxruntime_outputs: { y: inputs.map(([first = 0]) => [first + 2]) } })
    const manifestFile = join(folder, 'given.json')
    await writeFile(manifestFile, '{}')
    expect(await refusal(bytes, { ...more, manifestFile, kind: 'edge-binary' })).toContain(
      'no author_native_predictions',
    )
  })
})
