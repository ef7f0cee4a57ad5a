import type { Forecast, ForecastKind } from '../domain/weather.ts'

/** A source further than this from the median of three or more is left out: GFS ran 6 to 20 °F warm in Denver for days. */
export const OUTLIER_DISTANCE_F = 8
const OUTLIER_SOURCES_MIN = 3

export interface SourceSummary {
  /** One forecast per source, by source name, without outliers. Never empty. */
  readonly kept: readonly Forecast[]
  readonly excludedCount: number
  readonly meanF: number
  readonly medianF: number
}

/** The newest issue of every source, in order of the source's name. */
export function newestPerSource(forecasts: readonly Forecast[]): readonly Forecast[] {
  const newest = new Map<string, Forecast>()
  for (const forecast of forecasts) {
    const held = newest.get(forecast.source)
    const isNewer =
      held === undefined ||
      forecast.issuedMs > held.issuedMs ||
      (forecast.issuedMs === held.issuedMs && forecast.availableMs > held.availableMs)
    if (isNewer) newest.set(forecast.source, forecast)
  }
  return [...newest.values()].sort((a, b) => (a.source < b.source ? -1 : 1))
}

/** Undefined where there is no forecast at all. */
export function summariseSources(forecasts: readonly Forecast[]): SourceSummary | undefined {
  const newest = newestPerSource(forecasts)
  if (newest.length === 0) return undefined
  const middleF = median(newest.map((forecast) => forecast.highF))
  const kept =
    newest.length < OUTLIER_SOURCES_MIN
      ? newest
      : newest.filter((forecast) => Math.abs(forecast.highF - middleF) <= OUTLIER_DISTANCE_F)
  // Two far-apart pairs have their median in the gap: then nobody is the outlier.
  const used = kept.length > newest.length / 2 ? kept : newest
  const highs = used.map((forecast) => forecast.highF)
  return { kept: used, excludedCount: newest.length - used.length, meanF: mean(highs), medianF: median(highs) }
}

/** The least honest kind among them names the whole. */
export function kindOf(forecasts: readonly Forecast[]): ForecastKind {
  if (forecasts.some((forecast) => forecast.kind === 'archive')) return 'archive'
  return forecasts.some((forecast) => forecast.kind === 'widened') ? 'widened' : 'asOf'
}

/** Whole °F, halves up. The nudge makes a mean such as 41.5 that floats leave a hair below round as on paper. */
export const roundHalfUp = (value: number): number => Math.floor(value + 0.5 + 1e-9)

export function mean(values: readonly number[]): number {
  return values.length === 0 ? Number.NaN : values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Sample standard deviation; NaN below two values. */
export function standardDeviation(values: readonly number[]): number {
  if (values.length < 2) return Number.NaN
  const middle = mean(values)
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1))
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const upper = sorted[sorted.length >> 1] ?? Number.NaN
  const lower = sorted[(sorted.length - 1) >> 1] ?? Number.NaN
  return (upper + lower) / 2
}
