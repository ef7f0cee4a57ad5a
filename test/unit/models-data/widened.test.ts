import { describe, expect, it } from 'vitest'
import { addDays, type ClimateDate, climateDateOf, climateDay } from '../../../src/domain/climate-day.ts'
import {
  type ArchiveDay,
  measureWidening,
  REAL_FORECAST_SIGMA,
  standardNormal,
  widenDay,
} from '../../../src/weather/widened.ts'

const DATE = climateDateOf('2024-03-10')
const DAY: ArchiveDay = {
  date: DATE,
  highs: [
    { source: 'GFS_SEAMLESS', highF: 60.4 },
    { source: 'ICON_SEAMLESS', highF: 58.1 },
  ],
}

/** An archive whose error is ±`sigma` in turn: a standard deviation of `sigma` around a trailing bias of about 0. */
function archiveWithError(sigma: number): { days: ArchiveDay[]; highF: (date: ClimateDate) => number } {
  const days = Array.from({ length: 400 }, (_, index) => {
    const highF = 50 + (index % 2 === 0 ? sigma : -sigma)
    return { date: addDays(climateDateOf('2022-01-01'), index), highs: [{ source: 'GFS_SEAMLESS', highF }] }
  })
  return { days, highF: () => 50 }
}

describe('a widened forecast', () => {
  const widening = { archiveSigma: 1.7, sharedSigma: 2, revisionSigma: 1.4 }
  const rows = widenDay('denver', DAY, widening)

  it('has two issues, 20:00 of the evening before and 05:00 of the day, known when issued', () => {
    const { startMs } = climateDay('denver', DATE)
    expect(rows.map((row) => (row.issuedMs - startMs) / 3_600_000)).toEqual([-4, -4, 5, 5])
    expect(rows.every((row) => row.availableMs === row.issuedMs && row.kind === 'widened')).toBe(true)
  })

  it('moves all sources of an issue by one shift, so that their own differences stay', () => {
    const [eveningGfs, eveningIcon, morningGfs, morningIcon] = rows.map((row) => row.highF)
    expect((eveningGfs ?? 0) - (eveningIcon ?? 0)).toBeCloseTo(2.3, 6)
    expect((morningGfs ?? 0) - (morningIcon ?? 0)).toBeCloseTo(2.3, 6)
  })

  it('shares the error of the morning issue and adds news to the evening one', () => {
    const shared = widening.sharedSigma * standardNormal('denver', DATE, 'shared')
    const revision = widening.revisionSigma * standardNormal('denver', DATE, 'revision')
    expect(rows[2]?.highF).toBeCloseTo(60.4 + shared, 1)
    expect(rows[0]?.highF).toBeCloseTo(60.4 + shared + revision, 1)
  })
})

describe('how much a city is widened', () => {
  it('follows the formulas: what the archive lacks to the morning error, and the evening beyond it', () => {
    const { days, highF } = archiveWithError(1.5)
    const { archiveSigma, sharedSigma, revisionSigma } = measureWidening('austin', days, highF)
    const { evening, morning } = REAL_FORECAST_SIGMA.austin
    expect(archiveSigma).toBeCloseTo(1.5, 1)
    expect(sharedSigma).toBeCloseTo(Math.sqrt(morning ** 2 - archiveSigma ** 2), 9)
    expect(revisionSigma).toBeCloseTo(Math.sqrt(evening ** 2 - morning ** 2), 9)
  })

  it('adds nothing where the archive is already wider than a real forecast', () => {
    const { days, highF } = archiveWithError(3.5)
    expect(measureWidening('los_angeles', days, highF)).toMatchObject({ sharedSigma: 0, revisionSigma: 0 })
  })

  it('is measured on training days only', () => {
    const { days, highF } = archiveWithError(1.5)
    const later: ArchiveDay[] = days.map((day, index) => ({
      date: addDays(climateDateOf('2024-10-01'), index),
      highs: day.highs.map((row) => ({ ...row, highF: 50 + (row.highF - 50) * 10 })),
    }))
    expect(measureWidening('austin', [...days, ...later], highF)).toEqual(measureWidening('austin', days, highF))
  })
})

describe('the draws', () => {
  it('are the same on every machine', () => {
    expect(standardNormal('denver', DATE, 'shared')).toBeCloseTo(-0.6108338748538228, 12)
    expect(standardNormal('denver', DATE, 'shared')).not.toBe(standardNormal('denver', DATE, 'revision'))
    expect(standardNormal('denver', DATE, 'shared')).not.toBe(standardNormal('austin', DATE, 'shared'))
  })

  it('are standard normal', () => {
    const draws = Array.from({ length: 4_000 }, (_, index) => standardNormal('austin', addDays(DATE, index), 'shared'))
    const mean = draws.reduce((sum, draw) => sum + draw, 0) / draws.length
    const variance = draws.reduce((sum, draw) => sum + (draw - mean) ** 2, 0) / draws.length
    expect(Math.abs(mean)).toBeLessThan(0.06)
    expect(Math.abs(variance - 1)).toBeLessThan(0.1)
    expect(draws.filter((draw) => Math.abs(draw) > 1.96).length / draws.length).toBeCloseTo(0.05, 1)
  })
})
