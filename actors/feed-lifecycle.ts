import type { MarketTicker } from '../src/domain/ids.ts'
import { eventTickerOfMarket } from '../src/domain/ticker.ts'
import type { EventFeeFrame, EventLifecycleFrame, LifecycleFrame } from '../src/kalshi/frame.ts'
import type { MarketDataListener } from '../src/kalshi/market-data.ts'
import { feeTypeOf } from '../src/kalshi/market-mapping.ts'
import type { MarketDiscovery } from './market-discovery.ts'

export interface LifecycleRoutes {
  readonly discovery: MarketDiscovery
  readonly listener: MarketDataListener
  /** Market time, for frames that carry none. */
  readonly nowMs: number
  /** Every change of a market of ours, before anything else is done with it. */
  heard(frame: LifecycleFrame): void
  reactivated(market: MarketTicker): void
  settled(market: MarketTicker): void
}

/** The channel tells of the whole exchange; what is not of our series ends here. */
export function routeLifecycle(
  frame: LifecycleFrame | EventLifecycleFrame | EventFeeFrame,
  routes: LifecycleRoutes,
): void {
  if (frame.kind === 'eventLifecycle') return
  if (frame.kind === 'eventFee') {
    if (routes.discovery.isOurs(frame.event)) routes.listener.eventFeesChanged(feeOverrideOf(frame))
    return
  }
  const { market, change } = frame
  const { discovery, listener, nowMs } = routes
  if (!discovery.isOurs(eventTickerOfMarket(market))) return
  routes.heard(frame)
  switch (change.type) {
    case 'created':
      discovery.confirm(change.event, market)
      return
    case 'activated':
      routes.reactivated(market)
      listener.lifecycle({ type: 'activated', market, tsVenueMs: nowMs })
      return
    case 'deactivated':
      listener.lifecycle({ type: 'deactivated', market, tsVenueMs: nowMs })
      return
    case 'closeDateUpdated':
      listener.lifecycle({ type: 'closeDateUpdated', market, closeMs: change.closeMs, tsVenueMs: nowMs })
      return
    case 'determined': {
      const { result, settlementValue, atMs: determinedMs } = change
      listener.lifecycle({ type: 'determined', market, result, settlementValue, determinedMs })
      return
    }
    case 'settled':
      routes.settled(market)
      listener.lifecycle({ type: 'settled', market, settledMs: change.atMs })
      return
    case 'priceRangesUpdated':
      listener.priceRangesChanged(market, change.priceRanges)
      return
    case 'metadataUpdated':
      return
  }
}

function feeOverrideOf(frame: EventFeeFrame) {
  const feeType = feeTypeOf(frame.feeType)
  const unknownFeeType = feeType === undefined ? frame.feeType : undefined
  return { event: frame.event, feeType, unknownFeeType, feeMultiplier: frame.feeMultiplier }
}
