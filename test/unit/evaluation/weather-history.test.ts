import { join } from 'node:path'
import process from 'node:process'
import { describe, expect, it } from 'vitest'
import type { CityKey } from '../../../src/domain/city.ts'
import { addDays, climateDateOf, climateDay } from '../../../src/domain/climate-day.ts'
import { openDataFolder } from '../../../src/evaluation/data-files.ts'
import { readWeatherHistory } from '../../../src/evaluation/weather-history.ts'
import { readArchive, readStoredForecasts } from '../../../src/weather/training-archive.ts'
import { measureWidening } from '../../../src/weather/widened.ts'

const WIDENED = ['austin', 'denver', 'los_angeles'] as const

describe('an archive that begins after the training window', () => {
  it.each([
    ['austin', 2.067, 1.37],
    ['denver', 1.329, 1.44],
    ['los_angeles', 0, 0],
  ] as const)('is widened in %s by what was measured within it', (city, shared, revision) => {
    const days = Array.from({ length: 500 }, (_, index) => ({
      date: addDays(climateDateOf('2025-01-01'), index),
      highs: [{ source: 'GFS_SEAMLESS', highF: 50 + (index % 7) }],
    }))
    const found = measureWidening(city, days, () => 60)
    expect(found.sharedSigma).toBeCloseTo(shared, 3)
    expect(found.revisionSigma).toBeCloseTo(revision, 3)
  })
})

const shared = process.env.HALCYON_SHARED_DATA
describe.skipIf(shared === undefined)('the public archives (HALCYON_SHARED_DATA names them)', () => {
  const folder = shared ?? ''

  it('give the widening that is written down for archives without training days', () => {
    const weather = join(folder, 'weather')
    const highs = new Map(readArchive(weather).highs.map((high) => [`${high.city} ${high.date}`, high.highF]))
    const stored = readStoredForecasts(weather)
    for (const city of WIDENED) {
      const measured = measureWidening(city, stored.get(city) ?? [], (date) => highs.get(`${city} ${date}`))
      const writtenDown = measureWidening(city, [], () => undefined)
      expect(measured.archiveSigma).toBeCloseTo(writtenDown.archiveSigma, 12)
    }
  })

  it('have an as-of or a widened forecast of a day, and the archive from its start on', () => {
    const history = readWeatherHistory(openDataFolder(folder))
    const date = climateDateOf('2024-06-03')
    const kinds = (city: CityKey) =>
      (['asOf', 'widened', 'archive'] as const).filter((kind) => history.forecasts(kind, city, date).length > 0)
    expect(kinds('new_york')).toEqual(['asOf', 'archive'])
    expect(kinds('denver')).toEqual(['widened', 'archive'])
    const { startMs } = climateDay('denver', date)
    expect(history.forecasts('archive', 'denver', date).every((row) => row.availableMs === startMs)).toBe(true)
    expect(history.readings('miami', date).length).toBeGreaterThan(20)
    expect(history.readings('chicago', date)).toEqual([])
  })
})
