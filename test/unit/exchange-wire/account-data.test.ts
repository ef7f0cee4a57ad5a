import { beforeEach, describe, expect, it } from 'vitest'
import { seededRandom } from '../../../src/clock/seeded-random.ts'
import { simulatedClock } from '../../../src/clock/simulated-clock.ts'
import { accountIdOf } from '../../../src/domain/ids.ts'
import { quantityFromContracts } from '../../../src/domain/units.ts'
import { TradingFaults } from '../../../src/exchange/trading-faults.ts'
import { AccountData } from '../../../src/exchange/ws/account-data.ts'
import { type FakeExchangeCore, fakeExchangeCore, LOW, MIDDLE } from '../../support/fake-exchange-core.ts'
import { type Frame, marketDataOf, type WireClient, wireClient } from '../../support/frame-list.ts'
import { newOrder } from '../../support/trading-floor.ts'

const US = accountIdOf('us')
const THEM = accountIdOf('them')
const PRIVATE = ['fill', 'user_orders', 'market_positions', 'order_group_updates']

let core: FakeExchangeCore
let accounts: AccountData

beforeEach(() => {
  core = fakeExchangeCore()
  const clock = simulatedClock({ startMs: 0 })
  accounts = new AccountData(new TradingFaults({ random: seededRandom('sound'), clock: clock.transport }))
  core.listenAccounts((happening) => accounts.tell(happening))
})

function client(connection: number, account = US): WireClient {
  const one = wireClient(core, marketDataOf(core), { connection, account })
  accounts.attach(one.session)
  return one
}

const subscribe = (channels: readonly string[], more = {}) => ({
  id: 1,
  cmd: 'subscribe',
  params: { channels, ...more },
})
const typesOf = (frames: readonly Frame[]): string[] => frames.map((frame) => frame.type)

describe('private channels', () => {
  it('tell the account, and nobody else, what a fill did to its order and position', () => {
    const [ours, theirs] = [client(1), client(2, THEM)]
    for (const one of [ours, theirs]) one.command(subscribe(PRIVATE))
    core.floor.tape(LOW, 'ask', 35, 10)
    core.trading.create(US, newOrder(LOW, 'bid', 35, 4, { clientOrderId: 'c1' }))
    const frames = ours.list.take()
    expect(typesOf(frames)).toEqual(['fill', 'user_order', 'market_position'])
    expect(frames.every((frame) => frame.seq === undefined)).toBe(true)
    expect(frames.map((frame) => frame.msg)).toMatchObject([
      {
        client_order_id: 'c1',
        market_ticker: LOW,
        is_taker: true,
        outcome_side: 'yes',
        book_side: 'bid',
        yes_price_dollars: '0.3500',
        count_fp: '4.00',
        // 0.07 × 4 × .35 × .65 = .0637, which lies on the grid already.
        fee_cost: '0.063700',
        post_position_fp: '4.00',
      },
      {
        ticker: LOW,
        status: 'executed',
        initial_count_fp: '4.00',
        fill_count_fp: '4.00',
        remaining_count_fp: '0.00',
        taker_fill_cost_dollars: '1.400000',
        taker_fees_dollars: '0.063700',
        last_update_reason: 'Trade',
      },
      { position_fp: '4.00', position_cost_dollars: '1.400000', fees_paid_dollars: '0.063700', volume_fp: '4.00' },
    ])
    expect(theirs.list.take()).toEqual([])
  })

  it('tell every state of an order, a cancel by its user without a reason', () => {
    const ours = client(1)
    ours.command(subscribe(['user_orders']))
    const placed = core.trading.create(US, newOrder(LOW, 'ask', 60, 4))
    if (!placed.ok) throw new RangeError(placed.code)
    core.trading.decrease(US, placed.order.id, () => 300)
    core.trading.cancel(US, placed.order.id)
    expect(ours.list.take().map(({ msg }) => [msg?.status, msg?.remaining_count_fp, msg?.last_update_reason])).toEqual([
      ['resting', '4.00', undefined],
      ['resting', '3.00', 'Decrease'],
      ['canceled', '0.00', undefined],
    ])
  })

  it('may be limited to some markets', () => {
    const ours = client(1)
    ours.command(subscribe(['user_orders'], { market_tickers: [LOW] }))
    core.trading.create(US, newOrder(MIDDLE, 'bid', 30, 1))
    expect(ours.list.take()).toEqual([])
    core.trading.create(US, newOrder(LOW, 'bid', 30, 1))
    expect(ours.list.take()).toHaveLength(1)
  })

  it('number the updates of order groups, acknowledgements of that sid included, and nothing else', () => {
    const ours = client(1)
    ours.command(subscribe(['order_group_updates']))
    const created = core.trading.createGroup(US, quantityFromContracts(50))
    if (!created.ok) throw new RangeError(created.code)
    const { group } = created
    core.trading.changeGroup(US, group.id, { kind: 'triggered' })
    core.trading.changeGroup(US, group.id, { kind: 'reset' })
    core.trading.changeGroup(US, group.id, { kind: 'limit_updated', limit: quantityFromContracts(7) })
    core.trading.changeGroup(US, group.id, { kind: 'deleted' })
    const frames = [...ours.list.take(), ...ours.command({ id: 2, cmd: 'unsubscribe', params: { sids: [1] } })]
    expect(frames.map(({ seq, type, msg }) => [seq, msg?.event_type ?? type, msg?.contracts_limit_fp])).toEqual([
      [1, 'created', '50.00'],
      [2, 'triggered', undefined],
      [3, 'reset', undefined],
      [4, 'limit_updated', '7.00'],
      [5, 'deleted', undefined],
      [6, 'unsubscribed', undefined],
    ])
  })

  it('have no market filter where they are of the whole account', () => {
    const ours = client(1)
    ours.command(subscribe(['order_group_updates']))
    const params = { sid: 1, action: 'add_markets', market_tickers: [LOW] }
    expect(ours.command({ id: 2, cmd: 'update_subscription', params })).toMatchObject([{ msg: { code: 13 } }])
  })

  it('fall silent with their connection', () => {
    const ours = client(1)
    ours.command(subscribe(PRIVATE))
    accounts.detach(ours.session)
    core.trading.create(US, newOrder(LOW, 'bid', 30, 1))
    expect(ours.list.take()).toEqual([])
  })
})
