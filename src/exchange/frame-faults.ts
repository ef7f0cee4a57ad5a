import type { Random, Timer, TransportClock } from '../clock/clock.ts'
import { EXCHANGE_SWAP_HOLD_MS } from '../config/limits.ts'
import { invariant } from '../domain/invariant.ts'

/** Chances per sequenced frame, acknowledgements included. */
export interface FaultRates {
  readonly drop: number
  readonly duplicate: number
  readonly swap: number
}

export const areFaultRates = ({ drop, duplicate, swap }: FaultRates): boolean =>
  Math.min(drop, duplicate, swap) >= 0 && drop + duplicate + swap <= 1

export interface FrameAddress {
  readonly connection: number
  readonly sid: number
  readonly seq: number
}

/** One line of the injector's log. A `swap` names the later frame that overtook this one. */
export interface Injection extends FrameAddress {
  readonly kind: 'drop' | 'duplicate' | 'swap'
  readonly overtakenBySeq?: number
}

interface Held {
  readonly address: FrameAddress
  readonly text: string
  readonly send: (text: string) => void
  readonly timer: Timer
}

/**
 * Damages the stream between sequencing and socket, as a lossy path would: the number is consumed, the frame is lost, comes
 * twice or changes places with the next of its sid. Frames without `seq` pass untouched: nothing could detect their loss.
 */
export class FrameFaults {
  #rates: FaultRates
  readonly #random: Random
  readonly #clock: TransportClock
  readonly #log: (injection: Injection) => void
  readonly #held = new Map<string, Held>()

  constructor(options: {
    rates: FaultRates
    random: Random
    clock: TransportClock
    log: (injection: Injection) => void
  }) {
    invariant(areFaultRates(options.rates), 'fault rates are not negative and add up to at most 1')
    this.#rates = options.rates
    this.#random = options.random
    this.#clock = options.clock
    this.#log = options.log
  }

  /** For the frames from now on. */
  set(rates: FaultRates): void {
    invariant(areFaultRates(rates), 'fault rates are not negative and add up to at most 1')
    this.#rates = rates
  }

  pass(address: FrameAddress, text: string, send: (text: string) => void): void {
    const key = `${address.connection}:${address.sid}`
    const held = this.#held.get(key)
    if (held) {
      this.#release(key, held, address.seq, () => send(text))
      return
    }
    const chance = this.#random.next()
    const { drop, duplicate, swap } = this.#rates
    if (chance < drop) {
      this.#log({ ...address, kind: 'drop' })
    } else if (chance < drop + duplicate) {
      this.#log({ ...address, kind: 'duplicate' })
      send(text)
      send(text)
    } else if (chance < drop + duplicate + swap) {
      // Where nothing follows in time the frame goes out late and in its place, which is no fault.
      const timer = this.#clock.after(EXCHANGE_SWAP_HOLD_MS, () => {
        this.#held.delete(key)
        send(text)
      })
      this.#held.set(key, { address, text, send, timer })
    } else {
      send(text)
    }
  }

  /** The connection is gone, and with it what was held back for it. */
  forget(connection: number): void {
    for (const [key, held] of this.#held) {
      if (held.address.connection !== connection) continue
      held.timer.cancel()
      this.#held.delete(key)
    }
  }

  #release(key: string, held: Held, overtakenBySeq: number, sendLater: () => void): void {
    held.timer.cancel()
    this.#held.delete(key)
    this.#log({ ...held.address, kind: 'swap', overtakenBySeq })
    sendLater()
    held.send(held.text)
  }
}
