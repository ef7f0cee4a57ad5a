import { describe, expect, it } from 'vitest'
import { decodeModel, encodeModel } from '../../../src/inference/import/onnx-proto.ts'
import { rewriteModel } from '../../../src/inference/import/rewrite.ts'
import { bytesOf, treeClassifier } from '../../support/onnx/hand-made.ts'

const STUMP = { threshold: 0.5, left: { 0: 1, 1: 0 }, right: { 0: 0, 1: 1 } }

describe('an ONNX file that is read and written', () => {
  const bytes = bytesOf(treeClassifier({ stumps: [STUMP], labels: [0, 1] }, true))

  it('is the same, byte by byte', () => {
    expect(encodeModel(decodeModel(bytes))).toEqual(bytes)
  })

  it('keeps what is not described, also when the rest is rewritten', () => {
    const producer = new TextEncoder().encode('CatBoost 9')
    // Field 2 (producer_name) and field 999, which nobody has defined yet.
    const unknown = Uint8Array.of(0x12, producer.length, ...producer, 0xba, 0x3e, 0x01, 0x07)
    const model = decodeModel(Uint8Array.of(...bytes, ...unknown))
    rewriteModel(model, { columns: undefined, output: undefined })
    const written = encodeModel(model)
    expect(written.subarray(-unknown.length)).toEqual(unknown)
    expect(decodeModel(written).graph?.node.map(({ opType }) => opType)).toEqual(['TreeEnsembleClassifier'])
  })

  it('keeps whole numbers beyond what a float holds', () => {
    const model = decodeModel(bytes)
    const far = Uint8Array.of(0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f)
    const again = decodeModel(Uint8Array.of(...encodeModel(model), ...far))
    expect(encodeModel(again).subarray(0, far.length)).toEqual(far)
  })
})
