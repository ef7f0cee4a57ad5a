import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dayBootstrap } from '../../../src/evaluation/bootstrap.ts'

const blocks = fc.array(
  fc.record({ above: fc.double({ min: -5, max: 5, noNaN: true }), below: fc.integer({ min: 1, max: 9 }) }),
  { minLength: 1, maxLength: 40 },
)

describe('an interval over days', () => {
  it('is the same for the same seed and days, whatever was asked before', () => {
    fc.assert(
      fc.property(blocks, blocks, (asked, other) => {
        const once = dayBootstrap('seed', 100).estimate(asked)
        const later = dayBootstrap('seed', 100)
        later.estimate(other)
        expect(later.estimate(asked)).toEqual(once)
      }),
    )
  })

  it('is another for another seed', () => {
    const some = Array.from({ length: 20 }, (_, index) => ({ above: index ** 2, below: 1 }))
    expect(dayBootstrap('a').estimate(some)).not.toEqual(dayBootstrap('b').estimate(some))
  })

  it('holds its value, and is a point where every day is alike', () => {
    const same = Array.from({ length: 12 }, () => ({ above: 3, below: 2 }))
    expect(dayBootstrap('seed').estimate(same)).toEqual({ value: 1.5, low: 1.5, high: 1.5 })
  })

  it('is as wide as the mean of that many independent days scatters', () => {
    const days = Array.from({ length: 400 }, (_, index) => ({ above: index % 2 === 0 ? 1 : -1, below: 1 }))
    const { low, high } = dayBootstrap('seed').estimate(days)
    // ±1.645 / √400
    expect(low).toBeCloseTo(-0.082, 1)
    expect((high ?? 0) - (low ?? 0)).toBeGreaterThan(0.13)
    expect((high ?? 0) - (low ?? 0)).toBeLessThan(0.2)
  })

  it('counts a day once however many rows it has', () => {
    const twice = [
      { above: 10, below: 10 },
      { above: 0, below: 10 },
    ]
    expect(dayBootstrap('seed').estimate(twice)).toEqual({ value: 0.5, low: 0, high: 1 })
  })

  it('is of a quotient of sums', () => {
    const ratio = [
      { above: 2, below: 1 },
      { above: 4, below: 2 },
    ]
    expect(dayBootstrap('seed').estimate(ratio)).toEqual({ value: 2, low: 2, high: 2 })
  })

  it('is nothing where there is nothing to divide by', () => {
    expect(dayBootstrap('seed').estimate([])).toEqual({ value: null, low: null, high: null })
    expect(dayBootstrap('seed').estimate([{ above: 1, below: 0 }])).toEqual({ value: null, low: null, high: null })
  })
})
