import { FALLBACK_FEES } from '../pricing/fee-schedule.ts'
import { DEFAULT_ENTRY_THRESHOLDS } from '../risk/limits.ts'
import { CLAIM_DAYS_MIN } from './bootstrap.ts'
import type { Collected } from './collect.ts'
import type { ReportSection } from './report.ts'
import { cityLabel, decimal, hourLabel, interval, table } from './report-text.ts'
import {
  type FillRule,
  type Placebo,
  placeboOf,
  type SimulationCell,
  type SimulationTerms,
  simulate,
} from './simulate.ts'

/** The trading rules' own thresholds, and the fees of the daily-high series. */
export const termsOf = ({ judged }: Pick<Collected, 'judged'>): SimulationTerms => ({
  packageId: judged.id,
  fees: FALLBACK_FEES,
  thresholds: DEFAULT_ENTRY_THRESHOLDS,
})

/** What taking every edge would have earned, and the placebo that tells whether that figure can be believed. */
export function simulateSection(collected: Collected): ReportSection {
  const terms = termsOf(collected)
  const cells = simulate(collected.rows, terms)
  const placebo = placeboOf(cells)
  const { fees, thresholds } = terms
  const { minEvCents, minEdgePointsTake } = thresholds
  return {
    name: 'simulation',
    markdown: simulationText(collected, { terms, cells, placebo }),
    json: { modelWeight: 1, fees, minEvCents, minEdgePointsTake, placebo: placebo ?? null, cells },
  }
}

interface Simulated {
  readonly terms: SimulationTerms
  readonly cells: readonly SimulationCell[]
  readonly placebo: Placebo | undefined
}

function simulationText({ judged, from, to }: Collected, { terms, cells, placebo }: Simulated): string {
  const { fees, thresholds } = terms
  const wide = cells.filter(({ group }) => group.city === 'all')
  return [
    `## Trading on every edge: ${judged.id}, ${from} to ${to}`,
    '',
    `One contract as a taker in each bracket whose price leaves at least ${thresholds.minEvCents} c after fees (${fees.type} × ${fees.multiplier}) and ${thresholds.minEdgePointsTake} points before them, by the model alone (weight 1), held to the settlement; every decision time is a trade of its own. It is decided on and filled at the price of the next trade after the decision whose taker traded on our side: what a taker really paid. Cents per contract after fees, with 90 % intervals by drawing whole days.`,
    '',
    `Beside it what flatters: *either side* takes the next trade whoever took, so that it also buys at the bid; *last price* fills at the last trade before the decision, which may be gone. The illusion is what the trades at the last price gain by not being filled at the next trade.`,
    '',
    placeboText(placebo),
    '',
    simulationTable(wide),
    '',
    'By city and hour (a city has as-of forecasts or widened ones, so honest says both):',
    '',
    simulationTable(
      cells.filter(
        ({ group: { variant, city, hour } }) =>
          city !== 'all' && hour !== 'all' && variant !== 'as-of' && variant !== 'widened',
      ),
    ),
  ].join('\n')
}

export function placeboText(placebo: Placebo | undefined): string {
  if (placebo === undefined) return 'Placebo: the strict variant was not asked for, or no day has a market.'
  const { earnsNothing, trades, days, centsPerContract, totalCents, cellsAbove, cells } = placebo
  const figures = `${trades} trades on ${days} days, ${interval(centsPerContract, 2)} c a contract, ${interval(totalCents, 0)} c in all; by city and hour ${cellsAbove} of ${cells} intervals lie above zero, where chance alone gives one in twenty`
  if (trades === 0 || days < CLAIM_DAYS_MIN) return `Placebo: too little to tell anything by (${figures}).`
  return earnsNothing
    ? `**Placebo: without any forecast of the day the strategies earn nothing** beyond their interval (${figures}).`
    : `**Placebo: without any forecast of the day the strategies earn (${figures}): the simulation flatters, do not believe its other figures.**`
}

function simulationTable(cells: readonly SimulationCell[]): string {
  const head = [
    'inputs',
    '',
    'hour',
    'days',
    'trades',
    'c a contract',
    'total, c',
    'either side',
    'last price',
    'illusion',
  ]
  const perContract = ({ rules }: SimulationCell, rule: FillRule): string => interval(rules[rule].centsPerContract, 2)
  return table(
    head,
    cells.map((cell) => [
      cell.group.variant,
      cityLabel(cell.group.city),
      hourLabel(cell.group.hour),
      String(cell.days),
      String(cell.rules.next.trades),
      perContract(cell, 'next'),
      decimal(cell.rules.next.totalCents.value, 0),
      perContract(cell, 'eitherSide'),
      perContract(cell, 'last'),
      interval(cell.illusionCents, 2),
    ]),
  )
}
