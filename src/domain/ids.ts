/** Names that cannot be mixed up. All are plain strings at run time. */
declare const name: unique symbol
type Id<Name extends string> = string & { readonly [name]: Name }

/** e.g. `KXHIGHCHI-24DEC17-B38.5` */
export type MarketTicker = Id<'MarketTicker'>
/** e.g. `KXHIGHCHI-24DEC17` */
export type EventTicker = Id<'EventTicker'>
/** e.g. `KXHIGHCHI` */
export type SeriesTicker = Id<'SeriesTicker'>
export type SessionId = Id<'SessionId'>
/** (mode, venue address, key id; in a play also the run id): whose positions, losses and halts these are. */
export type AccountId = Id<'AccountId'>
/** strategy × event */
export type DeskId = Id<'DeskId'>
/** Ours, a pure function of the intent; no `.`, at most 64 characters, never reused. */
export type ClientOrderId = Id<'ClientOrderId'>
export type VenueOrderId = Id<'VenueOrderId'>
export type TradeId = Id<'TradeId'>
export type DecisionId = Id<'DecisionId'>
export type PredictionId = Id<'PredictionId'>

export const marketTickerOf = (text: string): MarketTicker => text as MarketTicker
export const eventTickerOf = (text: string): EventTicker => text as EventTicker
export const seriesTickerOf = (text: string): SeriesTicker => text as SeriesTicker
export const sessionIdOf = (text: string): SessionId => text as SessionId
export const accountIdOf = (text: string): AccountId => text as AccountId
export const clientOrderIdOf = (text: string): ClientOrderId => text as ClientOrderId
export const tradeIdOf = (text: string): TradeId => text as TradeId
export const decisionIdOf = (text: string): DecisionId => text as DecisionId
export const predictionIdOf = (text: string): PredictionId => text as PredictionId

export type StrategyName = 'weather-ev' | 'weather-edge' | 'nfl-momentum'
export const deskIdOf = (strategy: StrategyName, event: EventTicker): DeskId => `${strategy}:${event}` as DeskId
