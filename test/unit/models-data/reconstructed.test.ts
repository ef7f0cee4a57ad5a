import { describe, expect, it } from 'vitest'
import { climateDateOf, climateDay } from '../../../src/domain/climate-day.ts'
import { type ReanalysisHour, reconstructReadings } from '../../../src/weather/reconstructed.ts'

const DATE = climateDateOf('2024-12-17')

/** Two days of stamps at the fixed daylight offset; warmest at the stamp 15:00 of the day. */
const hours: readonly ReanalysisHour[] = ['2024-12-17', '2024-12-18'].flatMap((date) =>
  Array.from({ length: 24 }, (_, hour) => ({
    stamp: `${date}T${String(hour).padStart(2, '0')}:00`,
    temperatureF: date === '2024-12-17' ? 40.3 - Math.abs(hour - 15) * 0.7 : 20,
  })),
)

describe('reconstructed readings', () => {
  const readings = reconstructReadings('denver', DATE, hours, 53)
  const { startMs } = climateDay('denver', DATE)

  it('have the official high as their maximum, in whole °F', () => {
    expect(Math.max(...readings.map((row) => row.temperatureF))).toBe(53)
    expect(readings.every((row) => Number.isInteger(row.temperatureF))).toBe(true)
  })

  it('take an hour off the stamp: the reanalysis keeps daylight time all year', () => {
    const warmest = readings.find((row) => row.temperatureF === 53)
    expect(((warmest?.validMs ?? 0) - startMs) / 3_600_000).toBe(14)
    expect(readings.map((row) => (row.validMs - startMs) / 3_600_000)).toEqual([...Array(24).keys()])
  })

  it('are known ten minutes after their time and say what they are', () => {
    expect(readings.every((row) => row.availableMs - row.validMs === 600_000)).toBe(true)
    expect(readings.every((row) => row.kind === 'reconstructed' && row.station === 'KDEN')).toBe(true)
  })

  it('are not made from a day with a missing hour', () => {
    expect(() => reconstructReadings('denver', DATE, hours.slice(5), 53)).toThrow(/every hour/)
  })
})
