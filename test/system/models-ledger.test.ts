import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addDays, climateDateOf, climateDay } from '../../src/domain/climate-day.ts'
import { parseForecasts, parseHighs, parseObservations } from '../../src/weather/weather-files.ts'
import { startProgram } from '../support/play/program.ts'
import { END, makeFolder, open, removeFolder, serverPid, sessionOf } from './ledger/books.ts'
import { FIRST_DAY, forecastOf, predictionAt, realSession, settlementOf } from './ledger/weather-days.ts'

const DAYS = 3
const PACKAGES = join(import.meta.dirname, '..', '..', 'models')
let folder: string
const database = (): string => join(folder, 'database')
const run = (...words: string[]) => startProgram(folder, ['models', ...words, '--database-folder', database()]).ended

beforeAll(async () => {
  folder = await makeFolder()
  mkdirSync(database(), { mode: 0o755 })
  const ledger = await open(database())
  await ledger.openSession(realSession('real'))
  for (let day = 0; day < DAYS; day++) {
    const date = addDays(FIRST_DAY, day)
    ledger.write(forecastOf(date, 80 + day))
    ledger.write(settlementOf(date, String(81 + day)))
    const validMs = climateDay('chicago', date).startMs + 12 * 3_600_000
    const reading = {
      city: 'chicago',
      station: 'KMDW',
      kind: 'station',
      temperatureF: 75.2,
      precision: '0.1C',
    } as const
    const row = { ...reading, validMs, availableMs: validMs + 300_000, dewpointF: 60.8 }
    ledger.write({ kind: 'observation', row, source: 'nws' })
  }
  await ledger.closeSession(END)
  await ledger.openSession(sessionOf('play', 'a play'))
  ledger.write(forecastOf(FIRST_DAY, 99))
  await ledger.closeSession(END)
  await ledger.close()
})
afterAll(async () => {
  await removeFolder(database())
  await removeFolder(folder)
})

describe('halcyon models export-training', () => {
  it('writes the training layout, the same bytes every time, and the training matrix takes it', async () => {
    const first = await run('export-training', '--out', 'first', '--json')
    expect(first.stderr).toBe('')
    expect(first.code).toBe(0)
    expect(JSON.parse(first.stdout)).toMatchObject({
      rows: { forecasts: DAYS, highs: DAYS, readings: DAYS },
      excluded: [{ reason: 'forecast: seen by a play', count: 1 }],
      days: { from: FIRST_DAY, to: addDays(FIRST_DAY, DAYS - 1) },
    })
    const again = await run('export-training', '--out', 'first')
    expect(again.stdout).toContain(`Wrote ${DAYS} forecasts, ${DAYS} readings and ${DAYS} highs from ${FIRST_DAY}`)
    await run('export-training', '--out', 'second')
    const files = readdirSync(join(folder, 'first'))
    const read = (name: string, file: string): Uint8Array => readFileSync(join(folder, name, file))
    for (const file of files) expect(read('second', file)).toEqual(read('first', file))
    expect(parseForecasts(read('first', 'forecasts.csv.gz'), 'f').map(({ highF }) => highF)).toEqual([80, 81, 82])
    expect(parseHighs(read('first', 'highs.csv.gz'), 'h').map(({ highF }) => highF)).toEqual([81, 82, 83])
    expect(parseObservations(read('first', 'readings.csv.gz'), 'r')).toHaveLength(DAYS)
    const matrix = await startProgram(folder, ['models', 'training-matrix', '--data', 'first', '--out', 'm', '--json'])
      .ended
    expect(matrix.code).toBe(0)
    // At every training hour of each day.
    expect(JSON.parse(matrix.stdout).rows).toBeGreaterThanOrEqual(DAYS * 7)
    const later = ['training-matrix', '--data', 'first', '--to', '2027-01-01', '--out', 'm2', '--json']
    expect((await startProgram(folder, ['models', ...later]).ended).code).toBe(0)
    expect(await serverPid(database())).toBeUndefined()
  })

  it('leaves a folder alone that holds anything else', async () => {
    mkdirSync(join(folder, 'mine'))
    writeFileSync(join(folder, 'mine', 'thesis.txt'), 'years')
    const foreign = await run('export-training', '--out', 'mine')
    expect(foreign.code).toBe(2)
    expect(foreign.stderr).toMatch(/mine holds other files \(thesis\.txt\)\. Name a folder by --out/)
    mkdirSync(join(folder, 'table'))
    writeFileSync(join(folder, 'table', 'highs.csv.gz'), 'x')
    const table = await run('export-training', '--out', 'table')
    expect([table.code, table.stderr]).toEqual([2, expect.stringContaining('holds training data of another origin')])
    const file = await run('export-training', '--out', 'table/highs.csv.gz')
    expect([file.code, file.stderr]).toEqual([2, expect.stringContaining('is no folder')])
    expect((await run('export-training')).stderr).toMatch(/--out <folder> is missing/)
  })

  it('says what is missing where there is no database, or nothing in it, and writes nothing', async () => {
    const none = await startProgram(folder, ['models', 'export-training', '--out', 'x', '--database-folder', 'none'])
      .ended
    expect(none.code).toBe(1)
    expect(none.stderr).toMatch(/^halcyon.*: There is no database in .*none yet: the first run makes it\. Name another/)
    mkdirSync(join(folder, 'empty'), { mode: 0o755 })
    const made = await startProgram(folder, ['db', 'migrate', '--database-folder', 'empty']).ended
    expect(made.code).toBe(0)
    const empty = await startProgram(folder, ['models', 'export-training', '--out', 'x', '--database-folder', 'empty'])
      .ended
    expect(empty.code).toBe(1)
    expect(empty.stderr).toMatch(/The ledger holds nothing to learn from\. .*nothing was written\.\n$/)
    expect(existsSync(join(folder, 'x'))).toBe(false)
    await removeFolder(join(folder, 'empty'))
  })
})

