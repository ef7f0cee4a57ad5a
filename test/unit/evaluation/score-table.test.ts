import { describe, expect, it } from 'vitest'
import { dayBootstrap } from '../../../src/evaluation/bootstrap.ts'
import type { EvaluatedRow } from '../../../src/evaluation/row.ts'
import { type Group, type ScoreCell, scoreRows, scoreTable, seasonOf } from '../../../src/evaluation/score-table.ts'
import { sketchRow } from './sample-rows.ts'

const tableOf = (rows: readonly EvaluatedRow[], baselines: readonly string[] = []): readonly ScoreCell[] =>
  scoreTable(scoreRows(rows), { judged: 'model', baselines, bootstrap: dayBootstrap('test', 200) })

function cell(table: readonly ScoreCell[], of: Partial<Group>): ScoreCell {
  const wanted: Group = { variant: 'honest', city: 'all', hour: 'all', season: 'all', ...of }
  const found = table.find(({ group }) => JSON.stringify(group) === JSON.stringify(wanted))
  if (found === undefined) throw new TypeError(`no cell ${JSON.stringify(wanted)}`)
  return found
}

describe('the table of scores', () => {
  it('has every variant, city, hour and season that has rows, and no others', () => {
    const table = tableOf([
      sketchRow(),
      sketchRow({ city: 'denver', variant: 'widened', hour: 8.5 }),
      sketchRow({ variant: 'strict', date: '2025-07-05' }),
    ])
    const names = table.map(({ group }) => `${group.variant} ${group.city} ${group.hour} ${group.season}`)
    expect(names).toContain('honest new_york -4 all')
    expect(names).toContain('honest denver 8.5 all')
    expect(names).not.toContain('honest denver -4 all')
    expect(names).toContain('strict all all summer')
    expect(names).not.toContain('honest all all summer')
    expect(new Set(names).size).toBe(names.length)
  })

  it('pools what was honest, and nothing else', () => {
    const table = tableOf([
      sketchRow(),
      sketchRow({ city: 'denver', variant: 'widened' }),
      sketchRow({ variant: 'archive', packages: { model: [0, 0, 1, 0] } }),
    ])
    expect(cell(table, {}).rows).toBe(2)
    expect(cell(table, { variant: 'archive' }).packages.model?.crps.value).toBe(0)
  })

  it('compares a baseline row by row, and only where both answered', () => {
    const table = tableOf(
      [
        sketchRow({ packages: { model: [0, 0, 1, 0], climatology: [0.25, 0.25, 0.25, 0.25] } }),
        sketchRow({ date: '2025-03-06', packages: { model: [0.25, 0.25, 0.25, 0.25] } }),
      ],
      ['climatology'],
    )
    const { differences, packages } = cell(table, {})
    expect(packages.model?.rows).toBe(2)
    expect(packages.climatology?.rows).toBe(1)
    // −ln 1 + ln .25; Σ (¼, ½, ¼)² of the even distribution at 52.
    expect(differences.climatology?.logLoss.value).toBeCloseTo(Math.log(0.25), 12)
    expect(differences.climatology?.crps.value).toBeCloseTo(-(0.25 ** 2 + 0.5 ** 2 + 0.25 ** 2), 12)
  })

  it('puts the market beside the model on the rows at which it had a price', () => {
    const table = tableOf([
      sketchRow({ packages: { model: [0.2, 0.3, 0.2, 0.3] }, market: [0.1, 0.8, 0.1] }),
      sketchRow({ date: '2025-03-06', packages: { model: [0, 0, 1, 0] } }),
    ])
    const { market } = cell(table, {})
    const model = (0.2 ** 2 + 0.5 ** 2 + 0.3 ** 2) / 3
    const other = (0.1 ** 2 + 0.2 ** 2 + 0.1 ** 2) / 3
    expect(market).toMatchObject({ rows: 1, days: 1, priceAgeHours: 2 })
    expect(market?.brierRatio.value).toBeCloseTo(model / other, 12)
    expect(market?.logLossDifference.value).toBeCloseTo(Math.log(0.8 / 0.5), 12)
    expect(market?.rpsRatio.value).toBeCloseTo((0.2 ** 2 + 0.3 ** 2) / (0.1 ** 2 + 0.1 ** 2), 12)
  })

  it('has a ratio of one where model and market say the same', () => {
    const rows = ['2025-03-05', '2025-03-06', '2025-03-07'].map((date, index) =>
      sketchRow({ date, highF: 50 + index, packages: { model: [0.2, 0.3, 0.2, 0.3] }, market: [0.2, 0.5, 0.3] }),
    )
    const ratio = cell(tableOf(rows), {}).market?.brierRatio
    for (const value of [ratio?.value, ratio?.low, ratio?.high]) expect(value).toBeCloseTo(1, 9)
  })

  it('has no market where no row has a price', () => {
    expect(cell(tableOf([sketchRow()]), {}).market).toBeNull()
  })

  it('tests the coverage where every row is a day of its own, and not where days repeat', () => {
    const rows = [sketchRow(), sketchRow({ hour: 5 }), sketchRow({ date: '2025-03-06', highF: 55 })]
    const table = tableOf(rows)
    expect(cell(table, { hour: -4 }).packages.model?.coverage).toMatchObject({ share: 0.5 })
    expect(cell(table, { hour: -4 }).packages.model?.coverage.pValue).toBeCloseTo(0.19, 9)
    // Promised were all four degrees: what misses them cannot be.
    expect(cell(table, { hour: -4 }).packages.model?.coverage).toMatchObject({ promised: 1, pPromised: 0 })
    expect(cell(table, {}).packages.model?.coverage).toMatchObject({ pValue: null, pPromised: null })
  })

  it('gives the same intervals whatever the order of the rows', () => {
    const rows = Array.from({ length: 9 }, (_, index) =>
      sketchRow({ date: `2025-03-0${index + 1}`, highF: 50 + (index % 4), market: [0.2, 0.5, 0.3] }),
    )
    expect(tableOf(rows.toReversed())).toEqual(tableOf(rows))
  })

  it('has meteorological seasons', () => {
    const dates = ['2024-12-01', '2025-02-28', '2025-03-01', '2025-06-30', '2025-09-01', '2025-11-30']
    expect(dates.map(seasonOf)).toEqual(['winter', 'winter', 'spring', 'summer', 'autumn', 'autumn'])
  })
})
