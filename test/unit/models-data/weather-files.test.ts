import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { climateDateOf } from '../../../src/domain/climate-day.ts'
import type { Forecast, Observation } from '../../../src/domain/weather.ts'
import {
  FORECAST_COLUMNS,
  formatForecasts,
  formatHighs,
  formatObservations,
  OBSERVATION_COLUMNS,
  OBSERVATION_EXTRA_COLUMNS,
  parseForecasts,
  parseHighs,
  parseObservations,
} from '../../../src/weather/weather-files.ts'

const date = climateDateOf('2024-12-17')
const forecast: Forecast = {
  city: 'denver',
  date,
  source: 'GFS_SEAMLESS',
  kind: 'widened',
  highF: -3.4,
  issuedMs: Date.parse('2024-12-17T03:00Z'),
  availableMs: Date.parse('2024-12-17T03:05Z'),
}
const reading: Observation = {
  city: 'new_york',
  station: 'KNYC',
  kind: 'station',
  validMs: Date.parse('2024-12-17T05:51Z'),
  availableMs: Date.parse('2024-12-17T05:56Z'),
  temperatureF: 51.98,
  precision: '0.1C',
}

describe('the weather files', () => {
  it('give back what was written', () => {
    expect(parseForecasts(formatForecasts([forecast]), 'f')).toEqual([forecast])
    expect(parseObservations(formatObservations([reading]), 'o')).toEqual([reading])
    const measured: Observation = { ...reading, dewpointF: 41, pressureHpa: 1_012.4, windMs: 0 }
    const partly: Observation = { ...reading, windMs: 3.1 }
    expect(parseObservations(formatObservations([measured, reading, partly]), 'o')).toEqual([measured, reading, partly])
    const high = { city: 'denver', date, highF: 53 } as const
    expect(parseHighs(formatHighs([{ ...high, source: 'ACIS' }]), 'h')).toEqual([high])
  })

  it('have the same bytes on every machine: no time and no system in the gzip header', () => {
    const header = formatForecasts([forecast]).subarray(0, 10)
    expect([...header.subarray(4, 8), header[9]]).toEqual([0, 0, 0, 0, 255])
    expect(formatForecasts([forecast])).toEqual(formatForecasts([forecast]))
  })

  it('of readings have columns for dew point, pressure and wind only where some row has one', () => {
    const headerOf = (rows: readonly Observation[]) =>
      gunzipSync(formatObservations(rows)).toString().split('\n')[0]?.split(',')
    expect(headerOf([reading])).toEqual(OBSERVATION_COLUMNS)
    const full = [...OBSERVATION_COLUMNS, ...OBSERVATION_EXTRA_COLUMNS]
    expect(headerOf([reading, { ...reading, dewpointF: 41 }])).toEqual(full)
    const broken = `${full.join(',')}\nnew_york,KNYC,station,2024-12-17T05:51Z,2024-12-17T05:56Z,51.98,0.1C,M,,\n`
    expect(() => parseObservations(gzipSync(broken), 'o')).toThrow(/line 2: .*a number, or nothing/)
  })

  const good =
    gunzipSync(formatForecasts([forecast]))
      .toString()
      .split('\n')[1] ?? ''
  it.each([
    ['an unknown city', good.replace('denver', 'boston'), /a city key/],
    ['a date that is none', good.replace('2024-12-17,', '2024-02-30,'), /a calendar date/],
    ['an unknown kind', good.replace('widened', 'guessed'), /kind/],
    ['a temperature that is none', good.replace('-3.4', ''), /a temperature in °F/],
    ['a local time', good.replace('03:05Z', '03:05'), /a UTC time/],
    ['a missing cell', good.slice(0, good.lastIndexOf(',')), /available_utc/],
    ['a cell too many', `${good},x`, /expected 7 columns/],
  ])('with %s are refused by file and line', (_, line, problem) => {
    const bytes = gzipSync([FORECAST_COLUMNS.join(','), good, line].join('\n'))
    expect(() => parseForecasts(bytes, 'forecasts.csv.gz')).toThrow(/^forecasts\.csv\.gz, line 3: /)
    expect(() => parseForecasts(bytes, 'forecasts.csv.gz')).toThrow(problem)
  })

  it('that are no whole gzip, or have another header, are refused by name', () => {
    const cut = formatForecasts([forecast]).subarray(0, 40)
    expect(() => parseForecasts(cut, 'f.gz')).toThrow(/^f\.gz: not a whole gzip file/)
    expect(() => parseForecasts(gzipSync('a,b\n1,2\n'), 'f.gz')).toThrow(/first line is not the header/)
  })
})
