import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { FrameSink } from './session.ts'

/**
 * One JSON object per text frame, but one write to the socket for all frames of a turn: the socket is corked with the first
 * frame and uncorked when the turn's own work is done. Evenly spread small writes cost several times the CPU of bursts.
 */
export function socketSink(webSocket: WebSocket, socket: Socket): FrameSink {
  let corked = false
  const uncork = (): void => {
    corked = false
    socket.uncork()
  }
  return {
    send(text) {
      if (webSocket.readyState !== webSocket.OPEN) return
      if (!corked) {
        corked = true
        socket.cork()
        queueMicrotask(uncork)
      }
      webSocket.send(text)
    },
    bufferedBytes: () => webSocket.bufferedAmount,
  }
}
