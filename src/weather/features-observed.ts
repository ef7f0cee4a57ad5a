import { typicalRise } from './diurnal-rise.ts'
import { type Feature, type FeatureContext, feature, optional } from './feature.ts'

/** Whole decision hour minus the reading's own; a reading of within that hour is 0 hours old. */
const hoursSince = ({ snapshotHour }: FeatureContext, hour: number): number => snapshotHour - hour

const riseOf = ({ observed, day }: FeatureContext): { readonly meanF: number; readonly deviationF: number } =>
  Number.isNaN(observed.latestHour)
    ? { meanF: Number.NaN, deviationF: Number.NaN }
    : typicalRise(day, observed.latestHour)

export const OBSERVED_FEATURES: readonly Feature[] = [
  optional('observed_max_minus_base', 'degF', [-50, 20], ({ observed, baseF }) => observed.maxF - baseF),
  optional('observed_latest_minus_base', 'degF', [-60, 20], ({ observed, baseF }) => observed.latestF - baseF),
  optional('observed_trend', 'degF/h', [-10, 10], ({ observed }) => observed.trendFPerHour),
  optional('observed_hours_since_latest', 'hours', [0, 24], (context) =>
    hoursSince(context, context.observed.latestHour),
  ),
  optional('observed_hours_since_max', 'hours', [0, 24], (context) => hoursSince(context, context.observed.maxHour)),
  feature('observed_covered_hours', 'hours', [0, 24], ({ observed }) => observed.coveredHours),
  optional('observed_floor_minus_base', 'degF', [-50, 20], ({ observed, baseF }) => observed.floorF - baseF),
  optional('implied_high_minus_base', 'degF', [-30, 30], (context) => {
    return context.observed.latestF + riseOf(context).meanF - context.baseF
  }),
  optional('rise_deviation', 'degF', [0, 12], (context) => riseOf(context).deviationF),
  optional('dewpoint_depression', 'degF', [0, 80], ({ observed }) => observed.dewpointDepressionF),
  optional('pressure_trend', 'hPa', [-15, 15], ({ observed }) => observed.pressureTrendHpa),
  optional('wind_speed', 'm/s', [0, 35], ({ observed }) => observed.windMs),
]
