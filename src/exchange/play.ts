import type { Timer, TransportClock } from '../clock/clock.ts'
import { PLAY_BACKPRESSURE_MS, PLAY_STEPS_PER_TURN_MAX } from '../config/limits.ts'
import { invariant } from '../domain/invariant.ts'
import type { AgendaItem } from './play-agenda.ts'

/** Market milliseconds per transport millisecond, or `max`: as fast as the listeners keep up. */
export type PlaySpeed = number | 'max'

export interface PlayOptions {
  readonly transport: TransportClock
  readonly agenda: readonly AgendaItem[]
  readonly speed: PlaySpeed
  /** All before it is applied at once, so that books stand as they would. */
  readonly startMs: number
  /** Nothing after it is played. */
  readonly stopMs: number
  /** Flat out only: false makes the play wait until the listeners have caught up. */
  readonly ready?: () => boolean
  readonly apply: (item: AgendaItem) => void
  readonly ended: (atMs: number) => void
}

/**
 * Market time and what is due in it. Held at first. At a speed, market time is anchor + monotonic time elapsed × rate, and
 * an item is applied when its time has come; flat out, the items themselves move market time. At most
 * `PLAY_STEPS_PER_TURN_MAX` items run in one turn of the loop. After the last one market time stands.
 */
export class Play {
  readonly #options: PlayOptions
  readonly #stopUs: number
  #phase: 'held' | 'running' | 'ended' = 'held'
  #marketMs: number
  #anchor: { readonly marketMs: number; readonly monotonicNs: number }
  #cursor = 0
  #waiting: Timer | undefined

  constructor(options: PlayOptions) {
    const { speed, startMs, stopMs } = options
    invariant(speed === 'max' || (Number.isFinite(speed) && speed > 0), 'the speed of a play is positive')
    invariant(startMs <= stopMs, 'a play starts before it stops')
    this.#options = options
    this.#stopUs = lastMicrosecondOf(stopMs)
    this.#marketMs = startMs
    this.#anchor = { marketMs: startMs, monotonicNs: 0 }
    const startUs = startMs * 1000
    for (let item = this.#dueBy(startUs); item; item = this.#dueBy(startUs)) this.#apply(item)
  }

  nowMs(): number {
    const { speed, stopMs, transport } = this.#options
    if (this.#phase === 'running' && speed !== 'max') {
      const elapsedMs = (transport.monotonicNs() - this.#anchor.monotonicNs) / 1e6
      const estimateMs = Math.floor(this.#anchor.marketMs + elapsedMs * speed)
      this.#marketMs = Math.max(this.#marketMs, Math.min(stopMs, estimateMs))
    }
    return this.#marketMs
  }

  /** Market milliseconds per transport millisecond; 0 while held, flat out and after the end. */
  rate(): number {
    const { speed } = this.#options
    return this.#phase === 'running' && speed !== 'max' ? speed : 0
  }

  /** Starts, or goes on after `stop`. */
  play(): void {
    if (this.#phase !== 'held') return
    this.#phase = 'running'
    this.#anchor = { marketMs: this.#marketMs, monotonicNs: this.#options.transport.monotonicNs() }
    this.#waiting = this.#options.transport.soon(() => this.#turn())
  }

  stop(): void {
    if (this.#phase !== 'running') return
    this.nowMs()
    this.#waiting?.cancel()
    this.#waiting = undefined
    this.#phase = 'held'
  }

  #dueBy(limitUs: number): AgendaItem | undefined {
    const item = this.#options.agenda[this.#cursor]
    return item && item.atUs <= limitUs ? item : undefined
  }

  #apply(item: AgendaItem): void {
    this.#cursor++
    this.#marketMs = Math.max(this.#marketMs, Math.floor(item.atUs / 1000))
    this.#options.apply(item)
  }

  #turn(): void {
    const { speed, ready, transport, stopMs } = this.#options
    if (speed === 'max' && ready && !ready()) {
      this.#waiting = transport.after(PLAY_BACKPRESSURE_MS, () => this.#turn())
      return
    }
    const limitUs = speed === 'max' ? this.#stopUs : lastMicrosecondOf(this.nowMs())
    for (let steps = 0; steps < PLAY_STEPS_PER_TURN_MAX; steps++) {
      const item = this.#dueBy(limitUs)
      if (!item) break
      this.#apply(item)
      // A listener may have stopped the play.
      if (this.#phase !== 'running') return
    }
    const isDone = !this.#dueBy(this.#stopUs) && (speed === 'max' || this.nowMs() >= stopMs)
    if (isDone) this.#end()
    else this.#wait()
  }

  #wait(): void {
    const { speed, stopMs, transport } = this.#options
    const next = this.#dueBy(this.#stopUs)
    const atMs = next ? Math.floor(next.atUs / 1000) : stopMs
    const delayMs = speed === 'max' ? 0 : Math.ceil((atMs - this.nowMs()) / speed)
    const run = (): void => this.#turn()
    this.#waiting = delayMs <= 0 ? transport.soon(run) : transport.after(delayMs, run)
  }

  #end(): void {
    this.#phase = 'ended'
    this.#waiting = undefined
    this.#marketMs = this.#options.stopMs
    this.#options.ended(this.#options.stopMs)
  }
}

/** Happenings carry milliseconds, so a millisecond has come when its last microsecond is played. */
const lastMicrosecondOf = (ms: number): number => ms * 1000 + 999
