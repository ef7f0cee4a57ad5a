import type { FeeSchedule } from '../domain/market.ts'
import type { CancelReason, OrderRequest } from '../domain/order.ts'
import type { PredictionResult } from '../domain/weather.ts'
import { edgePointsOf, evCentsOf } from '../pricing/candidates.ts'
import { unroundedFeeCents } from '../pricing/fees.ts'
import { checkEdge } from '../risk/check-order.ts'
import type { RiskLimits } from '../risk/limits.ts'

/** What a new prediction means for an order that rests: an open offer to whoever knows more (trading rules §10). */
export interface WorkingOrderReview {
  readonly request: Pick<OrderRequest, 'side' | 'price' | 'role'>
  readonly fees: FeeSchedule
  readonly result: PredictionResult
  /** The highest reading of the day that was known before this prediction. */
  readonly observedMaxF: number | undefined
  /** P(YES) of the order's market that is traded now; undefined where there is none. */
  readonly probability: number | undefined
}

/** Why the order has to go, or undefined where it may stay. */
export function reviewWorkingOrder(
  review: WorkingOrderReview,
  limits: Pick<RiskLimits, 'minEvCents' | 'minEdgePointsTake' | 'minEdgePointsMake'>,
): CancelReason | undefined {
  const { request, result, probability } = review
  // Without a prediction the order waits for the bound on confirmation; a computation that was refused is tried again.
  if (result.kind === 'noPrediction') return undefined
  if (result.observedMaxF !== undefined && result.observedMaxF > (review.observedMaxF ?? Number.NEGATIVE_INFINITY)) {
    return 'newObservedMaximum'
  }
  // Outside its hours the package stands for nothing any more, which no later prediction of the day will mend.
  if (!result.isServed) return 'predictionNotConfirmed'
  if (probability === undefined) return undefined
  const feeCents = unroundedFeeCents({ schedule: review.fees, role: request.role, price: request.price })
  const refusal = checkEdge(limits, {
    role: request.role,
    evCents: evCentsOf(request.side, request.price, probability, feeCents),
    edgePoints: edgePointsOf(request.side, request.price, probability),
  })
  return refusal && 'evBelowMinimum'
}
