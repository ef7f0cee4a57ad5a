import { ATTRIBUTE_TYPE, numberOf, type OnnxAttribute, type OnnxNode } from './onnx-proto.ts'
import { tensorNumbers } from './tensors.ts'

export const attributeOf = (node: OnnxNode, name: string): OnnxAttribute | undefined =>
  node.attribute.find((attribute) => attribute.name === name)

export const intsOf = (node: OnnxNode, name: string): readonly number[] =>
  (attributeOf(node, name)?.ints ?? []).map(numberOf)

/** Also where an exporter for double inputs wrote them as a tensor (`nodes_values_as_tensor`). */
export function floatsOf(node: OnnxNode, name: string): readonly number[] {
  const tensor = attributeOf(node, `${name}_as_tensor`)?.t
  return tensor ? tensorNumbers(tensor) : (attributeOf(node, name)?.floats ?? [])
}

export const stringsOf = (node: OnnxNode, name: string): readonly string[] =>
  (attributeOf(node, name)?.strings ?? []).map((bytes) => new TextDecoder().decode(bytes))

export function textOf(node: OnnxNode, name: string): string | undefined {
  const bytes = attributeOf(node, name)?.s
  return bytes && bytes.length > 0 ? new TextDecoder().decode(bytes) : undefined
}

export const intOf = (node: OnnxNode, name: string, otherwise: number): number => {
  const attribute = attributeOf(node, name)
  return attribute?.i === undefined ? otherwise : numberOf(attribute.i)
}

export function removeAttribute(node: OnnxNode, name: string): void {
  node.attribute = node.attribute.filter((attribute) => attribute.name !== name)
}

/** Replaces, so that what an exporter wrote in another form does not stay beside it. */
function setAttribute(node: OnnxNode, attribute: OnnxAttribute): void {
  removeAttribute(node, attribute.name)
  node.attribute.push(attribute)
}

export const setInts = (node: OnnxNode, name: string, ints: readonly number[]): void =>
  setAttribute(node, { name, type: ATTRIBUTE_TYPE.ints, ints: [...ints] })

export const setFloats = (node: OnnxNode, name: string, floats: readonly number[]): void =>
  setAttribute(node, { name, type: ATTRIBUTE_TYPE.floats, floats: [...floats] })

export const setText = (node: OnnxNode, name: string, value: string): void =>
  setAttribute(node, { name, type: ATTRIBUTE_TYPE.string, s: new TextEncoder().encode(value) })