describe('halcyon models drift', () => {
  const SETTLED_DAYS = 40
  const from = climateDateOf('2025-05-01')

  beforeAll(async () => {
    const ledger = await open(database())
    await ledger.openSession(realSession('predicted'))
    for (let day = 0; day < SETTLED_DAYS; day++) {
      const date = addDays(from, day)
      const firstHighF = 79 + (day % 2)
      for (const hour of [-4, 5]) {
        const said = { modelId: 'high-ordinal-2', modelVersion: '2.0.1', firstHighF, probabilities: [0.2, 0.6, 0.2] }
        ledger.write(predictionAt(`${date} ${hour}`, date, hour, said))
      }
      ledger.write(settlementOf(date, String(firstHighF + (day % 3))))
    }
    ledger.write(
      predictionAt('soon', addDays(from, SETTLED_DAYS), 5, { modelId: 'high-ordinal-2', modelVersion: '2.0.1' }),
    )
    await ledger.closeSession(END)
    await ledger.close()
  })

  it('says how each package fits what its days settled on, and what it had promised', async () => {
    const { code, stdout } = await run('drift', '--models', PACKAGES, '--json')
    expect(code).toBe(0)
    const { packages, leftOut, daysNeeded } = JSON.parse(stdout)
    const manifest = JSON.parse(readFileSync(join(PACKAGES, 'high-ordinal-2/manifest.json'), 'utf8'))
    expect(daysNeeded).toBe(30)
    expect(leftOut).toEqual({ ofPlays: 0, notIssued: 0, notSettled: 1 })
    expect(packages).toMatchObject([
      {
        id: 'high-ordinal-2',
        promised: {
          temperature: manifest.calibration.temperature,
          coverage: manifest.metrics.all.model.coverage90,
        },
        figures: [{ city: 'all', hour: 'all', days: SETTLED_DAYS, predictions: 2 * SETTLED_DAYS }, {}, {}, {}],
      },
    ])
    // Each of three degrees settles a third of the days, and was said to by .2, .6 and .2.
    expect(packages[0].verdict).toBe('drifted')
    expect(packages[0].figures[0].temperature.low).toBeGreaterThan(1)
    const shown = await run('drift', '--package', 'high-ordinal-2', '--since', '2025-05-20', '--models', PACKAGES)
    expect(shown.stdout).toMatch(/^high-ordinal-2 2\.0\.1\n.*temperature.*\nall cities +21 /)
    expect(shown.stdout).toContain('Not enough days: 30 settled days are needed')
    expect(shown.stdout).toContain('Promised out of fold')
  })

  it('says what it cannot answer', async () => {
    const unknown = await run('drift', '--package', 'nothing')
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('there is no package "nothing"')])
    const later = await run('drift', '--since', '2026-01-01')
    expect(later.code).toBe(1)
    expect(later.stderr).toMatch(/holds no prediction of a day that has settled.*Left out: 0 predictions of plays/)
    expect((await run('drift', '--since', 'May')).code).toBe(2)
    const none = await startProgram(folder, ['models', 'drift', '--database-folder', 'none']).ended
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('There is no database in')])
  })
})
