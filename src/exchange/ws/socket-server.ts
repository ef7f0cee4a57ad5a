import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import type { TransportClock } from '../../clock/clock.ts'
import {
  EXCHANGE_CLOSE_MS,
  EXCHANGE_COMMAND_BYTES_MAX,
  EXCHANGE_COMMANDS_PER_SECOND_MAX,
  EXCHANGE_CONNECTIONS_MAX,
  EXCHANGE_PING_MS,
  EXCHANGE_PONG_SILENCE_MS,
  EXCHANGE_UNREAD_BYTES_MAX,
} from '../../config/limits.ts'
import { accountIdOf } from '../../domain/ids.ts'
import { WS_ERROR, type WsErrorCode } from '../../kalshi/schemas/ws.ts'
import type { ApiKey } from '../api-keys.ts'
import { authenticate } from '../authentication.ts'
import type { ExchangeCore } from '../core.ts'
import type { FrameFaults } from '../frame-faults.ts'
import { type Answer, failure, tooManyRequests } from '../rest/answer.ts'
import { splitTarget, unauthorized } from '../rest/handle-request.ts'
import type { AccountData } from './account-data.ts'
import { handleCommand } from './commands.ts'
import type { MarketData } from './market-data.ts'
import { type ServedChannel, Session } from './session.ts'
import { socketSink } from './socket-sink.ts'

export const WS_PATH = '/trade-api/ws/v2'
const HEARTBEAT = 'heartbeat'
const SECOND_NS = 1e9
/** RFC 6455 §7.4.1. */
const GOING_AWAY = 1001

export interface SocketServerOptions {
  readonly core: ExchangeCore
  readonly marketData: MarketData
  readonly accountData: AccountData
  readonly keys: ReadonlyMap<string, ApiKey>
  readonly clock: TransportClock
  readonly faults?: FrameFaults
  /** Writes a refused upgrade as plain HTTP. */
  readonly refuse: (socket: Duplex, answer: Answer) => void
}

/** Faults of the connections themselves (kalshi-api §9.5). */
export interface SocketControls {
  /** Cuts every connection, without a close frame. */
  disconnect(): void
  /** Ends the channel on every connection with an error that is terminal for its sid. */
  endChannel(channel: ServedChannel, code: WsErrorCode): void
  setPings(isOn: boolean): void
}

export interface SocketServer extends SocketControls {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Of the slowest reader. */
  bufferedBytesMax(): number
  /** What was told still reaches readers that read; the others are cut off. */
  close(): Promise<void>
}

/** Signed upgrades only, also for public channels (kalshi-api §1.2, §1.5). */
export function createSocketServer(options: SocketServerOptions): SocketServer {
  const { keys, clock, refuse } = options
  // The venue negotiates compression; here it would only cost time on loopback.
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: EXCHANGE_COMMAND_BYTES_MAX,
    skipUTF8Validation: false,
  })
  const connectionsOfKey = new Map<string, number>()
  const sessions = new Set<Session>()
  const pings = { isOn: true }
  let lastConnection = 0

  const accept = (key: ApiKey, socket: Socket, webSocket: WebSocket): void => {
    lastConnection += 1
    connectionsOfKey.set(key.id, (connectionsOfKey.get(key.id) ?? 0) + 1)
    webSocket.on('close', () => connectionsOfKey.set(key.id, (connectionsOfKey.get(key.id) ?? 1) - 1))
    const session = serve(options, { connection: lastConnection, key, webSocket, socket, pings })
    sessions.add(session)
    webSocket.on('close', () => sessions.delete(session))
  }

  return {
    upgrade(request, socket, head) {
      const { path } = splitTarget(request.url ?? '')
      if (path !== WS_PATH) return refuse(socket, failure(404, 'not_found', 'not found'))
      const method = request.method ?? ''
      const authentication = authenticate({ method, path, headers: request.headers }, keys, clock.wallMs())
      if (!authentication.ok) return refuse(socket, unauthorized(authentication))
      const { key } = authentication
      if ((connectionsOfKey.get(key.id) ?? 0) >= EXCHANGE_CONNECTIONS_MAX) return refuse(socket, tooManyRequests())
      server.handleUpgrade(request, socket, head, (webSocket) => accept(key, request.socket, webSocket))
    },
    bufferedBytesMax: () => [...server.clients].reduce((most, client) => Math.max(most, client.bufferedAmount), 0),
    disconnect() {
      for (const client of server.clients) client.terminate()
    },
    endChannel(channel, code) {
      for (const session of sessions) {
        const subscription = session.on(channel)
        if (!subscription) continue
        session.error(code, { subscription })
        session.end(subscription)
      }
    },
    setPings(isOn) {
      pings.isOn = isOn
    },
    async close() {
      const clients = [...server.clients]
      const closed = Promise.all(clients.map((client) => new Promise((resolve) => client.once('close', resolve))))
      for (const client of clients) client.close(GOING_AWAY)
      const cutOff = clock.after(EXCHANGE_CLOSE_MS, () => {
        for (const client of clients) client.terminate()
      })
      await closed
      cutOff.cancel()
      server.close()
    },
  }
}

interface Client {
  readonly connection: number
  readonly key: ApiKey
  readonly webSocket: WebSocket
  readonly socket: Socket
  readonly pings: { readonly isOn: boolean }
}

function serve(options: SocketServerOptions, { connection, key, webSocket, socket, pings }: Client): Session {
  const { core, marketData, accountData, clock, faults } = options
  const session = new Session(connection, accountIdOf(key.id), socketSink(webSocket, socket), faults)
  let pongNs = clock.monotonicNs()
  const heartbeat = clock.every(EXCHANGE_PING_MS, () => {
    // Who is not asked cannot be silent.
    if (!pings.isOn) pongNs = clock.monotonicNs()
    else if (clock.monotonicNs() - pongNs > EXCHANGE_PONG_SILENCE_MS * 1e6) webSocket.terminate()
    else webSocket.ping(HEARTBEAT)
  })
  const mayCommand = commandBudget(clock)

  marketData.attach(session)
  accountData.attach(session)
  webSocket.on('pong', () => {
    pongNs = clock.monotonicNs()
  })
  webSocket.on('message', (data: RawData, isBinary: boolean) => {
    // Answers are not held back by a full buffer, so whoever asks on without reading is cut off.
    if (webSocket.bufferedAmount > EXCHANGE_UNREAD_BYTES_MAX) webSocket.terminate()
    else if (!mayCommand()) session.error(WS_ERROR.tooManyRequests, {})
    else if (isBinary) session.error(WS_ERROR.couldNotProcess, {})
    else handleCommand({ session, core }, data.toString())
  })
  // swallowed: a broken or misbehaving client ends in 'close', which is where it is dealt with.
  webSocket.on('error', () => undefined)
  webSocket.on('close', () => {
    heartbeat.cancel()
    faults?.forget(connection)
    marketData.detach(session)
    accountData.detach(session)
  })
  return session
}

/** True while the connection stays within its commands for the running second. */
function commandBudget(clock: TransportClock): () => boolean {
  let secondStartNs = clock.monotonicNs()
  let used = 0
  return () => {
    const nowNs = clock.monotonicNs()
    if (nowNs - secondStartNs >= SECOND_NS) {
      secondStartNs = nowNs
      used = 0
    }
    used += 1
    return used <= EXCHANGE_COMMANDS_PER_SECOND_MAX
  }
}
