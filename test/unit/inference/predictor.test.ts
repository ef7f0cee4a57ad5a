import { describe, expect, it } from 'vitest'
import { CONFIRMATIONS_PER_SECOND_MAX, PREDICTION_RETRY_MS, WEATHER_POLL_MS } from '../../../src/config/limits.ts'
import type { WeatherSource } from '../../../src/weather/source.ts'
import { atHour, forecast, reading } from '../../support/inference/fixtures.ts'

import { CHICAGO, NY, type Rig, rig } from './predictor-rig.ts'

const MINUTE_MS = 60_000

describe('the predictor', () => {
  it('predicts at once, and tells it once', async () => {
    const { predictor, told } = await rig()
    expect(told).toHaveLength(1)
    expect(predictor.latest(NY)).toBe(told[0])
    expect(told[0]).toMatchObject({
      kind: 'prediction',
      asOfMs: atHour(6),
      computedMs: atHour(6),
      confirmedMs: atHour(6),
    })
  })

  it('answers from the cache for 30 seconds, then looks again and only confirms unchanged inputs', async () => {
    const { predictor, told, computed, pass } = await rig()
    await pass(29_999)
    predictor.request(NY)
    await pass(0)
    expect(predictor.stats().confirmations).toBe(0)
    await pass(1)
    predictor.request(NY)
    await pass(0)
    expect(predictor.stats().confirmations).toBe(1)
    expect(computed).toHaveLength(1)
    expect(told).toHaveLength(1)
    expect(predictor.latest(NY)).toMatchObject({
      computedMs: atHour(6),
      confirmedMs: atHour(6) + 30_000,
      confirmedNs: 30_000 * 1e6,
    })
  })

  it('computes again at the instant at which a forecast or a reading becomes available', async () => {
    const later = forecast({ source: 'NBM', highF: 61, issuedMs: atHour(5), availableMs: atHour(6) + 10 * MINUTE_MS })
    const read = reading({ validMs: atHour(6), availableMs: atHour(6) + 20 * MINUTE_MS, temperatureF: 58 })
    const { told, computed, pass } = await rig({ rows: [forecast(), later], readings: [read] })
    await pass(10 * MINUTE_MS - 1)
    expect(told).toHaveLength(1)
    await pass(1)
    expect(told[1]).toMatchObject({ asOfMs: later.availableMs, baseF: 59 })
    await pass(10 * MINUTE_MS)
    expect(told[2]).toMatchObject({ asOfMs: read.availableMs, observedMaxF: 58, observationCount: 1 })
    expect(computed).toHaveLength(3)
  })

  it('computes again at each whole hour, by which features and served hours change', async () => {
    const { told, pass } = await rig({ startMs: atHour(11.5) })
    expect(told[0]).toMatchObject({ snapshotHour: 11, isServed: true })
    await pass(30 * MINUTE_MS)
    expect(told[1]).toMatchObject({ snapshotHour: 12, isServed: false, asOfMs: atHour(12) })
  })

  it('has no prediction before the first forecast, as a normal value, and one as soon as it is there', async () => {
    const first = forecast({ availableMs: atHour(-3), issuedMs: atHour(-4) })
    const { told, pass } = await rig({ startMs: atHour(-4.5), rows: [first] })
    expect(told).toMatchObject([{ kind: 'noPrediction', reason: 'beforeFirstForecast' }])
    await pass(1.5 * 3_600_000)
    expect(told[1]).toMatchObject({ kind: 'prediction', asOfMs: atHour(-3) })
    expect(told).toHaveLength(2)
  })

  it('runs one computation per event, and one more after it for news during the flight', async () => {
    const news = [1, 2, 3].map((minute) =>
      forecast({ source: `S${minute}`, issuedMs: atHour(5), availableMs: atHour(6) + minute * MINUTE_MS }),
    )
    const { predictor, computed, pass, release } = await rig({ rows: [forecast(), ...news], isHeld: true, rate: 1_600 })
    await pass(500)
    predictor.request(NY)
    await pass(100)
    expect(computed).toHaveLength(1)
    release()
    await pass(1)
    release()
    await pass(1)
    expect(computed.map((inputs) => inputs.forecasts.length)).toEqual([1, 4])
  })

  it('tells each forecast and each reading exactly once, with its availability', async () => {
    const later = forecast({ source: 'NBM', issuedMs: atHour(5), availableMs: atHour(6) + 10 * MINUTE_MS })
    const { predictor, forecasts, observations, pass } = await rig({ rows: [forecast(), later], readings: [reading()] })
    for (let step = 0; step < 20; step++) {
      await pass(MINUTE_MS)
      predictor.request(NY)
    }
    expect(forecasts).toEqual([forecast(), later])
    expect(observations).toEqual([reading()])
  })

  it('never computes with anything later than the decision, whatever the source hands out', async () => {
    const shifted = (source: WeatherSource): WeatherSource => ({
      ...source,
      forecasts: (city, date, asOfMs) => source.forecasts(city, date, asOfMs + 3_600_000),
      observations: (city, date, asOfMs) => source.observations(city, date, asOfMs + 3_600_000),
    })
    const later = forecast({ source: 'NBM', issuedMs: atHour(5), availableMs: atHour(6) + 1 })
    const { computed } = await rig({
      rows: [forecast(), later],
      readings: [reading({ validMs: atHour(6), availableMs: atHour(6) + 1 })],
      source: shifted,
    })
    expect(computed[0]).toMatchObject({ forecasts: [forecast()], observations: [] })
  })

  it('gives the same ids for the same session, inputs and instants', async () => {
    const [first, second] = [await rig(), await rig()]
    const idOf = ({ told }: Rig): unknown => told[0]?.kind === 'prediction' && told[0].id
    expect(idOf(first)).toMatch(/^p-[0-9a-f]{32}$/)
    expect(idOf(first)).toBe(idOf(second))
  })
})

