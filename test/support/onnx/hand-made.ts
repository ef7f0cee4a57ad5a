import {
  ATTRIBUTE_TYPE,
  encodeModel,
  type OnnxAttribute,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValueInfo,
} from '../../../src/inference/import/onnx-proto.ts'

const utf8 = new TextEncoder()

/** An attribute by the shape of its value; whole-number lists are floats unless `ints` is called. */
export const ints = (name: string, values: readonly number[]): OnnxAttribute => ({
  name,
  type: ATTRIBUTE_TYPE.ints,
  ints: [...values],
})
export const floats = (name: string, values: readonly number[]): OnnxAttribute => ({
  name,
  type: ATTRIBUTE_TYPE.floats,
  floats: [...values],
})
export const strings = (name: string, values: readonly string[]): OnnxAttribute => ({
  name,
  type: ATTRIBUTE_TYPE.strings,
  strings: values.map((value) => utf8.encode(value)),
})
export const text = (name: string, value: string): OnnxAttribute => ({
  name,
  type: ATTRIBUTE_TYPE.string,
  s: utf8.encode(value),
})

export const tensorInfo = (name: string, elemType: number, dims: readonly (number | undefined)[]): OnnxValueInfo => ({
  name,
  type: {
    tensorType: { elemType, shape: { dim: dims.map((dimValue) => (dimValue === undefined ? {} : { dimValue })) } },
  },
})

/** seq(map(int64, float)), which ZipMap gives and which no tensor holds. */
export const mapInfo = (name: string): OnnxValueInfo => ({
  name,
  type: { sequenceType: Uint8Array.from([0x0a, 0x0a, 0x2a, 0x08, 0x08, 0x07, 0x12, 0x04, 0x0a, 0x02, 0x08, 0x01]) },
})

export const node = (
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attribute: readonly OnnxAttribute[] = [],
  domain = 'ai.onnx.ml',
): OnnxNode => ({ opType, domain, input: [...input], output: [...output], attribute: [...attribute] })

export const floatTensor = (name: string, dims: readonly number[], floatData: readonly number[]): OnnxTensor => ({
  name,
  dims: [...dims],
  dataType: 1,
  floatData: [...floatData],
})

export interface GraphParts {
  readonly nodes: readonly OnnxNode[]
  readonly inputs?: readonly OnnxValueInfo[]
  readonly outputs: readonly OnnxValueInfo[]
  readonly initializers?: readonly OnnxTensor[]
  readonly opsets?: Readonly<Record<string, number>>
}

export const model = ({ nodes, inputs, outputs, initializers = [], opsets }: GraphParts): OnnxModel => ({
  irVersion: 8,
  opsetImport: Object.entries(opsets ?? { '': 17, 'ai.onnx.ml': 3 }).map(([domain, version]) => ({ domain, version })),
  graph: {
    name: 'hand-made',
    node: [...nodes],
    initializer: [...initializers],
    sparseInitializer: [],
    input: [...(inputs ?? [tensorInfo('x', 1, [undefined, 2])])],
    output: [...outputs],
  },
  trainingInfo: [],
  functions: [],
})

export const bytesOf = (of: OnnxModel): Uint8Array => encodeModel(of)

/** A tree of one split on feature 0 (`x0 <= threshold`), left leaf 1 and right leaf 2, weights by leaf and class. */
export interface Stump {
  readonly threshold: number
  readonly left: Readonly<Record<number, number>>
  readonly right: Readonly<Record<number, number>>
}

export interface Ensemble {
  readonly stumps: readonly Stump[]
  readonly labels: readonly number[]
  readonly postTransform?: string
  readonly baseValues?: readonly number[]
}

/** Attributes of a `TreeEnsembleClassifier`, or with `prefix: 'target'` of a regressor. */
export function treeAttributes({ stumps, labels, postTransform, baseValues }: Ensemble): OnnxAttribute[] {
  const every = <Value>(values: readonly Value[]): Value[] => stumps.flatMap(() => values)
  const leaves = stumps.flatMap(({ left, right }, tree) =>
    [left, right].flatMap((weights, side) =>
      Object.entries(weights).map(([id, weight]) => ({ tree, leaf: side + 1, id: Number(id), weight })),
    ),
  )
  return [
    ints('classlabels_int64s', labels),
    text('post_transform', postTransform ?? 'NONE'),
    ints(
      'nodes_treeids',
      stumps.flatMap((_, tree) => [tree, tree, tree]),
    ),
    ints('nodes_nodeids', every([0, 1, 2])),
    ints('nodes_featureids', every([0, 0, 0])),
    floats(
      'nodes_values',
      stumps.flatMap(({ threshold }) => [threshold, 0, 0]),
    ),
    strings('nodes_modes', every(['BRANCH_LEQ', 'LEAF', 'LEAF'])),
    ints('nodes_truenodeids', every([1, 0, 0])),
    ints('nodes_falsenodeids', every([2, 0, 0])),
    ints(
      'class_treeids',
      leaves.map(({ tree }) => tree),
    ),
    ints(
      'class_nodeids',
      leaves.map(({ leaf }) => leaf),
    ),
    ints(
      'class_ids',
      leaves.map(({ id }) => id),
    ),
    floats(
      'class_weights',
      leaves.map(({ weight }) => weight),
    ),
    ...(baseValues ? [floats('base_values', baseValues)] : []),
  ]
}

/** Label and probabilities of a tree classifier, the second as a tensor or through ZipMap. */
export function treeClassifier(ensemble: Ensemble, hasZipMap = false): OnnxModel {
  const raw = hasZipMap ? 'scores' : 'probabilities'
  const classifier = node('TreeEnsembleClassifier', ['x'], ['label', raw], treeAttributes(ensemble))
  const zipMap = node('ZipMap', [raw], ['probabilities'], [ints('classlabels_int64s', ensemble.labels)])
  return model({
    nodes: hasZipMap ? [classifier, zipMap] : [classifier],
    outputs: [
      tensorInfo('label', 7, [undefined]),
      hasZipMap ? mapInfo('probabilities') : tensorInfo('probabilities', 1, [undefined, ensemble.labels.length]),
    ],
  })
}
