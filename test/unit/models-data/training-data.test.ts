import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { describe, expect, it } from 'vitest'
import { CITIES } from '../../../src/domain/city.ts'
import { climateDateOf, climateDayAt } from '../../../src/domain/climate-day.ts'
import { loadPackage } from '../../../src/inference/package.ts'
import { bundleDay } from '../../../src/weather/bundle-day.ts'
import { FEATURE_CODE_HASH, FEATURE_NAMES, FEATURES, unknownFeatures } from '../../../src/weather/features.ts'
import { floorOf } from '../../../src/weather/predict-floor.ts'
import { NEIGHBOUR_STATIONS } from '../../../src/weather/stations.ts'
import { TRAINING_HOURS, type TrainingRow, trainingRows } from '../../../src/weather/training-matrix.ts'
import { formatRiseTable, riseTable } from '../../../src/weather/training-rise.ts'
import { TABLE_FILES, type TableFile, trainingTable } from '../../../src/weather/training-table.ts'
import { TRAINING_FROM, TRAINING_TO } from '../../../src/weather/training-window.ts'
import { parseForecasts, parseHighs, parseObservations } from '../../../src/weather/weather-files.ts'

const ROOT = join(import.meta.dirname, '../../..')
const DATA = join(ROOT, 'models/training/data')
const bytesOf = (file: TableFile): Uint8Array => readFileSync(join(DATA, file))
const forecasts = parseForecasts(bytesOf('forecasts.csv.gz'), 'forecasts.csv.gz')
const highs = parseHighs(bytesOf('highs.csv.gz'), 'highs.csv.gz')
const readings = parseObservations(bytesOf('readings.csv.gz'), 'readings.csv.gz')
const neighbourForecasts = parseForecasts(bytesOf('neighbour-forecasts.csv.gz'), 'neighbour-forecasts.csv.gz')
const neighbourHighs = parseHighs(bytesOf('neighbour-highs.csv.gz'), 'neighbour-highs.csv.gz')
const model = await loadPackage(join(ROOT, 'models/high-ordinal-2'))

describe('the training table', () => {
  it('ends on 2024-09-30: later days judge the models', () => {
    expect(TRAINING_TO).toBe('2024-09-30')
    expect(forecasts.filter((row) => row.date < TRAINING_FROM || row.date > TRAINING_TO)).toEqual([])
    expect(highs.filter((row) => row.date > TRAINING_TO)).toEqual([])
    expect([...neighbourForecasts, ...neighbourHighs].filter((row) => row.date > TRAINING_TO)).toEqual([])
    expect(readings.filter((row) => climateDayAt(row.city, row.validMs).date > TRAINING_TO)).toEqual([])
  })

  it('has no forecast without an issue time but the widened ones of three cities', () => {
    expect(forecasts.filter((row) => row.kind === 'archive')).toEqual([])
    const widened = new Set(forecasts.filter((row) => row.kind === 'widened').map((row) => row.city))
    expect([...widened].sort()).toEqual(['austin', 'denver', 'los_angeles'])
  })

  it('has Midway as Chicago, not O’Hare', () => {
    const high = highs.find((row) => row.city === 'chicago' && row.date === '2024-08-30')
    const forecast = forecasts.filter((row) => row.city === 'chicago')
    expect(high?.highF).toBe(87)
    expect(new Set(forecast.map((row) => row.source))).toEqual(new Set(['GFS_MOS', 'NAM_MOS']))
  })

  it('has plausible highs, each day and city once', () => {
    expect(highs.filter((row) => row.highF < -30 || row.highF > 125 || !Number.isInteger(row.highF))).toEqual([])
    expect(new Set(highs.map((row) => `${row.city} ${row.date}`)).size).toBe(highs.length)
  })

  it('has readings of Miami and of two neighbours, by their own stations, known ten minutes after their time', () => {
    expect(new Set(readings.map((row) => `${row.city} ${row.station}`))).toEqual(
      new Set(['miami KMIA', 'chicago KORD', 'new_york KLGA']),
    )
    expect(readings.filter((row) => row.availableMs - row.validMs !== 600_000)).toEqual([])
    expect(
      readings.filter((row) => row.kind !== 'station' || row.temperatureF < -30 || row.temperatureF > 115),
    ).toEqual([])
    const withDewpoint = readings.filter((row) => row.dewpointF !== undefined)
    expect(withDewpoint.length).toBeGreaterThan(0.99 * readings.length)
    expect(withDewpoint.filter((row) => (row.dewpointF ?? 0) > row.temperatureF)).toEqual([])
  })

  it('has no reading above the official high of its day by more than its own precision', () => {
    const ofSettlement = new Map(highs.map((row) => [`${CITIES[row.city].station} ${row.date}`, row.highF]))
    const stationOf = Object.fromEntries(Object.entries(NEIGHBOUR_STATIONS).map(([station, city]) => [city, station]))
    const official = new Map([
      ...ofSettlement,
      ...neighbourHighs.map((row) => [`${stationOf[row.city]} ${row.date}`, row.highF] as const),
    ])
    const impossible = readings.filter((row) => {
      const highF = official.get(`${row.station} ${climateDayAt(row.city, row.validMs).date}`)
      return highF !== undefined && (floorOf(row) ?? 0) > highF
    })
    expect(impossible).toEqual([])
  })

  it('keeps what is of neighbours apart: their highs are not those of the settlement', () => {
    const settled = new Map(highs.map((row) => [`${row.city} ${row.date}`, row.highF]))
    const alike = neighbourHighs.filter((row) => settled.get(`${row.city} ${row.date}`) === row.highF)
    expect(new Set(neighbourHighs.map((row) => row.city))).toEqual(new Set(['chicago', 'new_york']))
    expect(alike.length / neighbourHighs.length).toBeLessThan(0.3)
    expect(new Set(neighbourForecasts.map((row) => row.source))).toEqual(new Set(['GFS_MOS', 'NAM_MOS']))
  })
})

