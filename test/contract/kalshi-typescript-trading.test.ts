import {
  AccountApi,
  type BookSide,
  Configuration,
  type CreateOrderV2Request,
  OrderGroupsApi,
  OrdersApi,
  PortfolioApi,
} from 'kalshi-typescript'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { seededRandom } from '../../src/clock/seeded-random.ts'
import { systemTransportClock } from '../../src/clock/system-clock.ts'
import { accountIdOf } from '../../src/domain/ids.ts'
import type { Price } from '../../src/domain/units.ts'
import { createKeyPair } from '../../src/exchange/api-keys.ts'
import { type ExchangeServer, startExchangeServer } from '../../src/exchange/server.ts'
import {
  FAKE_EVENT,
  FAKE_NOW_MS,
  type FakeExchangeCore,
  fakeExchangeCore,
  LOW,
  MIDDLE,
} from '../support/fake-exchange-core.ts'
import { mismatchesOf } from '../support/sdk-models.ts'
import { newOrder } from '../support/trading-floor.ts'

/** The official SDK, unmodified, trades: over loopback, with a real signature, against the real matching. */
const pair = createKeyPair('rsa', seededRandom('trading'))
const THEM = accountIdOf('them')
let core: FakeExchangeCore
let server: ExchangeServer
let basePath = ''
/** Made once: each of them adds its signer to the axios instance that all of them share. */
const configuration = new Configuration({ apiKey: pair.key.id, privateKeyPem: pair.privateKeyPem })
const orders = new OrdersApi(configuration)
const portfolio = new PortfolioApi(configuration)
const groups = new OrderGroupsApi(configuration)
const account = new AccountApi(configuration)

beforeEach(async () => {
  core = fakeExchangeCore()
  const world = { transport: systemTransportClock() }
  // The most generous tier: what is tested here is not the rate.
  server = await startExchangeServer({ core, port: 0, keys: [pair.key], tier: 'prestige', world })
  basePath = server.url
  for (const api of [orders, portfolio, groups, account]) Object.assign(api, { basePath })
  core.floor.tape(LOW, 'ask', 35, 10)
  core.floor.tape(LOW, 'bid', 31, 10)
})

afterEach(() => server.close())

let ids = 0
const order = (side: BookSide, price: string, count: string, more: Partial<CreateOrderV2Request> = {}) => ({
  ticker: LOW,
  client_order_id: `sdk-${ids++}`,
  side,
  price,
  count,
  time_in_force: 'good_till_canceled' as const,
  self_trade_prevention_type: 'taker_at_cross' as const,
  ...more,
})

/** What the SDK's user gets: an axios error with the venue's status and body. */
const refusalOf = async (call: Promise<unknown>): Promise<{ status: number; data: unknown }> => {
  const { response } = await call.then(
    () => ({ response: { status: 0, data: 'accepted' } }),
    (error: { response: { status: number; data: unknown } }) => error,
  )
  return { status: response.status, data: response.data }
}

const coded = (status: number, code: string) => ({ status, data: { error: { code, message: expect.any(String) } } })

