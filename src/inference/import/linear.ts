import { floatsOf, intOf } from './attributes.ts'
import { labelsOf } from './node-names.ts'
import type { OnnxNode } from './onnx-proto.ts'
import { refuse } from './refuse.ts'

export const isLinearNode = (node: OnnxNode): boolean =>
  node.opType === 'LinearRegressor' || node.opType === 'LinearClassifier'

/** Scores that a linear node gives; two classes may share one. */
function scoreCounts(node: OnnxNode): readonly number[] {
  if (node.opType === 'LinearRegressor') return [intOf(node, 'targets', 1)]
  const labels = labelsOf(node).length
  return labels === 2 ? [2, 1] : [labels]
}

/**
 * Coefficients by score and column, one intercept a score: onnxruntime takes too long a list for a shorter one.
 *
 * @throws OperatingError with the reason
 */
export function checkLinear(node: OnnxNode, columns: number): void {
  const fail = (what: string): never => refuse(`its ${node.opType} ${what}. Export it again.`)
  const coefficients = floatsOf(node, 'coefficients').length
  const scores = scoreCounts(node).find((count) => count > 0 && count * columns === coefficients)
  if (scores === undefined) fail(`has ${coefficients} coefficients for an input of ${columns} columns`)
  const intercepts = floatsOf(node, 'intercepts').length
  if (intercepts !== 0 && intercepts !== scores) fail(`has ${intercepts} intercepts for ${scores} scores`)
}

/** Columns that the coefficients are made for; 0 where they tell nothing. */
export function columnsOfLinear(node: OnnxNode): number {
  const [scores = 0] = scoreCounts(node)
  const columns = floatsOf(node, 'coefficients').length / scores
  return isLinearNode(node) && Number.isSafeInteger(columns) ? columns : 0
}
