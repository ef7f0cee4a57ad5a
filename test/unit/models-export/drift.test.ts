import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../src/clock/seeded-random.ts'
import type { CityKey } from '../../../src/domain/city.ts'
import { addDays, climateDateOf } from '../../../src/domain/climate-day.ts'
import { invariant } from '../../../src/domain/invariant.ts'
import { DRIFT_DAYS_MIN, DRIFT_HOURS, type DriftRow, measureDrift } from '../../../src/evaluation/drift.ts'
import { promisesOf } from '../../../src/evaluation/promises.ts'
import { likeliestTemperature, temperatureCurve } from '../../../src/evaluation/temperature.ts'
import { applyTemperature } from '../../../src/weather/predict.ts'

const FIRST = climateDateOf('2026-03-01')

/** Bell-shaped over 40 to 80 °F. */
function bell(meanF: number, stdF: number): readonly number[] {
  const weights = Array.from({ length: 41 }, (_, index) => Math.exp(-(((40 + index - meanF) / stdF) ** 2) / 2))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => weight / total)
}

/** Highs drawn from the truth, predictions that are the truth sharpened: p^sharpness. */
function sample(
  days: number,
  { sharpness = 1, city = 'denver' as CityKey, hours = [5], seed = 'drift' } = {},
): readonly DriftRow[] {
  const random = seededRandom(`${seed} ${city}`)
  return Array.from({ length: days }, (_, day) => {
    const truth = bell(55 + 10 * random.next(), 2 + random.next())
    let left = random.next()
    const highF =
      40 +
      truth.findIndex((probability) => {
        left -= probability
        return left <= 0
      })
    const probabilities = applyTemperature(truth, 1 / sharpness)
    return hours.map((hour) => ({ city, date: addDays(FIRST, day), hour, firstHighF: 40, probabilities, highF }))
  }).flat()
}

const pooledOf = (rows: readonly DriftRow[]) => {
  const drift = measureDrift(rows)
  const [pooled] = drift?.figures ?? []
  invariant(drift && pooled, 'there are rows')
  return { ...drift, pooled }
}

describe('the temperature', () => {
  it.each([0.7, 1, 1.5])('by which predictions were sharpened (%d) is found again', (sharpness) => {
    const { temperature } = pooledOf(sample(600, { sharpness })).pooled
    expect(temperature.value).toBeGreaterThan(sharpness * 0.9)
    expect(temperature.value).toBeLessThan(sharpness * 1.1)
    expect(temperature.low).toBeLessThan(sharpness)
    expect(temperature.high).toBeGreaterThan(sharpness)
  })

  it('is the one of the smallest loss', () => {
    const rows = sample(40, { seed: 'smallest' })
    const curves = rows.map((row) => temperatureCurve(row, row.highF))
    const sum = Array.from(curves[0] ?? [], (_, step) =>
      curves.reduce((total, curve) => total + (curve?.[step] ?? 0), 0),
    )
    const lossAt = (temperature: number): number =>
      rows.reduce((total, row) => {
        const softened = applyTemperature(row.probabilities, temperature)
        return total - Math.log(softened[row.highF - row.firstHighF] ?? 0)
      }, 0)
    const smallest = lossAt(likeliestTemperature(sum))
    fc.assert(
      fc.property(fc.double({ min: 0.3, max: 3.5, noNaN: true }), (temperature) => {
        expect(smallest).toBeLessThanOrEqual(lossAt(temperature) + 1e-3)
      }),
    )
  })

  it('does not ask whether it came before or after what the readings ruled out', () => {
    const probabilities = bell(60, 3)
    const above = (values: readonly number[]): readonly number[] => {
      const kept = values.map((value, index) => (40 + index < 59 ? 0 : value))
      const total = kept.reduce((sum, value) => sum + value, 0)
      return kept.map((value) => value / total)
    }
    const before = above(applyTemperature(probabilities, 2))
    const after = applyTemperature(above(probabilities), 2)
    expect(after.map((value) => value.toFixed(12))).toEqual(before.map((value) => value.toFixed(12)))
  })

  it('is not asked of a high that had no probability', () => {
    const row = { firstHighF: 60, probabilities: [0, 0.5, 0.5] }
    expect(temperatureCurve(row, 60)).toBeUndefined()
    expect(temperatureCurve(row, 70)).toEqual(temperatureCurve(row, 62))
    const rows = sample(5).map((each, index) => (index === 0 ? { ...each, ...row, highF: 60 } : each))
    expect(pooledOf(rows).pooled.impossible).toBe(1)
  })
})

