import { WebSocket } from 'ws'
import { CONNECT_TIMEOUT_MS, FRAME_BYTES_MAX } from '../config/limits.ts'

/** One WebSocket, from one attempt to its end. */
export interface VenueSocket {
  send(text: string): void
  ping(payload: string): void
  /** Ends it at once; nothing is reported afterwards. */
  discard(): void
}

/** Exactly one of `closed` and `refused` ends the reports of a socket. */
export interface SocketHandlers {
  opened(): void
  frame(text: string): void
  /** The venue's own heartbeat; the answer is sent by the library. */
  pinged(): void
  ponged(payload: string): void
  closed(reason: string): void
  /** The upgrade was answered by a plain HTTP status: 401 is a wrong key. */
  refused(status: number): void
}

export type OpenSocket = (
  url: string,
  headers: Readonly<Record<string, string>>,
  handlers: SocketHandlers,
) => VenueSocket

/** The real one. The only importer of `ws` on the client's side. */
export const openWebSocket: OpenSocket = (url, headers, handlers) => {
  const socket = new WebSocket(url, {
    headers: { ...headers },
    handshakeTimeout: CONNECT_TIMEOUT_MS,
    maxPayload: FRAME_BYTES_MAX,
    // Compression saves bandwidth that loopback and a data centre have, and costs latency on every frame.
    perMessageDeflate: false,
  })
  let isOver = false
  const end = (report: () => void): void => {
    if (isOver) return
    isOver = true
    report()
  }
  let failure = ''
  socket.on('open', () => isOver || handlers.opened())
  socket.on('message', (data, isBinary) => {
    // The protocol is text only; a binary frame decodes to what is counted as malformed.
    if (!isOver) handlers.frame(isBinary ? '' : data.toString())
  })
  socket.on('ping', () => isOver || handlers.pinged())
  socket.on('pong', (payload) => isOver || handlers.ponged(payload.toString()))
  socket.on('unexpected-response', (request, response) => {
    const status = response.statusCode ?? 0
    response.destroy()
    request.destroy()
    end(() => handlers.refused(status))
  })
  socket.on('error', (error) => {
    failure = 'code' in error && typeof error.code === 'string' ? error.code : error.message
  })
  socket.on('close', (code, reason) => {
    const text = failure || `closed by the venue with code ${code}${reason.length > 0 ? ` (${reason.toString()})` : ''}`
    end(() => handlers.closed(text))
  })
  return {
    send: (text) => socket.readyState === WebSocket.OPEN && socket.send(text),
    ping: (payload) => socket.readyState === WebSocket.OPEN && socket.ping(payload),
    discard() {
      isOver = true
      socket.terminate()
    },
  }
}
