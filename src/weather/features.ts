import { createHash } from 'node:crypto'
import { CITY_KEYS } from '../domain/city.ts'
import { climateDay, hoursIntoDay, yearAngle } from '../domain/climate-day.ts'
import { invariant } from '../domain/invariant.ts'
import type { ForecastKind } from '../domain/weather.ts'
import { type Feature, type FeatureContext, type FeatureSpec, feature, optional } from './feature.ts'
import { OBSERVED_FEATURES } from './features-observed.ts'
import { correctedMean, highKnownMs, newestErrorOf, sourceBias, trailingErrors } from './features-past.ts'
import { kindOf, mean, roundHalfUp, standardDeviation, summariseSources } from './features-sources.ts'
import type { WeatherInputs } from './inputs.ts'
import { knownAtHour, observeDay } from './observed-day.ts'
import { PERSISTENCE } from './persistence.ts'

/** Changed with every change of what a feature means; a package trained on another version is refused. */
export const FEATURE_VERSION = 'weather-features-2'
/** SHA-256 of the version: `featureCodeHash` of a package's manifest. */
export const FEATURE_CODE_HASH = createHash('sha256').update(FEATURE_VERSION).digest('hex')

/** Sources with a column of their own; any other source counts in the means and spreads. */
export const COLUMN_SOURCES = [
  'GFS_MOS',
  'NAM_MOS',
  'NBM',
  'HRRR',
  'RAP',
  'GEFS_MEAN',
  'OPENMETEO_BEST_MATCH',
  'NWS',
  'GFS_SEAMLESS',
  'ECMWF_IFS025',
  'ICON_SEAMLESS',
  'GEM_SEAMLESS',
  'JMA_SEAMLESS',
] as const

/** The hour of the climate day that leads are counted to: about when the high falls. */
const HIGH_HOUR = 15
const SHORT_HIGHS = 7

const highsOf = ({ summary }: FeatureContext): readonly number[] => summary.kept.map((forecast) => forecast.highF)

const CATALOGUE: readonly Feature[] = [
  feature('base_f', 'degF', [-40, 130], ({ baseF }) => baseF),
  feature('mean_minus_base', 'degF', [-0.5, 0.5], ({ summary, baseF }) => summary.meanF - baseF),
  feature('median_minus_base', 'degF', [-8, 8], ({ summary, baseF }) => summary.medianF - baseF),
  optional('corrected_mean_minus_base', 'degF', [-15, 15], ({ summary, inputs, baseF }) => {
    return correctedMean(summary, inputs.past) - baseF
  }),
  feature('source_count', 'count', [1, 20], ({ summary }) => summary.kept.length),
  feature('source_excluded_count', 'count', [0, 10], ({ summary }) => summary.excludedCount),
  optional('source_deviation', 'degF', [0, 15], (context) => standardDeviation(highsOf(context))),
  feature('source_range', 'degF', [0, 16], (context) => Math.max(...highsOf(context)) - Math.min(...highsOf(context))),
  optional('trailing_bias', 'degF', [-15, 15], ({ trailing }) => trailing.biasF),
  optional('trailing_bias_short', 'degF', [-20, 20], ({ trailing }) => trailing.shortBiasF),
  optional('trailing_mean_absolute_error', 'degF', [0, 15], ({ trailing }) => trailing.meanAbsoluteF),
  optional('trailing_error_deviation', 'degF', [0, 15], ({ trailing }) => trailing.deviationF),
  optional('newest_error', 'degF', [-30, 30], ({ trailing }) => trailing.newestErrorF),
  feature('trailing_day_count', 'count', [0, 30], ({ trailing }) => trailing.count),
  feature('lead_hours', 'hours', [-9, 120], ({ day, newestIssuedMs }) => HIGH_HOUR - hoursIntoDay(day, newestIssuedMs)),
  feature('snapshot_hour', 'hours', [-24, 24], ({ snapshotHour }) => snapshotHour),
  feature('season_sin', 'ratio', [-1, 1], ({ day }) => Math.sin(yearAngle(day.date))),
  feature('season_cos', 'ratio', [-1, 1], ({ day }) => Math.cos(yearAngle(day.date))),
  feature('is_widened', 'flag', [0, 1], ({ summary }) => (kindOf(summary.kept) === 'widened' ? 1 : 0)),
  optional('newest_high_minus_base', 'degF', [-60, 60], ({ inputs, baseF }) => {
    return (inputs.past[0]?.highF ?? Number.NaN) - baseF
  }),
  optional('recent_highs_minus_base', 'degF', [-50, 50], ({ inputs, baseF }) => {
    return mean(inputs.past.slice(0, SHORT_HIGHS).map((day) => day.highF)) - baseF
  }),
  ...CITY_KEYS.map((city) => feature(`city_${city}`, 'flag', [0, 1], ({ inputs }) => (inputs.city === city ? 1 : 0))),
  ...COLUMN_SOURCES.map((source) =>
    optional(`from_base_${source.toLowerCase()}`, 'degF', [-16, 16], ({ summary, baseF }) => {
      return (summary.kept.find((forecast) => forecast.source === source)?.highF ?? Number.NaN) - baseF
    }),
  ),
  ...OBSERVED_FEATURES,
  ...COLUMN_SOURCES.map((source) =>
    optional(`lag_error_${source.toLowerCase()}`, 'degF', [-30, 30], ({ inputs }) =>
      newestErrorOf(source, inputs.past),
    ),
  ),
  ...COLUMN_SOURCES.map((source) =>
    optional(`trailing_bias_${source.toLowerCase()}`, 'degF', [-15, 15], ({ inputs }) =>
      sourceBias(source, inputs.past),
    ),
  ),
  feature('is_persistence', 'flag', [0, 1], ({ summary }) => {
    return summary.kept.every((forecast) => forecast.source === PERSISTENCE) ? 1 : 0
  }),
]

