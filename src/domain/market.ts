import type { EventTicker, MarketTicker, SeriesTicker } from './ids.ts'
import type { Strike } from './strike.ts'
import type { Price } from './units.ts'

/** A run of valid prices: start ≤ p ≤ end and (p − start) a multiple of step. Bands may overlap at their edges. */
export interface PriceRange {
  readonly start: Price
  readonly end: Price
  readonly step: Price
}

/** `paused` is the venue's `inactive`. */
export type MarketStatus =
  | 'initialized'
  | 'active'
  | 'paused'
  | 'closed'
  | 'determined'
  | 'disputed'
  | 'amended'
  | 'finalized'

export interface Market {
  readonly ticker: MarketTicker
  readonly event: EventTicker
  readonly series: SeriesTicker
  readonly strike: Strike
  readonly status: MarketStatus
  /** Market time. */
  readonly openMs: number
  readonly closeMs: number
  readonly priceRanges: readonly PriceRange[]
  /** Fees are waived while this lies in the future (market time). */
  readonly feeWaiverExpirationMs?: number
  readonly exchangeIndex: number
  /** The settled figure as the venue writes it, e.g. `39.00`; absent until the market is determined. */
  readonly expirationValue?: string
  /** Absent until the market is determined. */
  readonly outcome?: MarketOutcome
}

/** Times are market time. */
export interface MarketOutcome {
  readonly result: 'yes' | 'no' | 'scalar'
  /** Paid per YES contract, 0..10,000. */
  readonly settlementValue: Price
  /** Exact while the market is only determined; the settlement's time afterwards, where the venue tells no other. */
  readonly determinedMs: number
  /** Absent until the money has moved. */
  readonly settledMs?: number
}

/** The markets of one event in strike order: mutually exclusive and jointly exhaustive where `isPartition` says so. */
export interface MarketEvent {
  readonly ticker: EventTicker
  readonly series: SeriesTicker
  readonly markets: readonly Market[]
  readonly mutuallyExclusive: boolean
  readonly feeType?: FeeType
  readonly feeMultiplier?: number
}

export type FeeType = 'quadratic' | 'quadratic_with_maker_fees' | 'quadratic_with_combo_maker_fees'

/** Rates in force for one market, from the series or the event's override. `source` says when the fallback had to serve. */
export interface FeeSchedule {
  readonly type: FeeType
  readonly multiplier: number
  readonly source: 'event' | 'series' | 'waiver' | 'fallback'
}

/** 0 < p < 1 and on a tick of any range. */
export function isValidPrice(ranges: readonly PriceRange[], price: number): boolean {
  if (!Number.isInteger(price) || price <= 0 || price >= 10_000) return false
  return ranges.some(({ start, end, step }) => price >= start && price <= end && (price - start) % step === 0)
}

/** The next valid price strictly above (direction 1) or below (−1), or undefined where the axis ends. */
export function nextPrice(ranges: readonly PriceRange[], price: number, direction: 1 | -1): Price | undefined {
  let best: number | undefined
  for (const { start, end, step } of ranges) {
    const steps = direction === 1 ? Math.floor((price - start) / step) + 1 : Math.ceil((price - start) / step) - 1
    const low = 0
    const high = Math.floor((end - start) / step)
    const clamped = direction === 1 ? Math.max(steps, low) : Math.min(steps, high)
    if (clamped < low || clamped > high) continue
    const candidate = start + clamped * step
    if (candidate <= 0 || candidate >= 10_000) continue
    if (best === undefined || (direction === 1 ? candidate < best : candidate > best)) best = candidate
  }
  return best as Price | undefined
}
