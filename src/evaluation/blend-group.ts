import { CITY_KEYS, type CityKey } from '../domain/city.ts'
import type { ClimateDate } from '../domain/climate-day.ts'
import { type BlendSample, type LossCurve, lossCurve, WEIGHTS } from './blend-sample.ts'

/** Decisions that share one weight: all of them, those of an hour, or those of a city at an hour. */
export interface BlendGroup {
  readonly city: CityKey | 'all'
  readonly hour: number | 'all'
}

/** One day of a group. */
export interface BlendDay {
  /** Index into the dates of all samples. */
  readonly day: number
  readonly decisions: number
  readonly losses: LossCurve
}

/** The days of a group, and the group whose weight it is held to while its own days are few. */
export interface BlendSeries {
  readonly group: BlendGroup
  readonly days: readonly BlendDay[]
  readonly wider: BlendSeries | undefined
}

export interface BlendData {
  /** Days with a sample of any group, ascending. */
  readonly dates: readonly ClimateDate[]
  /** A wider group comes before those that lean on it: all, then each hour, then each city at each hour. */
  readonly series: readonly BlendSeries[]
}

export function blendData(samples: readonly BlendSample[]): BlendData {
  const dates = [...new Set(samples.map(({ date }) => date))].sort()
  const dayOf = new Map(dates.map((date, index) => [date, index]))
  const decided = samples.map((sample) => ({ ...sample, day: dayOf.get(sample.date) ?? 0, losses: lossCurve(sample) }))
  const all: BlendSeries = { group: { city: 'all', hour: 'all' }, days: daysOf(decided), wider: undefined }
  const hours = [...new Set(samples.map(({ hour }) => hour))].sort((a, b) => a - b)
  const byHour = hours.map((hour): BlendSeries => {
    const days = daysOf(decided.filter((sample) => sample.hour === hour))
    return { group: { city: 'all', hour }, days, wider: all }
  })
  const byCity = CITY_KEYS.flatMap((city) =>
    byHour.flatMap((wider): readonly BlendSeries[] => {
      const { hour } = wider.group
      const days = daysOf(decided.filter((sample) => sample.city === city && sample.hour === hour))
      return days.length === 0 ? [] : [{ group: { city, hour }, days, wider }]
    }),
  )
  return { dates, series: [all, ...byHour, ...byCity] }
}

/** Sums the losses of each day, ascending. */
function daysOf(decided: readonly { readonly day: number; readonly losses: LossCurve }[]): readonly BlendDay[] {
  return [...Map.groupBy(decided, ({ day }) => day)]
    .sort(([a], [b]) => a - b)
    .map(([day, here]) => ({
      day,
      decisions: here.length,
      losses: {
        logLoss: summed(here.map(({ losses }) => losses.logLoss)),
        brier: summed(here.map(({ losses }) => losses.brier)),
      },
    }))
}

function summed(curves: readonly Float64Array[]): Float64Array {
  const total = new Float64Array(WEIGHTS.length)
  for (const curve of curves) for (const [index, value] of curve.entries()) total[index] = (total[index] ?? 0) + value
  return total
}
