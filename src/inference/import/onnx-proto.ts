import protobuf from 'protobufjs/light.js'
import { OperatingError } from '../../domain/operating-error.ts'

/** Of protobufjs: exact beyond 2^53, which an index of a slice may be. */
export interface Int64 {
  toNumber(): number
}

/**
 * The part of ONNX that an import reads or changes. Messages are changed in place and never copied by spreading: what is
 * not described here (documentation, metadata, newer fields) travels with the object and is written back as it came.
 */
export interface OnnxModel {
  irVersion?: Int64 | number
  opsetImport: OnnxOpset[]
  graph?: OnnxGraph | null
  readonly trainingInfo: readonly Uint8Array[]
  readonly functions: readonly Uint8Array[]
}

export interface OnnxOpset {
  domain?: string
  version?: Int64 | number
}

export interface OnnxGraph {
  name?: string
  node: OnnxNode[]
  initializer: OnnxTensor[]
  sparseInitializer: readonly Uint8Array[]
  input: OnnxValueInfo[]
  output: OnnxValueInfo[]
}

export interface OnnxNode {
  input: string[]
  output: string[]
  name?: string
  opType: string
  domain: string
  attribute: OnnxAttribute[]
}

export interface OnnxAttribute {
  name: string
  type?: number
  f?: number
  i?: Int64 | number
  s?: Uint8Array
  t?: OnnxTensor | null
  floats?: number[]
  ints?: (Int64 | number)[]
  strings?: Uint8Array[]
  tensors?: OnnxTensor[]
  g?: Uint8Array
  graphs?: readonly Uint8Array[]
  sparseTensor?: Uint8Array
  sparseTensors?: readonly Uint8Array[]
}

export interface OnnxTensor {
  dims?: (Int64 | number)[]
  dataType?: number
  floatData?: number[]
  int32Data?: number[]
  int64Data?: (Int64 | number)[]
  stringData?: Uint8Array[]
  doubleData?: number[]
  uint64Data?: (Int64 | number)[]
  rawData?: Uint8Array
  name?: string
  externalData?: readonly Uint8Array[]
  dataLocation?: number
}

export interface OnnxValueInfo {
  name: string
  type?: OnnxType | null
}

export interface OnnxType {
  tensorType?: { elemType?: number; shape?: { dim: OnnxDimension[] } | null } | null
  sequenceType?: Uint8Array
  mapType?: Uint8Array
}

export interface OnnxDimension {
  dimValue?: Int64 | number
  dimParam?: string
}

export const ATTRIBUTE_TYPE = { float: 1, int: 2, string: 3, floats: 6, ints: 7, strings: 8 } as const
export const TENSOR_TYPE = { float: 1, int32: 6, int64: 7, string: 8, float16: 10, double: 11, bfloat16: 16 } as const

const one = (type: string, id: number) => ({ type, id })
const many = (type: string, id: number) => ({ rule: 'repeated', type, id, options: { packed: false } }) as const
const packed = (type: string, id: number) => ({ rule: 'repeated', type, id, options: { packed: true } }) as const

/**
 * Field numbers of onnx.proto (ONNX, Apache-2.0). Subgraphs, functions, sparse tensors and nested types are described as
 * bytes: they are refused or kept, never looked into, so that no file can make the parser recurse.
 */
const DESCRIPTOR: protobuf.INamespace = {
  nested: {
    Model: {
      fields: {
        irVersion: one('int64', 1),
        graph: one('Graph', 7),
        opsetImport: many('Opset', 8),
        trainingInfo: many('bytes', 20),
        functions: many('bytes', 25),
      },
    },
    Opset: { fields: { domain: one('string', 1), version: one('int64', 2) } },
    Graph: {
      fields: {
        node: many('Node', 1),
        name: one('string', 2),
        initializer: many('Tensor', 5),
        input: many('ValueInfo', 11),
        output: many('ValueInfo', 12),
        sparseInitializer: many('bytes', 15),
      },
    },
    Node: {
      fields: {
        input: many('string', 1),
        output: many('string', 2),
        name: one('string', 3),
        opType: one('string', 4),
        attribute: many('Attribute', 5),
        domain: one('string', 7),
      },
    },
    Attribute: {
      fields: {
        name: one('string', 1),
        f: one('float', 2),
        i: one('int64', 3),
        s: one('bytes', 4),
        t: one('Tensor', 5),
        g: one('bytes', 6),
        floats: many('float', 7),
        ints: many('int64', 8),
        strings: many('bytes', 9),
        tensors: many('Tensor', 10),
        graphs: many('bytes', 11),
        type: one('int32', 20),
        sparseTensor: one('bytes', 22),
        sparseTensors: many('bytes', 23),
      },
    },
    Tensor: {
      fields: {
        dims: many('int64', 1),
        dataType: one('int32', 2),
        floatData: packed('float', 4),
        int32Data: packed('int32', 5),
        stringData: many('bytes', 6),
        int64Data: packed('int64', 7),
        name: one('string', 8),
        rawData: one('bytes', 9),
        doubleData: packed('double', 10),
        uint64Data: packed('uint64', 11),
        externalData: many('bytes', 13),
        dataLocation: one('int32', 14),
      },
    },
    ValueInfo: { fields: { name: one('string', 1), type: one('ValueType', 2) } },
    ValueType: {
      fields: { tensorType: one('TensorType', 1), sequenceType: one('bytes', 4), mapType: one('bytes', 5) },
    },
    TensorType: { fields: { elemType: one('int32', 1), shape: one('Shape', 2) } },
    Shape: { fields: { dim: many('Dimension', 1) } },
    Dimension: { fields: { dimValue: one('int64', 1), dimParam: one('string', 2) } },
  },
}

const modelType = protobuf.Root.fromJSON(DESCRIPTOR).lookupType('Model')

/** @throws OperatingError where the bytes are no protobuf message of an ONNX model */
export function decodeModel(bytes: Uint8Array): OnnxModel {
  const reader = protobuf.Reader.create(bytes)
  reader.discardUnknown = false
  try {
    return modelType.decode(reader) as unknown as OnnxModel
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new OperatingError(
      `it is no ONNX file, or is cut off: its protobuf cannot be read (${reason}). Export or copy it again.`,
    )
  }
}

export function encodeModel(model: OnnxModel): Uint8Array {
  const { buffer, byteOffset, byteLength } = modelType.encode(model as object).finish()
  return new Uint8Array(buffer, byteOffset, byteLength)
}

export const numberOf = (value: Int64 | number | undefined): number =>
  typeof value === 'object' ? value.toNumber() : (value ?? 0)
