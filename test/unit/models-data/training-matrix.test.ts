import { describe, expect, it } from 'vitest'
import { CITIES, type CityKey } from '../../../src/domain/city.ts'
import { addDays, type ClimateDate, climateDateOf, climateDay } from '../../../src/domain/climate-day.ts'
import type { Forecast, Observation, OfficialHigh } from '../../../src/domain/weather.ts'
import { FEATURE_NAMES } from '../../../src/weather/features.ts'
import { gatherPast } from '../../../src/weather/features-past.ts'
import {
  MATRIX_KEYS,
  type MatrixInput,
  matrixLine,
  TRAINING_HOURS,
  type TrainingRow,
  trainingRows,
} from '../../../src/weather/training-matrix.ts'
import { pastByDate } from '../../../src/weather/training-past.ts'

const HOUR_MS = 3_600_000
const FROM = climateDateOf('2023-03-01')
const TO = climateDateOf('2023-03-03')
const at = (city: CityKey, date: ClimateDate, hour: number): number => climateDay(city, date).startMs + hour * HOUR_MS

/** A table of a few weeks: highs climb by a degree a day, so that no two days look alike. */
function table(): MatrixInput {
  const days = Array.from({ length: 40 }, (_, index) => addDays(TO, -index))
  const highOf = (date: ClimateDate): number => 40 + days.length - days.indexOf(date)
  const highs = (city: CityKey): readonly OfficialHigh[] => days.map((date) => ({ city, date, highF: highOf(date) }))
  const forecasts = (city: CityKey, offsetF: number): readonly Forecast[] =>
    days.flatMap((date) =>
      [-20, 4].map((hour) => {
        const issuedMs = at(city, date, hour)
        const common = { city, date, source: 'GFS_MOS', kind: 'asOf' } as const
        return { ...common, highF: highOf(date) + offsetF + hour / 10, issuedMs, availableMs: issuedMs + HOUR_MS }
      }),
    )
  const readings = (city: CityKey, station: string, temperatureF: number): readonly Observation[] =>
    [FROM, TO].flatMap((date) =>
      [3, 9, 12, 20].map((hour) => {
        const validMs = at(city, date, hour)
        const common = { city, station, kind: 'station', precision: '1F' } as const
        return { ...common, validMs, availableMs: validMs + HOUR_MS / 6, temperatureF: temperatureF + hour }
      }),
    )
  return {
    from: FROM,
    to: TO,
    highs: [...highs('miami'), ...highs('chicago')],
    forecasts: [...forecasts('miami', 1), ...forecasts('chicago', 2)],
    readings: [...readings('miami', 'KMIA', 60), ...readings('chicago', 'KORD', 30)],
    neighbourHighs: highs('chicago').map((row) => ({ ...row, highF: row.highF - 9 })),
    neighbourForecasts: forecasts('chicago', -8),
  }
}

const rows = [...trainingRows(table())]
const keyOf = (row: TrainingRow): string => `${row.role} ${row.station} ${row.date} ${row.snapshotHour}`
const featureOf = (row: TrainingRow | undefined, name: string): number =>
  row?.values[FEATURE_NAMES.indexOf(name)] ?? Number.NaN
const find = (role: string, station: string, hour: number, date = TO): TrainingRow | undefined =>
  rows.find((row) => keyOf(row) === `${role} ${station} ${date} ${hour}`)

