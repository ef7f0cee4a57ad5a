import { DEFAULT_ENTRY_THRESHOLDS, type EntryThresholds, moneyFromDollars } from '../risk/limits.ts'
import type { KellySettings } from '../risk/sizing.ts'
import type { ModelWeight } from './model-weight.ts'

/** weather-ev's own settings, in the units of the domain; the limits are `RiskLimits`. */
export interface WeatherEvSettings extends KellySettings {
  /** Chance that a making order fills, for the ranking, until an estimator has learnt better (trading rules §3). */
  readonly makerFillProbability: number
  /** Weight of the model against the market in the traded probability (§6). */
  readonly modelWeight: ModelWeight
  /** Market time before a paper order rests, and before its cancel takes effect (§7). */
  readonly paperLatencyMs: number
  /** Transport time that a working order's market may be not live (§10). */
  readonly cancelNotLiveMs: number
  /** Transport time that a working order's prediction may go unconfirmed (§10). */
  readonly cancelUnconfirmedMs: number
}

/** What a person configures for weather-ev; every default is that of the trading rules. */
export interface WeatherEvOptions extends EntryThresholds {
  readonly kellyFraction: number
  readonly fullStakeStdF: number
  readonly stakeReductionPerF: number
  readonly makerFillProbability: number
  readonly modelWeight: ModelWeight
  readonly paperLatencyMs: number
  readonly cancelNotLiveSeconds: number
  readonly cancelUnconfirmedSeconds: number
}

export const DEFAULT_BANKROLL_DOLLARS = 10_000

export const DEFAULT_WEATHER_EV_OPTIONS: WeatherEvOptions = {
  ...DEFAULT_ENTRY_THRESHOLDS,
  kellyFraction: 0.25,
  fullStakeStdF: 3,
  stakeReductionPerF: 0.25,
  makerFillProbability: 0.75,
  modelWeight: 1,
  paperLatencyMs: 250,
  cancelNotLiveSeconds: 2,
  cancelUnconfirmedSeconds: 60,
}

export function weatherEvSettingsOf(options: WeatherEvOptions, bankrollDollars: number): WeatherEvSettings {
  return {
    bankroll: moneyFromDollars(bankrollDollars),
    kellyFraction: options.kellyFraction,
    fullStakeStdF: options.fullStakeStdF,
    stakeReductionPerF: options.stakeReductionPerF,
    makerFillProbability: options.makerFillProbability,
    modelWeight: options.modelWeight,
    paperLatencyMs: options.paperLatencyMs,
    cancelNotLiveMs: options.cancelNotLiveSeconds * 1_000,
    cancelUnconfirmedMs: options.cancelUnconfirmedSeconds * 1_000,
  }
}

export const DEFAULT_WEATHER_EV_SETTINGS: WeatherEvSettings = weatherEvSettingsOf(
  DEFAULT_WEATHER_EV_OPTIONS,
  DEFAULT_BANKROLL_DOLLARS,
)
