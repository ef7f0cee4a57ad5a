import { type Int64, numberOf, type OnnxTensor, TENSOR_TYPE } from './onnx-proto.ts'
import { refuse } from './refuse.ts'

/** Bytes of one value in `raw_data`, by ONNX data type; strings have none. Other types are refused. */
const VALUE_BYTES: Readonly<Record<number, number>> = {
  1: 4,
  2: 1,
  3: 1,
  4: 2,
  5: 2,
  6: 4,
  7: 8,
  8: 0,
  9: 1,
  10: 2,
  11: 8,
  12: 4,
  13: 8,
  16: 2,
}

const EXTERNAL = 1
/** Of the upper bits of a half or a brain float: all ones means infinite or not a number. */
const EXPONENT_16: Readonly<Record<number, number>> = { 10: 0x7c00, 16: 0x7f80 }

/** @throws OperatingError where the tensor lies outside the file, has an unknown type, a wrong length or a value that is not finite */
export function checkTensor(tensor: OnnxTensor, where: string): void {
  if (tensor.dataLocation === EXTERNAL || (tensor.externalData?.length ?? 0) > 0) {
    refuse(`${where} keeps its values in another file (external data). Save the model as one file.`)
  }
  const type = tensor.dataType ?? 0
  const bytes = VALUE_BYTES[type]
  if (bytes === undefined) refuse(`${where} has the data type ${type}, which is not supported. Export it in float32.`)
  const dims = (tensor.dims ?? []).map(numberOf)
  const count = dims.reduce((product, dim) => product * dim, 1)
  if (dims.some((dim) => dim < 0) || !Number.isSafeInteger(count)) {
    refuse(`${where} has the impossible shape [${dims.join(', ')}]. The file is damaged: export it again.`)
  }
  const found = valueCount(tensor, bytes)
  if (found !== count) {
    refuse(
      `${where} has the shape [${dims.join(', ')}], ${count} values, but holds ${found}. The file is damaged: export it again.`,
    )
  }
  checkFinite(tensor, type, where)
}

function valueCount(tensor: OnnxTensor, bytes: number): number {
  const raw = tensor.rawData?.length ?? 0
  if (raw > 0 && bytes > 0) return raw / bytes
  const lists = [
    tensor.floatData,
    tensor.int32Data,
    tensor.int64Data,
    tensor.stringData,
    tensor.doubleData,
    tensor.uint64Data,
  ]
  return lists.reduce((sum, list) => sum + (list?.length ?? 0), 0)
}

function checkFinite(tensor: OnnxTensor, type: number, where: string): void {
  const mask = EXPONENT_16[type]
  if (type !== TENSOR_TYPE.float && type !== TENSOR_TYPE.double && mask === undefined) return
  const isSound =
    mask === undefined
      ? tensorNumbers(tensor).every(Number.isFinite)
      : halves(tensor).every((bits) => (bits & mask) !== mask)
  if (!isSound) refuse(`${where} holds a weight that is not finite (NaN or infinite). Train or export it again.`)
}

function halves(tensor: OnnxTensor): readonly number[] {
  const raw = tensor.rawData
  if (!raw || raw.length === 0) return tensor.int32Data ?? []
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength)
  return Array.from({ length: raw.length >> 1 }, (_, index) => view.getUint16(index * 2, true))
}

/** Values of a float or double tensor in the order of the file. */
export function tensorNumbers(tensor: OnnxTensor): readonly number[] {
  const raw = tensor.rawData
  const isDouble = tensor.dataType === TENSOR_TYPE.double
  if (!raw || raw.length === 0) return (isDouble ? tensor.doubleData : tensor.floatData) ?? []
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength)
  const width = isDouble ? 8 : 4
  return Array.from({ length: Math.floor(raw.length / width) }, (_, index) =>
    isDouble ? view.getFloat64(index * width, true) : view.getFloat32(index * width, true),
  )
}

/** Values of an int32 or int64 tensor; undefined for another type. */
export function integersOf(tensor: OnnxTensor): readonly number[] | undefined {
  const isLong = tensor.dataType === TENSOR_TYPE.int64
  if (!isLong && tensor.dataType !== TENSOR_TYPE.int32) return undefined
  const raw = tensor.rawData
  if (!raw || raw.length === 0) {
    const listed: readonly (Int64 | number)[] = (isLong ? tensor.int64Data : tensor.int32Data) ?? []
    return listed.map(numberOf)
  }
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength)
  const width = isLong ? 8 : 4
  return Array.from({ length: Math.floor(raw.length / width) }, (_, index) =>
    isLong ? Number(view.getBigInt64(index * width, true)) : view.getInt32(index * width, true),
  )
}