describe('drift', () => {
  it('is not shown by predictions that are as sharp as they should be', () => {
    const { verdict, reasons, pooled } = pooledOf(sample(400))
    expect([verdict, reasons]).toEqual(['noDrift', []])
    expect(Math.abs((pooled.coverage.share.value ?? 0) - pooled.coverage.promised)).toBeLessThan(0.03)
    expect(pooled.pit.every((share) => share > 0.05 && share < 0.15)).toBe(true)
  })

  it('is shown by predictions that claim too much, and by a city whose intervals do not hold', () => {
    const { verdict, reasons, figures } = pooledOf([
      ...sample(100, { sharpness: 3 }),
      ...sample(100, { city: 'miami' }),
    ])
    expect(verdict).toBe('drifted')
    expect(reasons).toEqual([
      expect.stringContaining('claims too much'),
      'the coverage of denver is refuted (p < 0.01)',
    ])
    expect(figures.map(({ city, hour }) => `${city} ${hour}`)).toEqual(['all all', 'denver all', 'miami all', 'all 5'])
    expect(figures[0]?.coverage.pValue).toBeNull()
  })

  it('says that there are not enough days, however many predictions a day has', () => {
    const rows = sample(DRIFT_DAYS_MIN - 1, { sharpness: 3, hours: [...DRIFT_HOURS] })
    expect(pooledOf(rows)).toMatchObject({
      verdict: 'notEnoughDays',
      reasons: [],
      pooled: { days: DRIFT_DAYS_MIN - 1 },
    })
    expect(pooledOf(sample(DRIFT_DAYS_MIN, { sharpness: 3 })).verdict).toBe('drifted')
    expect(measureDrift([])).toBeUndefined()
  })

  it('counts days: a prediction said four times is no better known than one said once', () => {
    const said = pooledOf(sample(60, { sharpness: 1.5 }))
    const repeated = pooledOf(sample(60, { sharpness: 1.5, hours: [...DRIFT_HOURS] }))
    const [once, often] = [said.pooled, repeated.pooled]
    const pValue = said.figures[1]?.coverage.pValue
    expect(pValue).toBeLessThan(0.9)
    expect(repeated.figures[1]?.coverage.pValue).toBe(pValue)
    expect(often.predictions).toBe(4 * once.predictions)
    expect(often.temperature).toEqual(once.temperature)
    expect(often.logLoss.low).toBeCloseTo(once.logLoss.low ?? Number.NaN, 9)
    expect(often.days).toBe(once.days)
  })

  it('tells the bias as what the high was above the expectation', () => {
    const colder = sample(60).map((row) => ({ ...row, firstHighF: row.firstHighF - 2 }))
    const { bias } = pooledOf(colder).pooled
    expect(bias.low).toBeGreaterThan(1)
    expect(bias.high).toBeLessThan(3)
  })

  it('is the same in whatever order the rows come', () => {
    const rows = [...sample(40), ...sample(40, { city: 'miami', hours: [5, 8] })]
    expect(measureDrift(rows.toReversed())).toEqual(measureDrift(rows))
  })
})

describe('what a manifest promises', () => {
  it('is read where it says so', () => {
    const metrics = { note: 'x', all: { model: { rows: 9, logLoss: 2.4, rpsF: 1.5, coverage90: 0.91 }, emos: {} } }
    expect(promisesOf({ calibration: { kind: 'temperature', temperature: 1.1 }, metrics })).toEqual({
      temperature: 1.1,
      logLoss: 2.4,
      crps: 1.5,
      coverage: 0.91,
    })
    expect(promisesOf({ metrics: { anything: 1 } })).toEqual({
      temperature: 1,
      logLoss: null,
      crps: null,
      coverage: null,
    })
  })
})
