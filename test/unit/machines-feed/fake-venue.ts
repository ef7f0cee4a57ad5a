import { createFeed, type Feed } from '../../../actors/feed.ts'
import { seededRandom } from '../../../src/clock/seeded-random.ts'
import { type SimulatedClock, simulatedClock } from '../../../src/clock/simulated-clock.ts'
import type { BookSide } from '../../../src/domain/book.ts'
import { eventTickerOf, marketTickerOf, seriesTickerOf } from '../../../src/domain/ids.ts'
import type { Market, MarketEvent, MarketOutcome } from '../../../src/domain/market.ts'
import { formatPrice, formatQuantity, priceOf, quantityOf } from '../../../src/domain/units.ts'
import type { MarketDataListener } from '../../../src/kalshi/market-data.ts'
import type { RestClient } from '../../../src/kalshi/rest.ts'
import type { WsCommand } from '../../../src/kalshi/schemas/ws-commands.ts'
import type { SocketHandlers, VenueSocket } from '../../../src/kalshi/socket.ts'
import { silentLog } from '../../../src/telemetry/log.ts'

export const START_MS = 1_795_132_800_000
export const SERIES = seriesTickerOf('KXHIGHCHI')
export const EVENT = eventTickerOf('KXHIGHCHI-26NOV20')
export const marketNamed = (suffix: string) => marketTickerOf(`${EVENT}-${suffix}`)
export const [A, B, C] = [marketNamed('T41'), marketNamed('B42.5'), marketNamed('T43')]

const LATENCY_MS = 1

/** What becomes of a numbered frame on its way. `hold`: it comes after the next one. */
export type Fate = 'pass' | 'drop' | 'duplicate' | 'hold'

const marketOf = (ticker: ReturnType<typeof marketNamed>): Market => ({
  ticker,
  event: EVENT,
  series: SERIES,
  strike: { kind: 'between', floor: 42, cap: 43 },
  status: 'active',
  openMs: START_MS - 1,
  closeMs: START_MS + 86_400_000,
  priceRanges: [{ start: priceOf(0), end: priceOf(10_000), step: priceOf(100) }],
  exchangeIndex: 0,
})

/** A venue of three channels in one process, on simulated time: it numbers, merges and answers as the real one does. */
export class FakeVenue {
  readonly clock: SimulatedClock = simulatedClock({ startMs: START_MS })
  readonly listed: Market[]
  readonly commands: WsCommand[] = []
  readonly books = new Map<string, Record<BookSide, Map<number, number>>>()
  /** Ways in which frames are damaged; by default none. */
  fate: (frame: { readonly sid: number; readonly seq: number; readonly type: string }) => Fate = () => 'pass'
  /** The first frame of a subscription, which carries no number, can be lost too. */
  losesAcknowledgements = false
  acceptsConnections = true
  refusesWithStatus: number | undefined
  answersSnapshots = true
  answersPings = true
  /** REST lists them, the socket refuses every command that names one. */
  readonly strangers = new Set<string>()
  sidBase = 0
  connections = 0
  #handlers: SocketHandlers | undefined
  readonly #sids = new Map<string, number>()
  readonly #seqs = new Map<number, number>()
  readonly #subscribed = new Map<string, Set<string>>()
  #held: string | undefined

  constructor(markets: readonly ReturnType<typeof marketNamed>[] = [A, B]) {
    this.listed = markets.map(marketOf)
  }

  list(ticker: ReturnType<typeof marketNamed>): void {
    this.listed.push(marketOf(ticker))
  }

  /** What REST tells of a market's end from now on. */
  end(ticker: ReturnType<typeof marketNamed>, outcome: MarketOutcome): void {
    const index = this.listed.findIndex((market) => market.ticker === ticker)
    const status = outcome.settledMs === undefined ? 'determined' : 'finalized'
    this.listed[index] = { ...marketOf(ticker), status, outcome }
  }

  event(): MarketEvent {
    return { ticker: EVENT, series: SERIES, markets: [...this.listed], mutuallyExclusive: true }
  }

  restClient(): RestClient {
    const mapped = () => ({ event: this.event(), leftOut: [], unknownFeeType: undefined })
    const unused = async (): Promise<never> => {
      throw new Error('not used here')
    }
    return {
      restUrl: 'http://venue/trade-api/v2',
      discover: async () => ({ ok: true, value: [mapped()] }),
      event: async () => ({ ok: true, value: mapped() }),
      seriesFees: unused,
      eventFeeChanges: unused,
      exchangeStatus: unused,
      accountLimits: unused,
      endpointCosts: unused,
      marketTime: () => undefined,
      clockSkewMs: () => undefined,
    }
  }

