import type { DeskId, MarketTicker } from '../src/domain/ids.ts'

/** System ids of actors that are addressed from elsewhere. A duplicate throws; an id is free again when its actor stops. */
export const CONNECTION_ID = 'connection'
export const subscriptionId = (channel: string): string => `subscription:${channel}`
export const marketId = (market: MarketTicker): string => `market:${market}`
export const TRADING_GATE_ID = 'tradingGate'
export const deskActorId = (desk: DeskId): string => `desk:${desk}`