describe('kalshi-typescript trades', () => {
  it('takes, sees its fill, its position and what is left of its cash', async () => {
    const { status, data } = await orders.createOrderV2(order('bid', '0.3600', '10.00'))
    expect([status, mismatchesOf('CreateOrderV2Response', data)]).toEqual([201, []])
    expect(data).toMatchObject({
      fill_count: '10.00',
      remaining_count: '0.00',
      average_fill_price: '0.350000',
      average_fee_paid: '0.015930',
      ts_ms: FAKE_NOW_MS,
    })
    const { data: filled } = await portfolio.getFills()
    expect(mismatchesOf('GetFillsResponse', filled)).toEqual([])
    expect(filled.fills).toMatchObject([
      { order_id: data.order_id, is_taker: true, yes_price_dollars: '0.3500', fee_cost: '0.159300' },
    ])
    const { data: held } = await portfolio.getPositions()
    expect(mismatchesOf('GetPositionsResponse', held)).toEqual([])
    expect(held).toMatchObject({
      market_positions: [{ ticker: LOW, position_fp: '10.00', market_exposure_dollars: '3.500000' }],
      event_positions: [{ event_ticker: FAKE_EVENT, event_exposure_dollars: '3.500000' }],
    })
    const { data: balance } = await portfolio.getBalance()
    expect(mismatchesOf('GetBalanceResponse', balance)).toEqual([])
    expect(balance).toMatchObject({ balance: 999_634, balance_dollars: '9996.3407', portfolio_value: 350 })
  })

  it('rests, reads its order and queue, decreases, amends and cancels it', async () => {
    const { data } = await orders.createOrderV2(order('bid', '0.3100', '6.00', { client_order_id: 'rest' }))
    const { data: read } = await orders.getOrder(data.order_id)
    expect(mismatchesOf('GetOrderResponse', read)).toEqual([])
    expect(read.order).toMatchObject({ client_order_id: 'rest', status: 'resting', remaining_count_fp: '6.00' })
    const { data: queue } = await orders.getOrderQueuePosition(data.order_id)
    expect(queue).toEqual({ queue_position_fp: '10.00' })
    const { data: queues } = await orders.getOrderQueuePositions(LOW)
    expect(mismatchesOf('GetOrderQueuePositionsResponse', queues)).toEqual([])
    const { data: value } = await portfolio.getPortfolioRestingOrderTotalValue()
    expect(mismatchesOf('GetPortfolioRestingOrderTotalValueResponse', value)).toEqual([])
    expect(value.total_resting_order_value).toBe(186)

    const { data: decreased } = await orders.decreaseOrderV2(data.order_id, { reduce_by: '1.00' })
    expect(mismatchesOf('DecreaseOrderV2Response', decreased)).toEqual([])
    expect(decreased).toMatchObject({ remaining_count: '5.00', client_order_id: 'rest' })
    const amendment = { ticker: LOW, side: 'bid' as const, price: '0.3500', count: '5.00' }
    const { data: amended } = await orders.amendOrderV2(data.order_id, {
      ...amendment,
      updated_client_order_id: 'rest-2',
    })
    expect(mismatchesOf('AmendOrderV2Response', amended)).toEqual([])
    expect(amended).toMatchObject({ client_order_id: 'rest-2', fill_count: '5.00', remaining_count: '0.00' })

    const { data: second } = await orders.createOrderV2(order('ask', '0.6000', '3.00'))
    const { data: canceled } = await orders.cancelOrderV2(second.order_id, undefined, undefined, LOW)
    expect(mismatchesOf('CancelOrderV2Response', canceled)).toEqual([])
    expect(canceled).toMatchObject({ order_id: second.order_id, reduced_by: '3.00' })
    const { data: list } = await orders.getOrders(LOW, undefined, undefined, undefined, 'canceled')
    expect(mismatchesOf('GetOrdersResponse', list)).toEqual([])
    expect(list.orders.map((one) => one.order_id)).toEqual([second.order_id])
  })

  it('sends batches, of which each item says for itself what became of it', async () => {
    const batch = [
      order('bid', '0.3000', '5.00', { client_order_id: 'a1' }),
      order('bid', '0.3050', '5.00', { client_order_id: 'a2' }),
    ]
    const { status, data } = await orders.batchCreateOrdersV2({ orders: batch })
    expect([status, mismatchesOf('BatchCreateOrdersV2Response', data)]).toEqual([201, []])
    expect(data.orders).toMatchObject([
      { client_order_id: 'a1', remaining_count: '5.00' },
      { client_order_id: 'a2', error: { code: 'invalid_price' } },
    ])
    const placed = data.orders[0]?.order_id ?? ''
    const unknown = '00000000-0000-4000-a000-00000000dead'
    const { data: canceled } = await orders.batchCancelOrdersV2({
      orders: [{ order_id: placed }, { order_id: unknown }],
    })
    expect(mismatchesOf('BatchCancelOrdersV2Response', canceled)).toEqual([])
    expect(canceled.orders).toMatchObject([
      { order_id: placed, reduced_by: '5.00' },
      { order_id: unknown, reduced_by: '0.00', error: { code: 'not_found' } },
    ])
  })

  it('cancels everything at once', async () => {
    await orders.createOrderV2(order('bid', '0.2000', '1.00'))
    await orders.createOrderV2(order('bid', '0.2000', '1.00', { ticker: MIDDLE }))
    expect((await orders.cancelAllOrders()).status).toBe(204)
    const { data } = await orders.getOrders(undefined, undefined, undefined, undefined, 'resting')
    expect(data.orders).toEqual([])
  })

  it('keeps a limit at the exchange by an order group', async () => {
    const { data: group } = await groups.createOrderGroup({ contracts_limit_fp: '4.00' })
    expect(mismatchesOf('CreateOrderGroupResponse', group)).toEqual([])
    const more = { order_group_id: group.order_group_id }
    const { data } = await orders.createOrderV2(order('bid', '0.3500', '9.00', more))
    expect(data).toMatchObject({ fill_count: '4.00', remaining_count: '0.00' })
    expect(await refusalOf(orders.createOrderV2(order('bid', '0.3000', '1.00', more)))).toEqual(
      coded(400, 'invalid_order'),
    )
    await groups.updateOrderGroupLimit(group.order_group_id, { contracts_limit: 20 })
    await groups.resetOrderGroup(group.order_group_id)
    const { data: resting } = await orders.createOrderV2(order('bid', '0.3000', '1.00', more))
    const { data: read } = await groups.getOrderGroup(group.order_group_id)
    expect(mismatchesOf('GetOrderGroupResponse', read)).toEqual([])
    expect(read).toMatchObject({ contracts_limit_fp: '20.00', orders: [resting.order_id] })
    await groups.triggerOrderGroup(group.order_group_id)
    const { data: list } = await groups.getOrderGroups()
    expect(mismatchesOf('GetOrderGroupsResponse', list)).toEqual([])
    expect(list.order_groups).toMatchObject([{ id: group.order_group_id, is_auto_cancel_enabled: false }])
    await groups.deleteOrderGroup(group.order_group_id)
    expect((await groups.getOrderGroups()).data.order_groups).toEqual([])
  })

  it('is paid at the settlement, in whole cents', async () => {
    await orders.createOrderV2(order('ask', '0.3100', '2.50'))
    core.floor.engine.settleMarket(LOW, { result: 'scalar', value: 2_550 as Price }, FAKE_NOW_MS)
    core.floor.engine.commit()
    const { data } = await portfolio.getSettlements()
    expect(mismatchesOf('GetSettlementsResponse', data)).toEqual([])
    expect(data.settlements).toMatchObject([
      {
        ticker: LOW,
        event_ticker: FAKE_EVENT,
        market_result: 'scalar',
        yes_count_fp: '0.00',
        no_count_fp: '2.50',
        no_total_cost_dollars: '1.725000',
        // 2.5 × 74.5 c = 186.25 c.
        revenue: 186,
        value: 25,
        fee_cost: '0.037500',
      },
    ])
    const { data: balance } = await portfolio.getBalance()
    expect(balance.balance_dollars).toBe('10000.0975')
  })
})

