import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../../src/clock/seeded-random.ts'
import { simulatedClock } from '../../../src/clock/simulated-clock.ts'
import { accountIdOf, type MarketTicker, seriesTickerOf } from '../../../src/domain/ids.ts'
import type { Price } from '../../../src/domain/units.ts'
import type { PlayedExchange } from '../../../src/exchange/create-core.ts'
import type { AccountHappening } from '../../../src/exchange/trading/happenings.ts'
import { newOrder } from '../../support/trading-floor.ts'
import { heldDay } from './played-day.ts'

const MAKER = accountIdOf('maker')
const TAKER = accountIdOf('taker')

/** One account quotes a cent inside the spread after every recorded trade, another one takes now and then. */
function tradedDay() {
  const day = heldDay()
  const accounts: AccountHappening[] = []
  day.core.listenAccounts((happening) => accounts.push(happening))
  let trades = 0
  day.core.listen((happening) => {
    if (happening.kind !== 'traded' || happening.trades[0]?.createdTime === undefined) return
    const market = happening.trades[0].market
    const { bids, asks } = day.core.book(market)
    const [bid, ask] = [bids[0]?.price, asks[0]?.price]
    if (bid === undefined || ask === undefined || ++trades % 3 !== 0) return
    if (ask - bid > 200) {
      day.core.trading.create(MAKER, newOrder(market, 'bid', bid / 100 + 1, 7, { postOnly: true }))
      day.core.trading.create(MAKER, newOrder(market, 'ask', ask / 100 - 1, 7, { postOnly: true }))
    }
    const side = trades % 2 === 0 ? 'bid' : 'ask'
    const limit = (side === 'bid' ? ask : bid) / 100
    day.core.trading.create(TAKER, newOrder(market, side, limit, 3, { timeInForce: 'immediate_or_cancel' }))
  })
  day.core.play()
  day.clock.advance(0)
  return { ...day, accounts }
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0)

describe('accounts on the bundled day', { timeout: 60_000 }, () => {
  const day = tradedDay()
  const of = (account: string) => day.accounts.filter((happening) => happening.account === account)

  test.each([MAKER, TAKER])(
    'the balance of the %s is its fills, their fees and its settlements, to the last unit',
    (id) => {
      const fills = of(id).flatMap((happening) => (happening.kind === 'filled' ? [happening.fill] : []))
      const settlements = of(id).flatMap((happening) => (happening.kind === 'settled' ? [happening.settlement] : []))
      const last = of(id).findLast((happening) => happening.kind === 'balanceChanged')
      expect(fills.length).toBeGreaterThan(100)
      const net = new Map<MarketTicker, number>()
      let cash: number = day.core.startingCash
      for (const { market, side, price, quantity, fee } of fills) {
        const sign = side === 'bid' ? 1 : -1
        net.set(market, (net.get(market) ?? 0) + sign * quantity)
        cash -= sign * price * quantity + fee
      }
      // A NO contract is a YES sold with the dollar laid aside that it may have to pay: at the end YES pays, or does not.
      for (const [market, quantity] of net) {
        cash += quantity * (day.core.market(market)?.result === 'yes' ? 10_000 : 0)
      }
      expect(last?.kind === 'balanceChanged' && last.balance).toEqual({ cash, held: 0 })
      expect(settlements.map(({ market, net: settled }) => [market, settled]).sort()).toEqual([...net].sort())
    },
  )

  test('makers are filled by recorded takers and by each other, and pay no fee on weather', () => {
    const fills = of(MAKER).flatMap((happening) => (happening.kind === 'filled' ? [happening.fill] : []))
    const takers = new Set(
      of(TAKER).flatMap((happening) => (happening.kind === 'filled' ? [happening.fill.tradeId] : [])),
    )
    expect(fills.some((fill) => takers.has(fill.tradeId))).toBe(true)
    expect(fills.some((fill) => !takers.has(fill.tradeId))).toBe(true)
    expect(sumOf(fills.filter((fill) => !fill.isTaker).map((fill) => fill.fee))).toBe(0)
  })

  test('no order outlives its market', () => {
    const open = new Map<string, string>()
    for (const happening of day.accounts) {
      if (happening.kind === 'orderChanged') open.set(happening.order.id, happening.order.status)
    }
    expect([...open.values()].filter((status) => status === 'resting')).toEqual([])
    const reasons = day.accounts.flatMap((one) => (one.kind === 'orderChanged' ? [one.order.reason] : []))
    expect(reasons).toContain('CloseCancel')
  })

  test('what happened is told in the order of its time', () => {
    const times = day.happenings.map((happening) => happening.tsMs)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    const accountTimes = day.accounts.map((happening) => happening.tsMs)
    expect(accountTimes).toEqual(accountTimes.toSorted((a, b) => a - b))
  })

  test('every trade of an account is public, and all trades of the recording are there or were taken over by it', () => {
    const printed = new Set(day.core.trades().map((trade) => trade.tradeId))
    for (const happening of day.accounts) {
      if (happening.kind === 'filled') expect(printed.has(happening.fill.tradeId)).toBe(true)
    }
  })
})

