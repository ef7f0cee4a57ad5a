import { once } from 'node:events'
import { expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { parseMoney, parsePrice, parseQuantity } from '../../src/domain/units.ts'
import { type Credentials, signedHeaders } from '../../src/kalshi/signing.ts'
import { type PlayedExchangeServer, startPlayedExchange } from '../support/play/played-exchange.ts'

/** The afternoon to the last settlement in a few seconds. */
const SPEED = 20_000
const START_MS = Date.parse('2024-12-17T17:00:00Z')

type Row = Readonly<Record<string, string>>

function client({ server, credentials }: PlayedExchangeServer) {
  const headersOf = (keys: Credentials, method: string, url: URL) => ({
    ...signedHeaders(keys, Date.now(), method, url),
  })
  const call = async (
    method: string,
    path: string,
    body?: object,
  ): Promise<{ status: number; data: Record<string, unknown> }> => {
    const url = new URL(`${server.url}${path}`)
    const init = { method, headers: headersOf(credentials, method, url) }
    const response = await fetch(url, body === undefined ? init : { ...init, body: JSON.stringify(body) })
    return { status: response.status, data: JSON.parse((await response.text()) || '{}') }
  }
  return {
    call,
    /** Every page. */
    async all(path: string, list: string): Promise<Row[]> {
      const rows: Row[] = []
      let cursor = ''
      do {
        const { data } = await call('GET', `${path}?limit=50&cursor=${cursor}`)
        rows.push(...(data[list] as Row[]))
        cursor = String(data.cursor)
      } while (cursor !== '')
      return rows
    },
    async listen(channels: readonly string[]) {
      const url = new URL(server.wsUrl)
      const socket = new WebSocket(url, { headers: headersOf(credentials, 'GET', url) })
      const frames: { type: string; msg: Row }[] = []
      socket.on('message', (data) => frames.push(JSON.parse(String(data))))
      await once(socket, 'open')
      socket.send(JSON.stringify({ id: 1, cmd: 'subscribe', params: { channels } }))
      const until = async (isThere: () => boolean): Promise<void> => {
        while (!isThere()) await once(socket, 'message')
      }
      await until(() => frames.length === channels.length)
      frames.length = 0
      return { frames, until }
    },
  }
}

const money = (text: string | undefined): number => parseMoney(text ?? '') ?? Number.NaN
const signed = (fill: Row): number =>
  (fill.book_side === 'bid' ? 1 : -1) * (parseQuantity(fill.count_fp ?? '') ?? Number.NaN)
const priceOf = (fill: Row): number => parsePrice(fill.yes_price_dollars ?? '') ?? Number.NaN

it('an account that trades through sockets while the day plays ends with the cash that its own records make', async () => {
  const exchange = await startPlayedExchange({ speed: SPEED, seed: 'trading', points: 50, startMs: START_MS })
  const { core, server, ended } = exchange
  const { call, all, listen } = client(exchange)
  try {
    const { frames, until } = await listen(['fill', 'user_orders', 'market_positions'])
    let isOver = false
    void ended.then(() => {
      isOver = true
    })
    core.play()
    const statuses = new Map<number, number>()
    for (let index = 0; !isOver; index++) {
      const open = core
        .markets()
        .filter(({ status, ticker }) => status === 'active' && core.book(ticker).asks.length > 0)
      const market = open[index % Math.max(1, open.length)]
      const [bid, ask] = [market && core.book(market.ticker).bids[0], market && core.book(market.ticker).asks[0]]
      const makes = index % 3 === 0
      const { status } = await call('POST', '/portfolio/events/orders', {
        ticker: market?.ticker ?? 'KXNONE',
        client_order_id: `play-${index}`,
        side: index % 2 === 0 ? 'bid' : 'ask',
        count: '3.00',
        price: quoted(index, makes, bid?.price, ask?.price),
        time_in_force: makes ? 'good_till_canceled' : 'immediate_or_cancel',
        self_trade_prevention_type: 'taker_at_cross',
      })
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
    await ended

    const fills = await all('/portfolio/fills', 'fills')
    const settlements = await all('/portfolio/settlements', 'settlements')
    const orders = await all('/portfolio/orders', 'orders')
    const { data: balance } = await call('GET', '/portfolio/balance')
    expect(statuses.get(201)).toBeGreaterThan(30)
    expect(fills.length).toBeGreaterThan(20)
    expect(fills.some((fill) => String(fill.is_taker) === 'false')).toBe(true)

    const toldFills = (): Row[] => frames.filter((frame) => frame.type === 'fill').map((frame) => frame.msg)
    // Nothing orders what comes by two ways.
    await until(() => toldFills().length >= fills.length)
    const told = toldFills()
    const key = (fill: Row): string => [fill.trade_id, fill.order_id, fill.count_fp, fill.fee_cost].join()
    expect(told.map(key).toReversed()).toEqual(fills.map(key))
    expect(new Set(orders.map((order) => order.status))).not.toContain('resting')
    expect(new Map(told.map((fill) => [fill.market_ticker, fill.post_position_fp]))).toEqual(
      new Map(
        settlements.map((row) => [
          row.ticker,
          row.yes_count_fp === '0.00' ? negative(row.no_count_fp) : row.yes_count_fp,
        ]),
      ),
    )

    let cash: number = core.startingCash
    for (const fill of fills) {
      const pays = core.market(fill.ticker as never)?.result === 'yes' ? 10_000 : 0
      cash += signed(fill) * (pays - priceOf(fill)) - money(fill.fee_cost)
    }
    expect(money(String(balance.balance_dollars))).toBe(cash)
    const fees = settlements.reduce((sum, row) => sum + money(row.fee_cost), 0)
    expect(fees).toBe(fills.reduce((sum, fill) => sum + money(fill.fee_cost), 0))
  } finally {
    core.stop()
    await server.close()
  }
})

it('what an operator does while the day plays reaches clients in order, and books stay what was told of them', async () => {
  const exchange = await startPlayedExchange({ speed: SPEED, seed: 'operator', points: 50, startMs: START_MS })
  const { core, server, ended } = exchange
  try {
    const market = core.markets().find(({ ticker, status }) => status === 'active' && core.book(ticker).bids.length > 0)
    if (!market) throw new RangeError('a market has a book by then')
    const { call, listen } = client(exchange)
    const { frames, until } = await listen(['market_lifecycle_v2', 'trade', 'user_orders'])
    const body = {
      ticker: market.ticker,
      side: 'bid',
      count: '5.00',
      price: '0.0100',
      time_in_force: 'good_till_canceled',
      self_trade_prevention_type: 'taker_at_cross',
    }
    expect((await call('POST', '/portfolio/events/orders', body)).status).toBe(201)
    core.play()
    const { controls } = core
    controls.deactivate(market.ticker)
    expect((await call('POST', '/portfolio/events/orders', body)).data).toMatchObject({
      error: { code: 'MARKET_INACTIVE' },
    })
    controls.activate(market.ticker)
    controls.changeFees(market.event, { type: 'quadratic_with_maker_fees', multiplier: 1 })
    controls.pause('exchange')
    expect((await call('DELETE', '/portfolio/events/orders')).data).toMatchObject({
      error: { code: 'exchange_is_paused' },
    })
    controls.pause('none')
    controls.closeEarly(market.ticker)
    await ended
    const isSettled = ({ msg }: { readonly msg: Row }): boolean =>
      msg.market_ticker === market.ticker && msg.event_type === 'settled'
    await until(() => frames.some(isSettled))
    const told = frames
      .map(({ type, msg }) => ({ type, ticker: msg.market_ticker, what: msg.event_type ?? msg.last_update_reason }))
      .filter(({ type, ticker }) => type !== 'trade' && (ticker === undefined || ticker === market.ticker))
      .map(({ type, what }) => what ?? type)
    expect(told).toEqual([
      'user_order',
      'deactivated',
      'activated',
      'HaltCancel',
      'event_fee_update',
      'close_date_updated',
      'determined',
      'settled',
    ])
    expect(core.book(market.ticker)).toEqual({ bids: [], asks: [] })
  } finally {
    core.stop()
    await server.close()
  }
})

const negative = (count: string | undefined): string => (count === '0.00' ? '0.00' : `-${count}`)

/** Takes the other side's best, or joins its own. */
function quoted(index: number, makes: boolean, bid = 4_000, ask = 6_000): string {
  const isBid = index % 2 === 0
  const price = isBid === makes ? bid : ask
  return `0.${String(price).padStart(4, '0')}`
}
