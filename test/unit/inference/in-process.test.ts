import { afterAll, describe, expect, it } from 'vitest'
import { simulatedClock } from '../../../src/clock/simulated-clock.ts'
import { eventTickerOf } from '../../../src/domain/ids.ts'
import { createInProcess } from '../../../src/inference/in-process.ts'
import { predictionIdFrom } from '../../../src/inference/prediction-id.ts'
import { atHour, forecast, inputs, reading, STRIKES, TINY_PACKAGE } from '../../support/inference/fixtures.ts'

const clock = simulatedClock({ startMs: atHour(6) })
const inference = await createInProcess({ packageFolder: TINY_PACKAGE, world: clock })
afterAll(() => inference.close())

describe('a prediction of one event', () => {
  it('is one distribution over the brackets, around the base of its forecasts', async () => {
    const result = await inference.predict(inputs(), STRIKES)
    expect(result).toMatchObject({
      ok: true,
      output: { baseF: 57, snapshotHour: 6, isServed: true, modelId: 'fixture-tiny' },
    })
    if (!result.ok) return
    expect(result.output.brackets.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 9)
    expect(result.output.features).toEqual([57, 6, 1])
  })

  it('is the same for the same inputs', async () => {
    const [first, second] = await Promise.all([
      inference.predict(inputs(), STRIKES),
      inference.predict(inputs(), STRIKES),
    ])
    expect(first.ok && second.ok && first.output).toEqual(second.ok && second.output)
  })

  it('leaves nothing below what a reading rules out', async () => {
    const result = await inference.predict(inputs({ observations: [reading({ temperatureF: 59 })] }), STRIKES)
    expect(result.ok && result.output.brackets.slice(0, 3)).toEqual([0, 0, 0])
  })

  it('is shown and not served outside the hours of its package', async () => {
    const result = await inference.predict(inputs({ asOfMs: atHour(13) }), STRIKES)
    expect(result).toMatchObject({ ok: true, output: { isServed: false } })
  })

  it('is none before the first forecast and for a city that was not trained, by name', async () => {
    expect(await inference.predict(inputs({ forecasts: [] }), STRIKES)).toMatchObject({
      ok: false,
      reason: 'beforeFirstForecast',
    })
    const miami = inputs({ city: 'miami', forecasts: [forecast({ city: 'miami' })] })
    expect(await inference.predict(miami, STRIKES)).toMatchObject({ ok: false, reason: 'unsupportedCity' })
  })

  it.each([
    ['a forecast', inputs({ forecasts: [forecast({ availableMs: atHour(6) + 1 })] })],
    ['a reading', inputs({ observations: [reading({ validMs: atHour(5), availableMs: atHour(6) + 1 })] })],
  ])('never sees %s that was available a millisecond after the decision', async (_what, late) => {
    await expect(inference.predict(late, STRIKES)).rejects.toThrow('was available at the decision')
  })
})

describe('the id of a prediction', () => {
  const of = {
    sessionSeed: 's',
    event: eventTickerOf('KXHIGHNY-24DEC17'),
    inputsHash: 'h',
    asOfMs: 1,
    manifestHash: 'm',
  }

  it('is the same for the same session, event, inputs, instant and package', () => {
    expect(predictionIdFrom({ ...of })).toBe(predictionIdFrom(of))
  })

  it.each([
    { sessionSeed: 't' },
    { event: eventTickerOf('KXHIGHCHI-24DEC17') },
    { inputsHash: 'i' },
    { asOfMs: 2 },
    { manifestHash: 'n' },
  ])('differs with %o', (other) => {
    expect(predictionIdFrom({ ...of, ...other })).not.toBe(predictionIdFrom(of))
  })
})
