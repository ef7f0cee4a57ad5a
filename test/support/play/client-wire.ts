import type { Random } from '../../../src/clock/clock.ts'
import type { FaultRates, FrameAddress } from '../../../src/exchange/frame-faults.ts'
import { type OpenSocket, openWebSocket } from '../../../src/kalshi/socket.ts'

/**
 * The daemon's end of the line. The exchange's injector cannot touch `subscribed`, which carries no number, so it is
 * injured here, from the second connection on; and here the line is cut. Keeps how far each stream was heard.
 */
export class ClientWire {
  readonly injured = { drop: 0, duplicate: 0, swap: 0 }
  connections = 0
  isHealed = false
  readonly #rates: FaultRates
  readonly #random: Random
  readonly #heard = new Map<string, number>()
  #cut: () => void = () => undefined

  constructor(options: { readonly rates: FaultRates; readonly random: Random }) {
    this.#rates = options.rates
    this.#random = options.random
  }

  /** The highest number that came in on a stream; 0 where none did. */
  heard({ connection, sid }: Omit<FrameAddress, 'seq'>): number {
    return this.#heard.get(`${connection}:${sid}`) ?? 0
  }

  cut(): void {
    this.#cut()
  }

  readonly openSocket: OpenSocket = (url, headers, handlers) => {
    let overtaken: string | undefined
    const deliver = (text: string): void => {
      const { sid, seq } = JSON.parse(text)
      const key = `${this.connections}:${sid}`
      if (seq !== undefined) this.#heard.set(key, Math.max(seq, this.#heard.get(key) ?? 0))
      handlers.frame(text)
    }
    const socket = openWebSocket(url, headers, {
      ...handlers,
      opened: () => {
        this.connections++
        handlers.opened()
      },
      frame: (text) => {
        const injury = this.#injury(text)
        if (injury) this.injured[injury]++
        if (injury === 'drop') return
        if (injury === 'swap' && overtaken === undefined) {
          overtaken = text
          return
        }
        deliver(text)
        if (injury === 'duplicate') deliver(text)
        if (overtaken !== undefined) deliver(overtaken)
        overtaken = undefined
      },
    })
    this.#cut = () => {
      socket.discard()
      handlers.closed('the line was cut')
    }
    return socket
  }

  #injury(text: string): keyof FaultRates | undefined {
    if (!text.startsWith('{"type":"subscribed"') || this.connections === 1 || this.isHealed) return undefined
    const { drop, duplicate, swap } = this.#rates
    const drawn = this.#random.next()
    if (drawn < drop) return 'drop'
    if (drawn < drop + duplicate) return 'duplicate'
    return drawn < drop + duplicate + swap ? 'swap' : undefined
  }
}
