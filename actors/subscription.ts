import { createActor } from 'xstate'
import { type SubscriptionEvent, subscriptionMachine } from '../machines/subscription.machine.ts'
import type { World } from '../src/clock/clock.ts'
import type { MarketTicker } from '../src/domain/ids.ts'
import { NONE } from '../src/kalshi/frame.ts'
import { TERMINAL_WS_ERRORS, WS_ERROR } from '../src/kalshi/schemas/ws.ts'
import type { ChannelName, WsCommand } from '../src/kalshi/schemas/ws-commands.ts'
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
  renewConnection(reason: string): void
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
  /** True where the command was ours. */
  commandFailed(command: {
    readonly id: number
    readonly sid: number
    readonly code: number
    readonly text: string
  }): boolean
  unexpectedEvents(): number
}

/** Binds the subscription machine to the commands of one channel. */
export function createSubscription(options: {
  readonly channel: ChannelName
  readonly carriesBooks: boolean
  /** False for channels of the whole exchange. */
  readonly isPerMarket: boolean
  readonly world: World
  readonly port: SubscriptionPort
}): Subscription {
  const { channel, carriesBooks, isPerMarket, world, port } = options
  let sid = NONE
  let unexpectedEvents = 0
  let refusal = { code: 0, text: '' }
  /** What the venue was asked to serve on the present stream. */
  const asked = new Set<MarketTicker>()
  /** The last commands of ours, so that an error can be told from that of another subscription. */
  let commandIds: number[] = []

  const send = (command: WsCommand): void => {
    commandIds = [...commandIds.slice(-COMMANDS_REMEMBERED + 1), command.id]
    port.send(command)
  }
  const update = (action: 'add_markets' | 'get_snapshot', markets: readonly MarketTicker[]): void => {
    if (sid === NONE || markets.length === 0) return
    send({
      id: port.nextCommandId(),
      cmd: 'update_subscription',
      params: { sids: [sid], action, market_tickers: [...markets] },
    })
  }

  const machine = subscriptionMachine.provide({
    actions: {
      sendSubscribe() {
        const markets = port.wanted()
        sid = NONE
        asked.clear()
        for (const market of markets) asked.add(market)
        send({
          id: port.nextCommandId(),
          cmd: 'subscribe',
          params: {
            channels: [channel],
            ...(isPerMarket && { market_tickers: [...markets] }),
            // Always explicit, because the venue has announced that the default will change (kalshi-api §2.8).
            ...(carriesBooks && { use_yes_price: NO_LADDER_IN_YES_PRICE }),
          },
        })
      },
      sendMissingMarkets() {
        if (!isPerMarket) return
        const missing = port.wanted().filter((market) => !asked.has(market))
        for (const market of missing) asked.add(market)
        update('add_markets', missing)
      },
      askSnapshots() {
        // The command that added a market may have been lost: adding it again changes nothing where it was not.
        update('add_markets', port.waitingNew())
        update('get_snapshot', port.waiting())
      },
      askProbe: () => update('get_snapshot', port.wanted().slice(0, 1)),
      dropStream() {
        const ended = sid
        sid = NONE
        if (ended !== NONE) port.streamEnded(ended)
      },
      reportGap: () => port.gapReported(),
      reportUnanswered: () => port.unanswered(),
      reportRefused: () => port.refused(refusal.code, refusal.text),
      renewConnection: () => port.renewConnection(`no answer on the channel ${channel}`),
      countUnexpectedEvent: () => void unexpectedEvents++,
    },
  })
  const actor = createActor(machine, {
    id: subscriptionId(channel),
    input: { carriesBooks },
    clock: actorClock(world.transport),
  })
  actor.start()

  return {
    channel,
    sid: () => sid,
    isLive: () => actor.getSnapshot().hasTag('live'),
    isProbing: () => actor.getSnapshot().matches('probing'),
    send(event) {
      if (event.type === 'connection.lost') {
        sid = NONE
        asked.clear()
      }
      actor.send(event)
    },
    bind(bound) {
      if (sid === bound) return
      sid = bound
      actor.send({ type: 'stream.acknowledged' })
    },
    commandFailed({ id, sid: failedSid, code, text }) {
      const isOurs = (failedSid !== NONE && failedSid === sid) || (id !== NONE && commandIds.includes(id))
      if (!isOurs) return false
      refusal = { code, text }
      const isStreamOver = TERMINAL_WS_ERRORS.includes(code) || code === WS_ERROR.unknownSid
      if (isStreamOver) actor.send({ type: 'stream.ended' })
      else actor.send({ type: 'command.refused', isPermanent: PERMANENT_ERRORS.includes(code) })
      return true
    },
    unexpectedEvents: () => unexpectedEvents,
  }
}

const COMMANDS_REMEMBERED = 16

/**
 * The NO ladder is taken in NO price, as the venue's recorded sessions have it, and converted by the decoder, so that raw
 * frames mean the same wherever they are read.
 */
export const NO_LADDER_IN_YES_PRICE = false
