import { describe, expect, it } from 'vitest'
import { bracketBrier, scoreInstants, scoringInstants } from '../../../src/app/score.ts'
import { eventTickerOf } from '../../../src/domain/ids.ts'

const event = eventTickerOf('KXHIGHCHI-24DEC17')
const winners = new Map([[event, 1]])

describe('the Brier score', () => {
  it('is the mean squared distance over the brackets of the event', () => {
    expect(bracketBrier([0.2, 0.7, 0.1], 1)).toBeCloseTo((0.04 + 0.09 + 0.01) / 3, 12)
    expect(bracketBrier([0, 1, 0], 1)).toBe(0)
  })

  it('skips and counts an instant that only one of the two can be scored at', () => {
    const score = scoreInstants(
      [
        { event, atMs: 1, model: [0, 1, 0], market: [0.5, 0.5, 0] },
        { event, atMs: 2, model: [0, 1, 0], market: undefined },
        { event, atMs: 3, model: undefined, market: [0, 1, 0] },
      ],
      winners,
    )
    expect(score).toEqual({ instants: 1, model: 0, market: 0.5 / 3, withoutMarket: 1, withoutModel: 1 })
  })

  it('has no score where nothing has settled', () => {
    expect(scoreInstants([{ event, atMs: 1, model: [1], market: [1] }], new Map())).toBeUndefined()
  })

  it('looks at every full hour from the start of the climate day to the close', () => {
    const start = Date.parse('2024-12-17T06:00:00Z')
    const instants = scoringInstants(start, Date.parse('2024-12-18T04:59:00Z'))
    expect(instants.length).toBe(23)
    expect(instants.at(-1)).toBe(Date.parse('2024-12-18T04:00:00Z'))
  })
})
