import type { FeeSchedule, FeeType, Market, MarketEvent } from '../domain/market.ts'

/** Used where the venue has named no type that we know, and logged as such: `source` is `fallback`. */
export const FALLBACK_FEES: FeeSchedule = { type: 'quadratic', multiplier: 1, source: 'fallback' }

export interface SeriesFees {
  readonly type: FeeType
  readonly multiplier: number
}

/**
 * The fees in force for one market at one instant of market time (kalshi-api.md §5.1): a waiver that has not expired,
 * then each of the event's overrides, then the series.
 */
export function feeScheduleOf(
  market: Pick<Market, 'feeWaiverExpirationMs'>,
  event: Pick<MarketEvent, 'feeType' | 'feeMultiplier'>,
  series: SeriesFees | undefined,
  nowMs: number,
): FeeSchedule {
  const type = event.feeType ?? series?.type
  const multiplier = event.feeMultiplier ?? series?.multiplier
  const isWaived = market.feeWaiverExpirationMs !== undefined && market.feeWaiverExpirationMs > nowMs
  if (isWaived) return { type: type ?? FALLBACK_FEES.type, multiplier: 0, source: 'waiver' }
  if (type === undefined || multiplier === undefined) return FALLBACK_FEES
  const isOverridden = event.feeType !== undefined || event.feeMultiplier !== undefined
  return { type, multiplier, source: isOverridden ? 'event' : 'series' }
}
