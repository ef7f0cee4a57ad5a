import { addDays, type ClimateDate } from '../domain/climate-day.ts'
import type { BlendDay, BlendSeries } from './blend-group.ts'
import { WEIGHTS } from './blend-sample.ts'
import { BOOTSTRAP_REPLICATES, drawDays, type Estimate, estimateOf } from './bootstrap.ts'

/** A group's own days count against so many days of the wider group. */
export const PSEUDO_DAYS = 30

/** A group's days so far: enough to name its best weight. */
interface Tally {
  days: number
  decisions: number
  /** Summed over decisions, nats. */
  readonly logLoss: Float64Array
}

const emptyTally = (): Tally => ({ days: 0, decisions: 0, logLoss: new Float64Array(WEIGHTS.length) })

function add(tally: Tally, { decisions, losses }: BlendDay, times = 1): void {
  tally.days += times
  tally.decisions += times * decisions
  for (let index = 0; index < WEIGHTS.length; index++) {
    tally.logLoss[index] = (tally.logLoss[index] ?? 0) + times * (losses.logLoss[index] ?? 0)
  }
}

/**
 * Mean log loss by weight: that of the group's own decisions, with `PSEUDO_DAYS` days of the wider group's in the balance.
 * Undefined before the first day of either.
 */
function leaning(own: Tally, wider: Float64Array | undefined): Float64Array | undefined {
  if (own.days === 0) return wider
  const mean = own.logLoss.map((loss) => loss / own.decisions)
  if (wider === undefined) return mean
  const share = own.days / (own.days + PSEUDO_DAYS)
  return mean.map((loss, index) => share * loss + (1 - share) * (wider[index] ?? 0))
}

/** Two mean losses nearer than this are float noise apart. */
const TIE_NATS = 1e-9

/** Of equal ones the smallest: without evidence the market is believed. */
function bestIndex(curve: Float64Array): number {
  const least = Math.min(...curve)
  return curve.findIndex((loss) => loss <= least + TIE_NATS)
}

const weightAt = (index: number): number => WEIGHTS[index] ?? 0

/** The best weight of every group on all the days there are, with its interval by drawing whole days of all groups together. */
export function estimateWeights(
  series: readonly BlendSeries[],
  dayCount: number,
  seed: string,
): ReadonlyMap<BlendSeries, Estimate> {
  const drawn = new Map<BlendSeries, number[]>(series.map((group) => [group, []]))
  const picks = drawDays(seed, dayCount, BOOTSTRAP_REPLICATES)
  const times = new Uint16Array(dayCount)
  for (let replicate = 0; replicate < BOOTSTRAP_REPLICATES; replicate++) {
    times.fill(0)
    for (const day of picks.subarray(replicate * dayCount, (replicate + 1) * dayCount))
      times[day] = (times[day] ?? 0) + 1
    for (const [group, curve] of curvesOf(series, times)) drawn.get(group)?.push(weightAt(bestIndex(curve)))
  }
  const once = curvesOf(series, new Uint16Array(dayCount).fill(1))
  return new Map(
    series.flatMap((group): [BlendSeries, Estimate][] => {
      const curve = once.get(group)
      return curve === undefined ? [] : [[group, estimateOf(weightAt(bestIndex(curve)), drawn.get(group) ?? [])]]
    }),
  )
}

/** The curve to choose by of every group, with each day counted so many times. */
function curvesOf(series: readonly BlendSeries[], times: Uint16Array): ReadonlyMap<BlendSeries, Float64Array> {
  const curves = new Map<BlendSeries, Float64Array>()
  for (const group of series) {
    const own = emptyTally()
    for (const day of group.days) {
      const count = times[day.day] ?? 0
      if (count > 0) add(own, day, count)
    }
    const curve = leaning(own, group.wider && curves.get(group.wider))
    if (curve !== undefined) curves.set(group, curve)
  }
  return curves
}

/**
 * The weight that each group would have used on each day, as an index into `WEIGHTS`: the best one on the days that end
 * `embargoDays` whole days before it. Undefined for every group while such days are fewer than `warmUpDays`.
 */
export function walkForward(
  series: readonly BlendSeries[],
  dates: readonly ClimateDate[],
  { embargoDays, warmUpDays }: { readonly embargoDays: number; readonly warmUpDays: number },
): ReadonlyMap<BlendSeries, readonly (number | undefined)[]> {
  const states = series.map((group) => ({ group, own: emptyTally(), next: 0, chosen: [] as (number | undefined)[] }))
  let known = 0
  for (const date of dates) {
    while (isBefore(dates[known], addDays(date, -embargoDays))) known++
    const curves = new Map<BlendSeries, Float64Array>()
    for (const state of states) {
      const { group, own, chosen } = state
      for (let day = group.days[state.next]; day !== undefined && day.day < known; day = group.days[state.next]) {
        add(own, day)
        state.next++
      }
      const curve = leaning(own, group.wider && curves.get(group.wider))
      if (curve !== undefined) curves.set(group, curve)
      chosen.push(known < warmUpDays || curve === undefined ? undefined : bestIndex(curve))
    }
  }
  return new Map(states.map(({ group, chosen }) => [group, chosen]))
}

const isBefore = (date: ClimateDate | undefined, bound: ClimateDate): boolean => date !== undefined && date < bound
