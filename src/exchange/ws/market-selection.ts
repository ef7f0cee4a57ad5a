import { type MarketTicker, marketTickerOf } from '../../domain/ids.ts'
import { WS_ERROR, type WsErrorCode } from '../../kalshi/schemas/ws.ts'
import type { ExchangeCore } from '../core.ts'

export interface SelectionParams {
  readonly market_ticker?: string | undefined
  readonly market_tickers?: readonly string[] | undefined
  readonly market_id?: string | undefined
  readonly market_ids?: readonly string[] | undefined
}

/** `every` = no filter was given; an empty list is none. */
export type MarketSelection =
  | { readonly ok: true; readonly every: boolean; readonly markets: readonly MarketTicker[] }
  | {
      readonly ok: false
      readonly code: WsErrorCode
      readonly about: { readonly detail?: string; readonly tickers?: readonly string[] }
    }

/**
 * The markets that a command names. Singular and plural together, ids where the channel has none, and names that the exchange
 * does not know are an invalid parameter: a client that mistypes a ticker must not wait for frames that never come.
 */
export function resolveMarkets(
  core: ExchangeCore,
  params: SelectionParams,
  { allowIds }: { readonly allowIds: boolean },
): MarketSelection {
  const { market_ticker, market_id } = params
  const market_tickers = params.market_tickers?.length === 0 ? undefined : params.market_tickers
  const market_ids = params.market_ids?.length === 0 ? undefined : params.market_ids
  const given = [market_ticker, market_tickers, market_id, market_ids].filter((form) => form !== undefined)
  if (given.length === 0) return { ok: true, every: true, markets: [] }
  if (given.length > 1) return invalid('use one of market_ticker, market_tickers, market_id, market_ids')
  if (market_id !== undefined || market_ids !== undefined) {
    return allowIds ? byId(core, market_ids ?? [market_id ?? '']) : invalid('market_id is for the ticker channel only')
  }
  const markets = [...new Set(market_tickers ?? [market_ticker ?? ''])].map(marketTickerOf)
  const unknown = markets.filter((market) => core.market(market) === undefined)
  if (unknown.length > 0) return unknownMarkets(unknown)
  return { ok: true, every: false, markets }
}

function byId(core: ExchangeCore, ids: readonly string[]): MarketSelection {
  const tickers = new Map(core.markets().map((market) => [market.id, market.ticker]))
  const unknown = ids.filter((id) => !tickers.has(id))
  if (unknown.length > 0) return invalid(`unknown market_id ${unknown[0]}`)
  const markets = [...new Set(ids)].flatMap((id) => tickers.get(id) ?? [])
  return { ok: true, every: false, markets }
}

const invalid = (detail: string): MarketSelection => ({ ok: false, code: WS_ERROR.invalidParameter, about: { detail } })

const unknownMarkets = (tickers: readonly string[]): MarketSelection => ({
  ok: false,
  code: WS_ERROR.invalidParameter,
  about: { detail: 'unknown market', tickers },
})