describe('the rows of the matrix', () => {
  it('are of settlement stations and neighbours at every training hour, and strict at two', () => {
    const counts = Map.groupBy(rows, (row) => `${row.role} ${row.station}`)
    expect(Object.fromEntries([...counts].map(([key, of]) => [key, of.length / 3]))).toEqual({
      'settlement KMIA': TRAINING_HOURS.length,
      'settlement KMDW': TRAINING_HOURS.length,
      'neighbour KORD': TRAINING_HOURS.length,
      'strict KMIA': 2,
      'strict KMDW': 2,
    })
    expect(new Set(rows.map(keyOf)).size).toBe(rows.length)
    expect(rows.map((row) => row.date)).toEqual(rows.map((row) => row.date).sort())
  })

  it('have Midway’s highs and forecasts for Chicago and none of O’Hare’s readings', () => {
    const midway = find('settlement', 'KMDW', 14)
    expect(midway).toMatchObject({ city: 'chicago', station: CITIES.chicago.station, highF: 80, baseF: 82 })
    expect(featureOf(midway, 'observed_max_minus_base')).toBeNaN()
    expect(rows.filter((row) => row.role !== 'neighbour' && row.station === 'KORD')).toEqual([])
  })

  it('have the neighbour’s own highs, forecasts, readings and past', () => {
    const oHare = find('neighbour', 'KORD', 14)
    expect(oHare).toMatchObject({ city: 'chicago', highF: 71, baseF: 72 })
    expect(featureOf(oHare, 'observed_max_minus_base')).toBe(42 - 72)
    expect(featureOf(oHare, 'lag_error_gfs_mos')).toBeCloseTo(-1 - 0.4, 5)
  })

  it('know a reading and a forecast from when it was available on', () => {
    expect(featureOf(find('settlement', 'KMIA', 2), 'observed_max_minus_base')).toBeNaN()
    expect(featureOf(find('settlement', 'KMIA', 11), 'observed_latest_minus_base')).toBe(69 - 81)
    expect(find('settlement', 'KMIA', 2)?.baseF).toBe(80 + 1 - 2)
    expect(find('settlement', 'KMIA', 5)?.baseF).toBe(81)
  })

  it('under strict know persistence alone, on the day itself and before, and no reading', () => {
    for (const hour of [-4, 5]) {
      const row = find('strict', 'KMIA', hour)
      expect(row?.highF).toBe(80)
      expect(featureOf(row, 'is_persistence')).toBe(1)
      expect(featureOf(row, 'source_count')).toBe(1)
      expect(featureOf(row, 'from_base_gfs_mos')).toBeNaN()
      expect(featureOf(row, 'lag_error_gfs_mos')).toBeNaN()
      expect(featureOf(row, 'trailing_day_count')).toBeGreaterThan(10)
      expect(featureOf(row, 'newest_error')).toBeGreaterThan(3)
      expect(featureOf(row, 'observed_max_minus_base')).toBeNaN()
    }
  })

  it('do not change with anything that became known after their hour', () => {
    const honest = table()
    const cutMs = at('miami', TO, 8)
    const later = <Row extends { readonly availableMs: number }>(row: Row, change: Partial<Row>): Row =>
      row.availableMs > cutMs ? { ...row, ...change } : row
    const changed: MatrixInput = {
      ...honest,
      forecasts: honest.forecasts.map((row) => later(row, { highF: 0 })),
      readings: honest.readings.map((row) => later(row, { temperatureF: 120 })),
      highs: honest.highs.map((row) => (row.date === TO ? { ...row, highF: 1 } : row)),
    }
    const atCut = (all: Iterable<TrainingRow>) =>
      [...all]
        .filter((row) => row.station === 'KMIA' && row.date === TO && row.snapshotHour <= 8)
        .map((row) => row.values)
    expect(atCut(trainingRows(changed))).toEqual(atCut(rows))
    expect([...trainingRows(changed)].map((row) => row.values)).not.toEqual(rows.map((row) => row.values))
  })
})

describe('the earlier days of many days at once', () => {
  it.each([-4, 2, 3, 5, 17])('are those of each day by itself, at hour %d', (hour) => {
    const { highs, forecasts } = table()
    const gap = addDays(TO, -5)
    const archive = {
      highF: (date: ClimateDate) =>
        date === gap ? undefined : highs.find((row) => row.city === 'miami' && row.date === date)?.highF,
      forecasts: (date: ClimateDate) => forecasts.filter((row) => row.city === 'miami' && row.date === date),
    }
    const pasts = pastByDate('miami', hour, archive, { from: FROM, to: TO })
    expect([...pasts.keys()]).toEqual([FROM, addDays(FROM, 1), TO])
    for (const [date, past] of pasts) expect(past).toEqual(gatherPast('miami', date, at('miami', date, hour), archive))
  })
})

describe('a line of the matrix', () => {
  it('reads back as exactly the float32 that serving computes, and names what the row is', () => {
    for (const row of rows) {
      const cells = matrixLine(row).split(',')
      const values = Float32Array.from(cells.slice(MATRIX_KEYS.length), (cell) =>
        cell === '' ? Number.NaN : Number(cell),
      )
      expect(values).toEqual(row.values)
      expect(cells.slice(0, 5)).toEqual([row.city, row.station, row.role, row.date, String(row.snapshotHour)])
    }
  })
})
