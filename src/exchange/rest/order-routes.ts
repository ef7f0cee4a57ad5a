import type { z } from 'zod'
import type { MarketTicker } from '../../domain/ids.ts'
import { formatMoney, formatQuantity, type Quantity } from '../../domain/units.ts'
import { averagesOf, type OrderResult } from '../trading/account-engine.ts'
import { REFUSAL_STATUS, type Refusal, refuse } from '../trading/refusal.ts'
import { type Answer, badRequest, created, failure, noContent, ok } from './answer.ts'
import {
  amendBody,
  amendmentOf,
  batchCancelBody,
  batchCreateBody,
  createBody,
  decreaseBody,
  newOrderOf,
  parseBody,
  readAs,
  readRemaining,
  refuseAddress,
} from './order-bodies.ts'
import { parseQuery, wholeNumber } from './query.ts'
import type { RestRequest, Route } from './route.ts'

const ORDERS = '/portfolio/events/orders'

/** V2 order entry (kalshi-api §3.5). Fixed paths before those with names in them. */
export const ORDER_ROUTES: readonly Route[] = [
  { method: 'POST', path: ORDERS, access: 'signed', answer: createOrder },
  { method: 'POST', path: `${ORDERS}/batched`, access: 'signed', answer: createBatch, items: itemsOf },
  { method: 'DELETE', path: `${ORDERS}/batched`, access: 'signed', answer: cancelBatch, items: itemsOf },
  { method: 'DELETE', path: ORDERS, access: 'signed', answer: cancelAll },
  { method: 'DELETE', path: `${ORDERS}/:order_id`, access: 'signed', answer: cancelOrder },
  { method: 'POST', path: `${ORDERS}/:order_id/amend`, access: 'signed', answer: amendOrder },
  { method: 'POST', path: `${ORDERS}/:order_id/decrease`, access: 'signed', answer: decreaseOrder },
]

export const refused = ({ code, message }: Refusal): Answer => failure(REFUSAL_STATUS[code], code, message)

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

export const refuseOrderId = (id: string): Refusal | undefined =>
  UUID.test(id) ? undefined : refuse('invalid_UUID', 'order_id is not a UUID')

const identity = ({ order }: OrderResult) => ({
  order_id: order.id,
  ...(order.clientOrderId === '' ? {} : { client_order_id: order.clientOrderId }),
})

function executionFields(result: OrderResult) {
  const filled = result.fills.reduce((sum, fill) => sum + fill.quantity, 0) as Quantity
  const averages = averagesOf(result.fills)
  return {
    ...identity(result),
    fill_count: formatQuantity(filled),
    remaining_count: formatQuantity(result.order.remaining),
    ...(averages && {
      average_fill_price: formatMoney(averages.price),
      average_fee_paid: formatMoney(averages.fee),
    }),
    ts_ms: result.tsMs,
  }
}

const cancelFields = (result: OrderResult) => ({
  ...identity(result),
  reduced_by: formatQuantity(result.reducedBy),
  ts_ms: result.tsMs,
})

/** What API keys may trade with an attested location only (kalshi-api §1.3). */
const ATTESTED_CATEGORIES = ['Sports', 'Elections', 'Entertainment']

function refuseUnattested({ core, attestation, wallMs }: RestRequest, ticker: MarketTicker): Refusal | undefined {
  const { expirationTs } = attestation
  if (expirationTs === undefined || wallMs < expirationTs * 1000) return undefined
  const series = core.market(ticker)?.series
  const category = core.series().find((one) => one.ticker === series)?.category
  return ATTESTED_CATEGORIES.includes(category ?? '') ? refuse('region_attestation_expired') : undefined
}

function place(request: RestRequest, body: z.infer<typeof createBody>): OrderResult | Refusal {
  const { core, account, faults } = request
  const order = newOrderOf(body)
  if (!order.ok) return order
  const unattested = refuseUnattested(request, order.value.market)
  if (unattested) return unattested
  const postOnlyCancel = order.value.postOnly && faults.happens('postOnlyCancel')
  const result = core.trading.create(account, { ...order.value, postOnlyCancel })
  if (result.ok && core.trading.isAfterCancelAll(account) && faults.happens('cancelAllAftermath')) {
    core.trading.cancel(account, result.order.id)
  }
  return result
}

function createOrder(request: RestRequest): Answer {
  const body = parseBody(request.body, createBody)
  if (!body.ok) return body.answer
  const result = place(request, body.value)
  return result.ok ? created(executionFields(result)) : refused(result)
}

/** 201 wherever the envelope can be read: each item says for itself what became of it. */
function createBatch(request: RestRequest): Answer {
  const body = parseBody(request.body, batchCreateBody)
  if (!body.ok) return body.answer
  return created({ orders: body.value.orders.map((item) => createItem(request, item)) })
}

