import type { z } from 'zod'
import { EXCHANGE_SUBSCRIPTION_MARKETS_MAX } from '../../config/limits.ts'
import { WS_ERROR } from '../../kalshi/schemas/ws.ts'
import {
  commandEnvelope,
  commandId,
  type SubscribeParams,
  subscribeParams,
  unsubscribeParams,
  updateSubscriptionParams,
} from '../../kalshi/schemas/ws-commands.ts'
import type { ExchangeCore } from '../core.ts'
import { acknowledge, addMarkets, type CommandScope, sendInitial } from './answers.ts'
import { type MarketSelection, resolveMarkets, type SelectionParams } from './market-selection.ts'
import { hasMarketFilter, SERVED_CHANNELS, type ServedChannel, type Session } from './session.ts'
import { updateSubscription } from './update-subscription.ts'

/** One text frame of a client. Whatever it holds is answered; nothing of it can throw. */
export function handleCommand(scope: CommandScope, text: string): void {
  const { session } = scope
  const message = parseJson(text)
  const command = commandEnvelope.safeParse(message)
  if (!command.success) {
    session.error(WS_ERROR.couldNotProcess, { id: commandId.safeParse(message).data?.id })
    return
  }
  const { id, cmd, params } = command.data
  switch (cmd) {
    case 'list_subscriptions':
      session.reply(
        'ok',
        id,
        session.subscriptions().map(({ channel, sid }) => ({ channel, sid })),
      )
      return
    case 'subscribe':
      withParams(scope, id, subscribeParams, params, (parsed) => subscribe(scope, id, parsed))
      return
    case 'unsubscribe':
      withParams(scope, id, unsubscribeParams, params, ({ sids }) => unsubscribe(session, id, sids))
      return
    case 'update_subscription':
      withParams(scope, id, updateSubscriptionParams, params, (parsed) => updateSubscription(scope, id, parsed))
      return
    default:
      session.error(WS_ERROR.unknownCommand, { id })
  }
}

function withParams<Schema extends z.ZodType>(
  { session }: CommandScope,
  id: number | undefined,
  schema: Schema,
  params: unknown,
  run: (params: z.infer<Schema>) => void,
): void {
  if (params === undefined || params === null) {
    session.error(WS_ERROR.paramsMissing, { id })
    return
  }
  const parsed = schema.safeParse(params)
  if (parsed.success) run(parsed.data)
  else session.error(WS_ERROR.invalidParameter, { id, detail: parsed.error.issues[0]?.path.join('.') || 'params' })
}

function subscribe(scope: CommandScope, id: number | undefined, params: SubscribeParams): void {
  const { session } = scope
  const channels = [...new Set(params.channels ?? [])]
  if (channels.length === 0) {
    session.error(WS_ERROR.channelsMissing, { id })
    return
  }
  for (const channel of channels) {
    if (isServed(channel)) subscribeChannel(scope, id, channel, params)
    else session.error(WS_ERROR.unknownChannel, { id })
  }
}

function subscribeChannel(
  scope: CommandScope,
  id: number | undefined,
  channel: ServedChannel,
  params: SubscribeParams,
): void {
  const { session, core } = scope
  const selection = channelSelection(core, channel, params)
  if (!selection.ok) {
    session.error(selection.code, { id, ...selection.about })
    return
  }
  const existing = session.on(channel)
  if (existing && params.use_yes_price !== undefined && params.use_yes_price !== existing.options.useYesPrice) {
    session.error(WS_ERROR.invalidParameter, { id, subscription: existing, detail: 'use_yes_price of this sid' })
    return
  }
  if ((existing?.markets.size ?? 0) + selection.markets.length > EXCHANGE_SUBSCRIPTION_MARKETS_MAX) {
    session.error(WS_ERROR.marketLimitExceeded, { id })
    return
  }
  const subscription =
    existing ??
    session.open(channel, {
      useYesPrice: params.use_yes_price ?? false,
      skipTickerAck: params.skip_ticker_ack ?? false,
    })
  const added = addMarkets(subscription, selection)
  // The recorded session answers a merged subscription like an update: with the resulting markets, in the stream.
  if (existing) acknowledge(session, subscription, id, params.skip_ticker_ack ?? false)
  else session.reply('subscribed', id, { channel, sid: subscription.sid })
  sendInitial(scope, subscription, added, params.send_initial_snapshot ?? false)
}

/** The order book needs its markets named by ticker; what is of the whole exchange or account has no filter. */
function channelSelection(core: ExchangeCore, channel: ServedChannel, params: SelectionParams): MarketSelection {
  if (!hasMarketFilter(channel)) return { ok: true, every: true, markets: [] }
  const selection = resolveMarkets(core, params, { allowIds: channel === 'ticker' })
  if (!selection.ok || !selection.every || channel !== 'orderbook_delta') return selection
  return { ok: false, code: WS_ERROR.marketTickerRequired, about: {} }
}

function unsubscribe(session: Session, id: number | undefined, sids: readonly number[] | undefined): void {
  if (sids === undefined || sids.length === 0) {
    session.error(WS_ERROR.sidsMissing, { id })
    return
  }
  for (const sid of new Set(sids)) {
    const subscription = session.bySid(sid)
    if (!subscription) {
      session.error(WS_ERROR.unknownSid, { id })
      continue
    }
    session.control(subscription, 'unsubscribed', id)
    session.end(subscription)
  }
}

const isServed = (channel: string): channel is ServedChannel => (SERVED_CHANNELS as readonly string[]).includes(channel)

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // swallowed: what is no JSON is answered like any other message that cannot be processed.
    return undefined
  }
}
