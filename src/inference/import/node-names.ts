import { intsOf, stringsOf } from './attributes.ts'
import type { OnnxNode } from './onnx-proto.ts'

/** The default domain may be written either way. */
export const domainOf = (domain: string | undefined): string => domain || 'ai.onnx'

export const nameOf = (node: OnnxNode): string => `the node ${node.name || node.output[0] || '?'} (${node.opType})`

/** Labels by column, as the node writes them. */
export const labelsOf = (node: OnnxNode): readonly string[] => {
  const prefix =
    node.opType === 'LinearClassifier' || node.opType === 'SVMClassifier' ? 'classlabels_ints' : 'classlabels_int64s'
  const whole = intsOf(node, prefix).map(String)
  return whole.length > 0 ? whole : stringsOf(node, 'classlabels_strings')
}
