import { describe, expect, it } from 'vitest'
import { CLAIM_DAYS_MIN } from '../../../src/evaluation/bootstrap.ts'
import { verdict } from '../../../src/evaluation/report-text.ts'

describe('the verdict on model and market', () => {
  const ratio = (low: number | null, high: number | null) => ({ value: low === null ? null : 1, low, high })

  it.each([
    [1.01, 1.2, CLAIM_DAYS_MIN, 'the market is better'],
    [0.8, 0.99, CLAIM_DAYS_MIN, 'the model is better'],
    [0.9, 1.1, CLAIM_DAYS_MIN, 'no difference shown'],
    [1, 1.1, CLAIM_DAYS_MIN, 'no difference shown'],
    [1.01, 1.01, CLAIM_DAYS_MIN - 1, 'too few days'],
    [0.8, 0.8, 1, 'too few days'],
    [null, null, 90, '–'],
  ])('with an interval from %d to %d on %d days is "%s"', (low, high, days, said) => {
    expect(verdict({ brierRatio: ratio(low, high), days })).toBe(said)
  })
})
