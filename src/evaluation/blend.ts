import type { ModelWeightTable } from '../strategy/model-weight.ts'
import { type BlendDay, type BlendGroup, type BlendSeries, blendData } from './blend-group.ts'
import { type BlendSample, WEIGHTS } from './blend-sample.ts'
import { estimateWeights, PSEUDO_DAYS, walkForward } from './blend-weight.ts'
import { BOOTSTRAP_REPLICATES, type DayBootstrap, dayBootstrap, type Estimate } from './bootstrap.ts'

/**
 * A high is known at 03:00 of the day after, so the evening before a day knows those up to two days before it: one whole
 * day lies between a day and what its weight has learned from.
 */
export const EMBARGO_DAYS = 1
/** Days that a weight needs before it is tried on the next one, has an interval, or is proposed. */
export const WARM_UP_DAYS = 30
export const BLEND_SEED = 'halcyon-blend'

/** Means over decisions; lower is better. */
export interface BlendLoss {
  /** Mean over the brackets. */
  readonly brier: number
  /** −ln P(winner), nats. */
  readonly logLoss: number
}

/** What the weights of earlier days did on later ones. */
export interface WalkForward {
  readonly days: number
  readonly decisions: number
  /** Mean over decisions. */
  readonly weight: number
  readonly market: BlendLoss
  readonly blend: BlendLoss
  readonly model: BlendLoss
  /** Market minus blend: above zero the blend is better. */
  readonly brierImprovement: Estimate
  readonly logLossImprovement: Estimate
}

export interface BlendEstimate {
  readonly group: BlendGroup
  readonly days: number
  readonly decisions: number
  /** From all days, for the days that come; without an interval while all days together are fewer than `warmUpDays`. */
  readonly weight: Estimate
  /** Null before there are days enough. */
  readonly walkForward: WalkForward | null
  /** With hindsight: what every tenth would have done on all days. */
  readonly weights: readonly (BlendLoss & { readonly weight: number })[]
}

export interface BlendReport {
  readonly embargoDays: number
  readonly warmUpDays: number
  readonly pseudoDays: number
  readonly bootstrap: { readonly replicates: number; readonly seed: string; readonly unit: 'day' }
  readonly days: number
  readonly decisions: number
  /** All decisions first, then each hour, then each city at each hour. */
  readonly estimates: readonly BlendEstimate[]
  /** What `weatherEv.modelWeight` would be; null while there are fewer than `warmUpDays`. Never applied by itself. */
  readonly proposal: ModelWeightTable | null
}

/** The model's weight against the market (trading rules §6) by city and hour: pure, the same samples give the same report. */
export function blendReport(samples: readonly BlendSample[]): BlendReport {
  const { dates, series } = blendData(samples)
  const weights = estimateWeights(series, dates.length, BLEND_SEED)
  const chosen = walkForward(series, dates, { embargoDays: EMBARGO_DAYS, warmUpDays: WARM_UP_DAYS })
  const bootstrap = dayBootstrap(BLEND_SEED)
  const isEnough = dates.length >= WARM_UP_DAYS
  const estimates = series.flatMap((one): readonly BlendEstimate[] => {
    const weight = weights.get(one)
    if (weight === undefined) return []
    return [
      {
        group: one.group,
        days: one.days.length,
        decisions: decisionsOf(one.days),
        weight: isEnough ? weight : { ...weight, low: null, high: null },
        walkForward: walkForwardOf(one, chosen.get(one) ?? [], bootstrap),
        weights: tenths(one.days),
      },
    ]
  })
  return {
    embargoDays: EMBARGO_DAYS,
    warmUpDays: WARM_UP_DAYS,
    pseudoDays: PSEUDO_DAYS,
    bootstrap: { replicates: BOOTSTRAP_REPLICATES, seed: BLEND_SEED, unit: 'day' },
    days: dates.length,
    decisions: samples.length,
    estimates,
    proposal: isEnough ? proposalOf(estimates) : null,
  }
}

const MARKET_INDEX = 0
const MODEL_INDEX = WEIGHTS.length - 1
/** Of `WEIGHTS`. */
const TENTH = 5

const decisionsOf = (days: readonly BlendDay[]): number => days.reduce((sum, { decisions }) => sum + decisions, 0)

/** Days at the weight that was chosen for them. */
interface Tried {
  readonly day: BlendDay
  readonly index: number
}

function walkForwardOf(
  { days }: BlendSeries,
  chosen: readonly (number | undefined)[],
  bootstrap: DayBootstrap,
): WalkForward | null {
  const tried = days.flatMap((day): readonly Tried[] => {
    const index = chosen[day.day]
    return index === undefined ? [] : [{ day, index }]
  })
  if (tried.length === 0) return null
  const decisions = decisionsOf(tried.map(({ day }) => day))
  const mean = (of: (one: Tried) => number): number => tried.reduce((sum, one) => sum + of(one), 0) / decisions
  const lossAt = (indexOf: (one: Tried) => number): BlendLoss => ({
    brier: mean((one) => one.day.losses.brier[indexOf(one)] ?? 0),
    logLoss: mean((one) => one.day.losses.logLoss[indexOf(one)] ?? 0),
  })
  const improvement = (loss: 'brier' | 'logLoss'): Estimate =>
    bootstrap.estimate(
      tried.map(({ day, index }) => {
        const losses = day.losses[loss]
        return { above: (losses[MARKET_INDEX] ?? 0) - (losses[index] ?? 0), below: day.decisions }
      }),
    )
  return {
    days: tried.length,
    decisions,
    weight: mean(({ day, index }) => day.decisions * (WEIGHTS[index] ?? 0)),
    market: lossAt(() => MARKET_INDEX),
    blend: lossAt(({ index }) => index),
    model: lossAt(() => MODEL_INDEX),
    brierImprovement: improvement('brier'),
    logLossImprovement: improvement('logLoss'),
  }
}

function tenths(days: readonly BlendDay[]): BlendEstimate['weights'] {
  const decisions = decisionsOf(days)
  return WEIGHTS.flatMap((weight, index) => {
    if (index % TENTH !== 0) return []
    const mean = (loss: 'brier' | 'logLoss'): number =>
      days.reduce((sum, day) => sum + (day.losses[loss][index] ?? 0), 0) / decisions
    return [{ weight, brier: mean('brier'), logLoss: mean('logLoss') }]
  })
}

/** By whole hour, as a daemon looks weights up; of two instants within one hour the later knows more. */
function proposalOf(estimates: readonly BlendEstimate[]): ModelWeightTable | null {
  const table: Record<string, number> = {}
  for (const { group, weight } of estimates) {
    if (group.city !== 'all' || weight.value === null) continue
    table[group.hour === 'all' ? 'default' : String(Math.floor(group.hour))] = weight.value
  }
  const { default: usual, ...hours } = table
  return usual === undefined ? null : { default: usual, ...hours }
}
