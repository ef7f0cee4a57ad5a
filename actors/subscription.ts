import { createActor } from 'xstate'
import {
  type SubscriptionActorRef,
  type SubscriptionEvent,
  subscriptionMachine,
} from '../machines/subscription.machine.ts'
import type { World } from '../src/clock/clock.ts'
import type { MarketTicker } from '../src/domain/ids.ts'
import { NONE } from '../src/kalshi/frame.ts'
import { TERMINAL_WS_ERRORS, WS_ERROR } from '../src/kalshi/schemas/ws.ts'
import type { ChannelName, UpdateAction, WsCommand } from '../src/kalshi/schemas/ws-commands.ts'
import { actorClock } from './actor-clock.ts'
import { subscriptionId } from './ids.ts'

/** Errors that no repetition cures. */
const PERMANENT_ERRORS: readonly number[] = [
  WS_ERROR.unknownCommand,
  WS_ERROR.unknownChannel,
  WS_ERROR.authenticationRequired,
  WS_ERROR.unsupportedAction,
]

export interface SubscriptionPort {
  /** Markets that this subscription should hold. */
  wanted(): readonly MarketTicker[]
  /** Of these, those without a live book; empty for channels that carry no books. */
  waiting(): readonly MarketTicker[]
  /** Those of `waiting()` that have never had a snapshot on this stream. */
  waitingNew(): readonly MarketTicker[]
  send(command: WsCommand): void
  nextCommandId(): number
  streamEnded(sid: number): void
  gapReported(): void
  unanswered(): void
  refused(code: number, text: string): void
  /** The venue will not subscribe the channel while these are among its markets. */
  unservable(markets: readonly MarketTicker[]): void
  renewConnection(reason: string): void
}

/** An error of the venue: `id` of the command that it answers, `sid` of the stream that it is about, NONE where absent. */
export interface FailedCommand {
  readonly id: number
  readonly sid: number
  readonly code: number
  readonly text: string
  /** Those that the error is about, where the venue names them. */
  readonly markets: readonly MarketTicker[]
}

export interface Subscription {
  readonly channel: ChannelName
  sid(): number
  /** The stream is whole and, for books, every wanted market is live. */
  isLive(): boolean
  /** Waits for the answer to its question about lost last frames. */
  isProbing(): boolean
  send(event: SubscriptionEvent): void
  /** The venue told which stream is ours, by its acknowledgement or by a frame of a type that only this channel carries. */
  bind(sid: number): void
  /** One of the last commands of this subscription. */
  hasSent(commandId: number): boolean
  /** True where the command was ours. */
  commandFailed(command: FailedCommand): boolean
  unexpectedEvents(): number
}

export interface SubscriptionOptions {
  readonly channel: ChannelName
  readonly carriesBooks: boolean
  /** False for channels of the whole exchange. */
  readonly isPerMarket: boolean
  readonly world: World
  readonly port: SubscriptionPort
}

export const createSubscription = (options: SubscriptionOptions): Subscription => new ChannelSubscription(options)

/** Binds the subscription machine to the commands of one channel. */
class ChannelSubscription implements Subscription {
  readonly channel: ChannelName
  readonly #options: SubscriptionOptions
  readonly #actor: SubscriptionActorRef
  /** What the venue was asked to serve on the present stream. */
  readonly #asked = new Set<MarketTicker>()
  /** The last commands of ours, so that an error can be told from that of another subscription. */
  #commandIds: number[] = []
  #sid = NONE
  #refusal = { code: 0, text: '' }
  #unexpectedEvents = 0

