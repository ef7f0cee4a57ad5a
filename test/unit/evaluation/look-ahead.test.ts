import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { addDays, type ClimateDate, climateDateOf, climateDay } from '../../../src/domain/climate-day.ts'
import type { Forecast, ModelOutput, Observation, OfficialHigh } from '../../../src/domain/weather.ts'
import { type EvaluatedRow, INPUT_VARIANTS } from '../../../src/evaluation/row.ts'
import { type AskedPackage, evaluateRows } from '../../../src/evaluation/rows.ts'
import { inputGatherer } from '../../../src/evaluation/variants.ts'
import { type WeatherHistory, type WeatherRows, weatherHistory } from '../../../src/evaluation/weather-history.ts'
import { buildFeatures, FEATURE_NAMES, hasFeatures } from '../../../src/weather/features.ts'
import { highKnownMs } from '../../../src/weather/features-past.ts'
import { persistenceForecast } from '../../../src/weather/persistence.ts'
import { hashInputs } from '../../../src/weather/predict.ts'
import { highOf } from './sample-data.ts'

const CITY = 'new_york'
const HOUR_MS = 3_600_000
const DATE = climateDateOf('2025-03-05')
const HOURS = [-4, 5, 8.5, 14] as const

/** Seventy days around the decision, and some after it. */
const DATES = Array.from({ length: 76 }, (_, index) => addDays(DATE, index - 70))
const startOf = (date: ClimateDate): number => climateDay(CITY, date).startMs

const forecastsOf = (date: ClimateDate): readonly Forecast[] => {
  const issue = (source: string, hour: number, highF: number): Forecast => {
    const issuedMs = startOf(date) + hour * HOUR_MS
    return { city: CITY, date, source, kind: 'asOf', highF, issuedMs, availableMs: issuedMs + HOUR_MS }
  }
  const archived = { city: CITY, date, kind: 'archive', issuedMs: startOf(date), availableMs: startOf(date) } as const
  return [
    issue('GFS_MOS', -12, highOf(date) + 1),
    issue('NAM_MOS', -12, highOf(date) - 2),
    issue('OPENMETEO_BEST_MATCH', -6, highOf(date) + 2),
    issue('OPENMETEO_BEST_MATCH', 3, highOf(date) + 1),
    issue('OPENMETEO_BEST_MATCH', 12, highOf(date)),
    { ...archived, source: 'GFS_SEAMLESS', highF: highOf(date) + 0.4 },
  ]
}

const readingsOf = (date: ClimateDate): readonly Observation[] =>
  [2, 6, 9, 13, 16].map((hour) => ({
    city: CITY,
    station: 'KNYC',
    kind: 'station',
    validMs: startOf(date) + hour * HOUR_MS,
    availableMs: startOf(date) + hour * HOUR_MS + 600_000,
    temperatureF: highOf(date) - Math.abs(14 - hour),
    precision: '0.1C',
  }))

const TRUE_ROWS: WeatherRows = {
  highs: DATES.map((date): OfficialHigh => ({ city: CITY, date, highF: highOf(date) })),
  forecasts: DATES.flatMap(forecastsOf),
  readings: DATES.flatMap(readingsOf),
}

/** Whatever the features or the hash of the inputs see moves its distribution. */
const SENSITIVE: AskedPackage = {
  id: 'sensitive',
  scorer: {
    async score(inputs) {
      const features = buildFeatures(inputs, FEATURE_NAMES)
      if (!hasFeatures(features)) return { ok: false, code: 'beforeFirstForecast', message: '' }
      const digest = Number.parseInt(hashInputs(inputs).slice(0, 12), 16) / 2 ** 48
      const seen = features.values.reduce((sum, value) => sum + (Number.isNaN(value) ? 0.123 : value), 0)
      const probability = (digest + Math.abs(seen)) % 1
      const output: Partial<ModelOutput> = {
        firstHighF: features.baseF,
        probabilities: [probability, 1 - probability],
        baseF: features.baseF,
        forecastKind: features.forecastKind,
      }
      return { ok: true, output: output as ModelOutput, computeNs: 0 }
    },
  },
}

async function rowsOf(history: WeatherHistory, hour: number): Promise<readonly EvaluatedRow[]> {
  const { rows } = await evaluateRows({
    packages: [SENSITIVE],
    weather: history,
    gatherer: inputGatherer(history, persistenceForecast),
    variants: INPUT_VARIANTS,
    cities: [CITY],
    hours: [hour],
    from: DATE,
    to: DATE,
  })
  return rows
}

const said = (rows: readonly EvaluatedRow[]): unknown =>
  rows.map(({ variant, baseF, distributions }) => [variant, baseF, distributions])

/** Every number that was not known at the instant becomes another one; what is known stays. */
function mangled(rows: WeatherRows, asOfMs: number, by: number): WeatherRows {
  const isLater = ({ availableMs }: { readonly availableMs: number }): boolean => availableMs > asOfMs
  return {
    highs: rows.highs.map((high) =>
      highKnownMs(CITY, high.date) > asOfMs ? { ...high, highF: high.highF + by } : high,
    ),
    forecasts: rows.forecasts.map((row) => (isLater(row) ? { ...row, highF: row.highF + by } : row)),
    readings: rows.readings.map((row) => (isLater(row) ? { ...row, temperatureF: row.temperatureF + by } : row)),
  }
}

