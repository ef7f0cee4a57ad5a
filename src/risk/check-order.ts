import { invariant } from '../domain/invariant.ts'
import type { FeeSchedule } from '../domain/market.ts'
import type { OrderRequest } from '../domain/order.ts'
import type { Refusal } from '../domain/refusal.ts'
import type { Money, Quantity } from '../domain/units.ts'
import type { Candidate } from '../pricing/candidates.ts'
import { unroundedFeeCents } from '../pricing/fees.ts'
import type { RiskApproved } from './approval.ts'
import type { RiskLimits } from './limits.ts'
import { type KellySettings, type Size, sizeOrder } from './sizing.ts'

/** Everything that holds for the event at this instant, whichever order is looked at. */
export interface EventSituation {
  readonly gate: 'active' | 'reducing' | 'halted'
  /** Of the connection, transport time. */
  readonly silenceMs: number
  readonly lagMs: number
  /** Undefined: there is none that may be traded. */
  readonly prediction: PredictionFacts | undefined
  /** True where the blend needs the market's probability and there is none. */
  readonly isMarketProbabilityMissing: boolean
  /** Hours since the start of the climate day, market time; negative on the day before. */
  readonly hoursIntoDay: number
}

export interface PredictionFacts {
  readonly coveredMinutes: number
  readonly forecastAgeMs: number
  readonly stdF: number
  /** q95 − q05. */
  readonly intervalF: number
}

/** Of the order's market; where no candidate exists, the best that the event's markets offer. */
export interface MarketSituation {
  readonly isLive: boolean
  /** Until its close, market time. */
  readonly remainingMs: number
  readonly isOrderUnacknowledged: boolean
  /** Signed position in the market. */
  readonly netQuantity: Quantity
  readonly isOrderWorking: boolean
}

/** Of the account, working orders counted as the positions they may become. */
export interface AccountSituation {
  readonly eventPositions: number
  readonly openPositions: number
  readonly exposureRoom: Money
  /** Since midnight Eastern; negative is a loss. */
  readonly dailyPnl: Money
  readonly canAffordOrderAndCancel: boolean
  readonly isLedgerAccepting: boolean
}

export interface Proposal {
  readonly candidate: Candidate
  readonly request: Omit<OrderRequest, 'quantity'>
  readonly probability: number
  readonly fees: FeeSchedule
}

export interface Situation {
  readonly event: EventSituation
  readonly market: MarketSituation
  readonly account: AccountSituation
}

export type Verdict =
  | { readonly ok: true; readonly order: RiskApproved<OrderRequest>; readonly size: Size }
  | { readonly ok: false; readonly refusal: Refusal }

/**
 * Limits 1 to 8, in the order of trading rules §5: what stands before any candidate is looked at. `candidate` is what
 * the event offers at all; reducing lets through only what makes a position smaller.
 */
export function checkSituation(
  limits: RiskLimits,
  { event, market }: Pick<Situation, 'event' | 'market'>,
  candidate: Pick<Candidate, 'side'> | undefined,
): Refusal | undefined {
  if (event.gate === 'halted') return 'tradingHalted'
  if (event.gate === 'reducing' && !(candidate && reduces(candidate, market))) return 'tradingReducing'
  if (!market.isLive) return 'marketNotLive'
  if (market.remainingMs <= limits.closeGuardMs) return 'marketClosing'
  if (event.silenceMs > limits.bookSilenceMs) return 'bookStale'
  if (event.lagMs > limits.bookLagMs) return 'bookStale'
  if (market.isOrderUnacknowledged) return 'orderUnacknowledged'
  const { prediction } = event
  if (!prediction) return 'noPrediction'
  if (event.isMarketProbabilityMissing) return 'noMarketProbability'
  if (!candidate) return 'noCandidate'
  const areReadingsDue = event.hoursIntoDay >= limits.observationsFromHour
  if (areReadingsDue && prediction.coveredMinutes < limits.minObservationMinutes) return 'tooFewObservations'
  if (prediction.forecastAgeMs > limits.maxForecastAgeMs) return 'forecastTooOld'
  if (prediction.stdF > limits.maxSettlementStdF) return 'settlementStdTooHigh'
  if (prediction.intervalF > limits.maxIntervalF) return 'intervalTooWide'
  return undefined
}

