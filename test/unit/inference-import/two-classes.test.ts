import { describe, expect, it } from 'vitest'
import { decodeModel, encodeModel } from '../../../src/inference/import/onnx-proto.ts'
import { rewriteModel } from '../../../src/inference/import/rewrite.ts'
import { openProbe } from '../../../src/inference/session.ts'
import { bytesOf, type Ensemble, treeClassifier } from '../../support/onnx/hand-made.ts'

const logistic = (score: number): number => 1 / (1 + Math.exp(-score))
const LEFT = Float32Array.of(0, 0)
const RIGHT = Float32Array.of(1, 0)
const AS_DECLARED = { columns: undefined, output: undefined }

/** Two trees; the score of the positive class is .4 + .1 on the left and −.7 + .2 on the right. */
const stumps = (weights: (score: number) => Readonly<Record<number, number>>): Ensemble['stumps'] => [
  { threshold: 0.5, left: weights(0.4), right: weights(-0.7) },
  { threshold: 0.5, left: weights(0.1), right: weights(0.2) },
]
const both = (score: number): Readonly<Record<number, number>> => ({ 0: -score, 1: score })
const only = (id: number) => (score: number) => ({ [id]: score })

async function answers(bytes: Uint8Array): Promise<readonly (readonly number[])[]> {
  const probe = await openProbe({ onnx: bytes, input: 'x', output: 'probabilities' })
  const rows = [await probe.run(LEFT), await probe.run(RIGHT)]
  await probe.release()
  return rows.map(({ values }) => [...values])
}

async function rewritten(ensemble: Ensemble): Promise<{
  readonly rows: readonly (readonly number[])[]
  readonly rewrites: readonly string[]
}> {
  const model = decodeModel(bytesOf(treeClassifier(ensemble)))
  const { rewrites } = rewriteModel(model, AS_DECLARED)
  return { rows: await answers(encodeModel(model)), rewrites }
}

const close = (rows: readonly (readonly number[])[], positive: readonly [number, number]): void => {
  for (const [index, expected] of positive.entries()) {
    expect(rows[index]?.[1]).toBeCloseTo(expected, 6)
    expect(rows[index]?.[0]).toBeCloseTo(1 - expected, 6)
  }
}

describe('two classes with base values', () => {
  const ensemble: Ensemble = {
    stumps: stumps(both),
    labels: [0, 1],
    postTransform: 'LOGISTIC',
    baseValues: [-0.3, 0.3],
  }

  it('are answered wrongly by onnxruntime as the exporter writes them', async () => {
    const [left] = await answers(bytesOf(treeClassifier(ensemble)))
    expect(Math.abs((left?.[1] ?? 0) - logistic(0.8))).toBeGreaterThan(0.2)
  })

  it('are answered rightly once the base values are in the leaves', async () => {
    const { rows, rewrites } = await rewritten(ensemble)
    close(rows, [logistic(0.8), logistic(-0.2)])
    expect(rewrites).toContain(
      'base_values [-0.30000001192092896, 0.30000001192092896] folded into the leaves of the first tree of each class',
    )
  })

  it.each(['SOFTMAX', 'NONE'])('are answered rightly under %s too', async (postTransform) => {
    const { rows } = await rewritten({ ...ensemble, postTransform })
    const positive = (score: number): number => (postTransform === 'NONE' ? score : logistic(2 * score))
    expect(rows[0]?.[1]).toBeCloseTo(positive(0.8), 6)
    expect(rows[1]?.[1]).toBeCloseTo(positive(-0.2), 6)
  })

  it('are refused where one base value stands for two scores', async () => {
    await expect(rewritten({ ...ensemble, baseValues: [0.3] })).rejects.toThrow('one base value')
  })
})

describe('two classes of which a leaf names one', () => {
  const sparse: Ensemble = {
    stumps: [{ threshold: 0.5, left: { 0: 1 }, right: { 1: 1 } }],
    labels: [0, 1],
  }

  it('are answered wrongly as they stand and rightly once every leaf names both', async () => {
    expect((await answers(bytesOf(treeClassifier(sparse))))[0]).not.toEqual([1, 0])
    const { rows, rewrites } = await rewritten(sparse)
    expect(rows).toEqual([
      [1, 0],
      [0, 1],
    ])
    expect(rewrites).toContain('leaves of one class given the other one too')
  })
})

describe('one score for two classes', () => {
  const single = (id: number, more: Partial<Ensemble> = {}): Ensemble => ({
    stumps: stumps(only(id)),
    labels: [0, 1],
    postTransform: 'LOGISTIC',
    ...more,
  })

  it('under class 1 is right in column 1 only, and is read as P(true)', async () => {
    const [left] = await answers(bytesOf(treeClassifier(single(1))))
    expect(left?.[0]).toBe(0.5)
    const { rows, rewrites } = await rewritten(single(1))
    close(rows, [logistic(0.5), logistic(-0.5)])
    expect(rewrites[0]).toContain('single score read as P(class 1), column 1')
  })

  it('under class 0 is left as it is: both columns are right', async () => {
    const { rows, rewrites } = await rewritten(single(0))
    close(rows, [logistic(0.5), logistic(-0.5)])
    expect(rewrites).toEqual(['output "label" dropped'])
  })

  it.each([
    [0, [0.3]],
    [1, [0.3]],
    [1, [0.3, 0.3]],
    [0, [0.3, 0.3]],
    [1, [0, 0.3]],
    [0, [0.3, 0]],
  ])('under class %i with the base values %j has them in its score', async (id, baseValues) => {
    const { rows } = await rewritten(single(id, { baseValues }))
    close(rows, [logistic(0.8), logistic(-0.2)])
  })

  it('is refused where two different base values claim it, or its link has no meaning', async () => {
    await expect(rewritten(single(1, { baseValues: [0.1, 0.3] }))).rejects.toThrow('which no rule assigns')
    await expect(rewritten(single(1, { postTransform: 'SOFTMAX' }))).rejects.toThrow('no defined meaning')
  })

  it('without a link is a probability where its leaves can be nothing else, otherwise a margin', async () => {
    const forest = (id: number, right: number): Ensemble => ({
      stumps: [
        { threshold: 0.5, left: { [id]: 0.1 }, right: { [id]: right } },
        { threshold: 0.5, left: { [id]: 0.2 }, right: { [id]: 0.4 } },
      ],
      labels: [0, 1],
    })
    close((await rewritten(forest(1, 0.5))).rows, [0.3, 0.9])
    const margins = (await rewritten(forest(1, -0.5))).rows
    expect(margins[1]?.map((value) => Math.round(value * 1e6) / 1e6)).toEqual([0.1, -0.1])
  })
})

describe('three classes', () => {
  it('keep their base values, which onnxruntime reads rightly', async () => {
    const { rows, rewrites } = await rewritten({
      stumps: [{ threshold: 0.5, left: { 0: 1, 1: 0.5, 2: 0 }, right: { 0: 0, 1: 0, 2: 1 } }],
      labels: [0, 1, 2],
      baseValues: [0.5, 0.25, 0],
    })
    expect(rows).toEqual([
      [1.5, 0.75, 0],
      [0.5, 0.25, 1],
    ])
    expect(rewrites).toEqual(['output "label" dropped'])
  })
})
