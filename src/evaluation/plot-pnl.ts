import { evenLine, intervalLayers, type PlotSpec, type PlotSubject, panelTitle, pointOf, titleOf } from './plot.ts'
import { FILL_RULES, type FillRule, type SimulationCell } from './simulate.ts'

const RULE_TEXT: Readonly<Record<FillRule, string>> = {
  next: 'next trade, our side',
  eitherSide: 'next trade, either side',
  last: 'last price',
}
const HEIGHT = 240

/** What taking every edge would have earned by variant: summed by day, and per contract by how fills are simulated. */
export function pnlPlot(cells: readonly SimulationCell[], subject: PlotSubject): PlotSpec | undefined {
  const pooled = cells.filter(({ group }) => group.city === 'all' && group.hour === 'all')
  if (pooled.every(({ rules }) => FILL_RULES.every((rule) => rules[rule].trades === 0))) return undefined
  return {
    title: titleOf(
      'Trading on every edge, one contract each',
      subject,
      'Strict knows no forecast of the day: it must not earn. 90 % intervals over days',
    ),
    hconcat: [sumPanel(pooled), contractPanel(pooled)],
    resolve: { scale: { color: 'independent' } },
  }
}

const inputsOf = (cells: readonly SimulationCell[]) => ({
  field: 'variant',
  type: 'nominal' as const,
  sort: cells.map(({ group }) => group.variant),
  title: 'inputs',
})

function sumPanel(cells: readonly SimulationCell[]) {
  const values = cells.flatMap(({ group, byDay }) => {
    let dollars = 0
    return byDay.map(({ date, cents }) => {
      dollars += cents / 100
      return { variant: group.variant, date, dollars }
    })
  })
  const x = {
    field: 'date',
    type: 'temporal' as const,
    timeUnit: 'utcyearmonthdate' as const,
    title: 'climate day',
    axis: { format: '%Y-%m', tickCount: 6 },
  }
  const y = { field: 'dollars', type: 'quantitative' as const, title: null }
  const color = { ...inputsOf(cells), legend: { orient: 'bottom' as const, columns: 3 } }
  return {
    title: panelTitle('Sum of P&L, $, filled at the next trade on our side'),
    width: 360,
    height: HEIGHT,
    data: { values },
    layer: [evenLine(0), { mark: { type: 'line' as const, strokeWidth: 1.5 }, encoding: { x, y, color } }],
  }
}

function contractPanel(cells: readonly SimulationCell[]) {
  const values = cells.flatMap(({ group, rules }) =>
    FILL_RULES.flatMap((rule) => {
      const point = pointOf(rules[rule].centsPerContract)
      return point === undefined ? [] : [{ variant: group.variant, rule: RULE_TEXT[rule], ...point }]
    }),
  )
  const rule = { field: 'rule', type: 'nominal' as const, sort: FILL_RULES.map((name) => RULE_TEXT[name]) }
  const color = { ...rule, title: 'filled at', legend: { orient: 'bottom' as const, columns: 1 } }
  return {
    title: panelTitle('Cents a contract, after fees'),
    width: { step: 24 },
    height: HEIGHT,
    data: { values },
    layer: [evenLine(0), ...intervalLayers({ x: inputsOf(cells), xOffset: rule, color })],
  }
}
