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
  #isInTurn = false
  /** Of the item that is being applied: market time may be further on. */
  #stepMs: number | undefined
  /** Soonest first. */
  readonly #scheduled: ScheduledItem[] = []

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

  /** Runs once market time has reached `atMs`, after what the tape has at that instant. Never after the end of the play. */
  schedule(atMs: number, run: () => void): void {
    const atUs = atMs * 1000
    const index = this.#scheduled.findLastIndex((other) => other.atUs <= atUs)
    this.#scheduled.splice(index + 1, 0, { atUs, run })
    if (this.#phase !== 'running' || this.#isInTurn) return
    this.#waiting?.cancel()
    this.#wait()
  }

  /** Applies at once what is due by now, so that whoever acts next does not act before what has already happened. */
  catchUp(): void {
    this.#stepMs = undefined
    if (this.#phase !== 'running' || this.#options.speed === 'max') return
    const limitUs = lastMicrosecondOf(this.nowMs())
    for (let item = this.#dueBy(limitUs); item && this.#phase === 'running'; item = this.#dueBy(limitUs)) {
      this.#apply(item)
    }
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

  /** The time of what is happening: that of the item being applied, else now. */
  stepMs(): number {
    return this.#stepMs ?? this.nowMs()
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

  #dueBy(limitUs: number): Due | undefined {
    const item = this.#options.agenda[this.#cursor]
    const scheduled = this.#scheduled[0]
    const due = scheduled && (!item || scheduled.atUs < item.atUs) ? scheduled : item
    return due && due.atUs <= limitUs ? due : undefined
  }

  #apply(due: Due): void {
    this.#stepMs = Math.floor(due.atUs / 1000)
    this.#marketMs = Math.max(this.#marketMs, this.#stepMs)
    if ('run' in due) {
      this.#scheduled.shift()
      due.run()
    } else {
      this.#cursor++
      this.#options.apply(due)
    }
    this.#stepMs = undefined
  }

  #turn(): void {
    const { speed, ready, transport, stopMs } = this.#options
    if (speed === 'max' && ready && !ready()) {
      this.#waiting = transport.after(PLAY_BACKPRESSURE_MS, () => this.#turn())
      return
    }
    const limitUs = speed === 'max' ? this.#stopUs : lastMicrosecondOf(this.nowMs())
    this.#isInTurn = true
    this.#applyUntil(limitUs)
    this.#isInTurn = false
    // A listener may have stopped the play.
    if (this.#phase !== 'running') return
    const isDone = !this.#dueBy(this.#stopUs) && (speed === 'max' || this.nowMs() >= stopMs)
    if (isDone) this.#end()
    else this.#wait()
  }

  #applyUntil(limitUs: number): void {
    for (let steps = 0; steps < PLAY_STEPS_PER_TURN_MAX; steps++) {
      const item = this.#dueBy(limitUs)
      if (!item) break
      this.#apply(item)
      if (this.#phase !== 'running') return
    }
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

interface ScheduledItem {
  readonly atUs: number
  readonly run: () => void
}

type Due = AgendaItem | ScheduledItem

/** Happenings carry milliseconds, so a millisecond has come when its last microsecond is played. */
const lastMicrosecondOf = (ms: number): number => ms * 1000 + 999
