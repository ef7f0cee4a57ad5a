import { eventTickerOf, marketTickerOf, type SeriesTicker, seriesTickerOf } from '../domain/ids.ts'
import type { FeeType, Market, MarketEvent, MarketOutcome, MarketStatus } from '../domain/market.ts'
import { compareStrikes, type Strike } from '../domain/strike.ts'
import { parsePrice } from '../domain/units.ts'
import { parsePriceRanges } from './price-ranges.ts'
import type { WireEvent, WireMarket } from './schemas/rest.ts'

/** A market that cannot be expressed in domain words is left out and named; it is never guessed. */
export interface LeftOutMarket {
  readonly market: string
  readonly reason: string
}

export interface MappedEvent {
  readonly event: MarketEvent
  readonly leftOut: readonly LeftOutMarket[]
  /** An override whose rates are not public: the event's fees can only be estimated. */
  readonly unknownFeeType: string | undefined
}

const STATUSES: ReadonlyMap<string, MarketStatus> = new Map<string, MarketStatus>([
  ['initialized', 'initialized'],
  ['active', 'active'],
  ['inactive', 'paused'],
  ['closed', 'closed'],
  ['determined', 'determined'],
  ['disputed', 'disputed'],
  ['amended', 'amended'],
  ['finalized', 'finalized'],
])

const FEE_TYPES: readonly FeeType[] = ['quadratic', 'quadratic_with_maker_fees', 'quadratic_with_combo_maker_fees']

/** Undefined for a type whose rates are not public (`flat`, market maker programmes). */
export const feeTypeOf = (text: string | null | undefined): FeeType | undefined =>
  FEE_TYPES.find((type) => type === text)

/** `wire.markets` are the nested ones of `with_nested_markets=true`. */
export function eventFromWire(wire: WireEvent, markets: readonly WireMarket[]): MappedEvent {
  const series = seriesTickerOf(wire.series_ticker)
  const mapped: Market[] = []
  const leftOut: LeftOutMarket[] = []
  for (const market of markets) {
    const result = marketFromWire(market, series)
    if (typeof result === 'string') leftOut.push({ market: market.ticker, reason: result })
    else mapped.push(result)
  }
  const feeType = feeTypeOf(wire.fee_type_override)
  const feeMultiplier = wire.fee_multiplier_override ?? undefined
  const event: MarketEvent = {
    ticker: eventTickerOf(wire.event_ticker),
    series,
    markets: mapped.sort((a, b) => compareStrikes(a.strike, b.strike)),
    mutuallyExclusive: wire.mutually_exclusive,
    ...(feeType !== undefined && { feeType }),
    ...(feeMultiplier !== undefined && { feeMultiplier }),
  }
  const unknownFeeType = feeType === undefined ? (wire.fee_type_override ?? undefined) : undefined
  return { event, leftOut, unknownFeeType }
}

/** The market, or why it cannot be one of ours. */
export function marketFromWire(wire: WireMarket, series: SeriesTicker): Market | string {
  const strike = strikeFromWire(wire)
  if (typeof strike === 'string') return strike
  const status = STATUSES.get(wire.status)
  if (!status) return `unknown status "${wire.status}"`
  const priceRanges = parsePriceRanges(wire.price_ranges)
  if (!priceRanges) return 'its price_ranges are not usable'
  const outcome = outcomeFromWire(wire, status)
  const openMs = instantMs(wire.open_time)
  const closeMs = instantMs(wire.close_time)
  if (closeMs <= openMs) return 'it closes before it opens'
  return {
    ticker: marketTickerOf(wire.ticker),
    event: eventTickerOf(wire.event_ticker),
    series,
    strike,
    status,
    openMs,
    closeMs,
    priceRanges,
    ...(wire.fee_waiver_expiration_time && { feeWaiverExpirationMs: instantMs(wire.fee_waiver_expiration_time) }),
    // The venue leaves the shard out where there is only the default one (kalshi-api §3.8).
    exchangeIndex: wire.exchange_index ?? 0,
    ...(wire.expiration_value !== '' && { expirationValue: wire.expiration_value }),
    ...(outcome && { outcome }),
  }
}

const RESULTS = ['yes', 'no', 'scalar'] as const

/** What a determined market pays. Undefined while the venue has not made up its mind, or says nothing that can be booked. */
function outcomeFromWire(wire: WireMarket, status: MarketStatus): MarketOutcome | undefined {
  if (status !== 'determined' && status !== 'finalized') return undefined
  const result = RESULTS.find((known) => known === wire.result)
  const settlementValue = parsePrice(wire.settlement_value_dollars ?? '')
  if (result === undefined || settlementValue === undefined) return undefined
  if (status === 'determined') return { result, settlementValue, determinedMs: instantMs(wire.updated_time) }
  const settledMs = instantMs(wire.settlement_ts ?? wire.updated_time)
  return { result, settlementValue, determinedMs: settledMs, settledMs }
}

/** Strict tails, bands with both ends (kalshi-api §6.3); read from the strike fields, never from the ticker. */
function strikeFromWire(wire: WireMarket): Strike | string {
  const floor = wholeDegrees(wire.floor_strike)
  const cap = wholeDegrees(wire.cap_strike)
  switch (wire.strike_type) {
    case 'less':
      return cap === undefined ? 'a "less" strike without a whole cap_strike' : { kind: 'less', cap }
    case 'greater':
      return floor === undefined ? 'a "greater" strike without a whole floor_strike' : { kind: 'greater', floor }
    case 'between':
      if (floor === undefined || cap === undefined)
        return 'a "between" strike without whole floor_strike and cap_strike'
      return floor > cap ? 'a strike whose floor is above its cap' : { kind: 'between', floor, cap }
    default:
      return `strike type "${wire.strike_type ?? ''}" is not supported`
  }
}

const wholeDegrees = (value: number | null | undefined): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined

/** RFC 3339, checked by the schema, to unix milliseconds. */
export const instantMs = (text: string): number => Temporal.Instant.from(text).epochMilliseconds
