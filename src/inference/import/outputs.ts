import { textOf } from './attributes.ts'
import { domainOf, labelsOf, nameOf } from './node-names.ts'
import { numberOf, type OnnxGraph, type OnnxNode, type OnnxValueInfo, TENSOR_TYPE } from './onnx-proto.ts'
import { refuse } from './refuse.ts'

export interface ModelInput {
  readonly name: string
  /** As declared; undefined where the file leaves it open. */
  readonly columns: number | undefined
  /** -1 = any number. */
  readonly rows: number
}

/** @throws OperatingError where the model wants anything but one [rows, columns] of float32 */
export function modelInput(graph: OnnxGraph): ModelInput {
  // Old files list their initializers among the inputs.
  const constants = new Set(graph.initializer.map((tensor) => tensor.name))
  const inputs = graph.input.filter(({ name }) => !constants.has(name))
  const [input] = inputs
  if (inputs.length !== 1 || !input) {
    const names = inputs.map(({ name }) => name).join(', ')
    refuse(
      `it has ${inputs.length} inputs (${names}), expected one [rows, features]. Export it with one matrix as input.`,
    )
  }
  const tensor = input.type?.tensorType
  if (tensor?.elemType !== TENSOR_TYPE.float) {
    const type = tensor ? `a tensor of ONNX type ${tensor.elemType ?? 0}` : 'no tensor'
    refuse(`its input "${input.name}" is ${type}, expected float32. Export it with a float32 input.`)
  }
  const dims = tensor.shape?.dim ?? []
  if (tensor.shape && dims.length !== 2) {
    refuse(`its input "${input.name}" has ${dims.length} dimensions, expected [rows, features]. Export it so.`)
  }
  const [rows = 0, columns = 0] = dims.map(({ dimValue }) => numberOf(dimValue))
  if (rows > 1)
    refuse(`its input takes exactly ${rows} rows at once; a prediction is one row. Export it with free rows.`)
  return { name: input.name, columns: columns > 0 ? columns : undefined, rows: rows === 1 ? 1 : -1 }
}

/**
 * Takes every ZipMap out: what it made a list of maps of becomes the output itself, under the map's name.
 *
 * @returns what was changed, and the labels it named, by output
 */
export function removeZipMaps(graph: OnnxGraph): { rewrites: string[]; labels: Map<string, readonly string[]> } {
  const rewrites: string[] = []
  const labels = new Map<string, readonly string[]>()
  for (const zipMap of graph.node.filter(
    (node) => node.opType === 'ZipMap' && domainOf(node.domain) === 'ai.onnx.ml',
  )) {
    const [source = ''] = zipMap.input
    const [target = ''] = zipMap.output
    const output = graph.output.find(({ name }) => name === target)
    if (!output || graph.node.some((node) => node.input.includes(target))) {
      refuse(
        `${nameOf(zipMap)} is not the last node before an output, so it cannot be removed. Export it without ZipMap.`,
      )
    }
    if (graph.output.some(({ name }) => name === source)) {
      graph.output = graph.output.filter(({ name }) => name !== target)
      labels.set(source, labelsOf(zipMap))
    } else {
      rename(graph, source, target)
      const dim = [{ dimParam: 'N' }, { dimValue: labelsOf(zipMap).length }]
      output.type = { tensorType: { elemType: TENSOR_TYPE.float, shape: { dim } } }
      labels.set(target, labelsOf(zipMap))
    }
    graph.node = graph.node.filter((node) => node !== zipMap)
    rewrites.push(`ZipMap removed, output "${target}" retyped to a float tensor`)
  }
  return { rewrites, labels }
}

function rename(graph: OnnxGraph, from: string, to: string): void {
  const swap = (name: string): string => (name === from ? to : name)
  for (const node of graph.node) {
    node.input = node.input.map(swap)
    node.output = node.output.map(swap)
  }
}

const isFloat = ({ type }: OnnxValueInfo): boolean =>
  type?.tensorType?.elemType === TENSOR_TYPE.float || type?.tensorType?.elemType === TENSOR_TYPE.double

/**
 * Keeps the one output that is read and drops the others: `label` is never used.
 *
 * @throws OperatingError where none, or more than one, could be meant
 */
export function chooseOutput(graph: OnnxGraph, wanted: string | undefined): { name: string; rewrites: string[] } {
  const candidates = graph.output.filter(isFloat)
  const names = candidates.map(({ name }) => name).join(', ')
  const found = wanted === undefined ? candidates : candidates.filter(({ name }) => name === wanted)
  if (wanted !== undefined && found.length === 0) {
    refuse(`it has no output "${wanted}" of floats; there is ${names || 'none'}. Name one of them by --output.`)
  }
  const [chosen] = found
  if (!chosen) refuse('it has no output of floats, only labels. Export it with probabilities or values.')
  if (found.length > 1) refuse(`it has several outputs of floats (${names}). Name the one to read by --output.`)
  const dropped = graph.output.filter((output) => output !== chosen).map(({ name }) => `output "${name}" dropped`)
  if (dropped.length > 0) graph.output = [chosen]
  return { name: chosen.name, rewrites: dropped }
}

const CLASSIFIERS = ['TreeEnsembleClassifier', 'LinearClassifier', 'SVMClassifier']
const PASS_THROUGH = ['Identity', 'Cast', 'Normalizer']

/** The classifier whose scores an output holds, seen through nodes that keep its columns. */
export function classifierOf(graph: OnnxGraph, output: string): OnnxNode | undefined {
  let name = output
  for (let steps = 0; steps <= graph.node.length; steps++) {
    const producer = graph.node.find((node) => node.output.includes(name))
    if (producer && CLASSIFIERS.includes(producer.opType)) return producer
    if (!producer || !PASS_THROUGH.includes(producer.opType)) return undefined
    name = producer.input[0] ?? ''
  }
  return undefined
}

export const declaresProbabilities = (node: OnnxNode | undefined): boolean =>
  node !== undefined && (textOf(node, 'post_transform') ?? 'NONE') !== 'NONE'