function createItem(request: RestRequest, item: unknown) {
  if (request.faults.happens('batchItem')) return { error: BATCH_ITEM_FAULT }
  const parsed = readAs(item, createBody)
  if (!parsed.ok) return { error: JSON.parse(parsed.answer.body) as unknown }
  const clientOrderId = parsed.value.client_order_id
  const result = place(request, parsed.value)
  if (result.ok) return executionFields(result)
  return { ...(clientOrderId === undefined ? {} : { client_order_id: clientOrderId }), error: errorOf(result) }
}

/** An item that failed where the others did not: nothing of it took effect. */
const BATCH_ITEM_FAULT = { code: 'internal_server_error', message: 'internal server error' }

const errorOf = ({ code, message }: Refusal) => ({ code, message })

function cancel({ core, account }: RestRequest, id: string): OrderResult | Refusal {
  return refuseOrderId(id) ?? core.trading.cancel(account, id)
}

const addressShape = { subaccount: wholeNumber.optional(), exchange_index: wholeNumber.optional() }

/** The address of a request that carries it in its query. */
export function refuseQueryAddress(query: URLSearchParams): Answer | undefined {
  // −1 asks for routing by ticker, which is what everything here does.
  if (query.get('exchange_index') === '-1') query.delete('exchange_index')
  const parsed = parseQuery(query, addressShape)
  if (!parsed.ok) return parsed.answer
  const refusal = refuseAddress(parsed.value)
  return refusal && refused(refusal)
}

function cancelOrder(request: RestRequest): Answer {
  const misaddressed = refuseQueryAddress(request.query)
  if (misaddressed) return misaddressed
  const result = cancel(request, request.params.order_id ?? '')
  return result.ok ? ok(cancelFields(result)) : refused(result)
}

function cancelBatch(request: RestRequest): Answer {
  const body = parseBody(request.body, batchCancelBody)
  if (!body.ok) return body.answer
  const orders = body.value.orders.map((item) => {
    if (request.faults.happens('batchItem')) {
      return { order_id: item.order_id, reduced_by: '0.00', error: BATCH_ITEM_FAULT }
    }
    const result = refuseAddress(item) ?? cancel(request, item.order_id)
    return result.ok ? cancelFields(result) : { order_id: item.order_id, reduced_by: '0.00', error: errorOf(result) }
  })
  return ok({ orders })
}

function cancelAll({ core, account, query }: RestRequest): Answer {
  const misaddressed = refuseQueryAddress(query)
  if (misaddressed) return misaddressed
  const result = core.trading.cancelAll(account)
  return result.ok ? noContent() : refused(result)
}

function amendOrder(request: RestRequest): Answer {
  const { core, account, params } = request
  const misaddressed = refuseQueryAddress(request.query)
  if (misaddressed) return misaddressed
  const body = parseBody(request.body, amendBody)
  if (!body.ok) return body.answer
  const id = params.order_id ?? ''
  const unreadable = refuseOrderId(id)
  if (unreadable) return refused(unreadable)
  const amendment = amendmentOf(body.value)
  if (!amendment.ok) return refused(amendment)
  const result = core.trading.amend(account, id, amendment.value)
  return result.ok ? ok(executionFields(result)) : refused(result)
}

function decreaseOrder(request: RestRequest): Answer {
  const { core, account, params } = request
  const misaddressed = refuseQueryAddress(request.query)
  if (misaddressed) return misaddressed
  const body = parseBody(request.body, decreaseBody)
  if (!body.ok) return body.answer
  const { reduce_by, reduce_to } = body.value
  if ((reduce_by === undefined) === (reduce_to === undefined)) {
    return refused(refuse('invalid_parameters', 'exactly one of reduce_by and reduce_to is needed'))
  }
  const id = params.order_id ?? ''
  const unreadable = refuseOrderId(id) ?? refuseAddress(body.value)
  if (unreadable) return refused(unreadable)
  const count = readRemaining(reduce_by ?? reduce_to ?? '')
  if (!count.ok) return refused(count)
  const remainingOf = (order: { readonly remaining: number }): number =>
    reduce_by === undefined ? count.value : order.remaining - count.value
  const result = core.trading.decrease(account, id, remainingOf)
  if (!result.ok) return refused(result)
  return ok({ ...identity(result), remaining_count: formatQuantity(result.order.remaining), ts_ms: result.tsMs })
}

/** A batch costs as much as its items would; what cannot be read costs one. */
function itemsOf(body: string): number {
  const parsed = parseBody(body, batchCreateBody)
  return parsed.ok ? parsed.value.orders.length : 1
}

export const batchTooLarge = (itemsMax: number): Answer => badRequest(`a batch has at most ${itemsMax} orders`)
