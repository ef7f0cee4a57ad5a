import fc from 'fast-check'
import { expect, it } from 'vitest'
import { seededRandom } from '../../src/clock/seeded-random.ts'
import { simulatedClock } from '../../src/clock/simulated-clock.ts'
import { createKeyPair } from '../../src/exchange/api-keys.ts'
import { rateBuckets } from '../../src/exchange/rate-buckets.ts'
import { handleRequest } from '../../src/exchange/rest/handle-request.ts'
import { PortfolioViews } from '../../src/exchange/trading/portfolio-views.ts'
import { TradingFaults } from '../../src/exchange/trading-faults.ts'
import { FAKE_NOW_MS, fakeExchangeCore, LOW, MIDDLE } from '../support/fake-exchange-core.ts'
import { signedHeaders } from '../support/signed-headers.ts'

/** Nothing that a client sends may end the exchange: what is wrong is refused, and what is odd but right is done. */
const pair = createKeyPair('ed25519', seededRandom('requests'))
const ENDLESS = { refillRate: 1e9, bucketCapacity: 1e9 }

const oddNumber = fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.double(), fc.constantFrom(0, -1, 2 ** 53))
const decimal = fc.oneof(
  fc.constantFrom(
    '0.3500',
    '10.00',
    '0.01',
    '90071992547409.91',
    '0',
    '-1',
    '1e9',
    '90071992547409.91',
    '999999999999999999999',
    '',
    '.5',
  ),
  fc.integer({ min: 1, max: 9_999 }).map((units) => `0.${String(units).padStart(4, '0')}`),
  fc.string(),
)
const cents = fc.integer({ min: 1, max: 99 }).map((value) => `0.${String(value).padStart(2, '0')}`)
const odd = <Value>(right: fc.Arbitrary<Value>) => fc.oneof({ weight: 40, arbitrary: right }, oddNumber, fc.anything())
const createBody = fc.record(
  {
    ticker: odd(fc.constantFrom(LOW, MIDDLE, 'NOPE')),
    client_order_id: odd(fc.uuid()),
    side: odd(fc.constantFrom('bid', 'ask')),
    count: odd(decimal),
    price: odd(cents),
    time_in_force: odd(fc.constantFrom('good_till_canceled', 'immediate_or_cancel', 'fill_or_kill')),
    self_trade_prevention_type: odd(fc.constantFrom('taker_at_cross', 'maker')),
    expiration_time: odd(fc.constantFrom(2_000_000_000, 2 ** 52)),
    post_only: odd(fc.boolean()),
    reduce_only: odd(fc.boolean()),
    order_group_id: odd(fc.constant(undefined)),
    exchange_index: odd(fc.constantFrom(-1, 0)),
  },
  { requiredKeys: ['ticker', 'side', 'count', 'price', 'time_in_force', 'self_trade_prevention_type'] },
)
const changeBody = fc.record(
  {
    ticker: odd(fc.constant(LOW)),
    side: odd(fc.constant('bid')),
    price: odd(decimal),
    count: odd(decimal),
    reduce_by: odd(decimal),
    reduce_to: odd(decimal),
    contracts_limit: odd(oddNumber),
    contracts_limit_fp: odd(decimal),
  },
  { requiredKeys: [] },
)
const ORDERS = '/portfolio/events/orders'
const call = fc.oneof(
  { weight: 4, arbitrary: fc.record({ method: fc.constant('POST'), path: fc.constant(ORDERS), body: createBody }) },
  fc.record({
    method: fc.constantFrom('POST', 'DELETE'),
    path: fc.constant(`${ORDERS}/batched`),
    body: fc.record({
      orders: fc.array(fc.oneof(createBody, fc.record({ order_id: fc.string() }), fc.anything()), { maxLength: 3 }),
    }),
  }),
  fc.record({
    method: fc.constantFrom('POST', 'DELETE', 'PUT', 'GET'),
    path: fc.constantFrom(
      `${ORDERS}/ORDER/amend`,
      `${ORDERS}/ORDER/decrease`,
      `${ORDERS}/ORDER`,
      ORDERS,
      '/portfolio/order_groups/create',
      '/portfolio/order_groups/g/limit',
    ),
    body: changeBody,
  }),
  fc.record({
    method: fc.constant('GET'),
    path: fc
      .tuple(
        fc.constantFrom('orders', 'fills', 'positions', 'settlements', 'balance', 'orders/queue_positions'),
        fc.constantFrom('limit', 'cursor', 'min_ts', 'event_ticker', 'market_tickers', 'subaccount', 'exchange_index'),
        fc.oneof(fc.string(), fc.maxSafeInteger().map(String)),
      )
      .map(([path, name, value]) => `/portfolio/${path}?${name}=${encodeURIComponent(value)}`),
    body: fc.constant(undefined),
  }),
)

it('no request throws, and all money stays money', { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(fc.array(call, { minLength: 1, maxLength: 12 }), (calls) => {
      const core = fakeExchangeCore()
      const clock = simulatedClock({ startMs: FAKE_NOW_MS })
      const faults = new TradingFaults({ random: seededRandom('sound'), clock: clock.transport })
      const portfolios = new PortfolioViews({ startingCash: core.startingCash, clock: clock.transport, lagMs: () => 0 })
      core.listenAccounts((happening) => portfolios.take(happening))
      core.floor.tape(LOW, 'ask', 35, 10)
      const limits = { read: ENDLESS, write: ENDLESS }
      const scope = {
        core,
        tier: 'endless',
        limits,
        keys: new Map([[pair.key.id, pair.key]]),
        portfolios,
        faults,
        attestation: { expirationTs: undefined },
        buckets: rateBuckets(limits, clock.transport),
      }
      let order = '00000000-0000-4000-a000-000000000000'
      for (const { method, path, body } of calls) {
        const target = `/trade-api/v2${path.replace('ORDER', order)}`
        const signed = signedHeaders(pair, FAKE_NOW_MS, method, target.split('?')[0] ?? '')
        const headers = Object.fromEntries(Object.entries(signed).map(([name, value]) => [name.toLowerCase(), value]))
        const request = { method, target, headers, body: JSON.stringify(body) ?? '' }
        const answer = handleRequest(scope, request, FAKE_NOW_MS)
        expect([200, 201, 204, 400, 404, 405, 409, 410]).toContain(answer.status)
        if (answer.status === 201) order = JSON.parse(answer.body).order_id ?? order
      }
      for (const { account } of core.floor.happenings) {
        const { cash, available } = core.floor.engine.account(account)
        expect(Number.isSafeInteger(cash) && available >= 0).toBe(true)
      }
    }),
    { numRuns: 400 },
  )
})
