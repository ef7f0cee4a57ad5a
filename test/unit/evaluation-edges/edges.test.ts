import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { climateDateOf, climateDay } from '../../../src/domain/climate-day.ts'
import type { Strike } from '../../../src/domain/strike.ts'
import type { ModelOutput } from '../../../src/domain/weather.ts'
import { EDGE_COLUMNS, edgeLines, formatEdges } from '../../../src/evaluation/edge-rows.ts'
import type { EvaluatedRow } from '../../../src/evaluation/row.ts'
import type { AskedPackage } from '../../../src/evaluation/rows.ts'
import { readWalkForward, walkForward } from '../../../src/evaluation/walk-forward.ts'
import type { WeatherInputs } from '../../../src/weather/inputs.ts'

const folder = mkdtempSync(join(tmpdir(), 'halcyon-edges-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const DATE = climateDateOf('2024-03-01')
const STRIKES: readonly Strike[] = [
  { kind: 'less', cap: 50 },
  { kind: 'between', floor: 50, cap: 51 },
  { kind: 'greater', floor: 51 },
]

const row = (given: Partial<EvaluatedRow> & { readonly market?: readonly number[] } = {}): EvaluatedRow => {
  const { market = [0.8, 0.1, 0.1], ...rest } = given
  return {
    city: 'chicago',
    date: DATE,
    decisionHour: 8.5,
    asOfMs: climateDay('chicago', DATE).startMs + 8.5 * 3_600_000,
    variant: 'as-of',
    forecastKind: 'asOf',
    baseF: 52,
    highF: 53,
    distributions: { model: { firstHighF: 51, probabilities: [0.25, 0.5, 0.25] } },
    event: {
      eventTicker: 'KXHIGHCHI-24MAR01',
      strikes: STRIKES,
      tickers: ['A', 'B', 'C'],
      winner: 2,
      brackets: { model: [0, 0.25, 0.75] },
      market,
      priceAgeMs: 7_200_000,
      lastCents: [undefined, undefined, undefined],
      nextTrades: [undefined, undefined, undefined],
    },
    ...rest,
  }
}

describe('the table of the edge classifiers', () => {
  test('has a line for each signal, with its features and how it ended', () => {
    const lines = edgeLines([row(), row({ highF: 40 })], 'model')
    expect(lines.map((line) => line.split(',').at(-1))).toEqual(['1', '0'])
    const cells = Object.fromEntries(EDGE_COLUMNS.map((name, index) => [name, lines[0]?.split(',')[index]]))
    // Forecast 52; the market's mean is .8 · 49 + .1 · 50.5 + .1 · 52.
    expect(cells).toMatchObject({
      city: 'chicago',
      date: '2024-03-01',
      hour: '8',
      edge: '2.55',
      forecast_bracket_market: '0.1',
    })
  })

  test('leaves out what has no market, no event or too small an edge', () => {
    const { event: _, ...alone } = row()
    const close = row({ market: [0, 0.02, 0.98] })
    expect(edgeLines([alone, close], 'model')).toEqual([])
    expect(edgeLines([row()], 'another')).toEqual([])
  })

  test('is a gzip table with a header', () => {
    const text = gunzipSync(formatEdges(edgeLines([row()], 'model'))).toString()
    expect(text.split('\n')[0]).toBe(EDGE_COLUMNS.join(','))
  })
})

describe('walk-forward predictions', () => {
  const write = (name: string, text: string): string => {
    const path = join(folder, name)
    writeFileSync(path, gzipSync(text))
    return path
  }
  const inputs: WeatherInputs = {
    city: 'chicago',
    date: DATE,
    asOfMs: climateDay('chicago', DATE).startMs + 8 * 3_600_000,
    forecasts: [],
    observations: [],
    past: [],
  }
  const output = { baseF: 52, firstHighF: 51, probabilities: [0, 1, 0], expectedHighF: 52 } as unknown as ModelOutput
  const asked: AskedPackage = {
    id: 'model',
    scorer: { score: async () => ({ ok: true, output, computeNs: 1 }) },
  }
  const table = () =>
    readWalkForward(write('good.csv.gz', 'city,date,hour,base,p-1,p0,p1\nchicago,2024-03-01,8,52,0.5,0.25,0.25\n'))

  test('stand for the package on its training days, and only there', async () => {
    const before = await walkForward(asked, table(), { trainedTo: '2024-09-30' }).scorer.score(inputs, [])
    expect(before.ok && before.output.probabilities).toEqual([0.5, 0.25, 0.25])
    expect(before.ok && before.output.expectedHighF).toBeCloseTo(51.75, 12)
    const after = await walkForward(asked, table(), { trainedTo: '2024-02-29' }).scorer.score(inputs, [])
    expect(after.ok && after.output.probabilities).toEqual([0, 1, 0])
  })

  test('are not replaced by what the package has learnt of the day itself', async () => {
    const other = { ...inputs, asOfMs: inputs.asOfMs + 3_600_000 }
    const score = await walkForward(asked, table(), { trainedTo: '2024-09-30' }).scorer.score(other, [])
    expect(score.ok).toBe(false)
  })

  test('of another base are of other inputs, which is a bug', async () => {
    const wrong = readWalkForward(
      write('base.csv.gz', 'city,date,hour,base,p-1,p0,p1\nchicago,2024-03-01,8,53,0.5,0.25,0.25\n'),
    )
    await expect(walkForward(asked, wrong, { trainedTo: '2024-09-30' }).scorer.score(inputs, [])).rejects.toThrow(
      /same inputs/,
    )
  })

  test('are refused by file and line where the table is broken', () => {
    expect(() => readWalkForward(write('header.csv.gz', 'city,date\n'))).toThrow(/header\.csv\.gz, line 1/)
    const short = write('short.csv.gz', 'city,date,hour,base,p-1,p0,p1\nchicago,2024-03-01,8,52,0.5\n')
    expect(() => readWalkForward(short)).toThrow(/short\.csv\.gz, line 2.*3 probabilities/)
  })
})
