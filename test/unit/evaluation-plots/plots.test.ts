import { beforeAll, describe, expect, it } from 'vitest'
import { addDays, climateDateOf } from '../../../src/domain/climate-day.ts'
import { blendSection } from '../../../src/evaluation/blend-section.ts'
import type { Collected, PackageInfo } from '../../../src/evaluation/collect.ts'
import { type Plot, plotsMarkdown, plotsOf } from '../../../src/evaluation/plots.ts'
import { type EvaluationDocument, evaluationDocument } from '../../../src/evaluation/report.ts'
import type { EvaluatedRow, InputVariant, NextTrade } from '../../../src/evaluation/row.ts'
import { simulateSection } from '../../../src/evaluation/simulate-section.ts'
import { sketchRow } from '../evaluation/sample-rows.ts'

const FROM = climateDateOf('2025-01-01')
const DAYS = 40
const HOURS = [-4, 8.5]
const MARKET = [0.2, 0.5, 0.3]
const PACKAGES = { model: [0.1, 0.3, 0.4, 0.2], baseline: [0.25, 0.25, 0.25, 0.25] }

const infoOf = (id: string): PackageInfo => ({
  id,
  version: '1',
  manifestHash: 'f'.repeat(64),
  trainedFrom: '2018-01-01',
  trainedTo: '2024-09-30',
  servedHours: null,
})

const tradeAt = (yesCents: number): NextTrade => ({ yesCents, tsMs: 0, takerSide: 'yes', count: 1 })

/** Two cities, two hours, and highs that go round from 50 to 53. */
function rowsOf(variant: InputVariant, market: readonly number[] | undefined): readonly EvaluatedRow[] {
  return Array.from({ length: DAYS }, (_, day) => addDays(FROM, day)).flatMap((date, day) =>
    (['new_york', 'chicago'] as const).flatMap((city) =>
      HOURS.map((hour) => {
        const row = sketchRow({ date, city, hour, variant, highF: 50 + (day % 4), packages: PACKAGES, market })
        const priced = { lastCents: [20, 45, 30], nextTrades: [tradeAt(20), tradeAt(45), tradeAt(30)] }
        return { ...row, ...(row.event ? { event: { ...row.event, ...priced } } : {}) }
      }),
    ),
  )
}

function documentOf(rows: readonly EvaluatedRow[], baselines: readonly string[]): EvaluationDocument {
  const collected: Collected = {
    rows,
    judged: infoOf('model'),
    baselines: baselines.map(infoOf),
    from: FROM,
    to: addDays(FROM, DAYS - 1),
    inSampleDays: 0,
    files: [],
    absent: [],
    skipped: [],
    markets: { events: DAYS, reconstructed: 0, trades: 9 },
  }
  const sections = [blendSection(collected), simulateSection(collected)]
  const asked = { variants: [], cities: [], hours: HOURS, command: 'halcyon models evaluate' }
  return evaluationDocument(collected, asked, sections)
}

/** What a person reads in it, in order. */
const textsOf = (svg: string): readonly string[] =>
  [...svg.matchAll(/<(?:text|tspan)[^>]*>([^<]+)</g)].map(([, text = '']) => text)

describe('the plots of a report', () => {
  const document = documentOf([...rowsOf('as-of', MARKET), ...rowsOf('strict', MARKET)], ['baseline'])
  let plots: readonly Plot[] = []
  const svgOf = (file: string): string => plots.find((plot) => plot.file === file)?.svg ?? ''
  beforeAll(async () => {
    plots = await plotsOf(document)
  })

  it('are one for each kind of inputs, and one each for trading and for the weight', () => {
    expect(plots.map(({ file }) => file)).toEqual([
      'reliability-honest.svg',
      'pit-honest.svg',
      'skill-honest.svg',
      'reliability-strict.svg',
      'pit-strict.svg',
      'skill-strict.svg',
      'pnl.svg',
      'weight.svg',
    ])
    expect(plotsMarkdown(plots)).toContain('![skill strict](skill-strict.svg)')
  })

  it('name package, inputs, window and days, on white', () => {
    for (const { file, svg } of plots) {
      expect(svg.startsWith('<svg xmlns="http://www.w3.org/2000/svg"'), file).toBe(true)
      expect(svg.trimEnd().endsWith('</svg>'), file).toBe(true)
      expect(svg, file).toMatch(/<rect width="\d+" height="\d+" fill="white"\/>/)
      expect(svg, file).not.toMatch(/NaN|undefined|Infinity/)
      expect(textsOf(svg).join('\n'), file).toMatch(/model, .+ inputs, 2025-01-01 to 2025-02-09, 40 days/)
    }
    expect(textsOf(svgOf('pit-strict.svg')).join('\n')).toContain('strict inputs')
  })

  it('tell the predictors, hours and cities apart', () => {
    expect(textsOf(svgOf('reliability-honest.svg'))).toEqual(expect.arrayContaining(['model', 'baseline', 'market']))
    expect(textsOf(svgOf('pit-honest.svg'))).toEqual(expect.arrayContaining(['model', 'baseline']))
    expect(textsOf(svgOf('skill-honest.svg'))).toEqual(
      expect.arrayContaining(['20:00', 'before', '08:30', 'baseline', 'market']),
    )
    expect(textsOf(svgOf('weight.svg'))).toEqual(expect.arrayContaining(['all cities', 'New York', 'Chicago', '08:30']))
    expect(textsOf(svgOf('pnl.svg'))).toEqual(expect.arrayContaining(['honest', 'strict', 'last price']))
  })

  it('have the same bytes for the same document, however often they are drawn', async () => {
    expect(await plotsOf(document)).toEqual(plots)
  })

  it('change with what they show', async () => {
    const other = await plotsOf(documentOf(rowsOf('as-of', [0.3, 0.3, 0.4]), ['baseline']))
    expect(other.find(({ file }) => file === 'weight.svg')?.svg).not.toBe(svgOf('weight.svg'))
  })
})

describe('what cannot be drawn', () => {
  it('is left out: without a market only calibration, and without a baseline no skill', async () => {
    const unpriced = rowsOf('as-of', undefined).map(({ event: _, ...row }) => row)
    const files = async (baselines: readonly string[]) =>
      (await plotsOf(documentOf(unpriced, baselines))).map(({ file }) => file)
    expect(await files([])).toEqual(['pit-honest.svg'])
    expect(await files(['baseline'])).toEqual(['pit-honest.svg', 'skill-honest.svg'])
  })
})
