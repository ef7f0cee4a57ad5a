import { intsOf } from './attributes.ts'
import { checkLinear, columnsOfLinear, isLinearNode } from './linear.ts'
import { domainOf, nameOf } from './node-names.ts'
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode } from './onnx-proto.ts'
import { refuse } from './refuse.ts'
import { checkTensor } from './tensors.ts'
import { checkTrees, isTreeNode } from './trees.ts'
import { columnWidths } from './widths.ts'

const DOMAINS = ['ai.onnx', 'ai.onnx.ml']
const CONTROL_FLOW = ['If', 'Loop', 'Scan', 'SequenceMap']
/** Answer differently each time, which no golden row can hold. */
const RANDOM = ['RandomNormal', 'RandomNormalLike', 'RandomUniform', 'RandomUniformLike', 'Multinomial', 'Bernoulli']

/**
 * What can be said of a file without running it: only known domains, nothing outside the file, no control flow, finite
 * weights, nodes in order.
 *
 * @throws OperatingError with the reason
 */
export function checkGraph(model: OnnxModel): OnnxGraph {
  const { graph } = model
  if (!graph || graph.node.length === 0) refuse('it holds no ONNX graph. Name the .onnx file of a model.')
  if (model.functions.length > 0) refuse('it defines functions of its own. Export it with functions inlined.')
  if (model.trainingInfo.length > 0) refuse('it holds a training graph. Export the model for inference.')
  if (graph.sparseInitializer.length > 0) refuse('it holds sparse tensors. Export it with dense ones.')
  for (const { domain } of model.opsetImport) checkDomain(domain, 'it imports operators')
  for (const tensor of graph.initializer) checkTensor(tensor, `the initializer ${tensor.name}`)
  for (const node of graph.node) checkNode(node)
  checkOrder(graph)
  return graph
}

function checkDomain(domain: string | undefined, what: string): void {
  if (DOMAINS.includes(domainOf(domain))) return
  refuse(
    `${what} of the domain "${domain}"; only ai.onnx and ai.onnx.ml are allowed. Export it without custom operators.`,
  )
}

function checkNode(node: OnnxNode): void {
  checkDomain(node.domain, `${nameOf(node)} is`)
  if (CONTROL_FLOW.includes(node.opType)) {
    refuse(`${nameOf(node)} is control flow, which is not allowed. Export it without If, Loop and Scan.`)
  }
  if (RANDOM.includes(node.opType)) refuse(`${nameOf(node)} is random, so its answers cannot be verified.`)
  const names = node.attribute.map((attribute) => attribute.name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) refuse(`${nameOf(node)} has the attribute ${twice} twice. The file is damaged.`)
  for (const attribute of node.attribute) checkAttribute(node, attribute)
}

function checkAttribute(node: OnnxNode, attribute: OnnxAttribute): void {
  const where = `the attribute ${attribute.name} of ${nameOf(node)}`
  if ((attribute.g?.length ?? 0) > 0 || (attribute.graphs?.length ?? 0) > 0) {
    refuse(`${where} is a subgraph, which is not allowed. Export it without control flow.`)
  }
  if ((attribute.sparseTensor?.length ?? 0) > 0 || (attribute.sparseTensors?.length ?? 0) > 0) {
    refuse(`${where} is a sparse tensor. Export it with dense ones.`)
  }
  // The mark of a missing value, which is usually NaN, is no weight.
  const isMark = attribute.name === 'replaced_value_float'
  const numbers = Object.hasOwn(attribute, 'f') && !isMark ? [attribute.f ?? 0] : []
  if (![...numbers, ...(attribute.floats ?? [])].every(Number.isFinite)) {
    refuse(`${where} holds a weight that is not finite (NaN or infinite). Train or export it again.`)
  }
  for (const tensor of [...(attribute.t ? [attribute.t] : []), ...(attribute.tensors ?? [])]) checkTensor(tensor, where)
}

/** ONNX lists nodes in the order of their use, so a cycle always reads what no earlier node has written. */
function checkOrder(graph: OnnxGraph): void {
  const known = new Set([
    '',
    ...graph.input.map(({ name }) => name),
    ...graph.initializer.map(({ name }) => name ?? ''),
  ])
  for (const node of graph.node) {
    const missing = node.input.find((name) => !known.has(name))
    if (missing !== undefined) {
      refuse(`${nameOf(node)} reads "${missing}", which nothing before it writes: the graph is cut or has a cycle.`)
    }
    for (const name of node.output.filter((output) => output !== '')) {
      if (known.has(name)) refuse(`${nameOf(node)} writes "${name}" a second time. The file is damaged.`)
      known.add(name)
    }
  }
  const lost = graph.output.find(({ name }) => !known.has(name))
  if (lost) refuse(`nothing writes the output "${lost.name}". The file is damaged: export it again.`)
}

/** Ensembles and linear nodes are checked against the columns they read: onnxruntime would read beyond a row without a word. */
export function checkPredictors(graph: OnnxGraph, input: string, columns: number): void {
  const widths = columnWidths(graph, input, columns)
  for (const node of graph.node) {
    if (node.opType === 'TreeEnsemble') {
      refuse(`${nameOf(node)} is of ai.onnx.ml 5, which is not supported. Export it for ai.onnx.ml 3 or older.`)
    }
    const width = widths.get(node.input[0] ?? '')
    if (isLinearNode(node) && width !== undefined) checkLinear(node, width)
    if (!isTreeNode(node)) continue
    if (width === undefined) {
      refuse(
        `${nameOf(node)} reads columns whose number cannot be told. Export it so that trees read the model's input.`,
      )
    }
    checkTrees(node, width)
  }
}

/** The least number of columns that the trees and linear nodes need; 0 where there are none. */
export const columnsNeeded = (graph: OnnxGraph): number =>
  graph.node.reduce((most, node) => {
    if (!isTreeNode(node)) return Math.max(most, columnsOfLinear(node))
    return intsOf(node, 'nodes_featureids').reduce((high, id) => Math.max(high, id + 1), most)
  }, 0)
