import { createActor, fromCallback } from 'xstate'
import {
  type ConnectionActorRef,
  type ConnectionEvent,
  connectionMachine,
  reconnectCeilingMs,
} from '../machines/connection.machine.ts'
import type { Timer, World } from '../src/clock/clock.ts'
import { PING_INTERVAL_MS, SILENCE_MS, UNANSWERED_PINGS_MAX } from '../src/config/limits.ts'
import { fullJitterMs } from '../src/domain/back-off.ts'
import { type Credentials, signedHeaders } from '../src/kalshi/signing.ts'
import type { OpenSocket, VenueSocket } from '../src/kalshi/socket.ts'
import { actorClock } from './actor-clock.ts'
import { CONNECTION_ID } from './ids.ts'
import { PingWatch } from './ping-watch.ts'

export interface ConnectionListener {
  /** The n-th connection of this process is open. Nothing has been sent on it. */
  opened(connection: number): void
  lost(): void
  frame(text: string, tsReceivedNs: number): void
  /** An attempt failed or an open connection ended; the next attempt comes after a back-off. `status`: of a refused upgrade. */
  failed(reason: string, status: number | undefined): void
}

export interface ConnectionStats {
  readonly connections: number
  readonly failures: number
  readonly silences: number
  readonly unexpectedEvents: number
}

export interface Connection {
  start(): void
  stop(): void
  /** Ends the open connection, because the venue no longer answers on it, and opens another one after a back-off. */
  renew(reason: string): void
  /** Dropped where the connection is not open: whoever asks has a deadline for the answer. */
  send(text: string): void
  isOpen(): boolean
  /** Age of the oldest of our own pings that is still unanswered; 0 where none is. */
  lagMs(): number
  /** Since the last frame or ping of the venue. */
  silenceMs(): number
  stats(): ConnectionStats
}

export interface ConnectionOptions {
  readonly world: World
  readonly wsUrl: string
  readonly credentials: Credentials
  readonly openSocket: OpenSocket
  readonly listener: ConnectionListener
}

export const createConnection = (options: ConnectionOptions): Connection => new SocketConnection(options)

/** Binds the connection machine to sockets, the signed upgrade, pings and the silence watch. */
class SocketConnection implements Connection {
  readonly #options: ConnectionOptions
  readonly #pings = new PingWatch({ pingsMax: UNANSWERED_PINGS_MAX, silenceMs: SILENCE_MS })
  readonly #actor: ConnectionActorRef
  #socket: VenueSocket | undefined
  #watching: Timer | undefined
  #connections = 0
  #failures = 0
  #silences = 0
  #unexpectedEvents = 0

  constructor(options: ConnectionOptions) {
    this.#options = options
    const { transport, random } = options.world
    const machine = connectionMachine.provide({
      actors: { socket: fromCallback<ConnectionEvent>(({ sendBack }) => this.#open(sendBack)) },
      actions: {
        announceOpen: () => this.#announceOpen(),
        announceLost: () => this.#announceLost(),
        countUnexpectedEvent: () => void this.#unexpectedEvents++,
      },
      delays: { reconnectDelay: ({ context }) => fullJitterMs(reconnectCeilingMs(context), random.next()) },
    })
    this.#actor = createActor(machine, { id: CONNECTION_ID, clock: actorClock(transport) })
    this.#actor.start()
  }

  start(): void {
    this.#actor.send({ type: 'connection.start' })
  }

  stop(): void {
    this.#actor.send({ type: 'connection.stop' })
  }

  renew(reason: string): void {
    this.#fail(reason, undefined)
    this.#actor.send({ type: 'connection.renew', reason })
  }

  send(text: string): void {
    this.#socket?.send(text)
  }

  isOpen(): boolean {
    return this.#actor.getSnapshot().hasTag('up')
  }

  lagMs(): number {
    return this.#pings.lagMs(this.#options.world.transport.monotonicNs())
  }

  silenceMs(): number {
    return this.#pings.silenceMs(this.#options.world.transport.monotonicNs())
  }

  stats(): ConnectionStats {
    return {
      connections: this.#connections,
      failures: this.#failures,
      silences: this.#silences,
      unexpectedEvents: this.#unexpectedEvents,
    }
  }

  /** One attempt; what it returns ends it. */
  #open(sendBack: (event: ConnectionEvent) => void): () => void {
    const { world, wsUrl, credentials, listener } = this.#options
    const { transport } = world
    const headers = signedHeaders(credentials, transport.wallMs(), 'GET', new URL(wsUrl))
    const fail = (reason: string, status?: number): void => {
      this.#fail(reason, status)
      sendBack({ type: 'socket.closed', reason })
    }
    const socket = this.#options.openSocket(wsUrl, headers, {
      opened: () => sendBack({ type: 'socket.opened' }),
      frame: (text) => {
        const nowNs = transport.monotonicNs()
        this.#pings.heard(nowNs)
        listener.frame(text, nowNs)
      },
      pinged: () => this.#pings.heard(transport.monotonicNs()),
      ponged: (payload) => this.#pings.answered(payload),
      closed: (reason) => fail(reason),
      refused: (status) => fail(`the venue refused the connection with HTTP status ${status}`, status),
    })
    this.#socket = socket
    return () => {
      socket.discard()
      this.#socket = undefined
    }
  }

  #announceOpen(): void {
    const { world, listener } = this.#options
    this.#connections++
    this.#pings.reset(world.transport.monotonicNs())
    this.#watching = world.transport.every(PING_INTERVAL_MS, () => this.#watch())
    listener.opened(this.#connections)
  }

  #announceLost(): void {
    this.#watching?.cancel()
    this.#pings.reset(this.#options.world.transport.monotonicNs())
    this.#options.listener.lost()
  }

  #watch(): void {
    const nowNs = this.#options.world.transport.monotonicNs()
    if (this.#pings.isSilent(nowNs)) {
      this.#silences++
      this.#fail(`nothing heard for ${SILENCE_MS / 1_000} s`, undefined)
      this.#actor.send({ type: 'connection.silenceDetected' })
      return
    }
    const payload = this.#pings.next(nowNs)
    if (payload !== undefined) this.#socket?.ping(payload)
  }

  #fail(reason: string, status: number | undefined): void {
    this.#failures++
    this.#options.listener.failed(reason, status)
  }
}