/**
 * The whole of trading rules §5 for one order, one refusal for each limit, in the order there, sized by §4 on the way.
 * The only way to an approved order.
 */
export function checkOrder(
  limits: RiskLimits,
  kelly: KellySettings,
  situation: Situation,
  proposal: Proposal,
): Verdict {
  const { candidate, request } = proposal
  const { market, account, event } = situation
  const refuse = (refusal: Refusal): Verdict => ({ ok: false, refusal })

  const standing = checkSituation(limits, situation, candidate)
  if (standing) return refuse(standing)
  const edge = checkEdge(limits, candidate)
  if (edge) return refuse(edge)
  if (market.netQuantity !== 0 || market.isOrderWorking) return refuse('positionInMarket')
  if (limits.isOnePositionPerEvent && account.eventPositions > 0) return refuse('positionInEvent')

  invariant(event.prediction !== undefined, 'an order that passed the first limits rests on a prediction')
  const sizing = sizeOrder(kelly, limits, {
    side: request.side,
    role: request.role,
    price: request.price,
    probability: proposal.probability,
    unroundedFeeCents: unroundedFeeCents({ schedule: proposal.fees, role: request.role, price: request.price }),
    stdF: event.prediction.stdF,
    shownQuantity: candidate.shownQuantity,
    exposureRoom: account.exposureRoom,
  })
  if (!sizing.ok && sizing.refusal !== 'totalExposure') return refuse(sizing.refusal)
  if (account.eventPositions >= limits.maxPositionsPerEvent) return refuse('tooManyPositionsInEvent')
  if (account.openPositions >= limits.maxOpenPositions) return refuse('tooManyOpenPositions')
  if (!sizing.ok) return refuse(sizing.refusal)
  if (isDailyLossReached(limits, account.dailyPnl)) return refuse('dailyLoss')
  if (!account.canAffordOrderAndCancel) return refuse('rateBudget')
  if (!account.isLedgerAccepting) return refuse('ledgerBusy')
  return { ok: true, order: approve({ ...request, quantity: sizing.size.quantity }), size: sizing.size }
}

/** 57 % against 54 cents is three cents, also where the float says 2.9999999999999982. */
const FLOAT_NOISE = 1e-9

/** Limit 9. A resting order is measured by it again on every new prediction (trading rules §10). */
export function checkEdge(
  limits: Pick<RiskLimits, 'minEvCents' | 'minEdgePointsTake' | 'minEdgePointsMake'>,
  candidate: Pick<Candidate, 'evCents' | 'edgePoints' | 'role'>,
): 'evBelowMinimum' | 'edgeBelowMinimum' | undefined {
  if (candidate.evCents < limits.minEvCents - FLOAT_NOISE) return 'evBelowMinimum'
  const minEdge = candidate.role === 'taker' ? limits.minEdgePointsTake : limits.minEdgePointsMake
  return candidate.edgePoints < minEdge - FLOAT_NOISE ? 'edgeBelowMinimum' : undefined
}

/** Limit 16: whoever sees it true latches the halt. */
export const isDailyLossReached = (limits: Pick<RiskLimits, 'maxDailyLoss'>, dailyPnl: Money): boolean =>
  -dailyPnl >= limits.maxDailyLoss

const reduces = ({ side }: Pick<Candidate, 'side'>, { netQuantity }: MarketSituation): boolean =>
  side === 'bid' ? netQuantity < 0 : netQuantity > 0

const approve = (request: OrderRequest): RiskApproved<OrderRequest> => request as RiskApproved<OrderRequest>
