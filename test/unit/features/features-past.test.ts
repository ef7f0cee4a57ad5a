import { describe, expect, it } from 'vitest'
import { PAST_DAYS_MAX } from '../../../src/config/limits.ts'
import { addDays, climateDateOf } from '../../../src/domain/climate-day.ts'
import { gatherPast } from '../../../src/weather/features-past.ts'
import { at, DATE, forecast } from './sample-inputs.ts'

const archive = {
  highF: () => 50,
  forecasts: (date: ReturnType<typeof climateDateOf>) => [
    forecast('GFS_MOS', 49, { date, issuedMs: at(-17, 'new_york', date) }),
    forecast('GFS_MOS', 51, { date, issuedMs: at(6, 'new_york', date) }),
  ],
}

describe('the earlier days', () => {
  it('end at d − 2 for 20:00 of the evening before, and at d − 1 for the morning', () => {
    expect(gatherPast('new_york', DATE, at(-4), archive)[0]?.date).toBe(addDays(DATE, -2))
    expect(gatherPast('new_york', DATE, at(2.99), archive)[0]?.date).toBe(addDays(DATE, -2))
    expect(gatherPast('new_york', DATE, at(3), archive)[0]?.date).toBe(addDays(DATE, -1))
  })

  it('reach back 60 days, newest first', () => {
    const past = gatherPast('new_york', DATE, at(5), archive)
    expect(past).toHaveLength(PAST_DAYS_MAX)
    expect(past.at(-1)?.date).toBe(addDays(DATE, -PAST_DAYS_MAX))
  })

  it('show what was available at the same hour of their own clock', () => {
    const morning = gatherPast('new_york', DATE, at(5), archive)[0]?.forecasts
    const later = gatherPast('new_york', DATE, at(7), archive)[0]?.forecasts
    expect(morning?.map((row) => row.highF)).toEqual([49])
    expect(later?.map((row) => row.highF)).toEqual([51])
  })

  it('leave out a day without a high', () => {
    const gap = climateDateOf('2024-03-08')
    const past = gatherPast('new_york', DATE, at(5), { ...archive, highF: (date) => (date === gap ? undefined : 50) })
    expect(past.map((day) => day.date).slice(0, 2)).toEqual(['2024-03-09', '2024-03-07'])
  })
})
