import { describe, expect, it } from 'vitest'
import type { PredictionResult } from '../../../src/domain/weather.ts'
import { NY, rig } from './predictor-rig.ts'

describe('concurrent requests for one event', () => {
  it('make one computation, whatever their number', async () => {
    const { predictor, computed, pass, release } = await rig({ isHeld: true, rate: 1_600 })
    for (let step = 0; step < 5; step++) {
      for (let request = 0; request < 200; request++) predictor.request(NY)
      predictor.lookAgain()
      // Forty seconds of market time, after which a request looks again where it may.
      await pass(25)
    }
    expect(computed).toHaveLength(1)
    release()
    await pass(0)
    expect(predictor.latest(NY)).toMatchObject({ kind: 'prediction' })
    expect(computed).toHaveLength(1)
    expect(predictor.stats().cached?.count).toBe(1_000)
  })
})

describe('after another model package took over', () => {
  const versionsOf = (told: readonly PredictionResult[]): unknown[] =>
    told.map((result) => result.kind === 'prediction' && result.modelVersion)

  it('unchanged inputs are computed afresh and not confirmed, under another id', async () => {
    const { predictor, inference, told, computed, pass } = await rig()
    await inference.swap('2')
    predictor.lookAgain()
    await pass(0)
    expect(versionsOf(told)).toEqual(['1', '2'])
    expect(computed[1]).toEqual(computed[0])
    expect(new Set(told.map((result) => result.kind === 'prediction' && result.id)).size).toBe(2)
    expect(predictor.latest(NY)).toBe(told[1])
    expect(predictor.stats().confirmations).toBe(0)
    await pass(30_000)
    predictor.request(NY)
    await pass(0)
    expect(predictor.stats().confirmations).toBe(1)
  })

  it('so they are where nobody says that it did, at the next look', async () => {
    const { predictor, inference, told, pass } = await rig()
    await inference.swap('2')
    await pass(30_000)
    predictor.request(NY)
    await pass(0)
    expect(versionsOf(told)).toEqual(['1', '2'])
  })

  it('a prediction that was under way is told as what it is, and the next one follows at once', async () => {
    const { predictor, inference, told, pass, release } = await rig({ isHeld: true })
    await inference.swap('2')
    predictor.lookAgain()
    release()
    await pass(0)
    release()
    await pass(0)
    expect(versionsOf(told)).toEqual(['1', '2'])
  })

  it('a source that fails meanwhile is not asked again without a pause', async () => {
    let looks = 0
    const { predictor, inference, told, pass } = await rig({
      source: (source) => ({
        ...source,
        observations: async (...of) =>
          ++looks > 1
            ? { ok: false, failure: { kind: 'unavailable', detail: 'HTTP 503' } }
            : source.observations(...of),
      }),
    })
    await inference.swap('2')
    predictor.lookAgain()
    await pass(0)
    expect(looks).toBe(2)
    expect(versionsOf(told)).toEqual(['1'])
  })
})
