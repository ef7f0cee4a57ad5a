import { expect, it } from 'vitest'
import { type DemotionBounds, demotionReason } from '../../../src/evaluation/demotion-rule.ts'
import type { DriftFigures } from '../../../src/evaluation/drift.ts'

const BOUNDS: DemotionBounds = { temperatureBound: 1.25, coveragePoints: 3, minDays: 30 }

const figures = (
  temperature: readonly [number, number],
  coverage: readonly [number, number] = [0.88, 0.93],
  days = 40,
): DriftFigures => ({
  city: 'all',
  hour: 'all',
  predictions: 4 * days,
  days,
  temperature: { value: 1, low: temperature[0], high: temperature[1] },
  logLoss: { value: 2, low: 2, high: 2 },
  crps: { value: 1, low: 1, high: 1 },
  bias: { value: 0, low: 0, high: 0 },
  coverage: { share: { value: 0.9, low: coverage[0], high: coverage[1] }, promised: 0.92, pValue: null },
  pit: [],
  impossible: 0,
})

it.each([
  ['a calibrated model', figures([0.9, 1.1]), undefined],
  ['an interval across the bound', figures([1.2, 1.5]), undefined],
  [
    'an interval above it',
    figures([1.26, 1.5]),
    'claims too much: its temperature is [1.26, 1.50] over 40 settled days',
  ],
  ['an interval below one over it', figures([0.5, 0.79]), 'claims too little'],
  ['an interval that touches one over it', figures([0.5, 0.8]), undefined],
  ['a coverage that reaches the bound', figures([0.9, 1.1], [0.7, 0.87]), undefined],
  ['a coverage below it', figures([0.9, 1.1], [0.7, 0.869]), 'held a share of [0.700, 0.869]'],
  ['too few days', figures([2, 3], [0.1, 0.2], 29), undefined],
])('%s', (_name, pooled, expected) => {
  const reason = demotionReason(pooled, BOUNDS)
  if (expected === undefined) expect(reason).toBeUndefined()
  else expect(reason).toContain(expected)
})

it('has the bounds that are configured', () => {
  const pooled = figures([1.3, 1.5], [0.8, 0.86])
  expect(demotionReason(pooled, { ...BOUNDS, temperatureBound: 1.4 })).toContain('held a share')
  expect(demotionReason(pooled, { ...BOUNDS, temperatureBound: 1.4, coveragePoints: 5 })).toBeUndefined()
  expect(demotionReason(pooled, { ...BOUNDS, minDays: 41 })).toBeUndefined()
})
