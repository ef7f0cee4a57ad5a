import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CITIES } from '../../../src/domain/city.ts'
import { addDays, DAY_MS } from '../../../src/domain/climate-day.ts'
import { invariant } from '../../../src/domain/invariant.ts'
import type { Forecast, Observation, OfficialHigh } from '../../../src/domain/weather.ts'
import { buildFeatures, FEATURE_NAMES, hasFeatures } from '../../../src/weather/features.ts'
import type { WeatherInputs } from '../../../src/weather/inputs.ts'
import { hashInputs } from '../../../src/weather/predict.ts'
import { type RecordedWeather, recordedSource } from '../../../src/weather/recorded-source.ts'
import { createWeatherDesk } from '../../../src/weather/weather-desk.ts'
import { at, DATE, forecast, HOUR_MS, inputs, pastDay, reading } from './sample-inputs.ts'

const CITY = CITIES.new_york
const SOURCES = ['GFS_MOS', 'NAM_MOS', 'OPENMETEO_BEST_MATCH']
const DAYS = [0, 1, 2, 3, 4]

const highF = fc.integer({ min: 20, max: 90 })
/** Issued within the 30 hours before the middle of its day, known up to two hours later. */
const forecastRow = fc
  .record({
    back: fc.constantFrom(...DAYS),
    source: fc.constantFrom(...SOURCES),
    highF,
    hour: fc.integer({ min: -18, max: 22 }),
    delay: fc.integer({ min: 0, max: 2 }),
  })
  .map(({ back, source, highF: high, hour, delay }): Forecast => {
    const date = addDays(DATE, -back)
    const issuedMs = at(hour, CITY.key, date)
    return forecast(source, high, { date, issuedMs, availableMs: issuedMs + delay * HOUR_MS })
  })
const readingRow = fc
  .record({ minute: fc.integer({ min: 0, max: 1_439 }), temperatureF: highF, delay: fc.integer({ min: 0, max: 90 }) })
  .map(({ minute, temperatureF, delay }): Observation => {
    const validMs = at(minute / 60)
    const extras = { dewpointF: temperatureF - 5, pressureHpa: 1_000 + delay / 10, windMs: delay / 10 }
    return reading(0, temperatureF, { validMs, availableMs: validMs + delay * 60_000, ...extras })
  })
const recordedWeather = fc
  .record({
    forecasts: fc.array(forecastRow, { minLength: 1, maxLength: 40 }),
    observations: fc.array(readingRow, { maxLength: 30 }),
    highs: fc.array(highF, { minLength: DAYS.length, maxLength: DAYS.length }),
  })
  .map(
    ({ highs, ...rows }): RecordedWeather => ({
      ...rows,
      highs: highs.map((high, back): OfficialHigh => ({ city: CITY.key, date: addDays(DATE, -back), highF: high })),
    }),
  )
const decision = fc.integer({ min: -6 * 60, max: 23 * 60 }).map((minute) => at(minute / 60))

/** As the daemon does it: source, desk, features. */
async function decide(recorded: RecordedWeather, nowMs: number) {
  const desk = createWeatherDesk({ source: recordedSource(recorded), city: CITY, date: DATE, nowMs: () => nowMs })
  const gathered = await desk.gather()
  invariant(gathered.ok, 'a recorded source answers')
  return { features: buildFeatures(gathered.inputs, FEATURE_NAMES), hash: hashInputs(gathered.inputs) }
}

const highKnownAt = (high: OfficialHigh): number => at(27, CITY.key, high.date)

/** Everything that is later than the decision arrives a day later still, and says something else. */
const withLaterRowsShifted = (recorded: RecordedWeather, nowMs: number): RecordedWeather => ({
  forecasts: recorded.forecasts.map((row) =>
    row.availableMs <= nowMs
      ? row
      : { ...row, highF: row.highF + 17, issuedMs: row.issuedMs + DAY_MS, availableMs: row.availableMs + DAY_MS },
  ),
  observations: recorded.observations.flatMap((row) => {
    if (row.availableMs <= nowMs) return [row]
    return [{ ...row, temperatureF: row.temperatureF + 40, availableMs: row.availableMs + DAY_MS }]
  }),
  highs: recorded.highs.map((row) => (highKnownAt(row) <= nowMs ? row : { ...row, highF: row.highF + 23 })),
})

describe('no look-ahead', () => {
  it('shifting every input later than the decision by a day changes no feature', async () => {
    await fc.assert(
      fc.asyncProperty(recordedWeather, decision, async (recorded, nowMs) => {
        expect(await decide(withLaterRowsShifted(recorded, nowMs), nowMs)).toEqual(await decide(recorded, nowMs))
      }),
      { numRuns: 200 },
    )
  })

  it('the same shift is seen as soon as the inputs are known, so that the property can fail', async () => {
    const recorded: RecordedWeather = {
      forecasts: [forecast('GFS_MOS', 50), forecast('NAM_MOS', 60, { issuedMs: at(7) })],
      observations: [reading(8, 44)],
      highs: [{ city: CITY.key, date: addDays(DATE, -1), highF: 40 }],
    }
    const shifted = withLaterRowsShifted(recorded, at(2))
    expect(await decide(shifted, at(9))).not.toEqual(await decide(recorded, at(9)))
  })

  const leaks: readonly [string, (given: WeatherInputs) => WeatherInputs][] = [
    ['forecast', (given) => ({ ...given, forecasts: given.forecasts.map((row) => moved(row)) })],
    ['reading', (given) => ({ ...given, observations: given.observations.map((row) => moved(row)) })],
    ['reading of tomorrow', (given) => ({ ...given, observations: [reading(30, 60, { availableMs: at(5) })] })],
    ['high of the day itself', (given) => ({ ...given, past: [pastDay(0, 48, 1), ...given.past] })],
    [
      'forecast of an earlier day',
      (given) => ({
        ...given,
        past: given.past.map((day) => ({
          ...day,
          forecasts: day.forecasts.map((row) => ({ ...row, availableMs: row.availableMs + 2 * DAY_MS })),
        })),
      }),
    ],
    ['high that is known tomorrow only', (given) => ({ ...given, asOfMs: given.asOfMs - DAY_MS, forecasts: [] })],
  ]

  it.each(leaks)('a planted leak, one %s shifted by a day, stops the program', (_, plant) => {
    const honest = inputs({ observations: [reading(4, 40)] })
    expect(hasFeatures(buildFeatures(honest, FEATURE_NAMES))).toBe(true)
    expect(() => buildFeatures(plant(honest), FEATURE_NAMES)).toThrow(/Invariant/)
  })
})

const moved = <Row extends { readonly availableMs: number }>(row: Row): Row => ({
  ...row,
  availableMs: row.availableMs + DAY_MS,
})
