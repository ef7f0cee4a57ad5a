import { assert, expect, it } from 'vitest'
import { decodeModel } from '../../../src/inference/import/onnx-proto.ts'
import { plainRows } from '../../../src/inference/import/probe-rows.ts'
import { bytesOf, treeClassifier } from '../../support/onnx/hand-made.ts'

const FLOAT_MIN = -3.4028234663852886e38

it('asks for rows around the thresholds of a model, and not around the split that only tells what is missing', () => {
  const leaves = { left: { 0: 1 }, right: { 1: 1 } }
  const stumps = [FLOAT_MIN, 2, 6].map((threshold) => ({ threshold, ...leaves }))
  const { graph } = decodeModel(bytesOf(treeClassifier({ stumps, labels: [0, 1] })))
  assert(graph)
  const asked = plainRows(graph, 2, 'seed').map(({ features }) => features[0] ?? Number.NaN)
  expect(Math.min(...asked.filter((value) => value !== 0))).toBeGreaterThanOrEqual(1)
  expect(Math.max(...asked)).toBeLessThanOrEqual(7)
})
