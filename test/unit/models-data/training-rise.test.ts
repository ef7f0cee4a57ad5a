import { describe, expect, it } from 'vitest'
import { CITY_KEYS } from '../../../src/domain/city.ts'
import { RISE_TABLE } from '../../../src/weather/diurnal-rise.ts'
import type { ReanalysisHour } from '../../../src/weather/reconstructed.ts'
import { formatRiseTable, riseOfCity } from '../../../src/weather/training-rise.ts'

const HOUR_MS = 3_600_000

/** Hours stamped in daylight time all year, from one day of the month before to the end of 2023 and some. */
function reanalysis(temperatureAt: (standardHour: number, date: string) => number): readonly ReanalysisHour[] {
  const fromMs = Date.parse('2022-12-31T00:00Z')
  return Array.from({ length: 24 * 367 }, (_, index) => {
    const standard = new Date(fromMs + index * HOUR_MS).toISOString()
    const stamp = new Date(fromMs + (index + 1) * HOUR_MS).toISOString().slice(0, 16)
    return { stamp, temperatureF: temperatureAt(Number(standard.slice(11, 13)), standard.slice(0, 10)) }
  })
}

describe('the typical rise', () => {
  it('is what is still to come on the standard clock, with the stamps an hour ahead of it', () => {
    const [january] = riseOfCity(
      'denver',
      reanalysis((hour) => 40 - Math.abs(hour - 14)),
    )
    const expected = Array.from({ length: 24 }, (_, hour) => Math.max(0, 14 - hour))
    expect(january?.meanF).toEqual(expected)
    expect(january?.deviationF).toEqual(expected.map(() => 0))
  })

  it('has the deviation between days, by month', () => {
    const warmsBy = (date: string): number => (Number(date.slice(8)) % 2 === 0 ? 10 : 20)
    const months = riseOfCity(
      'denver',
      reanalysis((hour, date) => (hour < 14 ? 30 : 30 + warmsBy(date))),
    )
    // 30 days of June, half of them each way.
    expect(months[5]?.meanF[0]).toBe(15)
    expect(months[5]?.deviationF[0]).toBeCloseTo(5 * Math.sqrt(30 / 29), 2)
    expect(months).toHaveLength(12)
  })

  it('learns nothing from days after the training window, or from a day with a missing hour', () => {
    const hours = reanalysis((hour) => (hour === 14 ? 50 : 40))
    const later = hours.flatMap(({ stamp }) =>
      stamp.startsWith('2023-')
        ? [{ stamp: stamp.replace('2023-', '2025-'), temperatureF: 90 + Number(stamp.slice(11, 13)) }]
        : [],
    )
    const broken = hours.filter((row) => row.stamp !== '2023-01-05T09:00')
    const honest = riseOfCity('denver', hours)
    expect(riseOfCity('denver', [...hours, ...later])).toEqual(honest)
    expect(riseOfCity('denver', broken)).toEqual(honest)
  })

  it('is written as JSON that reads back', () => {
    expect(JSON.parse(Buffer.from(formatRiseTable(RISE_TABLE)).toString()).cities).toEqual(RISE_TABLE)
  })
})

describe('the committed table', () => {
  it('has twelve months of 24 hours for every city, none negative, and nothing left at 23:00', () => {
    for (const city of CITY_KEYS) {
      expect(RISE_TABLE[city]).toHaveLength(12)
      for (const { meanF, deviationF } of RISE_TABLE[city]) {
        expect([meanF.length, deviationF.length, meanF[23], deviationF[23]]).toEqual([24, 24, 0, 0])
        expect([...meanF, ...deviationF].every((value) => value >= 0 && value < 45)).toBe(true)
      }
    }
  })

  it('has the warmest hours of July in the afternoon of every city', () => {
    for (const city of CITY_KEYS) {
      const july = RISE_TABLE[city][6]?.meanF ?? []
      const [dawn = 0, noon = 0, afternoon = 0] = [july[5], july[12], july[15]]
      expect(dawn, city).toBeGreaterThan(7)
      expect(noon, city).toBeLessThan(dawn / 2)
      expect(afternoon, city).toBeLessThan(1.5)
    }
  })
})
