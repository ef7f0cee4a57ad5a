import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { createPredictor } from '../../actors/predictor.ts'
import { simulatedClock } from '../../src/clock/simulated-clock.ts'
import { systemTransportClock } from '../../src/clock/system-clock.ts'
import type { CityKey } from '../../src/domain/city.ts'
import { climateDateOf, climateDay } from '../../src/domain/climate-day.ts'
import { weatherEventTicker } from '../../src/domain/ticker.ts'
import type { Forecast, Observation, Prediction, PredictionResult } from '../../src/domain/weather.ts'
import { createInProcess } from '../../src/inference/in-process.ts'
import { silentLog } from '../../src/telemetry/log.ts'
import { openRecordedSource } from '../../src/weather/recorded-source.ts'
import { STRIKES } from '../support/inference/fixtures.ts'

const PACKAGE = fileURLToPath(new URL('../../models/high-ordinal-2', import.meta.url))
const WEATHER = fileURLToPath(new URL('../../src/weather/recorded/2024-12-17', import.meta.url))
const DATE = climateDateOf('2024-12-17')
const PLAYED: readonly CityKey[] = ['new_york', 'chicago', 'austin', 'denver']
const HOUR_MS = 3_600_000
/** One millisecond of transport is a minute of the market. */
const RATE = 60_000
const turns = systemTransportClock()

interface Played {
  readonly results: readonly PredictionResult[]
  readonly forecasts: readonly Forecast[]
  readonly observations: readonly Observation[]
}

/** The bundled day by the bundled model, from twelve hours before it to its end. */
async function playDay(): Promise<Played> {
  const clock = simulatedClock({ startMs: climateDay('new_york', DATE).startMs - 12 * HOUR_MS, rate: RATE })
  const inference = await createInProcess({ packageFolder: PACKAGE, world: { transport: turns } })
  const results: PredictionResult[] = []
  const forecasts: Forecast[] = []
  const observations: Observation[] = []
  const predictor = createPredictor({
    inference,
    source: await openRecordedSource(WEATHER),
    world: clock,
    sessionSeed: 'day',
    events: PLAYED.map((city) => ({ event: weatherEventTicker(city, DATE), city, date: DATE, strikes: STRIKES })),
    onPrediction: (result) => results.push(result),
    onForecast: (row) => forecasts.push(row),
    onObservation: (row) => observations.push(row),
    log: silentLog,
  })
  for (let minute = 0; minute < 39 * 60; minute++) {
    for (let turn = 0; turn < 4; turn++) await new Promise<void>((resolve) => turns.soon(resolve))
    clock.advance(1)
  }
  await predictor.close()
  await inference.close()
  return { results, forecasts, observations }
}

it('a played day is predicted from what was known at each instant, the same way each time', async () => {
  const [first, second] = [await playDay(), await playDay()]
  const predictions = first.results.filter((result): result is Prediction => result.kind === 'prediction')
  for (const city of PLAYED) {
    const own = predictions.filter((prediction) => prediction.city === city)
    expect(own.length).toBeGreaterThan(20)
    expect(own.some((prediction) => prediction.isServed && prediction.snapshotHour === -4)).toBe(true)
    expect(
      own.every(
        (prediction) => prediction.isServed === (prediction.snapshotHour >= -4 && prediction.snapshotHour < 12),
      ),
    ).toBe(true)
  }
  for (const { brackets, forecastIssuedMs, asOfMs, computedMs } of predictions) {
    expect(brackets.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 9)
    expect(forecastIssuedMs).toBeLessThanOrEqual(asOfMs)
    expect(computedMs).toBeGreaterThanOrEqual(asOfMs)
  }
  const reasons = new Set(first.results.map((result) => (result.kind === 'noPrediction' ? result.reason : 'none')))
  expect([...reasons].sort()).toEqual(['beforeFirstForecast', 'none'])
  expect(new Set(first.observations.map((row) => `${row.city} ${row.validMs} ${row.temperatureF}`)).size).toBe(
    first.observations.length,
  )
  expect(first.observations.length).toBeGreaterThan(90)
  const idsOf = ({ results }: Played): unknown =>
    results.map((result) => (result.kind === 'prediction' ? result.id : result.reason))
  expect(idsOf(second)).toEqual(idsOf(first))
})
