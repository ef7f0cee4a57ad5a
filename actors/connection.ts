import { createActor, fromCallback } from 'xstate'
import { type ConnectionEvent, connectionMachine, reconnectCeilingMs } from '../machines/connection.machine.ts'
import type { World } from '../src/clock/clock.ts'
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

/** Binds the connection machine to sockets, the signed upgrade, pings and the silence watch. */
export function createConnection(options: {
  readonly world: World
  readonly wsUrl: string
  readonly credentials: Credentials
  readonly openSocket: OpenSocket
  readonly listener: ConnectionListener
}): Connection {
  const { world, listener } = options
  const { transport } = world
  const pings = new PingWatch({ pingsMax: UNANSWERED_PINGS_MAX, silenceMs: SILENCE_MS })
  let socket: VenueSocket | undefined
  let connections = 0
  let failures = 0
  let silences = 0
  let unexpectedEvents = 0

  const openSocket = fromCallback<ConnectionEvent>(({ sendBack }) => {
    const url = new URL(options.wsUrl)
    const headers = signedHeaders(options.credentials, transport.wallMs(), 'GET', url)
    const fail = (reason: string, status?: number): void => {
      failures++
      listener.failed(reason, status)
      sendBack({ type: 'socket.closed', reason })
    }
    const opened = options.openSocket(options.wsUrl, headers, {
      opened: () => sendBack({ type: 'socket.opened' }),
      frame(text) {
        const nowNs = transport.monotonicNs()
        pings.heard(nowNs)
        listener.frame(text, nowNs)
      },
      pinged: () => pings.heard(transport.monotonicNs()),
      ponged: (payload) => pings.answered(payload),
      closed: (reason) => fail(reason),
      refused: (status) => fail(`the venue refused the connection with HTTP status ${status}`, status),
    })
    socket = opened
    return () => {
      opened.discard()
      socket = undefined
    }
  })

  const watch = (): void => {
    const nowNs = transport.monotonicNs()
    if (pings.isSilent(nowNs)) {
      silences++
      listener.failed(`nothing heard for ${SILENCE_MS / 1_000} s`, undefined)
      actor.send({ type: 'connection.silenceDetected' })
      return
    }
    const payload = pings.next(nowNs)
    if (payload !== undefined) socket?.ping(payload)
  }
  let watching: { cancel(): void } | undefined

  const machine = connectionMachine.provide({
    actors: { socket: openSocket },
    actions: {
      announceOpen() {
        connections++
        pings.reset(transport.monotonicNs())
        watching = transport.every(PING_INTERVAL_MS, watch)
        listener.opened(connections)
      },
      announceLost() {
        watching?.cancel()
        pings.reset(transport.monotonicNs())
        listener.lost()
      },
      countUnexpectedEvent: () => void unexpectedEvents++,
    },
    delays: { reconnectDelay: ({ context }) => fullJitterMs(reconnectCeilingMs(context), world.random.next()) },
  })
  const actor = createActor(machine, { id: CONNECTION_ID, clock: actorClock(transport) })
  actor.start()

  return {
    start: () => actor.send({ type: 'connection.start' }),
    stop: () => actor.send({ type: 'connection.stop' }),
    renew(reason) {
      listener.failed(reason, undefined)
      actor.send({ type: 'connection.renew', reason })
    },
    send: (text) => socket?.send(text),
    isOpen: () => actor.getSnapshot().hasTag('up'),
    lagMs: () => pings.lagMs(transport.monotonicNs()),
    silenceMs: () => pings.silenceMs(transport.monotonicNs()),
    stats: () => ({ connections, failures, silences, unexpectedEvents }),
  }
}
