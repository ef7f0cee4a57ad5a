import type { SubscriptionEvent } from '../machines/subscription.machine.ts'
import type { World } from '../src/clock/clock.ts'
import type { MarketTicker } from '../src/domain/ids.ts'
import { type ErrorFrame, type Frame, NONE } from '../src/kalshi/frame.ts'
import type { ChannelName, WsCommand } from '../src/kalshi/schemas/ws-commands.ts'
import type { Log } from '../src/telemetry/log.ts'
import type { MarketBooks } from './market-books.ts'
import { createSubscription, type Subscription } from './subscription.ts'

/** The three channels of the feed on the present connection, and which of their streams a frame belongs to. */
export class FeedStreams {
  readonly orderBooks: Subscription
  readonly trades: Subscription
  readonly lifecycle: Subscription
  readonly #all: readonly Subscription[]
  readonly #books: MarketBooks
  #commandId = 0

  constructor(options: {
    readonly world: World
    readonly log: Log
    readonly books: MarketBooks
    readonly send: (text: string) => void
    readonly renewConnection: (reason: string) => void
    /** The order book stream asked as often as allowed, and snapshots are still missing. */
    readonly unanswered: () => void
    readonly unservable: (markets: readonly MarketTicker[]) => void
    /** Frames of the lifecycle channel were lost. */
    readonly lifecycleGap: () => void
  }) {
    const { world, log, books } = options
    this.#books = books
    const subscribe = (channel: ChannelName, carriesBooks: boolean, isPerMarket: boolean): Subscription =>
      createSubscription({
        channel,
        carriesBooks,
        isPerMarket,
        world,
        port: {
          wanted: () => (isPerMarket ? books.markets() : []),
          waiting: () => (carriesBooks ? books.waiting({ onlyNew: false }) : []),
          waitingNew: () => (carriesBooks ? books.waiting({ onlyNew: true }) : []),
          send: (command: WsCommand) => options.send(JSON.stringify(command)),
          nextCommandId: () => ++this.#commandId,
          streamEnded: (sid) => books.endStream(sid),
          gapReported: () => channel === 'market_lifecycle_v2' && options.lifecycleGap(),
          unanswered: options.unanswered,
          refused: (code, text) => log.error({ channel, code, text }, 'Channel refused by the venue'),
          unservable: options.unservable,
          renewConnection: options.renewConnection,
        },
      })
    this.orderBooks = subscribe('orderbook_delta', true, true)
    this.trades = subscribe('trade', false, true)
    this.lifecycle = subscribe('market_lifecycle_v2', false, false)
    this.#all = [this.orderBooks, this.trades, this.lifecycle]
  }

  connectionOpened(): void {
    const hasMarkets = this.#books.markets().length > 0
    this.orderBooks.send({ type: 'connection.opened', hasMarkets })
    this.trades.send({ type: 'connection.opened', hasMarkets })
    this.lifecycle.send({ type: 'connection.opened', hasMarkets: true })
  }

  marketsAdded(): void {
    this.orderBooks.send({ type: 'markets.added' })
    this.trades.send({ type: 'markets.added' })
  }

  broadcast(event: SubscriptionEvent): void {
    for (const subscription of this.#all) subscription.send(event)
  }

  of(sid: number): Subscription | undefined {
    return this.#all.find((subscription) => subscription.sid() === sid)
  }

  /** A stream is known by its acknowledgement or, where that was lost, by a frame that only its channel carries. */
  bind(frame: Frame): void {
    if (frame.kind === 'subscribed') {
      this.#all.find(({ channel }) => channel === frame.channel)?.bind(frame.sid)
      return
    }
    const owner = this.#ownerOf(frame)
    if (owner?.sid() === NONE && !this.#books.isStreamDead(frame.sid)) owner.bind(frame.sid)
  }

  /** True where the error answered one of our commands or ended one of our streams. */
  fail(frame: ErrorFrame): boolean {
    return this.#all.some((subscription) => subscription.commandFailed(frame))
  }

  unexpectedEvents(): number {
    return this.#all.reduce((sum, subscription) => sum + subscription.unexpectedEvents(), 0)
  }

  #ownerOf(frame: Frame): Subscription | undefined {
    switch (frame.kind) {
      // A repeated subscription that the venue merged into its first is answered by `ok`, not by `subscribed`.
      case 'ok':
        return frame.sid === NONE ? undefined : this.#all.find((subscription) => subscription.hasSent(frame.id))
      case 'bookSnapshot':
      case 'bookDelta':
        return this.orderBooks
      case 'trade':
        return this.trades
      case 'lifecycle':
      case 'eventLifecycle':
      case 'eventFee':
        return this.lifecycle
      default:
        return undefined
    }
  }
}
