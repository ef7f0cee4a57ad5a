import { z } from 'zod'

/**
 * Commands of a client (kalshi-api §2.2). The schemas are as loose as the venue needs to answer each mistake with its own
 * code: what is missing or wrong *inside* `params` is judged by the exchange, which knows which code fits.
 */
export const CHANNELS = [
  'orderbook_delta',
  'ticker',
  'trade',
  'fill',
  'market_positions',
  'user_orders',
  'market_lifecycle_v2',
  'multivariate_market_lifecycle',
  'order_group_updates',
  'communications',
  'cfbenchmarks_value',
  'cfbenchmarks_value_5hz',
  'pyth_value',
] as const
export type ChannelName = (typeof CHANNELS)[number]

export const COMMANDS = ['subscribe', 'unsubscribe', 'update_subscription', 'list_subscriptions'] as const
export type CommandName = (typeof COMMANDS)[number]

export const UPDATE_ACTIONS = ['add_markets', 'delete_markets', 'get_snapshot'] as const
export type UpdateAction = (typeof UPDATE_ACTIONS)[number]

const id = z.int().nonnegative()
const tickers = z.array(z.string().min(1))

export const commandEnvelope = z.looseObject({
  id: id.optional(),
  cmd: z.string(),
  params: z.unknown().optional(),
})

/** What can still be echoed of a command that cannot be processed. */
export const commandId = z.looseObject({ id })

const marketSelection = {
  market_ticker: z.string().min(1).optional(),
  market_tickers: tickers.optional(),
  market_id: z.string().min(1).optional(),
  market_ids: tickers.optional(),
}

export const subscribeParams = z.looseObject({
  channels: z.array(z.string()).optional(),
  ...marketSelection,
  send_initial_snapshot: z.boolean().optional(),
  skip_ticker_ack: z.boolean().optional(),
  use_yes_price: z.boolean().optional(),
})

export const unsubscribeParams = z.looseObject({ sids: z.array(z.int()).optional() })

export const updateSubscriptionParams = z.looseObject({
  sid: z.int().optional(),
  sids: z.array(z.int()).optional(),
  action: z.string().optional(),
  ...marketSelection,
  send_initial_snapshot: z.boolean().optional(),
  skip_ticker_ack: z.boolean().optional(),
})

export type SubscribeParams = z.infer<typeof subscribeParams>
export type UnsubscribeParams = z.infer<typeof unsubscribeParams>
export type UpdateSubscriptionParams = z.infer<typeof updateSubscriptionParams>

/** What a client sends. */
export type WsCommand =
  | { readonly id: number; readonly cmd: 'subscribe'; readonly params: SubscribeParams }
  | { readonly id: number; readonly cmd: 'unsubscribe'; readonly params: UnsubscribeParams }
  | { readonly id: number; readonly cmd: 'update_subscription'; readonly params: UpdateSubscriptionParams }
  | { readonly id: number; readonly cmd: 'list_subscriptions' }