describe('each error as the SDK’s user sees it', () => {
  it.each<[string, Partial<CreateOrderV2Request>, number, string]>([
    ['a price off the tick', { price: '0.3150' }, 400, 'invalid_price'],
    ['a price that is none', { price: '31 cents' }, 400, 'invalid_price'],
    ['a count of nothing', { count: '0.00' }, 400, 'invalid_order_size'],
    ['a count beyond measure', { count: '90071992547409.91' }, 400, 'invalid_order_size'],
    ['a count too fine', { count: '0.001' }, 400, 'invalid_order_size'],
    ['a post-only order that takes', { price: '0.3500', post_only: true }, 400, 'invalid_order'],
    ['a resting reduce-only order', { reduce_only: true }, 400, 'invalid_order'],
    ['a client id with a dot', { client_order_id: 'a.b' }, 400, 'invalid_parameters'],
    ['another subaccount', { subaccount: 3 }, 400, 'invalid_parameters'],
    ['another shard', { exchange_index: 2 }, 404, 'user_not_found'],
    ['more than the cash', { count: '40000.00' }, 400, 'insufficient_balance'],
    ['a market that is not', { ticker: 'KXNOPE-26NOV20-T1' }, 404, 'not_found'],
    [
      'an IOC that expires',
      { time_in_force: 'immediate_or_cancel', expiration_time: 2_000_000_000 },
      400,
      'Cannot_specify_both_IoC_and_expiration_timestamp',
    ],
    [
      'an unfillable FOK',
      { time_in_force: 'fill_or_kill', price: '0.3500', count: '11.00' },
      409,
      'fill_or_kill_insufficient_resting_volume',
    ],
  ])('%s', async (_what, more, status, code) => {
    const call = orders.createOrderV2(order('bid', '0.3100', '1.00', more))
    expect(await refusalOf(call)).toEqual(coded(status, code))
  })

  it('a client id that was used before, which proves that the first order arrived', async () => {
    const same = order('bid', '0.3000', '1.00')
    const { data } = await orders.createOrderV2(same)
    expect(await refusalOf(orders.createOrderV2(same))).toEqual(coded(409, 'order_already_exists'))
    const { data: list } = await orders.getOrders(LOW)
    expect(list.orders).toMatchObject([{ order_id: data.order_id, client_order_id: same.client_order_id }])
  })

  it('a body of the wrong types is the flat one', async () => {
    const numbers = { ...order('bid', '0.3000', '1.00'), count: 1 } as unknown as CreateOrderV2Request
    expect(await refusalOf(orders.createOrderV2(numbers))).toEqual({
      status: 400,
      data: { code: 'bad_request', message: expect.stringMatching(/count/) },
    })
    const endless = order('bid', '0.3000', '1.00', { expiration_time: Number.MAX_SAFE_INTEGER })
    expect(await refusalOf(orders.createOrderV2(endless))).toMatchObject({ status: 400, data: { code: 'bad_request' } })
    expect(await refusalOf(orders.getOrders(LOW, undefined, undefined, undefined, undefined, 1_001))).toEqual({
      status: 400,
      data: { msg: 'limit must be at most 1000' },
    })
  })

  it('an order that is gone, another account’s, or no order at all', async () => {
    const theirs = core.trading.create(THEM, newOrder(LOW, 'bid', 30, 1))
    if (!theirs.ok) throw new RangeError(theirs.code)
    expect(await refusalOf(orders.cancelOrderV2(theirs.order.id))).toEqual(coded(404, 'not_found'))
    expect(await refusalOf(orders.getOrder(theirs.order.id))).toEqual(coded(404, 'not_found'))
    expect(await refusalOf(orders.cancelOrderV2('nonsense'))).toEqual(coded(400, 'invalid_UUID'))
    const { data } = await orders.createOrderV2(order('bid', '0.3000', '1.00'))
    await orders.cancelOrderV2(data.order_id)
    expect(await refusalOf(orders.cancelOrderV2(data.order_id))).toEqual(coded(404, 'not_found'))
    expect(await refusalOf(orders.decreaseOrderV2(data.order_id, { reduce_by: '1.00' }))).toEqual(
      coded(404, 'not_found'),
    )
  })

  it('an amendment of something else', async () => {
    const { data } = await orders.createOrderV2(order('bid', '0.3000', '1.00'))
    const amend = (more: object) =>
      refusalOf(
        orders.amendOrderV2(data.order_id, { ticker: LOW, side: 'bid', price: '0.3000', count: '2.00', ...more }),
      )
    expect(await amend({ ticker: MIDDLE })).toEqual(coded(400, 'order_ticker_mismatch'))
    expect(await amend({ side: 'ask' })).toEqual(coded(400, 'order_side_mismatch'))
    expect(await amend({ client_order_id: 'x' })).toEqual(coded(400, 'order_id_and_client_order_id_mismatch'))
  })

  it('a market that is paused, a trading pause and an exchange pause', async () => {
    const create = () => refusalOf(orders.createOrderV2(order('bid', '0.3000', '1.00')))
    core.setStatus(LOW, 'paused')
    expect(await create()).toEqual(coded(409, 'MARKET_INACTIVE'))
    core.setStatus(LOW, 'active')
    core.trading.setPause('trading')
    expect(await create()).toEqual(coded(409, 'trading_is_paused'))
    core.trading.setPause('exchange')
    expect(await create()).toEqual(coded(409, 'exchange_is_paused'))
  })
})
