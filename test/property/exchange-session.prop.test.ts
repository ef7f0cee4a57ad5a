import fc from 'fast-check'
import { expect, it } from 'vitest'
import { seededRandom } from '../../src/clock/seeded-random.ts'
import { parsePrice, parseQuantity } from '../../src/domain/units.ts'
import { createKeyPair } from '../../src/exchange/api-keys.ts'
import { authenticate } from '../../src/exchange/authentication.ts'
import { handleCommand } from '../../src/exchange/ws/commands.ts'
import { fakeExchangeCore, HIGH, LOW, MIDDLE } from '../support/fake-exchange-core.ts'
import { type Frame, marketDataOf, wireClient } from '../support/frame-list.ts'

const market = fc.constantFrom(LOW, MIDDLE, HIGH)
const markets = fc.uniqueArray(market, { minLength: 1 })
const channel = fc.constantFrom('orderbook_delta', 'ticker', 'trade', 'market_lifecycle_v2', 'communications')
const sid = fc.integer({ min: 1, max: 4 })
const action = fc.constantFrom('add_markets', 'delete_markets', 'get_snapshot', 'nonsense')

const command = fc.oneof(
  fc.record({
    cmd: fc.constant('subscribe'),
    params: fc.record({ channels: fc.array(channel), market_tickers: markets }),
  }),
  fc.record({
    cmd: fc.constant('update_subscription'),
    params: fc.record({ sid, action, market_tickers: markets }, { requiredKeys: ['sid'] }),
  }),
  fc.record({ cmd: fc.constant('unsubscribe'), params: fc.record({ sids: fc.array(sid) }) }),
  fc.constant({ cmd: 'list_subscriptions' }),
)
const step = fc.oneof(
  command.map((value) => ({ kind: 'command', value }) as const),
  fc
    .record({ market, side: fc.constantFrom('bid', 'ask'), cents: fc.integer({ min: 1, max: 99 }) })
    .map((value) => ({ kind: 'change', value }) as const),
)

/** Applies the frames of the order book as a client that trusts them would. */
function booksOf(frames: readonly Frame[]): ReadonlyMap<unknown, ReadonlyMap<string, number>> {
  const books = new Map<unknown, Map<string, number>>()
  for (const { type, msg = {} } of frames) {
    const ticker = msg.market_ticker
    if (type === 'orderbook_snapshot') {
      const book = new Map<string, number>()
      for (const [side, levels] of [
        ['yes', msg.yes_dollars_fp],
        ['no', msg.no_dollars_fp],
      ] as const) {
        for (const [price, count] of (levels ?? []) as [string, string][])
          book.set(`${side} ${price}`, parseQuantity(count) ?? 0)
      }
      books.set(ticker, book)
    }
    if (type !== 'orderbook_delta') continue
    const book = books.get(ticker)
    const key = `${msg.side} ${msg.price_dollars}`
    const left = (book?.get(key) ?? 0) + (parseQuantity(String(msg.delta_fp)) ?? 0)
    if (left === 0) book?.delete(key)
    else book?.set(key, left)
  }
  return books
}

it('whatever a client asks, every sid is numbered densely from 1 and its books are the exchange’s', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const core = fakeExchangeCore()
      const client = wireClient(core, marketDataOf(core))
      for (const { kind, value } of steps) {
        if (kind === 'command') client.command({ id: 1, ...value })
        else core.change(value.market, [[value.side, `0.${String(value.cents).padStart(2, '0')}`, '1.00']])
      }
      const last = new Map<number, number>()
      for (const { sid: stream, seq } of client.list.frames) {
        if (stream === undefined || seq === undefined) continue
        expect(seq).toBe((last.get(stream) ?? 0) + 1)
        last.set(stream, seq)
      }
      const books = booksOf(client.list.frames)
      for (const ticker of client.session.on('orderbook_delta')?.markets ?? []) {
        const { bids, asks } = core.book(ticker)
        const own = new Map<string, number>()
        for (const { price, quantity } of bids) own.set(`yes ${price}`, quantity)
        for (const { price, quantity } of asks) own.set(`no ${10_000 - price}`, quantity)
        const told = new Map([...(books.get(ticker) ?? [])].map(([key, quantity]) => [inUnits(key), quantity]))
        expect(told).toEqual(own)
      }
    }),
    { numRuns: 200 },
  )
})

function inUnits(key: string): string {
  const [side, price] = key.split(' ')
  return `${side} ${parsePrice(price ?? '')}`
}

it('no message of a client throws, and each is answered', () => {
  const core = fakeExchangeCore()
  const client = wireClient(core, marketDataOf(core))
  const word = fc.constantFrom('subscribe', 'unsubscribe', 'update_subscription', 'list_subscriptions', 'x')
  const message = fc.oneof(
    fc.string(),
    fc.json(),
    fc.record({ id: fc.anything(), cmd: word, params: fc.object() }).map((value) => JSON.stringify(value) ?? ''),
  )
  fc.assert(
    fc.property(message, (text) => {
      handleCommand({ session: client.session, core }, text)
      expect(client.list.take().length).toBeGreaterThan(0)
    }),
    { numRuns: 500 },
  )
})

it('no headers throw, and none that were made up are accepted', () => {
  const keys = new Map(
    (['rsa', 'ed25519'] as const).map((type) => [type as string, createKeyPair(type, seededRandom(type)).key]),
  )
  const headers = fc.record({
    'kalshi-access-key': fc.constantFrom('rsa', 'ed25519', 'nobody'),
    'kalshi-access-timestamp': fc.oneof(fc.constant('1795132800123'), fc.string()),
    'kalshi-access-signature': fc.oneof(fc.string(), fc.base64String()),
  })
  fc.assert(
    fc.property(headers, (given) => {
      const request = { method: 'GET', path: '/trade-api/ws/v2', headers: given }
      expect(authenticate(request, keys, 1_795_132_800_123).ok).toBe(false)
    }),
    { numRuns: 300 },
  )
})