  open = (_url: string, _headers: Readonly<Record<string, string>>, handlers: SocketHandlers): VenueSocket => {
    let isOpen = true
    const later = (run: () => void): void => {
      this.clock.transport.after(LATENCY_MS, () => isOpen && run())
    }
    later(() => {
      if (this.refusesWithStatus !== undefined) return handlers.refused(this.refusesWithStatus)
      if (!this.acceptsConnections) return handlers.closed('ECONNREFUSED')
      this.connections++
      this.#handlers = handlers
      this.#sids.clear()
      this.#seqs.clear()
      this.#subscribed.clear()
      this.#held = undefined
      handlers.opened()
    })
    return {
      send: (text) => later(() => this.#answer(JSON.parse(text) as WsCommand)),
      ping: (payload) => this.answersPings && later(() => handlers.ponged(payload)),
      discard: () => {
        isOpen = false
        if (this.#handlers === handlers) this.#handlers = undefined
      },
    }
  }

  heartbeat(): void {
    this.#handlers?.pinged()
  }

  disconnect(): void {
    this.#handlers?.closed('closed by the venue with code 1006')
  }

  sidOf(channel: string): number {
    return this.#sids.get(channel) ?? 0
  }

  lastSeq(channel = 'orderbook_delta'): number {
    return this.#seqs.get(this.sidOf(channel)) ?? 0
  }

  bookOf(market: string): Record<BookSide, Map<number, number>> {
    const book = this.books.get(market) ?? { bid: new Map(), ask: new Map() }
    this.books.set(market, book)
    return book
  }

  /** Best first, as the feed gives them out. */
  levelsOf(market: string) {
    const { bid, ask } = this.bookOf(market)
    const list = (side: Map<number, number>) => [...side].map(([price, quantity]) => ({ price, quantity }))
    return {
      bids: list(bid).sort((a, b) => b.price - a.price),
      asks: list(ask).sort((a, b) => a.price - b.price),
    }
  }

  change(market: string, side: BookSide, price: number, delta: number): void {
    const ladder = this.bookOf(market)[side]
    const quantity = (ladder.get(price) ?? 0) + delta
    if (quantity === 0) ladder.delete(price)
    else ladder.set(price, quantity)
    if (!this.#subscribed.get('orderbook_delta')?.has(market)) return
    this.emit('orderbook_delta', 'orderbook_delta', {
      market_ticker: market,
      market_id: 'id',
      price_dollars: formatPrice(priceOf(side === 'bid' ? price : 10_000 - price)),
      delta_fp: formatQuantity(quantityOf(delta)),
      side: side === 'bid' ? 'yes' : 'no',
      ts_ms: this.clock.market.nowMs(),
    })
  }

  emit(channel: string, type: string, msg: unknown, extra: Readonly<Record<string, unknown>> = {}): void {
    const sid = this.sidOf(channel)
    if (sid === 0) return
    const seq = (this.#seqs.get(sid) ?? 0) + 1
    this.#seqs.set(sid, seq)
    const text = JSON.stringify({ type, ...extra, sid, seq, msg })
    const fate = this.fate({ sid, seq, type })
    if (fate === 'drop') return
    if (fate === 'hold' && this.#held === undefined) {
      this.#held = text
      return
    }
    this.raw(text)
    if (fate === 'duplicate') this.raw(text)
    const held = this.#held
    this.#held = undefined
    if (held !== undefined) this.raw(held)
  }

  raw(text: string): void {
    this.#handlers?.frame(text)
  }

  /** The venue ends a stream: its error consumes a number, and the stream says nothing more. */
  endStream(channel: string, code: 10 | 25): void {
    this.emit(channel, 'error', { code, msg: 'terminal' })
    this.#sids.delete(channel)
    this.#subscribed.delete(channel)
  }

  #snapshot(market: string, id?: number): void {
    const { bids, asks } = this.levelsOf(market)
    const pairs = (levels: readonly { price: number; quantity: number }[], flip: boolean) =>
      levels.map(({ price, quantity }) => [
        formatPrice(priceOf(flip ? 10_000 - price : price)),
        formatQuantity(quantityOf(quantity)),
      ])
    this.emit(
      'orderbook_delta',
      'orderbook_snapshot',
      {
        market_ticker: market,
        market_id: 'id',
        ...(bids.length > 0 && { yes_dollars_fp: pairs(bids, false) }),
        ...(asks.length > 0 && { no_dollars_fp: pairs(asks, true) }),
      },
      id === undefined ? {} : { id },
    )
  }

  #answer(command: WsCommand): void {
    this.commands.push(command)
    if (this.#refusesStrangers(command)) return
    if (command.cmd === 'subscribe') this.#subscribe(command)
    if (command.cmd !== 'update_subscription') return
    const { sids, action, market_tickers: markets = [] } = command.params
    const channel = [...this.#sids].find(([, sid]) => sid === sids?.[0])?.[0]
    if (channel === undefined) {
      this.raw(JSON.stringify({ id: command.id, type: 'error', msg: { code: 7, msg: 'Unknown sid' } }))
      return
    }
    if (action === 'add_markets') this.#add(channel, markets, command.id)
    if (action === 'get_snapshot' && this.answersSnapshots) {
      for (const market of markets) this.#snapshot(market, command.id)
    }
  }

  #refusesStrangers(command: WsCommand): boolean {
    if (command.cmd !== 'subscribe' && command.cmd !== 'update_subscription') return false
    const named = (command.params.market_tickers ?? []).filter((market) => this.strangers.has(market))
    if (named.length === 0) return false
    const msg = { code: 11, msg: 'Invalid parameter: unknown market', market_tickers: named }
    const sid = command.cmd === 'subscribe' ? undefined : command.params.sids?.[0]
    const channel = [...this.#sids].find(([, one]) => one === sid)?.[0]
    if (channel === undefined) this.raw(JSON.stringify({ id: command.id, type: 'error', msg }))
    else this.emit(channel, 'error', msg, { id: command.id })
    return true
  }

  #subscribe(command: Extract<WsCommand, { cmd: 'subscribe' }>): void {
    const channel = command.params.channels?.[0] ?? ''
    const isNew = !this.#sids.has(channel)
    if (isNew) this.#sids.set(channel, ++this.sidBase)
    const msg = { channel, sid: this.sidOf(channel) }
    if (!this.losesAcknowledgements) this.raw(JSON.stringify({ id: command.id, type: 'subscribed', msg }))
    const markets = command.params.market_tickers ?? []
    if (isNew) {
      this.#subscribed.set(channel, new Set(markets))
      if (channel === 'orderbook_delta' && this.answersSnapshots) for (const market of markets) this.#snapshot(market)
    } else {
      this.#add(channel, markets, command.id)
    }
  }

  #add(channel: string, markets: readonly string[], id: number): void {
    const held = this.#subscribed.get(channel) ?? new Set()
    const added = markets.filter((market) => !held.has(market))
    for (const market of added) held.add(market)
    this.#subscribed.set(channel, held)
    this.emit(channel, 'ok', { market_tickers: [...held] }, { id })
    if (channel === 'orderbook_delta' && this.answersSnapshots) for (const market of added) this.#snapshot(market)
  }
}

/** Everything that the listener was told, in order, as short words. */
export class Diary implements MarketDataListener {
  readonly lines: string[] = []
  note = (line: string): void => void this.lines.push(line)
  marketAdded: MarketDataListener['marketAdded'] = ({ ticker }) => this.note(`added ${short(ticker)}`)
  marketLive: MarketDataListener['marketLive'] = (market) => this.note(`live ${short(market)}`)
  marketNotLive: MarketDataListener['marketNotLive'] = (market, why) => this.note(`notLive ${short(market)} ${why}`)
  topChanged: MarketDataListener['topChanged'] = ({ market, bid, ask }) =>
    this.note(`top ${short(market)} ${bid?.price ?? '-'}/${ask?.price ?? '-'}`)
  trade: MarketDataListener['trade'] = ({ market, price }) => this.note(`trade ${short(market)} ${price}`)
  lifecycle: MarketDataListener['lifecycle'] = ({ type, market }) => this.note(`${type} ${short(market)}`)
  priceRangesChanged: MarketDataListener['priceRangesChanged'] = (market) => this.note(`ranges ${short(market)}`)
  eventFeesChanged: MarketDataListener['eventFeesChanged'] = ({ feeType }) => this.note(`fees ${feeType}`)
  onFrameTime: MarketDataListener['onFrameTime'] = () => undefined

  take(): string[] {
    return this.lines.splice(0)
  }
}

const short = (market: string): string => market.slice(market.lastIndexOf('-') + 1)

export interface Rig {
  readonly venue: FakeVenue
  readonly diary: Diary
  readonly feed: Feed
  readonly started: Promise<readonly MarketEvent[]>
}

/** Lets promises that are ready go on. */
export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}

/** A feed on the fake venue, before its first connection. */
export async function rig(venue = new FakeVenue(), listener = new Diary()): Promise<Rig> {
  const { transport, market } = venue.clock
  const feed = createFeed({
    restClient: venue.restClient(),
    wsUrl: 'ws://venue/trade-api/ws/v2',
    credentials: { keyId: 'key', keyType: 'ed25519', sign: () => 'signature' },
    world: { transport, market, random: seededRandom('feed') },
    series: [SERIES],
    listener,
    log: silentLog,
    isFrameAgeLag: true,
    openSocket: venue.open,
  })
  const started = feed.start()
  started.catch(() => undefined)
  await settle()
  return { venue, diary: listener, feed, started }
}

/** The same, with every book live. */
export async function liveRig(venue = new FakeVenue()): Promise<Rig> {
  for (const { ticker } of venue.listed) {
    venue.change(ticker, 'bid', 3200, 4550)
    venue.change(ticker, 'ask', 3500, 1000)
  }
  const built = await rig(venue)
  venue.clock.advance(10)
  await built.started
  built.diary.take()
  return built
}
