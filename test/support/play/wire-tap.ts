import type { Random, TransportClock } from '../../../src/clock/clock.ts'
import { type FaultRates, type FrameAddress, FrameFaults, type Injection } from '../../../src/exchange/frame-faults.ts'

/** A frame as the exchange numbered it, before anything happened to it. */
export interface ToldFrame extends FrameAddress {
  readonly text: string
}

/**
 * Sits between the numbering of frames and the injector: keeps what the exchange told, and what was done to it.
 * Acknowledgements and lifecycle frames are rare, so they are injured a hundred times as often as the rates say; and the
 * first frames of a stream twenty times, because a market whose first snapshot is lost is added again, which is what the
 * acknowledgements answer.
 */
export class WireTap extends FrameFaults {
  readonly told: ToldFrame[] = []
  readonly injections: Injection[]
  readonly #chance: SkewedChance

  constructor(options: { readonly rates: FaultRates; readonly random: Random; readonly clock: TransportClock }) {
    const injections: Injection[] = []
    const chance = new SkewedChance(options.random)
    super({ ...options, random: chance, log: (injection) => void injections.push(injection) })
    this.injections = injections
    this.#chance = chance
  }

  override pass(address: FrameAddress, text: string, send: (text: string) => void): void {
    this.told.push({ ...address, text })
    this.#chance.divisor = RARE.test(text) ? RARE_FACTOR : address.seq <= FIRST_FRAMES ? FIRST_FACTOR : 1
    super.pass(address, text, send)
  }

  /** From now on every frame arrives. */
  heal(): void {
    this.#chance.isHealed = true
  }
}

const RARE = /^{"type":"(ok|market_lifecycle_v2)"/
const RARE_FACTOR = 100
const FIRST_FRAMES = 24
const FIRST_FACTOR = 20

class SkewedChance implements Random {
  readonly #random: Random
  divisor = 1
  isHealed = false

  constructor(random: Random) {
    this.#random = random
  }

  next(): number {
    const drawn = this.#random.next() / this.divisor
    return this.isHealed ? 1 : drawn
  }

  uuid(): string {
    return this.#random.uuid()
  }
}
