import { describe, expect, it } from 'vitest'
import { climateDateOf } from '../../../src/domain/climate-day.ts'
import type { StoredWeather } from '../../../src/domain/stored-weather.ts'
import type { Forecast, Observation } from '../../../src/domain/weather.ts'
import { trainingExport } from '../../../src/evaluation/ledger-export.ts'
import { parseForecasts, parseHighs, parseObservations } from '../../../src/weather/weather-files.ts'

const at = (text: string): number => Date.parse(text)
const FORECAST: Forecast = {
  city: 'denver',
  date: climateDateOf('2026-03-02'),
  source: 'NWS',
  kind: 'asOf',
  highF: 61,
  issuedMs: at('2026-03-01T20:14:31Z'),
  availableMs: at('2026-03-01T20:20:00.001Z'),
}
const READING: Observation = {
  city: 'denver',
  station: 'KDEN',
  kind: 'station',
  validMs: at('2026-03-02T18:53:00Z'),
  availableMs: at('2026-03-02T18:59:30Z'),
  temperatureF: 59,
  precision: '0.1C',
}
const forecast = (changes: Partial<Forecast> = {}, isPlay = false) => ({ row: { ...FORECAST, ...changes }, isPlay })
const reading = (changes: Partial<Observation> = {}, isPlay = false) => ({ row: { ...READING, ...changes }, isPlay })
const settled = (event: string, expirationValue: string | undefined, isPlay = false) => ({
  row: { event, market: `${event}-B1`, result: 'yes', ...(expirationValue === undefined ? {} : { expirationValue }) },
  isPlay,
})

const WEATHER: StoredWeather = {
  forecasts: [
    forecast({ availableMs: FORECAST.availableMs + 3_600_000 }),
    forecast(),
    forecast({ highF: 62, issuedMs: FORECAST.issuedMs + 3_600_000, availableMs: FORECAST.availableMs + 3_600_000 }),
    forecast({ kind: 'widened' }),
    forecast({ kind: 'archive' }),
    forecast({ kind: 'asOf' }, true),
  ],
  readings: [
    reading({ dewpointF: 28.4, pressureHpa: 1_011.2, windMs: 3.6, availableMs: at('2026-03-02T19:05:00Z') }),
    reading(),
    reading({ availableMs: READING.availableMs + 60_000 }),
    reading({ kind: 'reanalysis' }),
    reading({ kind: 'reconstructed' }, true),
    reading({ validMs: at('2026-03-02T19:53:00Z'), availableMs: at('2026-03-02T19:59:00Z'), temperatureF: -0.4 }),
  ],
  settlements: [
    settled('KXHIGHDEN-26MAR02', '60'),
    settled('KXHIGHDEN-26MAR03', undefined),
    settled('KXHIGHDEN-26MAR04', 'above 61'),
    settled('KXHIGHAUS-26MAR02', '75', true),
    settled('KXHIGHDEN-26MAR02', '99', true),
  ],
}

describe('the training data of a ledger', () => {
  const exported = trainingExport(WEATHER)

  it('holds the issued forecasts, never available before the minute in which they came', () => {
    const rows = parseForecasts(exported.files['forecasts.csv.gz'], 'forecasts')
    expect(rows).toEqual([
      {
        ...FORECAST,
        issuedMs: at('2026-03-01T20:14:00Z'),
        availableMs: at('2026-03-01T20:21:00Z'),
      },
      expect.objectContaining({ highF: 62, availableMs: at('2026-03-01T21:21:00Z') }),
    ])
  })

  it('holds each station report once, as it was last corrected, known when the correction was', () => {
    const rows = parseObservations(exported.files['readings.csv.gz'], 'readings')
    expect(rows).toEqual([
      {
        ...READING,
        availableMs: at('2026-03-02T19:05:00Z'),
        dewpointF: 28.4,
        pressureHpa: 1_011.2,
        windMs: 3.6,
      },
      { ...READING, validMs: at('2026-03-02T19:53:00Z'), availableMs: at('2026-03-02T19:59:00Z'), temperatureF: -0.4 },
    ])
  })

  it('takes a high from the settled figure only', () => {
    const rows = parseHighs(exported.files['highs.csv.gz'], 'highs')
    expect(rows).toEqual([{ city: 'denver', date: '2026-03-02', highF: 60 }])
    expect(exported.days).toEqual({ from: '2026-03-02', to: '2026-03-02' })
  })

  it('counts what it leaves out, by reason', () => {
    expect(exported.rows).toEqual({ forecasts: 2, highs: 1, readings: 2 })
    expect(Object.fromEntries(exported.excluded.map(({ reason, count }) => [reason, count]))).toEqual({
      'forecast: kind archive': 1,
      'forecast: kind widened': 1,
      'forecast: seen by a play': 1,
      'forecast: seen by several accounts (the first is kept)': 1,
      'reading: kind reanalysis': 1,
      'reading: seen by a play': 1,
      'reading: seen by several accounts (the first is kept)': 1,
      'reading: replaced by a later report of the same time': 1,
      'settled event: only the winning bracket is known': 1,
      'settled event: seen by a play': 1,
      'settled event: settled in prose, not by a whole degree': 1,
    })
  })

  it('gives the same bytes in whatever order the rows come', () => {
    const turned = trainingExport({
      forecasts: WEATHER.forecasts.toReversed(),
      readings: WEATHER.readings.toReversed(),
      settlements: WEATHER.settlements.toReversed(),
    })
    expect(turned).toEqual(exported)
  })
})