  constructor(options: SubscriptionOptions) {
    this.#options = options
    this.channel = options.channel
    const { port } = options
    const machine = subscriptionMachine.provide({
      actions: {
        sendSubscribe: () => this.#sendSubscribe(),
        sendMissingMarkets: () => this.#sendMissingMarkets(),
        askSnapshots: () => this.#askSnapshots(),
        askProbe: () => this.#update('get_snapshot', port.wanted().slice(0, 1)),
        dropStream: () => this.#dropStream(),
        reportGap: () => port.gapReported(),
        reportUnanswered: () => port.unanswered(),
        reportRefused: () => port.refused(this.#refusal.code, this.#refusal.text),
        renewConnection: () => port.renewConnection(`no answer on the channel ${options.channel}`),
        countUnexpectedEvent: () => void this.#unexpectedEvents++,
      },
    })
    this.#actor = createActor(machine, {
      id: subscriptionId(options.channel),
      input: { carriesBooks: options.carriesBooks },
      clock: actorClock(options.world.transport),
    })
    this.#actor.start()
  }

  sid(): number {
    return this.#sid
  }

  isLive(): boolean {
    return this.#actor.getSnapshot().hasTag('live')
  }

  isProbing(): boolean {
    return this.#actor.getSnapshot().matches('probing')
  }

  unexpectedEvents(): number {
    return this.#unexpectedEvents
  }

  send(event: SubscriptionEvent): void {
    if (event.type === 'connection.lost') {
      this.#sid = NONE
      this.#asked.clear()
    }
    this.#actor.send(event)
  }

  bind(sid: number): void {
    if (this.#sid === sid) return
    this.#sid = sid
    this.#actor.send({ type: 'stream.acknowledged' })
  }

  hasSent(commandId: number): boolean {
    return commandId !== NONE && this.#commandIds.includes(commandId)
  }

  commandFailed({ id, sid, code, text, markets }: FailedCommand): boolean {
    const isOurs = (sid !== NONE && sid === this.#sid) || this.hasSent(id)
    if (!isOurs) return false
    this.#refusal = { code, text }
    // Asked for anew when they are wanted the next time.
    for (const market of markets) this.#asked.delete(market)
    if (this.#sid === NONE && markets.length > 0) this.#options.port.unservable(markets)
    const isStreamOver = TERMINAL_WS_ERRORS.includes(code) || code === WS_ERROR.unknownSid
    if (isStreamOver) this.#actor.send({ type: 'stream.ended' })
    else this.#actor.send({ type: 'command.refused', isPermanent: PERMANENT_ERRORS.includes(code) })
    return true
  }

  #sendSubscribe(): void {
    const { port, isPerMarket, carriesBooks } = this.#options
    const markets = port.wanted()
    this.#sid = NONE
    this.#asked.clear()
    for (const market of markets) this.#asked.add(market)
    this.#send({
      id: port.nextCommandId(),
      cmd: 'subscribe',
      params: {
        channels: [this.channel],
        ...(isPerMarket && { market_tickers: [...markets] }),
        // Always explicit, because the venue has announced that the default will change (kalshi-api §2.8).
        ...(carriesBooks && { use_yes_price: NO_LADDER_IN_YES_PRICE }),
      },
    })
  }

  #sendMissingMarkets(): void {
    if (!this.#options.isPerMarket) return
    const missing = this.#options.port.wanted().filter((market) => !this.#asked.has(market))
    for (const market of missing) this.#asked.add(market)
    this.#update('add_markets', missing)
  }

  #askSnapshots(): void {
    const { port } = this.#options
    // The command that added a market may have been lost: adding it again changes nothing where it was not.
    const strangers = port.waitingNew()
    this.#update('add_markets', strangers)
    // Apart, because the venue may refuse a whole command for one market that it does not serve.
    this.#update(
      'get_snapshot',
      port.waiting().filter((market) => !strangers.includes(market)),
    )
    this.#update('get_snapshot', strangers)
  }

  #dropStream(): void {
    const ended = this.#sid
    this.#sid = NONE
    if (ended !== NONE) this.#options.port.streamEnded(ended)
  }

  #update(action: UpdateAction, markets: readonly MarketTicker[]): void {
    if (this.#sid === NONE || markets.length === 0) return
    this.#send({
      id: this.#options.port.nextCommandId(),
      cmd: 'update_subscription',
      params: { sids: [this.#sid], action, market_tickers: [...markets] },
    })
  }

  #send(command: WsCommand): void {
    this.#commandIds = [...this.#commandIds.slice(1 - COMMANDS_REMEMBERED), command.id]
    this.#options.port.send(command)
  }
}

const COMMANDS_REMEMBERED = 16

/**
 * The NO ladder is taken in NO price, as the venue's recorded sessions have it, and converted by the decoder, so that raw
 * frames mean the same wherever they are read.
 */
export const NO_LADDER_IN_YES_PRICE = false
