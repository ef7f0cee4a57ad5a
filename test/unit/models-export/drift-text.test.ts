import { describe, expect, it } from 'vitest'
import { driftText } from '../../../src/cli/models-drift.ts'
import { addDays, climateDateOf } from '../../../src/domain/climate-day.ts'
import { type DriftRow, measureDrift } from '../../../src/evaluation/drift.ts'

const rows = (impossible: number): readonly DriftRow[] =>
  Array.from({ length: 6 }, (_, day) => ({
    city: 'miami',
    date: addDays(climateDateOf('2026-03-01'), day),
    hour: 11,
    firstHighF: 80,
    probabilities: [0, 0.5, 0.5],
    highF: day < impossible ? 80 : 81,
  }))

const textOf = (impossible: number): string => {
  const drift = measureDrift(rows(impossible))
  return drift === undefined ? '' : driftText({ id: 'tiny', version: '1', promised: null, ...drift })
}

describe('the text on drift', () => {
  it('names the highs that the predictions had ruled out, which the temperature leaves out', () => {
    expect(textOf(2)).toMatch(/^2 highs had no probability at all/m)
    expect(textOf(0)).not.toMatch(/no probability/)
  })
})
