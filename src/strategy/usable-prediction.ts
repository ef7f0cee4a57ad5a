import type { NoPredictionReason } from '../domain/refusal.ts'
import type { Prediction, PredictionResult } from '../domain/weather.ts'

export type UsablePrediction =
  | { readonly ok: true; readonly prediction: Prediction }
  | { readonly ok: false; readonly reason: NoPredictionReason }

/**
 * Whether a prediction may be traded on: there is one, its package serves the hour, and it has been confirmed within
 * the bound (transport time), so that a weather source or a pool that went silent does not go on trading.
 */
export function usablePrediction(
  result: PredictionResult | undefined,
  nowNs: number,
  unconfirmedMsMax: number,
): UsablePrediction {
  if (!result) return { ok: false, reason: 'notRequested' }
  if (result.kind === 'noPrediction') return { ok: false, reason: result.reason }
  if (!result.isServed) return { ok: false, reason: 'outsideServedHours' }
  if (nowNs - result.confirmedNs > unconfirmedMsMax * 1e6) return { ok: false, reason: 'notConfirmed' }
  return { ok: true, prediction: result }
}
