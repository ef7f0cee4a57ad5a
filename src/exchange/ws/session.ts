import { EXCHANGE_SEND_BUFFER_BYTES_MAX } from '../../config/limits.ts'
import type { AccountId, MarketTicker } from '../../domain/ids.ts'
import { WS_ERROR, type WsErrorCode } from '../../kalshi/schemas/ws.ts'
import type { FrameFaults } from '../frame-faults.ts'
import { ERROR_TEXTS } from './error-texts.ts'

/** Channels that this exchange serves; every other known one is answered with error 8. */
export const SERVED_CHANNELS = [
  'orderbook_delta',
  'ticker',
  'trade',
  'market_lifecycle_v2',
  'fill',
  'user_orders',
  'market_positions',
  'order_group_updates',
] as const
export type ServedChannel = (typeof SERVED_CHANNELS)[number]

/** Where frames go: a socket, or a list in a test. */
export interface FrameSink {
  send(text: string): void
  /** What the client has not read yet. */
  bufferedBytes(): number
}

export interface SubscriptionOptions {
  readonly useYesPrice: boolean
  readonly skipTickerAck: boolean
}

/** One channel on one connection (kalshi-api §2.5). */
export class Subscription {
  readonly sid: number
  readonly channel: ServedChannel
  readonly options: SubscriptionOptions
  readonly markets = new Set<MarketTicker>()
  /** No filter was given: all markets, now and later. */
  everyMarket = false
  ended = false
  #seq = 0

  constructor(sid: number, channel: ServedChannel, options: SubscriptionOptions) {
    this.sid = sid
    this.channel = channel
    this.options = options
  }

  covers(market: MarketTicker): boolean {
    return this.everyMarket || this.markets.has(market)
  }

  /** Sorted, as the venue lists them. */
  marketTickers(): MarketTicker[] {
    return [...this.markets].sort()
  }

  nextSeq(): number {
    this.#seq += 1
    return this.#seq
  }
}

/**
 * The subscriptions of one connection and the numbering of its frames. sids start at 1 on every connection; `seq` starts at
 * 1 on every sid and grows by one with each frame that carries it, control frames included.
 */
export class Session {
  readonly connection: number
  /** Whose private channels these are. */
  readonly account: AccountId
  readonly #sink: FrameSink
  readonly #faults: FrameFaults | undefined
  readonly #bySid = new Map<number, Subscription>()
  readonly #byChannel = new Map<ServedChannel, Subscription>()
  #lastSid = 0

  constructor(connection: number, account: AccountId, sink: FrameSink, faults?: FrameFaults) {
    this.connection = connection
    this.account = account
    this.#sink = sink
    this.#faults = faults
  }

  open(channel: ServedChannel, options: SubscriptionOptions): Subscription {
    this.#lastSid += 1
    const subscription = new Subscription(this.#lastSid, channel, options)
    this.#bySid.set(subscription.sid, subscription)
    this.#byChannel.set(channel, subscription)
    return subscription
  }

  end(subscription: Subscription): void {
    subscription.ended = true
    this.#bySid.delete(subscription.sid)
    this.#byChannel.delete(subscription.channel)
  }

  bySid(sid: number): Subscription | undefined {
    return this.#bySid.get(sid)
  }

  on(channel: ServedChannel): Subscription | undefined {
    return this.#byChannel.get(channel)
  }

  subscriptions(): readonly Subscription[] {
    return [...this.#bySid.values()]
  }

  /** A frame of no subscription: `subscribed`, the list of subscriptions, an error about the command itself. */
  reply(type: string, id: number | undefined, msg: unknown): void {
    this.#sink.send(`{"type":"${type}"${idPart(id)},"msg":${JSON.stringify(msg)}}`)
  }

  /** A control frame of a subscription: it consumes a number and is never held back by a full buffer. */
  control(subscription: Subscription, type: string, id: number | undefined, msg?: unknown): void {
    this.#sequence(subscription, type, id, msg === undefined ? undefined : JSON.stringify(msg))
  }

  /** A sequenced data frame. Returns its number, or undefined where the subscription has just ended. */
  sequenced(subscription: Subscription, type: string, msg: string, id?: number): number | undefined {
    return this.#hasRoom(subscription) ? this.#sequence(subscription, type, id, msg) : undefined
  }

  /** A data frame without a number (ticker). */
  unsequenced(subscription: Subscription, type: string, msg: string): void {
    if (this.#hasRoom(subscription)) this.#sink.send(`{"type":"${type}","sid":${subscription.sid},"msg":${msg}}`)
  }

  error(
    code: WsErrorCode,
    options: { id?: number | undefined; subscription?: Subscription; tickers?: readonly string[]; detail?: string },
  ): void {
    const { id, subscription, tickers, detail } = options
    const text = detail === undefined ? ERROR_TEXTS[code] : `${ERROR_TEXTS[code]}: ${detail}`
    const msg = { code, msg: text, ...(tickers === undefined ? {} : { market_tickers: tickers }) }
    if (subscription) this.control(subscription, 'error', id, msg)
    else this.reply('error', id, msg)
  }

  #hasRoom(subscription: Subscription): boolean {
    if (subscription.ended) return false
    if (this.#sink.bufferedBytes() <= EXCHANGE_SEND_BUFFER_BYTES_MAX) return true
    this.error(WS_ERROR.bufferOverflow, { subscription })
    this.end(subscription)
    return false
  }

  #sequence(subscription: Subscription, type: string, id: number | undefined, msg: string | undefined): number {
    const seq = subscription.nextSeq()
    const msgPart = msg === undefined ? '' : `,"msg":${msg}`
    const text = `{"type":"${type}"${idPart(id)},"sid":${subscription.sid},"seq":${seq}${msgPart}}`
    const address = { connection: this.connection, sid: subscription.sid, seq }
    if (this.#faults) this.#faults.pass(address, text, (frame) => this.#sink.send(frame))
    else this.#sink.send(text)
    return seq
  }
}

/** Channels of the whole exchange or account, which take no market filter (kalshi-api §2.6). */
export const hasMarketFilter = (channel: ServedChannel): boolean =>
  channel !== 'market_lifecycle_v2' && channel !== 'order_group_updates'

/** 0 means "no id" (kalshi-api §2.1). */
const idPart = (id: number | undefined): string => (id === undefined || id === 0 ? '' : `,"id":${id}`)
