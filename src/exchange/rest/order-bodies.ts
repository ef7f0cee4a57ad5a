import { z } from 'zod'
import { EXCHANGE_ORDER_CONTRACTS_MAX } from '../../config/limits.ts'
import { type MarketTicker, marketTickerOf } from '../../domain/ids.ts'
import { type Price, parsePrice, parseQuantity, type Quantity, quantityFromContracts } from '../../domain/units.ts'
import { DEFAULT_SHARD } from '../shard.ts'
import type { Amendment, NewOrder } from '../trading/order-checks.ts'
import { type Refusal, refuse } from '../trading/refusal.ts'
import { badRequest } from './answer.ts'
import type { Parsed } from './query.ts'

/**
 * Bodies of the order routes (kalshi-api §3.5). A JSON type that is wrong is a `bad_request`; a price or count that cannot
 * be read is refused under its own code by the functions that translate.
 */
const shard = z.int().min(-1).optional()
/** The end of the year 9999, the last that RFC 3339 can write. */
const EXPIRATION_TS_MAX = 253_402_300_799
const subaccount = z.int().min(0).max(63).optional()

export const createBody = z.looseObject({
  ticker: z.string(),
  client_order_id: z.string().optional(),
  side: z.enum(['bid', 'ask']),
  count: z.string(),
  price: z.string(),
  time_in_force: z.enum(['good_till_canceled', 'immediate_or_cancel', 'fill_or_kill']),
  self_trade_prevention_type: z.enum(['taker_at_cross', 'maker']),
  expiration_time: z.int().nonnegative().max(EXPIRATION_TS_MAX).optional(),
  post_only: z.boolean().optional(),
  reduce_only: z.boolean().optional(),
  cancel_order_on_pause: z.boolean().optional(),
  order_group_id: z.string().optional(),
  subaccount,
  exchange_index: shard,
})

/** Items are judged one by one: a batch is not atomic. */
export const batchCreateBody = z.looseObject({ orders: z.array(z.unknown()).min(1) })

export const batchCancelBody = z.looseObject({
  orders: z
    .array(
      z.looseObject({
        order_id: z.string(),
        subaccount,
        exchange_index: shard,
        market_ticker: z.string().optional(),
      }),
    )
    .min(1),
})

export const amendBody = z.looseObject({
  ticker: z.string(),
  side: z.enum(['bid', 'ask']),
  price: z.string(),
  count: z.string(),
  client_order_id: z.string().optional(),
  updated_client_order_id: z.string().optional(),
  exchange_index: shard,
})

export const decreaseBody = z.looseObject({
  reduce_by: z.string().optional(),
  reduce_to: z.string().optional(),
  exchange_index: shard,
  market_ticker: z.string().optional(),
})

export const groupBody = z.looseObject({
  contracts_limit: z.int().positive().optional(),
  contracts_limit_fp: z.string().optional(),
  subaccount,
  exchange_index: shard,
})

export function parseBody<Schema extends z.ZodType>(body: string, schema: Schema): Parsed<z.infer<Schema>> {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    // swallowed: what is no JSON is answered like any other body that cannot be read.
    return { ok: false, answer: badRequest('the body is not JSON') }
  }
  return readAs(value, schema)
}

export function readAs<Schema extends z.ZodType>(value: unknown, schema: Schema): Parsed<z.infer<Schema>> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return { ok: true, value: parsed.data }
  const issue = parsed.error.issues[0]
  return { ok: false, answer: badRequest(`invalid ${issue?.path.join('.') || 'body'}: ${issue?.message ?? ''}`) }
}

/** Everything here is the default shard; another one was never funded. Primary account only. */
export function refuseAddress(address: {
  readonly exchange_index?: number | undefined
  readonly subaccount?: number | undefined
}): Refusal | undefined {
  const { exchange_index = DEFAULT_SHARD, subaccount: number = 0 } = address
  if (exchange_index !== DEFAULT_SHARD && exchange_index !== -1) return refuse('user_not_found')
  return number === 0 ? undefined : refuse('invalid_parameters', 'subaccount does not exist')
}

type Read<Value> = { readonly ok: true; readonly value: Value } | Refusal

export const readPrice = (text: string): Read<Price> => {
  const value = parsePrice(text)
  return value === undefined ? refuse('invalid_price', 'price is not a dollar string') : { ok: true, value }
}

export const readCount = (text: string): Read<Quantity> => {
  const value = parseQuantity(text)
  if (value === undefined || value <= 0) {
    return refuse('invalid_order_size', 'count must be a string of at least 0.01')
  }
  const isTooLarge = value > quantityFromContracts(EXCHANGE_ORDER_CONTRACTS_MAX)
  return isTooLarge ? refuse('invalid_order_size', 'count is too large') : { ok: true, value }
}

/** A zero is a count here: an order may be decreased to nothing. */
export const readRemaining = (text: string): Read<Quantity> => {
  const value = parseQuantity(text)
  return value === undefined || value < 0 ? refuse('invalid_order_size', 'count is not readable') : { ok: true, value }
}

export function newOrderOf(body: z.infer<typeof createBody>): Read<NewOrder> {
  const misaddressed = refuseAddress(body)
  if (misaddressed) return misaddressed
  const price = readPrice(body.price)
  if (!price.ok) return price
  const quantity = readCount(body.count)
  if (!quantity.ok) return quantity
  return {
    ok: true,
    value: {
      market: marketTickerOf(body.ticker),
      side: body.side,
      price: price.value,
      quantity: quantity.value,
      timeInForce: body.time_in_force,
      selfTradePrevention: body.self_trade_prevention_type,
      postOnly: body.post_only ?? false,
      reduceOnly: body.reduce_only ?? false,
      cancelOnPause: body.cancel_order_on_pause ?? false,
      ...(body.client_order_id === undefined ? {} : { clientOrderId: body.client_order_id }),
      ...(body.expiration_time === undefined ? {} : { expirationMs: body.expiration_time * 1000 }),
      ...(body.order_group_id === undefined ? {} : { group: body.order_group_id }),
    },
  }
}

export function amendmentOf(body: z.infer<typeof amendBody>): Read<Amendment> {
  const misaddressed = refuseAddress(body)
  if (misaddressed) return misaddressed
  const price = readPrice(body.price)
  if (!price.ok) return price
  const total = readCount(body.count)
  if (!total.ok) return total
  const market: MarketTicker = marketTickerOf(body.ticker)
  return {
    ok: true,
    value: {
      market,
      side: body.side,
      price: price.value,
      total: total.value,
      ...(body.client_order_id === undefined ? {} : { clientOrderId: body.client_order_id }),
      ...(body.updated_client_order_id === undefined ? {} : { updatedClientOrderId: body.updated_client_order_id }),
    },
  }
}
