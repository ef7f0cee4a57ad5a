import { checkGraph, checkPredictors, columnsNeeded } from './graph-checks.ts'
import { labelsOf } from './node-names.ts'
import { numberOf, type OnnxGraph, type OnnxModel } from './onnx-proto.ts'
import {
  chooseOutput,
  classifierOf,
  declaresProbabilities,
  type ModelInput,
  modelInput,
  removeZipMaps,
} from './outputs.ts'
import { refuse } from './refuse.ts'
import { rewriteTwoClasses } from './tree-rewrites.ts'

/** What a file says of itself once it can be read by the runtime. */
export interface Rewritten {
  readonly graph: OnnxGraph
  readonly input: ModelInput
  readonly columns: number
  readonly output: string
  /** By column; empty where the model names none. */
  readonly labels: readonly string[]
  readonly isClassifier: boolean
  /** The node says so by its link; what it answers is checked against it. */
  readonly promisesProbabilities: boolean
  readonly opset: Readonly<Record<string, number>>
  readonly rewrites: readonly string[]
}

/**
 * Checks the model and changes it in place to what onnxruntime answers rightly (models.md §1).
 *
 * @throws OperatingError with the reason why it cannot be imported
 */
export function rewriteModel(
  model: OnnxModel,
  known: { readonly columns: number | undefined; readonly output: string | undefined },
): Rewritten {
  const graph = checkGraph(model)
  const input = modelInput(graph)
  const columns = columnCount(graph, input, known.columns)
  checkPredictors(graph, input.name, columns)
  const { labels: zipped, rewrites } = removeZipMaps(graph)
  for (const node of graph.node) rewrites.push(...rewriteTwoClasses(node))
  const output = chooseOutput(graph, known.output)
  rewrites.push(...output.rewrites)
  const classifier = classifierOf(graph, output.name)
  const own = classifier ? labelsOf(classifier) : []
  const labels = zipped.get(output.name) ?? own
  if (own.length > 0 && labels.length !== own.length) {
    refuse(`its ZipMap names ${labels.length} classes and its classifier ${own.length}. Export it again.`)
  }
  return {
    graph,
    input,
    columns,
    output: output.name,
    labels,
    isClassifier: classifier !== undefined || labels.length > 0,
    promisesProbabilities: declaresProbabilities(classifier),
    opset: Object.fromEntries(model.opsetImport.map(({ domain, version }) => [domain || 'ai.onnx', numberOf(version)])),
    rewrites,
  }
}

/** As declared; where the file leaves it open, as the reference or the person says; at last what its nodes need. */
function columnCount(graph: OnnxGraph, input: ModelInput, given: number | undefined): number {
  if (input.columns !== undefined && given !== undefined && given !== input.columns) {
    refuse(`its input "${input.name}" has ${input.columns} columns, its reference or --columns ${given}.`)
  }
  const columns = input.columns ?? given ?? columnsNeeded(graph)
  if (columns <= 0) refuse(`it does not say how many columns its input "${input.name}" has. Give them by --columns.`)
  return columns
}
