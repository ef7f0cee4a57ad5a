import { EXCHANGE_SUBSCRIPTION_MARKETS_MAX } from '../../config/limits.ts'
import type { MarketTicker } from '../../domain/ids.ts'
import { WS_ERROR, type WsErrorCode } from '../../kalshi/schemas/ws.ts'
import { UPDATE_ACTIONS, type UpdateAction, type UpdateSubscriptionParams } from '../../kalshi/schemas/ws-commands.ts'
import { acknowledge, addMarkets, type CommandScope, sendInitial, sendSnapshots } from './answers.ts'
import { resolveMarkets } from './market-selection.ts'
import { hasMarketFilter, type Subscription } from './session.ts'

/** `update_subscription` (kalshi-api §2.2): from finding the one sid on, errors belong to it and consume a number. */
export function updateSubscription(
  scope: CommandScope,
  id: number | undefined,
  params: UpdateSubscriptionParams,
): void {
  const { session } = scope
  const sids = [...(params.sids ?? []), ...(params.sid === undefined ? [] : [params.sid])]
  const sid = sids[0]
  if (sid === undefined || sids.length !== 1) {
    session.error(WS_ERROR.exactlyOneSidRequired, { id })
    return
  }
  const subscription = session.bySid(sid)
  if (!subscription) {
    session.error(WS_ERROR.unknownSid, { id })
    return
  }
  const refusal = applyUpdate(scope, subscription, id, params)
  if (refusal) session.error(refusal.code, { id, subscription, ...refusal.about })
}

interface UpdateRefusal {
  readonly code: WsErrorCode
  readonly about?: { readonly detail?: string; readonly tickers?: readonly string[] }
}

function applyUpdate(
  scope: CommandScope,
  subscription: Subscription,
  id: number | undefined,
  params: UpdateSubscriptionParams,
): UpdateRefusal | undefined {
  const { action } = params
  if (action === undefined) return { code: WS_ERROR.actionMissing }
  if (!isAction(action) || !supports(subscription, action)) return { code: WS_ERROR.unsupportedAction }
  const selection = resolveMarkets(scope.core, params, { allowIds: subscription.channel === 'ticker' })
  if (!selection.ok) return selection
  if (selection.every) return { code: WS_ERROR.marketTickerRequired }
  const { markets } = selection

  if (action === 'get_snapshot') {
    const foreign = markets.filter((market) => !subscription.covers(market))
    if (foreign.length > 0) {
      return { code: WS_ERROR.invalidParameter, about: { detail: 'not subscribed', tickers: foreign } }
    }
    sendSnapshots(scope, subscription, markets, id)
    return undefined
  }
  if (action === 'delete_markets') {
    if (subscription.everyMarket) {
      return { code: WS_ERROR.invalidParameter, about: { detail: 'the sid has no market filter' } }
    }
    for (const market of markets) subscription.markets.delete(market)
    acknowledge(scope.session, subscription, id, params.skip_ticker_ack === true)
    return undefined
  }
  if (exceedsLimit(subscription, markets)) return { code: WS_ERROR.marketLimitExceeded }
  const added = addMarkets(subscription, selection)
  acknowledge(scope.session, subscription, id, params.skip_ticker_ack === true)
  sendInitial(scope, subscription, added, params.send_initial_snapshot ?? false)
  return undefined
}

const isAction = (action: string): action is UpdateAction => (UPDATE_ACTIONS as readonly string[]).includes(action)

function supports(subscription: Subscription, action: UpdateAction): boolean {
  if (!hasMarketFilter(subscription.channel)) return false
  return action !== 'get_snapshot' || subscription.channel === 'orderbook_delta'
}

function exceedsLimit(subscription: Subscription, markets: readonly MarketTicker[]): boolean {
  const added = markets.filter((market) => !subscription.markets.has(market))
  return subscription.markets.size + added.length > EXCHANGE_SUBSCRIPTION_MARKETS_MAX
}