describe('a computation that gives no prediction', () => {
  it.each(['poolBusy', 'deadline', 'workerFailed'] as const)(
    'because of %s is told once and tried again',
    async (reason) => {
      let isFailing = true
      const { predictor, told, pass } = await rig({
        answer: () => (isFailing ? { ok: false, reason, message: 'test' } : undefined),
      })
      expect(told).toMatchObject([{ kind: 'noPrediction', reason }])
      await pass(PREDICTION_RETRY_MS)
      expect(told).toHaveLength(1)
      isFailing = false
      await pass(PREDICTION_RETRY_MS)
      expect(told[1]).toMatchObject({ kind: 'prediction' })
      expect(predictor.stats().refused).toEqual({ [reason]: 2 })
    },
  )

  it('is a deadline where the answer never comes', async () => {
    const { told, pass } = await rig({ isHeld: true })
    await pass(60_000)
    expect(told).toMatchObject([{ kind: 'noPrediction', reason: 'deadline' }])
  })
})

describe('a source that fails', () => {
  const failing =
    (isFailing: () => boolean) =>
    (source: WeatherSource): WeatherSource => ({
      ...source,
      nextAvailableMs: () => undefined,
      observations: async (city, date, asOfMs) =>
        isFailing()
          ? { ok: false, failure: { kind: 'unavailable', detail: 'HTTP 503' } }
          : source.observations(city, date, asOfMs),
    })

  it('leaves the prediction until it was unconfirmed for a minute of transport time, then it is none', async () => {
    let isFailing = false
    const { predictor, told, pass } = await rig({ source: failing(() => isFailing) })
    isFailing = true
    await pass(60_000)
    expect(predictor.request(NY)).toMatchObject({ kind: 'prediction' })
    await pass(1)
    expect(predictor.request(NY)).toMatchObject({ kind: 'noPrediction', reason: 'notConfirmed' })
    isFailing = false
    await pass(WEATHER_POLL_MS)
    expect(told.at(-1)).toMatchObject({ kind: 'prediction', computedMs: atHour(6) })
    expect(predictor.stats().sourceFailures).toBeGreaterThan(0)
  })

  it('is polled where it cannot say when it has news', async () => {
    const { computed, predictor, pass } = await rig({ source: failing(() => false) })
    await pass(4 * WEATHER_POLL_MS)
    expect(predictor.stats().confirmations).toBeGreaterThanOrEqual(1)
    expect(computed).toHaveLength(1)
  })
})

describe('while an order rests', () => {
  it('a timer confirms every 30 seconds of market time, and stops with it', async () => {
    const { predictor, pass } = await rig()
    predictor.setResting(NY, true)
    for (let step = 0; step < 4; step++) await pass(30_000)
    expect(predictor.stats().confirmations).toBe(4)
    predictor.setResting(NY, false)
    for (let step = 0; step < 4; step++) await pass(30_000)
    expect(predictor.stats().confirmations).toBe(4)
  })

  it('confirms at most 20 times a second in a play, and starves no event', async () => {
    const rows = [forecast(), forecast({ city: 'chicago' })]
    const { predictor, pass } = await rig({ rate: 1_600, rows, events: [NY, CHICAGO], startMs: atHour(6) })
    predictor.setResting(NY, true)
    predictor.setResting(CHICAGO, true)
    const before = predictor.stats().confirmations
    // One second of transport time in small steps; the looks at whole hours of market time confirm nothing.
    for (let step = 0; step < 200; step++) await pass(5)
    const confirmed = predictor.stats().confirmations - before
    expect(confirmed).toBeGreaterThan(CONFIRMATIONS_PER_SECOND_MAX / 2)
    expect(confirmed).toBeLessThanOrEqual(CONFIRMATIONS_PER_SECOND_MAX + 1)
    for (const event of [NY, CHICAGO]) {
      const latest = predictor.latest(event)
      expect(latest.kind === 'prediction' && latest.confirmedNs).toBeGreaterThan(0.8e9)
    }
  })
})

describe('the end of an event', () => {
  it('leaves no timer behind', async () => {
    const { predictor, clock, pass } = await rig()
    predictor.setResting(NY, true)
    predictor.remove(NY)
    expect(predictor.latest(NY)).toMatchObject({ kind: 'noPrediction', reason: 'notRequested' })
    expect(predictor.request(NY)).toMatchObject({ kind: 'noPrediction', reason: 'notRequested' })
    await pass(0)
    expect(clock.pending()).toBe(0)
  })

  it('waits for what is in flight when it closes, and tells nothing after it', async () => {
    const { predictor, told, clock, release } = await rig({ isHeld: true })
    const closing = predictor.close()
    release()
    await closing
    expect(told).toHaveLength(0)
    expect(clock.pending()).toBe(0)
  })

  it('wakes up no more once the climate day is over', async () => {
    const { clock, pass } = await rig({ startMs: atHour(23.5) })
    await pass(31 * MINUTE_MS)
    expect(clock.pending()).toBe(0)
  })
})