/** Rows of the future handed to each other's days. */
function permuted(rows: WeatherRows, asOfMs: number): WeatherRows {
  const later = rows.highs.filter((high) => highKnownMs(CITY, high.date) > asOfMs)
  const turned = later.map((high, index) => ({ ...high, highF: later[(index + 1) % later.length]?.highF ?? 0 }))
  const forecasts = rows.forecasts.filter((row) => row.availableMs > asOfMs)
  return {
    highs: [...rows.highs.filter((high) => highKnownMs(CITY, high.date) <= asOfMs), ...turned],
    forecasts: [
      ...rows.forecasts.filter((row) => row.availableMs <= asOfMs),
      ...forecasts.map((row, index) => ({ ...row, highF: forecasts.at(-1 - index)?.highF ?? 0 })),
    ],
    readings: rows.readings.filter((row) => row.availableMs <= asOfMs),
  }
}

/** @param leak what the source makes of its rows before it hands them out */
async function seesTheFuture(hour: number, by: number, leak: (rows: WeatherRows) => WeatherHistory): Promise<boolean> {
  const asOfMs = startOf(DATE) + hour * HOUR_MS
  const now = await rowsOf(leak(TRUE_ROWS), hour)
  const otherwise = await rowsOf(leak(mangled(TRUE_ROWS, asOfMs, by)), hour)
  return JSON.stringify(said(now)) !== JSON.stringify(said(otherwise))
}

describe('a prediction of a day that is over', () => {
  let truth: Awaited<ReturnType<typeof rowsOf>>[]
  beforeAll(async () => {
    truth = await Promise.all(HOURS.map((hour) => rowsOf(weatherHistory(TRUE_ROWS), hour)))
  })

  it('is there under each variant that had a forecast at the time', () => {
    expect(truth.map((rows) => rows.map(({ variant }) => variant))).toEqual([
      ['as-of', 'strict'],
      ['as-of', 'archive', 'strict'],
      ['as-of', 'archive', 'strict'],
      ['as-of', 'archive', 'strict'],
    ])
    expect(new Set(truth.flat().map((row) => JSON.stringify(row.distributions))).size).toBe(truth.flat().length)
  })

  it('does not change with anything that became known later', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...HOURS), fc.integer({ min: 1, max: 30 }), async (hour, by) => {
        expect(await seesTheFuture(hour, by, weatherHistory)).toBe(false)
      }),
      { numRuns: 12 },
    )
  })

  it('does not change where the days of the future are exchanged', async () => {
    for (const [index, hour] of HOURS.entries()) {
      const rows = permuted(TRUE_ROWS, startOf(DATE) + hour * HOUR_MS)
      expect(said(await rowsOf(weatherHistory(rows), hour))).toEqual(said(truth[index] ?? []))
    }
  })

  it('changes with what was known', async () => {
    const earlier = mangled(TRUE_ROWS, startOf(addDays(DATE, -8)), 3)
    expect(said(await rowsOf(weatherHistory(earlier), 5))).not.toEqual(said(truth[1] ?? []))
  })
})

describe('a planted leak', () => {
  const leaks: readonly (readonly [string, (rows: WeatherRows) => WeatherHistory])[] = [
    [
      'of the highs: each day has that of the day after',
      (rows) => {
        const history = weatherHistory(rows)
        return { ...history, highF: (city, date) => history.highF(city, addDays(date, 1)) }
      },
    ],
    [
      'of the readings: said to be known a day before they were',
      (rows) =>
        weatherHistory({
          ...rows,
          readings: rows.readings.map((row) => ({ ...row, availableMs: row.availableMs - 86_400_000 })),
        }),
    ],
    [
      'of the forecasts: issued and known a day before they were',
      (rows) =>
        weatherHistory({
          ...rows,
          forecasts: rows.forecasts.map((row) => ({
            ...row,
            issuedMs: row.issuedMs - 86_400_000,
            availableMs: row.availableMs - 86_400_000,
          })),
        }),
    ],
  ]

  it.each(leaks)('%s is found', async (_what, leak) => {
    // Either the feature code stops at it, or the prediction moves with the future.
    const found = await Promise.all(HOURS.map((hour) => seesTheFuture(hour, 5, leak).catch(() => true)))
    expect(found).toContain(true)
  })

  it('of a forecast known before its issue stops the program', async () => {
    const early = TRUE_ROWS.forecasts.map((row) => ({ ...row, availableMs: row.availableMs - 86_400_000 }))
    await expect(rowsOf(weatherHistory({ ...TRUE_ROWS, forecasts: early }), -4)).rejects.toThrow(
      'a forecast is not available before its issue',
    )
  })

  it('of the forecast for the day after stops the program', async () => {
    const history = weatherHistory(TRUE_ROWS)
    const shifted: WeatherHistory = {
      ...history,
      forecasts: (kind, city, date) => history.forecasts(kind, city, addDays(date, 1)),
    }
    await expect(rowsOf(shifted, 14)).rejects.toThrow('a forecast belongs to the predicted day')
  })
})