const FEATURE_BY_NAME: ReadonlyMap<string, Feature> = new Map(CATALOGUE.map((entry) => [entry.name, entry]))

/** Every feature there is, in the order in which the training matrix has them. */
export const FEATURES: readonly FeatureSpec[] = CATALOGUE
export const FEATURE_NAMES: readonly string[] = CATALOGUE.map((entry) => entry.name)

/** The names of a package that this code does not know: such a package is refused at load. */
export const unknownFeatures = (names: readonly string[]): readonly string[] =>
  names.filter((name) => !FEATURE_BY_NAME.has(name))

export interface FeatureRow {
  /** Mean of the newest forecast of every source, outliers left out, in whole °F, halves up. */
  readonly baseF: number
  /** In the order of the names asked for; a missing value is NaN. */
  readonly values: Float32Array
  /** Of the newest forecast used. */
  readonly forecastIssuedMs: number
  readonly forecastKind: ForecastKind
  /** Whole local-standard hour of the decision, rounded down; −4 is 20:00 of the day before. */
  readonly snapshotHour: number
}

export interface NoFeatures {
  readonly reason: 'beforeFirstForecast'
}

export const hasFeatures = (result: FeatureRow | NoFeatures): result is FeatureRow => 'baseF' in result

/**
 * The one feature code, for serving and for training. Depends on the decision time only through its whole hour, so that
 * unchanged inputs need not be computed again within it.
 */
export function buildFeatures(inputs: WeatherInputs, featureNames: readonly string[]): FeatureRow | NoFeatures {
  assertNothingLater(inputs)
  const summary = summariseSources(inputs.forecasts)
  if (summary === undefined) return { reason: 'beforeFirstForecast' }
  const day = climateDay(inputs.city, inputs.date)
  const snapshotHour = Math.floor(hoursIntoDay(day, inputs.asOfMs))
  const context: FeatureContext = {
    inputs,
    day,
    summary,
    snapshotHour,
    baseF: roundHalfUp(summary.meanF),
    trailing: trailingErrors(inputs.past),
    newestIssuedMs: Math.max(...summary.kept.map((forecast) => forecast.issuedMs)),
    observed: observeDay(knownAtHour(inputs.observations, day, snapshotHour), day),
  }
  const values = new Float32Array(featureNames.length)
  for (const [index, name] of featureNames.entries()) {
    const entry = FEATURE_BY_NAME.get(name)
    invariant(entry !== undefined, 'a package names only features that exist')
    const value = entry.of(context)
    invariant(entry.missingAllowed || Number.isFinite(value), `the feature ${name} is never missing`)
    values[index] = value
  }
  return {
    baseF: context.baseF,
    values,
    forecastIssuedMs: context.newestIssuedMs,
    forecastKind: kindOf(summary.kept),
    snapshotHour: context.snapshotHour,
  }
}

/** The look-ahead rule: no input may have become available after the decision. */
export function assertNothingLater(inputs: WeatherInputs): void {
  const { city, date, asOfMs } = inputs
  for (const forecast of inputs.forecasts) {
    invariant(forecast.city === city && forecast.date === date, 'a forecast belongs to the predicted day')
    invariant(Number.isFinite(forecast.highF), 'a forecast is a number')
    invariant(forecast.issuedMs <= forecast.availableMs, 'a forecast is not available before its issue')
    invariant(forecast.availableMs <= asOfMs, 'a forecast was available at the decision')
  }
  const day = climateDay(city, date)
  for (const reading of inputs.observations) {
    invariant(reading.city === city, 'a reading belongs to the predicted city')
    invariant(reading.validMs >= day.startMs && reading.validMs < day.endMs, 'a reading belongs to the climate day')
    invariant(reading.validMs <= reading.availableMs, 'a reading is not available before its time')
    invariant(reading.availableMs <= asOfMs, 'a reading was available at the decision')
  }
  let previous = date
  for (const past of inputs.past) {
    invariant(past.date < previous, 'earlier days come newest first, each once')
    invariant(highKnownMs(city, past.date) <= asOfMs, 'an earlier high was known at the decision')
    for (const forecast of past.forecasts) {
      invariant(forecast.date === past.date, 'an earlier forecast belongs to its day')
      invariant(forecast.availableMs <= asOfMs, 'an earlier forecast was available at the decision')
    }
    previous = past.date
  }
}