test('an order never overtakes what the tape has done by then, also while no turn of the loop has come', () => {
  const clock = simulatedClock({ startMs: 0 })
  let busyNs = 0
  const transport = { ...clock.transport, monotonicNs: () => clock.transport.monotonicNs() + busyNs }
  const world = { transport, random: seededRandom('run') }
  const { core, happenings } = heldDay({ startMs: Date.parse('2024-12-17T17:30:00Z'), speed: 1, world })
  core.play()
  busyNs = 3_600e9
  const trades = core.trades().length
  const market = core.markets().find(({ ticker, status }) => status === 'active' && core.book(ticker).asks.length > 0)
  if (!market) throw new RangeError('a market has a book by then')
  expect(core.trading.create(TAKER, newOrder(market.ticker, 'bid', 99, 1)).ok).toBe(true)
  expect(core.trades().length).toBeGreaterThan(trades + 1)
  const times = happenings.map((happening) => happening.tsMs)
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  expect(happenings.findLast((happening) => happening.kind === 'traded')?.tsMs).toBe(core.nowMs())
})

describe('the operator of the exchange', () => {
  const startMs = Date.parse('2024-12-17T17:30:00Z')
  const NY = (core: PlayedExchange): MarketTicker => {
    const market = core
      .markets()
      .find(({ ticker }) => ticker.startsWith('KXHIGHNY') && core.book(ticker).bids.length > 0)
    if (!market) throw new RangeError('New York has a book by then')
    return market.ticker
  }
  const midday = () => {
    const day = heldDay({ startMs, speed: 1 })
    const market = NY(day.core)
    const reasons: string[] = []
    day.core.listenAccounts((one) => {
      if (one.kind === 'orderChanged') reasons.push(`${one.order.status} ${one.order.reason ?? ''}`.trim())
    })
    return { ...day, market, reasons, told: () => day.happenings.map(lineOf) }
  }
  const lineOf = (one: { kind: string; type?: string }): string => one.type ?? one.kind
  const untilSettled = ({ core, clock }: ReturnType<typeof midday>) => {
    core.play()
    clock.advance(core.endMs - core.nowMs())
  }

  test('deactivates and activates a market: orders and cancels are refused, then the book is empty', () => {
    const day = midday()
    const { core, market } = day
    const placed = core.trading.create(MAKER, newOrder(market, 'bid', 1, 5))
    if (!placed.ok) throw new RangeError(placed.code)
    core.controls.deactivate(market)
    expect(core.market(market)?.status).toBe('paused')
    expect(core.trading.cancel(MAKER, placed.order.id)).toMatchObject({ code: 'MARKET_INACTIVE' })
    expect(() => core.controls.deactivate(market)).toThrow(/is paused: it must be active/)
    core.controls.activate(market)
    expect([core.market(market)?.status, core.book(market)]).toEqual(['active', { bids: [], asks: [] }])
    expect([day.told(), day.reasons.at(-1)]).toEqual([
      ['bookChanged', 'deactivated', 'activated', 'bookChanged'],
      'canceled HaltCancel',
    ])
  })

  test('closes a market early, for orders and for the tape', () => {
    const day = midday()
    const { core, market } = day
    core.trading.create(MAKER, newOrder(market, 'bid', 1, 5))
    const volume = core.market(market)?.volume
    core.controls.closeEarly(market)
    expect(core.market(market)).toMatchObject({ status: 'closed', closeMs: startMs })
    expect(day.reasons.at(-1)).toBe('canceled CloseCancel')
    untilSettled(day)
    expect(core.market(market)).toMatchObject({ status: 'finalized', volume })
  })

  test('settles a market otherwise than it was recorded, also in between, and pays by it', () => {
    const day = midday()
    const { core, market } = day
    const ask = core.book(market).asks[0]?.price ?? 0
    const placed = core.trading.create(TAKER, newOrder(market, 'bid', ask / 100, 1, { timeInForce: 'fill_or_kill' }))
    if (!placed.ok) throw new RangeError(placed.code)
    core.controls.settleAs(market, 5_000 as Price)
    let paid: unknown
    core.listenAccounts((one) => {
      if (one.kind === 'settled') paid = one.settlement
    })
    untilSettled(day)
    expect(core.market(market)).toMatchObject({ result: 'scalar', settlementValue: 5_000 })
    expect(paid).toMatchObject({ market, result: 'scalar', net: 100, payout: 500_000 })
    expect(() => core.controls.settleAs(market, 0 as Price)).toThrow(/is finalized/)
  })

  test('changes a result after its determination, which is told again, and puts a settlement off', () => {
    const day = midday()
    const { core, clock, market } = day
    const determinedMs = Date.parse('2024-12-18T05:05:00Z')
    core.controls.delaySettlement(market, 60_000)
    core.play()
    clock.advance(determinedMs + 59_999 - core.nowMs())
    expect(core.market(market)?.status).toBe('closed')
    clock.advance(1)
    expect(core.market(market)).toMatchObject({ status: 'determined', determinedMs: determinedMs + 60_000 })
    const value = core.market(market)?.settlementValue === 0 ? 10_000 : 0
    core.controls.settleAs(market, value as Price)
    expect(core.market(market)?.settlementValue).toBe(value)
    const told = day.happenings.filter((one) => one.kind === 'lifecycle' && one.market === market)
    expect(told.map((one) => 'type' in one && one.type)).toEqual(['determined', 'determined'])
  })

  test('pauses the exchange: the tape’s orders are left out until it goes on', () => {
    const day = midday()
    const { core, clock } = day
    core.controls.pause('exchange')
    const trades = core.trades().length
    core.play()
    clock.advance(3_600_000)
    expect(core.trades().length).toBe(trades)
    core.controls.pause('none')
    clock.advance(3_600_000)
    expect(core.trades().length).toBeGreaterThan(trades)
  })

  test('may have a series on a shard where nobody was ever funded', () => {
    const shards = new Map([[seriesTickerOf('KXHIGHNY'), 1]])
    const { core } = heldDay({ startMs, shards })
    const market = NY(core)
    expect([core.market(market)?.exchangeIndex, core.events()[0]?.exchangeIndex]).toEqual([1, 1])
    expect(core.trading.create(MAKER, newOrder(market, 'bid', 1, 5))).toMatchObject({ code: 'user_not_found' })
    const other = core.markets().find(({ exchangeIndex, status }) => exchangeIndex === 0 && status === 'active')
    expect(other && core.trading.create(MAKER, newOrder(other.ticker, 'bid', 1, 5)).ok).toBe(true)
  })

  test('changes ticks and fees while a market trades', () => {
    const day = midday()
    const { core, market } = day
    const sub = { ...newOrder(market, 'bid', 1, 5), price: 150 as Price }
    expect(core.trading.create(MAKER, sub)).toMatchObject({ code: 'invalid_price' })
    const range = { start: 0 as Price, end: 10_000 as Price, step: 10 as Price }
    core.controls.changeTicks(market, { structure: 'deci_cent', ranges: [range] })
    expect(core.trading.create(MAKER, sub).ok).toBe(true)
    const event = core.market(market)?.event
    if (!event) throw new RangeError('a market has an event')
    core.controls.changeFees(event, { type: 'quadratic_with_maker_fees', multiplier: 1 })
    expect(core.events().find(({ ticker }) => ticker === event)?.feeOverride).toMatchObject({ multiplier: 1 })
    const ask = core.book(market).asks[0]?.price ?? 0
    core.trading.create(MAKER, newOrder(market, 'ask', ask / 100 - 1, 5))
    const taken = core.trading.create(TAKER, newOrder(market, 'bid', ask / 100 - 1, 5))
    expect(taken.ok && taken.fills.length).toBe(1)
    core.controls.changeFees(event, undefined)
    expect(core.events().find(({ ticker }) => ticker === event)).not.toHaveProperty('feeOverride')
    expect(day.told().filter((kind) => kind !== 'bookChanged')).toEqual([
      'priceLevelStructureUpdated',
      'feesChanged',
      'traded',
      'feesChanged',
    ])
  })
})
