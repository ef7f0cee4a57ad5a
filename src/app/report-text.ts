import { complement, formatCents, formatDollars, formatQuantity } from '../domain/units.ts'
import type { ReportTrade } from '../ledger/index.ts'
import type { DurationSummary, SessionReport, TradeTotals } from './report.ts'

/** The report as a person reads it, one string of lines. */
export function renderReport(report: SessionReport): string {
  const parts = [head(report), decisions(report), trades(report), money(report), skill(report), machine(report)]
  return `${parts.join('\n\n')}\n`
}

const percent = (probability: number | undefined): string =>
  probability === undefined ? '–' : `${(100 * probability).toFixed(1)}%`

const percentiles = ({ p50Ms, p99Ms, maxMs }: Omit<DurationSummary, 'n'>): string =>
  `p50 ${p50Ms.toFixed(3)} ms · p99 ${p99Ms.toFixed(3)} ms · max ${maxMs.toFixed(3)} ms`

const duration = (summary: DurationSummary): string =>
  summary.n === 0 ? 'none' : `${percentiles(summary)} · n ${summary.n}`

/** Columns padded to their widest cell; the last one is left ragged. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length)
  }
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  ')
  return rows.map((row) => `  ${line(row).trimEnd()}`).join('\n')
}

function head(report: SessionReport): string {
  const rows = report.cities.map((city) => [
    city.city,
    city.event,
    city.settledHighF === undefined ? 'not settled' : `high ${city.settledHighF} °F`,
    city.winner ?? '',
    `forecasts ${city.forecastKinds.join(', ') || 'none'}`,
    `readings ${city.observationKinds.join(', ') || 'none'}`,
  ])
  const quotes =
    report.quotes === 'reconstructed'
      ? 'Trades and settlements are recorded; the quotes between them are reconstructed, so is the depth.'
      : "Quotes are the venue's."
  const demoted = report.strategies.flatMap(({ strategy, mode, demotedBecause }) =>
    demotedBecause === null
      ? []
      : [`  DEMOTED: ${strategy} to ${mode}, its model is miscalibrated: ${demotedBecause}.`],
  )
  const title = `SESSION ${report.session} · ${report.mode} · ${report.outcome} · ${report.wallSeconds.toFixed(1)} s`
  return [title, table(rows), `  ${quotes}`, ...demoted].join('\n')
}

function decisions(report: SessionReport): string {
  const rows = report.decisionsByReason.map((entry) => [
    entry.noPredictionReason ? `${entry.reason} (${entry.noPredictionReason})` : entry.reason,
    String(entry.count),
    entry.repeats > 0 ? `and ${entry.repeats} unchanged repeats` : '',
  ])
  return `DECISIONS by reason\n${rows.length > 0 ? table(rows) : '  none'}`
}

/** A sale of YES is shown as the purchase of NO that it is. */
function tradeRow(trade: ReportTrade): string[] {
  const isYes = trade.side === 'bid'
  const modelYes = trade.modelProbability
  const won = trade.settlementValue === undefined ? '' : `settled ${formatCents(trade.settlementValue)} YES`
  return [
    trade.market,
    `BUY ${isYes ? 'YES' : 'NO'} @ ${formatCents(isYes ? trade.price : complement(trade.price))}`,
    trade.role,
    `${formatQuantity(trade.filled)} of ${formatQuantity(trade.quantity)}`,
    `model ${percent(modelYes === undefined ? undefined : isYes ? modelYes : 1 - modelYes)}`,
    won,
    trade.filled === 0 ? 'unfilled' : trade.pnl === undefined ? 'open' : formatDollars(trade.pnl),
    trade.forecastKind ?? '',
  ]
}

function trades(report: SessionReport): string {
  if (report.trades.length === 0) return 'TRADES\n  none'
  return `TRADES (hypothetical: nothing was sent)\n${table(report.trades.map(tradeRow))}`
}

function totalsRow(name: string, totals: TradeTotals): string[] {
  return [
    name,
    `${totals.filledOrders} of ${totals.orders} orders filled`,
    `${formatQuantity(totals.contracts)} contracts`,
    `fees ${formatDollars(totals.fees)}`,
    `result ${formatDollars(totals.pnl)}${totals.unsettled > 0 ? ` and ${totals.unsettled} not settled` : ''}`,
  ]
}

function money(report: SessionReport): string {
  const rows = [totalsRow('takers', report.takers), totalsRow('makers', report.makers)]
  for (const [kind, totals] of Object.entries(report.byForecastKind))
    rows.push(totalsRow(`on ${kind} forecasts`, totals))
  rows.push(totalsRow('all', report.total))
  return `WHAT IT WOULD HAVE EARNED after fees (hypothetical${report.quotes === 'reconstructed' ? ', on reconstructed depth' : ''})\n${table(rows)}`
}

function skill(report: SessionReport): string {
  const { brier } = report
  if (!brier || brier.instants === 0) return 'BRIER SCORE\n  none: no event has settled with both probabilities known'
  const better = brier.model < brier.market ? 'the model was closer' : 'the market was closer'
  return [
    'BRIER SCORE over the brackets, at every full hour of the climate day until the close (lower is better)',
    table([
      ['model', brier.model.toFixed(4), `${brier.instants} instants: ${better}`],
      [
        'market',
        brier.market.toFixed(4),
        `${brier.withoutMarket} instants without a market, ${brier.withoutModel} without a model left out`,
      ],
    ]),
    `  ${report.cities.length} events and at most one position in each: an anecdote, no evidence of skill.`,
  ].join('\n')
}

function machine(report: SessionReport): string {
  const feed = Object.entries(report.feed).map(([name, value]) => `${name} ${value}`)
  return [
    'MACHINE',
    table([
      ['feed', feed.join(' · ')],
      ['tick to decision', duration(report.tickToDecision)],
      ['prediction, fresh', duration(report.predictionsFresh)],
      ['prediction, cached', duration(report.predictionsCached)],
      [
        'event loop over idle',
        `${percentiles(report.eventLoop.overIdle)} (idle p99 ${report.eventLoop.idleP99Ms.toFixed(3)} ms)`,
      ],
      ['memory, peak', `${report.memoryPeakMb.toFixed(0)} MB`],
      [
        'rows written',
        Object.entries(report.rows)
          .map(([name, value]) => `${name} ${value}`)
          .join(' · '),
      ],
    ]),
  ].join('\n')
}
