import { expect, it } from 'vitest'
import { accountIdOf } from '../../../src/domain/ids.ts'
import { handleCommand } from '../../../src/exchange/ws/commands.ts'
import { MarketData } from '../../../src/exchange/ws/market-data.ts'
import { Session } from '../../../src/exchange/ws/session.ts'
import { orderbookDelta } from '../../../src/kalshi/schemas/ws.ts'
import { frameList } from '../../support/frame-list.ts'
import { newOrder } from '../../support/trading-floor.ts'
import { heldDay } from '../exchange-core/played-day.ts'

const US = accountIdOf('us')

it('whoever changed a book is told by which order, nobody else is', () => {
  const { core } = heldDay({ startMs: Date.parse('2024-12-17T17:30:00Z') })
  const marketData = new MarketData(core)
  const market = core
    .markets()
    .find(({ ticker, status }) => status === 'active' && (core.book(ticker).bids[0]?.price ?? 0) > 1_000)
  if (!market) throw new RangeError('a market has a book by then')
  const watch = (connection: number, account: string) => {
    const list = frameList()
    const session = new Session(connection, accountIdOf(account), list)
    marketData.attach(session)
    const params = { channels: ['orderbook_delta'], market_ticker: market.ticker }
    handleCommand({ session, core }, JSON.stringify({ id: 1, cmd: 'subscribe', params }))
    list.take()
    return () => list.take().map((frame) => orderbookDelta.parse(frame).msg)
  }
  const [ours, theirs] = [watch(1, US), watch(2, 'them')]
  const placed = core.trading.create(US, newOrder(market.ticker, 'bid', 1, 5, { clientOrderId: 'own-1' }))
  if (!placed.ok) throw new RangeError(placed.code)
  const delta = { market_ticker: market.ticker, price_dollars: '0.0100', delta_fp: '5.00', side: 'yes' }
  expect(ours()).toMatchObject([{ ...delta, client_order_id: 'own-1', subaccount: 0 }])
  const [seen] = theirs()
  expect(seen).toMatchObject(delta)
  expect(seen).not.toHaveProperty('client_order_id')
  core.trading.cancel(US, placed.order.id)
  expect(ours()).toMatchObject([{ delta_fp: '-5.00', client_order_id: 'own-1' }])
  core.trading.create(accountIdOf('nobody'), newOrder(market.ticker, 'bid', 1, 5, { clientOrderId: 'other' }))
  const [others] = ours()
  expect(others).not.toHaveProperty('client_order_id')
})
