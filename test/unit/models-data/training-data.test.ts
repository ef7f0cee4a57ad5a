import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { describe, expect, it } from 'vitest'
import { climateDateOf } from '../../../src/domain/climate-day.ts'
import { loadPackage } from '../../../src/inference/package.ts'
import { bundleDay } from '../../../src/weather/bundle-day.ts'
import {
  buildFeatures,
  FEATURE_CODE_HASH,
  FEATURE_NAMES,
  FEATURES,
  hasFeatures,
  unknownFeatures,
} from '../../../src/weather/features.ts'
import { matrixLine, trainingRows } from '../../../src/weather/training-matrix.ts'
import { trainingTable } from '../../../src/weather/training-table.ts'
import { TRAINING_FROM, TRAINING_TO } from '../../../src/weather/training-window.ts'
import { parseForecasts, parseHighs } from '../../../src/weather/weather-files.ts'
import { inputs } from '../features/sample-inputs.ts'

const ROOT = join(import.meta.dirname, '../../..')
const DATA = join(ROOT, 'models/training/data')
const forecastBytes = readFileSync(join(DATA, 'forecasts.csv.gz'))
const highBytes = readFileSync(join(DATA, 'highs.csv.gz'))
const forecasts = parseForecasts(forecastBytes, 'forecasts.csv.gz')
const highs = parseHighs(highBytes, 'highs.csv.gz')
const model = await loadPackage(join(ROOT, 'models/high-ordinal-1'))

describe('the training table', () => {
  it('ends on 2024-09-30: later days judge the models', () => {
    expect(TRAINING_TO).toBe('2024-09-30')
    expect(forecasts.filter((row) => row.date < TRAINING_FROM || row.date > TRAINING_TO)).toEqual([])
    expect(highs.filter((row) => row.date > TRAINING_TO)).toEqual([])
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
})

describe('the training matrix', () => {
  const rows = [
    ...trainingRows({ forecasts, highs, from: climateDateOf('2024-09-29'), to: climateDateOf('2024-09-30') }),
  ]

  it('has two decision times of every city and day', () => {
    expect(rows).toHaveLength(2 * 7 * 2)
    expect(new Set(rows.map((row) => row.snapshotHour))).toEqual(new Set([-4, 5]))
  })

  it('reads back as exactly the float32 that serving computes', () => {
    for (const row of rows) {
      const cells = matrixLine(row).split(',').slice(6)
      const values = Float32Array.from(cells, (cell) => (cell === '' ? Number.NaN : Number(cell)))
      expect(values).toEqual(row.values)
    }
  })
})

describe('the package high-ordinal-1', () => {
  it('was trained on the feature code and the table that are in the project', () => {
    expect(model.manifest.featureCodeHash).toBe(FEATURE_CODE_HASH)
    expect(unknownFeatures(model.manifest.features.map((feature) => feature.name))).toEqual([])
    const { dataSha256, to } = model.manifest.training
    expect(dataSha256).toBe(createHash('sha256').update(forecastBytes).update(highBytes).digest('hex'))
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

describe('FEATURE_VERSION', () => {
  it('is raised with every change of what a feature means: this vector is pinned to weather-features-1', () => {
    const row = buildFeatures(inputs(), FEATURE_NAMES)
    const values = hasFeatures(row)
      ? Array.from(row.values, (value) => (Number.isNaN(value) ? null : +value.toFixed(4)))
      : []
    expect(values).toMatchInlineSnapshot(`
      [
        52,
        -0.5,
        -0.5,
        -0.3535,
        2,
        0,
        2.1213,
        3,
        2,
        2,
        2,
        1.4142,
        1,
        2,
        32,
        5,
        0.9272,
        0.3745,
        0,
        -4,
        -2.5,
        1,
        0,
        0,
        0,
        0,
        0,
        0,
        -2,
        1,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
      ]
    `)
  })
})

const shared = process.env.HALCYON_SHARED_DATA

describe.skipIf(shared === undefined)('made again from the archives', { timeout: 60_000 }, () => {
  const weather = join(shared ?? '', 'weather')

  it('the training table has the same bytes', () => {
    const table = trainingTable(weather)
    expect(Buffer.compare(table['forecasts.csv.gz'], forecastBytes)).toBe(0)
    expect(Buffer.compare(table['highs.csv.gz'], highBytes)).toBe(0)
  })

  it('the bundled day has the same bytes', () => {
    const date = climateDateOf('2024-12-17')
    for (const [file, bytes] of Object.entries(bundleDay(weather, date))) {
      const committed = readFileSync(join(ROOT, 'src/weather/recorded', date, file))
      expect(Buffer.compare(bytes, committed), file).toBe(0)
    }
  })
})