describe('the training matrix of the project’s own table', () => {
  const window = { from: climateDateOf('2024-09-29'), to: climateDateOf('2024-09-30') }
  const rows = [...trainingRows({ forecasts, highs, readings, neighbourForecasts, neighbourHighs, ...window })]
  const featureOf = (row: TrainingRow, name: string): number => row.values[FEATURE_NAMES.indexOf(name)] ?? Number.NaN

  it('has every decision time of every city, both neighbours and the strict rows', () => {
    const counts = Map.groupBy(rows, (row) => row.role)
    expect(counts.get('settlement')).toHaveLength(7 * TRAINING_HOURS.length * 2)
    expect(counts.get('neighbour')).toHaveLength(2 * TRAINING_HOURS.length * 2)
    expect(counts.get('strict')).toHaveLength(7 * 2 * 2)
  })

  it('has readings where there are some, from the first hours of the day on', () => {
    const observed = rows.filter((row) => !Number.isNaN(featureOf(row, 'observed_max_minus_base')))
    expect(new Set(observed.map((row) => row.station))).toEqual(new Set(['KMIA', 'KORD', 'KLGA']))
    expect(observed).toHaveLength(3 * (TRAINING_HOURS.length - 1) * 2)
    expect(observed.filter((row) => featureOf(row, 'observed_covered_hours') < row.snapshotHour - 1.5)).toEqual([])
  })

  it('never has an official high below what its readings leave possible', () => {
    const broken = rows.filter((row) => row.highF - row.baseF < featureOf(row, 'observed_floor_minus_base'))
    expect(broken).toEqual([])
  })
})

describe('the package high-ordinal-2', () => {
  it('was trained on the feature code and the table that are in the project', () => {
    expect(model.manifest.featureCodeHash).toBe(FEATURE_CODE_HASH)
    expect(unknownFeatures(model.manifest.features.map((feature) => feature.name))).toEqual([])
    const { dataSha256, to } = model.manifest.training
    expect(dataSha256).toBe(
      TABLE_FILES.reduce((hash, file) => hash.update(bytesOf(file)), createHash('sha256')).digest('hex'),
    )
    expect(to).toBe(TRAINING_TO)
  })

  it('names unit, range and missing values as the feature code does', () => {
    const { features } = model.manifest
    expect(features).toEqual(
      FEATURES.map(({ name, unit, min, max, missingAllowed }) => ({ name, unit, min, max, missingAllowed })),
    )
  })

  it('beats the climatology of the forecast error and EMOS on days that it had not seen', () => {
    const { all } = model.manifest.metrics as { all: Record<string, { logLoss: number; rpsF: number }> }
    expect(all.model?.logLoss).toBeLessThan(all.emos?.logLoss ?? 0)
    expect(all.emos?.logLoss).toBeLessThan(all.errorClimatology?.logLoss ?? 0)
    expect(all.model?.rpsF).toBeLessThan(all.rawForecast?.rpsF ?? 0)
  })
})

const shared = process.env.HALCYON_SHARED_DATA

describe.skipIf(shared === undefined)('made again from the archives', { timeout: 60_000 }, () => {
  const weather = join(shared ?? '', 'weather')

  it('the training table has the same bytes', () => {
    const table = trainingTable(weather)
    for (const file of TABLE_FILES) expect(Buffer.compare(table[file], bytesOf(file)), file).toBe(0)
  })

  it('the typical rise has the same bytes', () => {
    const committed = readFileSync(join(ROOT, 'src/weather/diurnal-rise.json'))
    expect(Buffer.compare(formatRiseTable(riseTable(weather)), committed)).toBe(0)
  })

  it('the bundled day has the same bytes', () => {
    const date = climateDateOf('2024-12-17')
    for (const [file, bytes] of Object.entries(bundleDay(weather, date))) {
      const committed = readFileSync(join(ROOT, 'src/weather/recorded', date, file))
      expect(Buffer.compare(bytes, committed), file).toBe(0)
    }
  })
})
