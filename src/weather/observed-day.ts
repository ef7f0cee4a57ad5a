import { type ClimateDay, hoursIntoDay } from '../domain/climate-day.ts'
import type { Observation } from '../domain/weather.ts'
import { summariseObservations } from './predict-floor.ts'

/** A trend is from the reading nearest to this long before the latest one, if there is one within an hour of that. */
const TREND_HOURS = 3
const TREND_TOLERANCE_HOURS = 1
const MINUTES_PER_HOUR = 60

/** What the readings of the day say; NaN where they say nothing. Reanalysis is no reading. */
export interface ObservedDay {
  readonly latestF: number
  /** Hour of the climate day's clock, with its fraction. */
  readonly latestHour: number
  readonly maxF: number
  /** Of the latest reading that is as high as the maximum. */
  readonly maxHour: number
  /** No official high below it is possible (trading rules §6), whole °F. */
  readonly floorF: number
  readonly coveredHours: number
  readonly trendFPerHour: number
  /** Over three hours. */
  readonly pressureTrendHpa: number
  readonly dewpointDepressionF: number
  readonly windMs: number
}

/** The delay after which the training knows a reading. */
export const READING_DELAY_MS = 10 * 60_000

/**
 * The readings that were known when the hour of the decision began. The models have learnt what readings are worth at the
 * start of an hour; what comes within it would look warmer and younger than anything they have seen, and counts for the
 * floor only, which uses every reading at once.
 */
export function knownAtHour(
  observations: readonly Observation[],
  day: ClimateDay,
  snapshotHour: number,
): readonly Observation[] {
  const hourMs = day.startMs + snapshotHour * 3_600_000
  return observations.filter(({ validMs, availableMs }) => Math.max(availableMs, validMs + READING_DELAY_MS) <= hourMs)
}

export function observeDay(observations: readonly Observation[], day: ClimateDay): ObservedDay {
  const readings = observations
    .filter((reading) => reading.kind !== 'reanalysis')
    .sort((a, b) => a.validMs - b.validMs || a.temperatureF - b.temperatureF)
  const latest = readings.at(-1)
  const { observedMaxF = Number.NaN, floorF = Number.NaN, coveredMinutes } = summariseObservations(readings, day)
  const hourOf = (reading: Observation | undefined): number =>
    reading === undefined ? Number.NaN : hoursIntoDay(day, reading.validMs)
  const series = (read: (reading: Observation) => number | undefined): readonly Point[] =>
    readings.flatMap((reading) => {
      const value = read(reading)
      return value === undefined ? [] : [{ hour: hourOf(reading), value }]
    })
  const depressions = series(({ temperatureF, dewpointF }) =>
    dewpointF === undefined ? undefined : temperatureF - dewpointF,
  )
  return {
    latestF: latest?.temperatureF ?? Number.NaN,
    latestHour: hourOf(latest),
    maxF: observedMaxF,
    maxHour: hourOf(readings.findLast((reading) => reading.temperatureF === observedMaxF)),
    floorF,
    coveredHours: coveredMinutes / MINUTES_PER_HOUR,
    trendFPerHour: trendPerHour(series((reading) => reading.temperatureF)),
    pressureTrendHpa: trendPerHour(series((reading) => reading.pressureHpa)) * TREND_HOURS,
    dewpointDepressionF: depressions.at(-1)?.value ?? Number.NaN,
    windMs: series((reading) => reading.windMs).at(-1)?.value ?? Number.NaN,
  }
}

interface Point {
  readonly hour: number
  readonly value: number
}

/** @param points in order of time */
function trendPerHour(points: readonly Point[]): number {
  const latest = points.at(-1)
  if (latest === undefined) return Number.NaN
  let before: Point | undefined
  const missOf = (point: Point): number => Math.abs(latest.hour - point.hour - TREND_HOURS)
  for (const point of points) {
    if (missOf(point) <= TREND_TOLERANCE_HOURS && (before === undefined || missOf(point) <= missOf(before)))
      before = point
  }
  return before === undefined ? Number.NaN : (latest.value - before.value) / (latest.hour - before.hour)
}
