import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { extrasOf, readingOf, readStationReports } from '../../../src/weather/station-reports.ts'
import { READING_STATIONS } from '../../../src/weather/stations.ts'
import { highsOfDayGroups } from '../../../src/weather/training-neighbours.ts'

const HEADER = 'station,valid_utc,temp_c,precision,isd_qc,dewpoint_c,wind_ms,slp_hpa,max24h_c'
const folder = mkdtempSync(join(tmpdir(), 'halcyon-reports-'))
afterAll(() => rmSync(folder, { recursive: true }))

function reports(...lines: readonly string[]) {
  writeFileSync(join(folder, 'asos_metar_readings.csv.gz'), gzipSync(`${[HEADER, ...lines].join('\n')}\n`))
  return readStationReports(folder, READING_STATIONS)
}

describe('the reports of the archive', () => {
  it('become readings in °F with their precision, known after a delay, and with what else they measured', () => {
    const [report] = reports('KMIA,2023-05-01 17:53,28.3,0.1C,5,22.2,4.1,1016.2,')
    expect(report && { ...readingOf(report, 600_000), ...extrasOf(report) }).toEqual({
      city: 'miami',
      station: 'KMIA',
      kind: 'station',
      validMs: Date.parse('2023-05-01T17:53Z'),
      availableMs: Date.parse('2023-05-01T18:03Z'),
      temperatureF: 82.94,
      precision: '0.1C',
      dewpointF: 71.96,
      pressureHpa: 1_016.2,
      windMs: 4.1,
    })
  })

  it.each([
    ['nothing', ',,', {}],
    ['calm', ',0,', { windMs: 0 }],
    ['a dew point above the temperature', '30,,', {}],
    ['a pressure in Pascal', ',,101620', {}],
    ['a negative wind', ',-1,', {}],
  ])('with %s measured say so', (_, cells, expected) => {
    const [dewpoint, wind, pressure] = cells.split(',')
    const [report] = reports(`KMIA,2023-05-01 17:53,28.3,0.1C,5,${dewpoint},${wind},${pressure},`)
    expect(report && extrasOf(report)).toEqual(expected)
  })

  it.each([
    ['a suspect temperature (2)', 'KMIA,2023-05-01 17:53,28.3,0.1C,2,,,,'],
    ['a suspect temperature (3)', 'KMIA,2023-05-01 17:53,28.3,0.1C,3,,,,'],
    ['an erroneous temperature (6)', 'KMIA,2023-05-01 17:53,28.3,0.1C,6,,,,'],
    ['an erroneous temperature (7)', 'KMIA,2023-05-01 17:53,28.3,0.1C,7,,,,'],
    ['no temperature', 'KMIA,2023-05-01 17:53,,0.1C,5,,,,'],
    ['no precision', 'KMIA,2023-05-01 17:53,28.3,,5,,,,'],
    ['a station that is not asked for', 'KMDW,2023-05-01 17:53,28.3,0.1C,5,,,,'],
  ])('leave out %s', (_, line) => {
    expect(reports(line)).toEqual([])
  })

  it('give a neighbour its high from the 24-hour group, on the day that ends at that midnight', () => {
    const group = reports(
      'KLGA,2023-05-02 04:51,12.0,0.1C,5,,,,20.6',
      'KLGA,2023-05-02 05:51,11.0,0.1C,5,,,,',
      'KORD,2023-05-02 05:51,12.0,0.1C,5,,,,-0.3',
    )
    expect(highsOfDayGroups(group)).toEqual([
      { city: 'new_york', date: '2023-05-01', highF: 69, source: 'KLGA_24H' },
      { city: 'chicago', date: '2023-05-01', highF: 31, source: 'KORD_24H' },
    ])
  })
})
