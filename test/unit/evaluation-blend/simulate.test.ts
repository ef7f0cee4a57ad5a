import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FeeSchedule } from '../../../src/domain/market.ts'
import type { EvaluatedEvent, EvaluatedRow, NextTrade } from '../../../src/evaluation/row.ts'
import {
  FILL_RULES,
  type FillRule,
  placeboOf,
  type SimulationCell,
  type SimulationTerms,
  simulate,
  simulateRow,
} from '../../../src/evaluation/simulate.ts'
import { placeboText } from '../../../src/evaluation/simulate-section.ts'
import { type RowSketch, sketchRow } from '../evaluation/sample-rows.ts'

const FEES: FeeSchedule = { type: 'quadratic', multiplier: 1, source: 'series' }
const TERMS: SimulationTerms = {
  packageId: 'model',
  fees: FEES,
  thresholds: { minEvCents: 3, minEdgePointsTake: 5 },
}

const next = (yesCents: number, takerSide: NextTrade['takerSide']): NextTrade => ({
  yesCents,
  takerSide,
  tsMs: 0,
  count: 1,
})

/** The model says .1, .6, .3 of below 51, 51 to 52, above 52; the high is 52 where nothing else is said. */
function pricedRow(change: Partial<EvaluatedEvent>, sketch: RowSketch = {}): EvaluatedRow {
  const row = sketchRow({ market: [0.2, 0.5, 0.3], ...sketch })
  return { ...row, event: { ...(row.event as EvaluatedEvent), ...change } }
}

const shortOf = (row: EvaluatedRow, rule: FillRule) =>
  simulateRow(row, TERMS, rule).map(({ index, side, yesCents, feeCents, pnlCents }) => [
    index,
    side,
    yesCents,
    Number(feeCents.toFixed(6)),
    Number(pnlCents.toFixed(6)),
  ])

describe('one decision', () => {
  it('buys and sells YES at the next trade of a taker on its side, fees paid', () => {
    const nextTrades = [next(20, 'no'), next(40, 'yes'), next(31, 'yes')]
    // Fees of one contract: 7 × .2 × .8 = 1.12 c, 7 × .4 × .6 = 1.68 c. The third leaves no edge.
    expect(shortOf(pricedRow({ nextTrades }), 'next')).toEqual([
      [0, 'ask', 20, 1.12, 18.88],
      [1, 'bid', 40, 1.68, 58.32],
    ])
    expect(shortOf(pricedRow({ nextTrades }, { highF: 50 }), 'next')).toEqual([
      [0, 'ask', 20, 1.12, -81.12],
      [1, 'bid', 40, 1.68, -41.68],
    ])
  })

  it('rounds the fee of a contract as the venue does', () => {
    // 7 × .45 × .55 = 1.7325 c, and balances move in steps of .01 c.
    expect(shortOf(pricedRow({ nextTrades: [undefined, next(45, 'yes'), undefined] }), 'next')).toEqual([
      [1, 'bid', 45, 1.74, 53.26],
    ])
  })

  it('neither buys at the bid nor sells at the ask, but where that is what is shown', () => {
    const nextTrades = [next(20, 'yes'), next(40, 'no'), undefined]
    expect(shortOf(pricedRow({ nextTrades }), 'next')).toEqual([])
    expect(shortOf(pricedRow({ nextTrades }), 'eitherSide').map(([index, side]) => [index, side])).toEqual([
      [0, 'ask'],
      [1, 'bid'],
    ])
  })

  it('reads the last price only where that is what is shown', () => {
    const row = pricedRow({
      lastCents: [undefined, 40, undefined],
      nextTrades: [undefined, next(60, 'yes'), undefined],
    })
    expect(shortOf(row, 'last')).toEqual([[1, 'bid', 40, 1.68, 58.32]])
    expect(shortOf(row, 'next')).toEqual([])
  })

  it.each([
    [54, 'yes', true],
    [55, 'yes', false],
    [0, 'yes', false],
    [100, 'no', false],
  ] as const)('at %d c by a %s taker: takes it %s', (cents, takerSide, isTaken) => {
    // 60 − 54 leaves 6 points and 4.2 c; 60 − 55 leaves 5 points, and 3.2 c.
    const row = pricedRow({ nextTrades: [undefined, next(cents, takerSide), undefined] })
    const isEnough = simulateRow(row, { ...TERMS, thresholds: { minEvCents: 4, minEdgePointsTake: 5 } }, 'next')
    expect(isEnough.length === 1).toBe(isTaken)
  })

  it('takes nothing below the least edge, whatever the expected value', () => {
    const row = pricedRow({ nextTrades: [undefined, next(55, 'yes'), undefined] })
    expect(simulateRow(row, { ...TERMS, thresholds: { minEvCents: 3, minEdgePointsTake: 5.01 } }, 'next')).toEqual([])
    expect(simulateRow(row, { ...TERMS, packageId: 'another' }, 'next')).toEqual([])
    expect(simulateRow(sketchRow(), TERMS, 'next')).toEqual([])
  })

  it('has of two sides at one price never both, and what one wins the other would lose but for the fee', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 99 }),
        fc.constantFrom('yes', 'no'),
        fc.integer({ min: 50, max: 53 }),
        (cents, taker, highF) => {
          const row = pricedRow({ nextTrades: [next(cents, taker), next(cents, taker), next(cents, taker)] }, { highF })
          const trades = simulateRow(row, TERMS, 'eitherSide')
          expect(new Set(trades.map(({ index }) => index)).size).toBe(trades.length)
          for (const { pnlCents, feeCents, index, side, yesCents } of trades) {
            const value = index === row.event?.winner ? 100 : 0
            expect(pnlCents + feeCents).toBeCloseTo(side === 'bid' ? value - yesCents : yesCents - value, 9)
            expect(feeCents).toBeGreaterThan(0)
          }
        },
      ),
    )
  })
})

