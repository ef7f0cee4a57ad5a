import type { BlendEstimate, BlendReport } from './blend.ts'
import { CLAIM_DAYS_MIN, type Estimate } from './bootstrap.ts'
import { cityLabel, decimal, hourLabel, interval, table } from './report-text.ts'

/** What a report is about, for its title. */
export interface BlendSubject {
  readonly packageId: string
  /** e.g. `as-of and widened inputs`, `the ledger` */
  readonly source: string
  readonly from: string
  readonly to: string
  /** Why no weight of these inputs may be traded. */
  readonly unfit?: string | undefined
}

const PROPOSAL_NOTICE =
  'A proposal: nothing is applied. A weight is used where `weatherEv.modelWeight` of the configuration names it.'

/** The weights as tables a person reads, with what they rest on. */
export function blendText(report: BlendReport, { packageId, source, from, to, unfit }: BlendSubject): string {
  const { days, decisions, estimates, embargoDays, warmUpDays, pseudoDays, bootstrap } = report
  const wide = estimates.filter(({ group }) => group.city === 'all')
  const lines = [
    `## Weight of the model against the market: ${packageId}, ${source}, ${from} to ${to}`,
    '',
    `${decisions} decisions with a market price on ${days} days. 1 is the model alone, 0 the market alone; the weight is the one of the least mean log loss of the winning bracket. An hour leans on all hours, a city at an hour on that hour, as if by ${pseudoDays} days of it. Walk-forward: each day by the weight of earlier days only, ${embargoDays} whole day between, after ${warmUpDays} days. Intervals are 90 %, by drawing whole days (${bootstrap.replicates} draws). An improvement is the market's loss minus the blend's: above zero the blend is better.`,
  ]
  if (days === 0) return [...lines, '', 'No day has both a model and a market price: no weight can be told.'].join('\n')
  return [
    ...lines,
    '',
    weightTable(estimates),
    '',
    ...verdicts(estimates),
    '',
    'With hindsight, what each weight would have done on all of these days: Brier score / log loss in nats.',
    '',
    hindsightTable(wide),
    '',
    unfit === undefined ? proposalText(report) : `No proposal: ${unfit}.`,
  ].join('\n')
}

const proposalText = ({ days, warmUpDays, proposal }: BlendReport): string =>
  proposal === null
    ? `No proposal: it takes ${warmUpDays} days, and there are ${days}.`
    : `${PROPOSAL_NOTICE} From these days: \`"modelWeight": ${JSON.stringify(proposal)}\``

const BRIER_DIGITS = 4
const LOG_LOSS_DIGITS = 3

const nameOf = ({ group }: BlendEstimate): readonly [string, string] => [cityLabel(group.city), hourLabel(group.hour)]

function weightTable(estimates: readonly BlendEstimate[]): string {
  const head = [
    '',
    'hour',
    'days',
    'weight',
    'walk-forward days',
    'mean weight',
    'market Brier',
    'Brier improvement',
    'market log loss',
    'log loss improvement',
  ]
  const rows = estimates.map((estimate) => {
    const { walkForward: tried } = estimate
    const start = [...nameOf(estimate), String(estimate.days), interval(estimate.weight, 2)]
    if (tried === null) return [...start, '0', '–', '–', '–', '–', '–']
    return [
      ...start,
      String(tried.days),
      decimal(tried.weight, 2),
      decimal(tried.market.brier, BRIER_DIGITS),
      interval(tried.brierImprovement, BRIER_DIGITS),
      decimal(tried.market.logLoss, LOG_LOSS_DIGITS),
      interval(tried.logLossImprovement, LOG_LOSS_DIGITS),
    ]
  })
  return table(head, rows)
}

/** By the interval of the Brier improvement alone, where it is of days enough. */
function verdicts(estimates: readonly BlendEstimate[]): readonly string[] {
  const where = (isSo: (improvement: Estimate) => boolean): string => {
    const names = estimates.flatMap((estimate) => {
      const { walkForward: tried } = estimate
      return tried !== null && tried.days >= CLAIM_DAYS_MIN && isSo(tried.brierImprovement)
        ? [nameOf(estimate).join(' ')]
        : []
    })
    return names.length === 0 ? 'nowhere' : names.join(', ')
  }
  return [
    `The blend was better than the market (interval of the Brier improvement above zero): ${where(({ low }) => low !== null && low > 0)}.`,
    '',
    `The market was better than the blend (interval below zero): ${where(({ high }) => high !== null && high < 0)}.`,
  ]
}

function hindsightTable(estimates: readonly BlendEstimate[]): string {
  const head = ['', 'hour', ...(estimates[0]?.weights ?? []).map(({ weight }) => decimal(weight, 1))]
  const rows = estimates.map((estimate) => [
    ...nameOf(estimate),
    ...estimate.weights.map(
      ({ brier, logLoss }) => `${decimal(brier, BRIER_DIGITS)} / ${decimal(logLoss, LOG_LOSS_DIGITS)}`,
    ),
  ])
  return table(head, rows)
}
