/** Closed list, in the order in which risk looks (trading rules §5). A refusal is a value and is recorded with the decision. */
export const REFUSALS = [
  'tradingHalted',
  'tradingReducing',
  'marketNotLive',
  'marketClosing',
  'bookStale',
  'orderUnacknowledged',
  'noPrediction',
  'noMarketProbability',
  'noCandidate',
  'tooFewObservations',
  'forecastTooOld',
  'settlementStdTooHigh',
  'intervalTooWide',
  'evBelowMinimum',
  'edgeBelowMinimum',
  'positionInMarket',
  'positionInEvent',
  'belowOneContractByKelly',
  'belowOneContractByMarketLimit',
  'belowOneContractByShownSize',
  'belowOneContractByOrderRisk',
  'tooManyPositionsInEvent',
  'tooManyOpenPositions',
  'totalExposure',
  'dailyLoss',
  'rateBudget',
  'ledgerBusy',
] as const

export type Refusal = (typeof REFUSALS)[number]

/** Why there is no prediction: a normal value, shown beside the refusal `noPrediction`. */
export const NO_PREDICTION_REASONS = [
  'beforeFirstForecast',
  'outsideServedHours',
  'poolBusy',
  'deadline',
  'workerFailed',
  'notConfirmed',
  'unsupportedCity',
  'notRequested',
] as const

export type NoPredictionReason = (typeof NO_PREDICTION_REASONS)[number]
