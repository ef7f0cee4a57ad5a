import type { Random, TransportClock } from '../clock/clock.ts'
import { EXCHANGE_FAULT_DELAY_MS_MAX } from '../config/limits.ts'
import { usageError } from '../domain/operating-error.ts'

/** Chances are from 0 to 1, times are transport milliseconds. All zero: a sound exchange. */
export interface TradingFaultKnobs {
  /** Of a portfolio request that is refused unseen: a bare 429, or a 503 that is not JSON. */
  readonly tooManyRequests: number
  readonly unavailable: number
  /** Of a change that takes effect and whose reply is lost: a 500 or 504 instead of it, or a socket that is reset. */
  readonly acceptedThenError: number
  readonly acceptedThenReset: number
  /** Of a reply that comes `replyDelayMs` late, after the frames that tell of the same. */
  readonly replyDelay: number
  readonly replyDelayMs: number
  /** What portfolio reads lag behind the matching engine. */
  readonly readLagMs: number
  /** Of an item of a batch that fails for no reason of its own. */
  readonly batchItem: number
  /** Of a private frame that is lost, told twice, or held back for `frameDelayMs` and overtaken. */
  readonly frameDrop: number
  readonly frameDuplicate: number
  readonly frameDelay: number
  readonly frameDelayMs: number
  /** Of an order placed within a minute after its account cancelled everything: it is cancelled too (kalshi-api §3.5). */
  readonly cancelAllAftermath: number
  /** Of a post-only order that would take: accepted and cancelled instead of refused. */
  readonly postOnlyCancel: number
}

export const SOUND_TRADING: TradingFaultKnobs = {
  tooManyRequests: 0,
  unavailable: 0,
  acceptedThenError: 0,
  acceptedThenReset: 0,
  replyDelay: 0,
  replyDelayMs: 0,
  readLagMs: 0,
  batchItem: 0,
  frameDrop: 0,
  frameDuplicate: 0,
  frameDelay: 0,
  frameDelayMs: 0,
  cancelAllAftermath: 0,
  postOnlyCancel: 0,
}

export type KnobName = keyof TradingFaultKnobs
export const KNOB_NAMES = Object.keys(SOUND_TRADING) as readonly KnobName[]

/** What happens to one reply on its way out. */
export interface ReplyFate {
  readonly fate: 'sent' | 'error' | 'gatewayTimeout' | 'reset'
  readonly delayMs: number
}

/** Counted where it was injected: each by the name of its knob. */
export type InjectedFault = Exclude<KnobName, 'replyDelayMs' | 'readLagMs' | 'frameDelayMs'>

/** Decides by seeded chance what goes wrong between the matching engine and its clients; the knobs may change at any time. */
export class TradingFaults {
  readonly #random: Random
  readonly #clock: TransportClock
  readonly #log: (fault: InjectedFault) => void
  #knobs = SOUND_TRADING

  constructor(options: { random: Random; clock: TransportClock; log?: (fault: InjectedFault) => void }) {
    this.#random = options.random
    this.#clock = options.clock
    this.#log = options.log ?? (() => undefined)
  }

  get knobs(): TradingFaultKnobs {
    return this.#knobs
  }

  /** Those that are not named stay. @throws OperatingError where a value is out of its range. */
  set(changes: Partial<TradingFaultKnobs>): void {
    for (const [name, value] of Object.entries(changes)) {
      const max = name.endsWith('Ms') ? EXCHANGE_FAULT_DELAY_MS_MAX : 1
      if (!(value >= 0 && value <= max)) throw usageError(`The fault ${name}=${value} is not from 0 to ${max}.`)
    }
    this.#knobs = { ...this.#knobs, ...changes }
  }

  happens(name: InjectedFault): boolean {
    // Where the chance is nothing no number is drawn, so that one knob does not move the draws of another.
    if (this.#knobs[name] === 0 || this.#random.next() >= this.#knobs[name]) return false
    this.#log(name)
    return true
  }

  /** `isChange`: the request has taken effect by now. */
  fateOf(isChange: boolean): ReplyFate {
    const delayMs = this.happens('replyDelay') ? this.#knobs.replyDelayMs : 0
    if (isChange && this.happens('acceptedThenReset')) return { fate: 'reset', delayMs }
    if (!isChange || !this.happens('acceptedThenError')) return { fate: 'sent', delayMs }
    return { fate: this.#random.next() < 0.5 ? 'error' : 'gatewayTimeout', delayMs }
  }

  /** Sends a private frame once, twice, late or not at all. */
  frame(send: () => void): void {
    if (this.happens('frameDrop')) return
    const tell = (): void => {
      if (this.happens('frameDelay')) this.#clock.after(this.#knobs.frameDelayMs, send)
      else send()
    }
    tell()
    if (this.happens('frameDuplicate')) tell()
  }
}
