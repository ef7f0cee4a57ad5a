import { describe, expect, it } from 'vitest'
import { addScores, bracketBrier, scoreInstants, scoringInstants } from '../../../src/app/score.ts'

describe('the Brier score', () => {
  it('is the mean squared distance over the brackets of the event', () => {
    expect(bracketBrier([0.2, 0.7, 0.1], 1)).toBeCloseTo((0.04 + 0.09 + 0.01) / 3, 12)
    expect(bracketBrier([0, 1, 0], 1)).toBe(0)
  })

  it('skips and counts an instant that only one of the two can be scored at', () => {
    const score = scoreInstants(
      [
        { atMs: 1, model: [0, 1, 0], market: [0.5, 0.5, 0] },
        { atMs: 2, model: [0, 1, 0], market: undefined },
        { atMs: 3, model: undefined, market: [0, 1, 0] },
      ],
      1,
    )
    expect(score).toEqual({ instants: 1, model: 0, market: 0.5 / 3, withoutMarket: 1, withoutModel: 1 })
  })

  it('adds events so that every instant counts alike', () => {
    const one = { instants: 1, model: 0.4, market: 0.1, withoutMarket: 2, withoutModel: 0 }
    const three = { instants: 3, model: 0, market: 0.5, withoutMarket: 0, withoutModel: 1 }
    expect(addScores(undefined, one)).toEqual(one)
    const both = addScores(one, three)
    expect(both).toMatchObject({ instants: 4, withoutMarket: 2, withoutModel: 1 })
    expect(both.model).toBeCloseTo(0.1, 12)
    expect(both.market).toBeCloseTo(0.4, 12)
  })

  it('stays without instants where nothing could be scored', () => {
    const none = scoreInstants([{ atMs: 1, model: undefined, market: undefined }], 0)
    expect(none).toEqual({ instants: 0, model: 0, market: 0, withoutMarket: 1, withoutModel: 0 })
    expect(addScores(none, none).instants).toBe(0)
  })

  it('looks at every full hour from the start of the climate day to the close', () => {
    const start = Date.parse('2024-12-17T06:00:00Z')
    const instants = scoringInstants(start, Date.parse('2024-12-18T04:59:00Z'))
    expect(instants.length).toBe(23)
    expect(instants.at(-1)).toBe(Date.parse('2024-12-18T04:00:00Z'))
  })
})
