import { intOf } from './attributes.ts'
import { numberOf, type OnnxGraph, type OnnxNode, type OnnxTensor } from './onnx-proto.ts'
import { integersOf } from './tensors.ts'

/** Every row keeps its number of columns through these. */
const SAME_WIDTH = new Set([
  ...['Identity', 'Cast', 'Scaler', 'Imputer', 'Normalizer', 'Binarizer', 'Clip', 'Abs', 'Neg', 'Exp', 'Log', 'Sqrt'],
  ...['Relu', 'Sigmoid', 'Tanh', 'Floor', 'Ceil', 'Round', 'IsNaN'],
])
/** With a constant of one value, or of one a column. */
const ELEMENTWISE = new Set(['Add', 'Sub', 'Mul', 'Div', 'Min', 'Max'])

/** Columns of every tensor of rows that can be told without running the model. */
export function columnWidths(graph: OnnxGraph, input: string, columns: number): ReadonlyMap<string, number> {
  const widths = new Map([[input, columns]])
  const constants = new Map(graph.initializer.map((tensor) => [tensor.name ?? '', tensor]))
  for (const node of graph.node) {
    const width = widthOf(node, widths, constants)
    const [output] = node.output
    if (width !== undefined && output) widths.set(output, width)
  }
  return widths
}

function widthOf(
  node: OnnxNode,
  widths: ReadonlyMap<string, number>,
  constants: ReadonlyMap<string, OnnxTensor>,
): number | undefined {
  const [first = '', second = ''] = node.input
  const isByColumn = [1, -1].includes(intOf(node, 'axis', 0))
  if (SAME_WIDTH.has(node.opType)) return widths.get(first)
  if (ELEMENTWISE.has(node.opType)) {
    const [left, right] = [
      widths.get(first) ?? lastDim(constants.get(first)),
      widths.get(second) ?? lastDim(constants.get(second)),
    ]
    if (left === undefined || right === undefined) return undefined
    return left === right || Math.min(left, right) === 1 ? Math.max(left, right) : undefined
  }
  if (node.opType === 'Concat' && isByColumn) {
    const parts = node.input.map((name) => widths.get(name) ?? Number.NaN)
    const total = parts.reduce((sum, part) => sum + part, 0)
    return Number.isNaN(total) ? undefined : total
  }
  const picks = node.opType === 'ArrayFeatureExtractor' || (node.opType === 'Gather' && isByColumn)
  if (picks) return widths.has(first) ? indexCount(constants.get(second)) : undefined
  return node.opType === 'Slice' ? sliceWidth(node, widths.get(first), constants) : undefined
}

const lastDim = (tensor: OnnxTensor | undefined): number | undefined =>
  tensor && (tensor.dims?.length ?? 0) <= 2 ? numberOf(tensor.dims?.at(-1) ?? 1) : undefined

/** A list of indices keeps its length; a lone one would take the dimension away. */
const indexCount = (tensor: OnnxTensor | undefined): number | undefined =>
  tensor && (tensor.dims?.length ?? 0) > 0 ? integersOf(tensor)?.length : undefined

function sliceWidth(
  node: OnnxNode,
  width: number | undefined,
  constants: ReadonlyMap<string, OnnxTensor>,
): number | undefined {
  const lone = (name: string | undefined): number | undefined => {
    const tensor = name ? constants.get(name) : undefined
    const values = tensor && integersOf(tensor)
    return values?.length === 1 ? values[0] : undefined
  }
  const [, starts, ends, axes, steps] = node.input
  const [from, to, axis, step] = [lone(starts), lone(ends), lone(axes), steps ? lone(steps) : 1]
  if (width === undefined || from === undefined || to === undefined || step !== 1) return undefined
  if (axis !== 1 && axis !== -1) return undefined
  const within = (index: number): number => Math.min(Math.max(index < 0 ? index + width : index, 0), width)
  return Math.max(within(to) - within(from), 0)
}