describe('by variant, city and hour', () => {
  const bought = { nextTrades: [undefined, next(40, 'yes'), undefined], lastCents: [undefined, 38, undefined] }
  const lost = { date: '2025-03-06', highF: 53 }
  const rows = [
    pricedRow(bought),
    pricedRow(bought, { ...lost, hour: 5 }),
    pricedRow({}, { date: '2025-03-07' }),
    pricedRow(bought, { ...lost, variant: 'strict' }),
    sketchRow({ date: '2025-03-08', variant: 'archive' }),
  ]
  const cells = simulate(rows, TERMS)
  const cellOf = (name: string): SimulationCell | undefined =>
    cells.find(({ group: { variant, city, hour } }) => `${variant} ${city} ${hour}` === name)

  it('adds up the trades of the days', () => {
    const cell = cellOf('honest all all')
    expect(cell).toMatchObject({ days: 3, decisions: 3, rules: { next: { trades: 2, winners: 1 } } })
    // 58.32 and −41.68; the third day has nothing to trade.
    expect(cell?.rules.next.totalCents.value).toBeCloseTo(16.64, 9)
    expect(cell?.rules.next.centsPerContract.value).toBeCloseTo(8.32, 9)
    expect(cell?.rules.next.feeCents).toBeCloseTo(3.36, 9)
    expect(cell?.byDay.map(({ date, trades }) => [date, trades])).toEqual([
      ['2025-03-05', 1],
      ['2025-03-06', 1],
      ['2025-03-07', 0],
    ])
    expect(cellOf('honest new_york 5')).toMatchObject({
      days: 1,
      rules: { next: { trades: 1, winners: 0 } },
      byDay: [],
    })
  })

  it('shows what a fill at the last price flatters', () => {
    // 2 c of price, and 7 × (.38 × .62 − .4 × .6) = −.0308 c of fee, rounded to .01 c each: 1.65 and 1.68.
    expect(cellOf('honest all all')?.illusionCents.value).toBeCloseTo(2.03, 9)
  })

  it('is the same whenever it is asked', () => {
    expect(simulate(rows, TERMS)).toEqual(cells)
  })
})

describe('the placebo', () => {
  const rule = (low: number, high: number) => ({ trades: 9, centsPerContract: { value: (low + high) / 2, low, high } })
  const strictCell = (city: 'all' | 'denver', low: number, high: number): SimulationCell => {
    const figures = { winners: 1, feeCents: 9, ...rule(low, high), totalCents: { value: low + high, low, high } }
    const rules = Object.fromEntries(FILL_RULES.map((name) => [name, figures])) as SimulationCell['rules']
    const group = { variant: 'strict' as const, city, hour: city === 'all' ? ('all' as const) : 5 }
    return { group, days: 3, decisions: 3, rules, illusionCents: { value: null, low: null, high: null }, byDay: [] }
  }

  it.each([
    [-3, -1, true],
    [-1, 1, true],
    [0.1, 2, false],
  ])('with an interval from %d to %d earns nothing: %s', (low, high, earnsNothing) => {
    const cells = [strictCell('all', low, high), strictCell('denver', 1, 2)]
    expect(placeboOf(cells)).toMatchObject({ earnsNothing, trades: 9, cells: 1, cellsAbove: 1 })
  })

  it.each([
    [0, 90, /^Placebo: too little/],
    [9, 29, /^Placebo: too little/],
    [9, 90, /earn nothing\*\* beyond/],
  ])('of %d trades on %d days is told as %s', (trades, days, said) => {
    const figures = {
      earnsNothing: true,
      cells: 1,
      cellsAbove: 0,
      ...rule(-1, 1),
      totalCents: rule(-9, 9).centsPerContract,
    }
    expect(placeboText({ ...figures, trades, days })).toMatch(said)
  })

  it('is not told where the strict variant was not evaluated', () => {
    expect(placeboOf(simulate([pricedRow({})], TERMS))).toBeUndefined()
  })
})
