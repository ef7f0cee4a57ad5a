import { invariant } from '../domain/invariant.ts'
import { MONEY_SCALE, type Money, moneyOf, type Quantity, quantityFromContracts } from '../domain/units.ts'

/** The limits of trading rules §5, by their numbers there, in the units of the domain. */
export interface RiskLimits {
  /** 2: no entries this close to the close; market time. */
  readonly closeGuardMs: number
  /** 3: connection without a frame or ping; transport time. */
  readonly bookSilenceMs: number
  /** 3: lag of the feed. */
  readonly bookLagMs: number
  /** 5: minutes of the climate day that readings cover … */
  readonly minObservationMinutes: number
  /** 5: … asked for from this hour of the climate day on; before it, forecasts alone serve. */
  readonly observationsFromHour: number
  /** 6 */
  readonly maxForecastAgeMs: number
  /** 7 */
  readonly maxSettlementStdF: number
  /** 8: q95 − q05. */
  readonly maxIntervalF: number
  /** 9: per contract, after fees. */
  readonly minEvCents: number
  /** 9: distance of the probability from the price, before fees. */
  readonly minEdgePointsTake: number
  readonly minEdgePointsMake: number
  /** 10: until several positions of one event are sized jointly, there is one. */
  readonly isOnePositionPerEvent: boolean
  /** 11: take-first trades. */
  readonly maxContractsPerMarket: Quantity
  /** 12: collateral and expected fee of one order. */
  readonly maxOrderRisk: Money
  /** 13 */
  readonly maxPositionsPerEvent: number
  /** 14 */
  readonly maxOpenPositions: number
  /** 15: worst case over all outcomes, working orders included. */
  readonly maxTotalExposure: Money
  /** 16: realised and marked, fees included, since midnight Eastern; latches a halt. */
  readonly maxDailyLoss: Money
}

/** What a person configures, in the units of the configuration file; every default is that of the trading rules. */
export interface RiskOptions {
  readonly closeGuardSeconds: number
  readonly bookSilenceSeconds: number
  readonly bookLagSeconds: number
  readonly minObservationMinutes: number
  readonly maxForecastAgeHours: number
  readonly maxSettlementStdF: number
  readonly maxIntervalF: number
  readonly maxContractsPerMarket: number
  readonly maxOrderRiskDollars: number
  readonly maxPositionsPerEvent: number
  readonly maxOpenPositions: number
  readonly maxTotalExposureDollars: number
  readonly maxDailyLossDollars: number
}

export interface EntryThresholds {
  readonly minEvCents: number
  readonly minEdgePointsTake: number
  readonly minEdgePointsMake: number
}

export const DEFAULT_RISK_OPTIONS: RiskOptions = {
  closeGuardSeconds: 60,
  bookSilenceSeconds: 30,
  bookLagSeconds: 5,
  minObservationMinutes: 60,
  maxForecastAgeHours: 24,
  maxSettlementStdF: 4,
  maxIntervalF: 10,
  maxContractsPerMarket: 50,
  maxOrderRiskDollars: 50,
  maxPositionsPerEvent: 3,
  maxOpenPositions: 20,
  maxTotalExposureDollars: 1_000,
  maxDailyLossDollars: 500,
}

export const DEFAULT_ENTRY_THRESHOLDS: EntryThresholds = { minEvCents: 3, minEdgePointsTake: 5, minEdgePointsMake: 3 }

export const moneyFromDollars = (dollars: number): Money => moneyOf(Math.round(dollars * MONEY_SCALE))

export function riskLimitsOf(options: RiskOptions, thresholds: EntryThresholds): RiskLimits {
  const limits: RiskLimits = {
    closeGuardMs: options.closeGuardSeconds * 1_000,
    bookSilenceMs: options.bookSilenceSeconds * 1_000,
    bookLagMs: options.bookLagSeconds * 1_000,
    minObservationMinutes: options.minObservationMinutes,
    observationsFromHour: 2,
    maxForecastAgeMs: options.maxForecastAgeHours * 3_600_000,
    maxSettlementStdF: options.maxSettlementStdF,
    maxIntervalF: options.maxIntervalF,
    minEvCents: thresholds.minEvCents,
    minEdgePointsTake: thresholds.minEdgePointsTake,
    minEdgePointsMake: thresholds.minEdgePointsMake,
    isOnePositionPerEvent: true,
    maxContractsPerMarket: quantityFromContracts(options.maxContractsPerMarket),
    maxOrderRisk: moneyFromDollars(options.maxOrderRiskDollars),
    maxPositionsPerEvent: options.maxPositionsPerEvent,
    maxOpenPositions: options.maxOpenPositions,
    maxTotalExposure: moneyFromDollars(options.maxTotalExposureDollars),
    maxDailyLoss: moneyFromDollars(options.maxDailyLossDollars),
  }
  invariant(limits.maxDailyLoss > 0, 'the daily loss limit is positive')
  return limits
}

export const DEFAULT_RISK_LIMITS: RiskLimits = riskLimitsOf(DEFAULT_RISK_OPTIONS, DEFAULT_ENTRY_THRESHOLDS)
