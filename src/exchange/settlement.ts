import { climateDay } from '../domain/climate-day.ts'
import { PRICE_ONE_DOLLAR, type Price, priceOf } from '../domain/units.ts'
import type { TapeEvent, TapeMarket } from './tape-events.ts'

export interface SettlementConfig {
  /** Market time from the end of the city's climate day to the determination. */
  readonly determinedAfterMs: number
}

export const SETTLEMENT_DEFAULTS: SettlementConfig = { determinedAfterMs: 5 * 60_000 }

export interface MarketSettlement {
  readonly determinedMs: number
  readonly settledMs: number
  readonly result: 'yes' | 'no' | 'scalar'
  /** Paid per YES contract. */
  readonly value: Price
  /** The event's, on all of its markets: the recording has it on the winner only. */
  readonly expirationValue: string
}

/**
 * When and how one market settles: determined a while after the climate day of its city has ended, which is later than the
 * recorded closes; settled after the market's own timer; by the recorded high, whose winner the tape loader has proven.
 */
export function settlementOf(event: TapeEvent, market: TapeMarket, config: SettlementConfig): MarketSettlement {
  const determinedMs = climateDay(event.city.key, event.date).endMs + config.determinedAfterMs
  return {
    determinedMs,
    settledMs: determinedMs + market.settlementTimerSeconds * 1000,
    result: market.result,
    value: market.result === 'yes' ? PRICE_ONE_DOLLAR : priceOf(0),
    expirationValue: event.expirationValue,
  }
}

/** The same settlement paying another value: a dollar is YES, nothing is NO, and all between is scalar. */
export function settlementPaying(settlement: MarketSettlement, value: Price): MarketSettlement {
  const result = value === PRICE_ONE_DOLLAR ? 'yes' : value === 0 ? 'no' : 'scalar'
  return { ...settlement, value, result }
}

export const settlementLater = (settlement: MarketSettlement, ms: number): MarketSettlement => ({
  ...settlement,
  determinedMs: settlement.determinedMs + ms,
  settledMs: settlement.settledMs + ms,
})
