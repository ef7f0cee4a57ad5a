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

export interface Play {
  nowMs(): number
  rate(): number
  play(): void
  stop(): void
}

/**
 * Market time and what is due in it. Held at first. At a speed, market time is anchor + monotonic time elapsed × rate, and
 * an item is applied when its time has come; flat out, the items themselves move market time. At most
 * `PLAY_STEPS_PER_TURN_MAX` items run in one turn of the loop. After the last one market time stands.
 */
export function createPlay(options: PlayOptions): Play {
  const { transport, agenda, speed, startMs, stopMs } = options
  invariant(speed === 'max' || (Number.isFinite(speed) && speed > 0), 'the speed of a play is positive')
  invariant(startMs <= stopMs, 'a play starts before it stops')
  let phase: 'held' | 'running' | 'ended' = 'held'
  let marketMs = startMs
  let anchor = { marketMs: startMs, monotonicNs: 0 }
  let cursor = 0
  let waiting: Timer | undefined

  const nowMs = (): number => {
    if (phase === 'running' && speed !== 'max') {
      const elapsedMs = (transport.monotonicNs() - anchor.monotonicNs) / 1e6
      marketMs = Math.max(marketMs, Math.min(stopMs, Math.floor(anchor.marketMs + elapsedMs * speed)))
    }
    return marketMs
  }

  const nextWithin = (limitUs: number): AgendaItem | undefined => {
    const item = agenda[cursor]
    return item && item.atUs <= limitUs ? item : undefined
  }

  const advance = (item: AgendaItem): void => {
    cursor++
    marketMs = Math.max(marketMs, Math.floor(item.atUs / 1000))
    options.apply(item)
  }

  const end = (): void => {
    phase = 'ended'
    marketMs = stopMs
    options.ended(stopMs)
  }

  const wait = (): void => {
    const next = nextWithin(stopMs * 1000 + 999)
    if (speed === 'max') {
      waiting = transport.soon(turn)
      return
    }
    const atMs = next ? Math.ceil(next.atUs / 1000) : stopMs
    const delayMs = (atMs - nowMs()) / speed
    waiting = delayMs <= 0 ? transport.soon(turn) : transport.after(Math.ceil(delayMs), turn)
  }

  const turn = (): void => {
    waiting = undefined
    if (speed === 'max' && options.ready && !options.ready()) {
      waiting = transport.after(PLAY_BACKPRESSURE_MS, turn)
      return
    }
    const limitUs = (speed === 'max' ? stopMs : nowMs()) * 1000 + 999
    for (let steps = 0; steps < PLAY_STEPS_PER_TURN_MAX && phase === 'running'; steps++) {
      const item = nextWithin(limitUs)
      if (!item) break
      advance(item)
    }
    if (phase !== 'running') return
    if (!nextWithin(stopMs * 1000 + 999) && (speed === 'max' || nowMs() >= stopMs)) end()
    else wait()
  }

  for (let item = nextWithin(startMs * 1000); item; item = nextWithin(startMs * 1000)) advance(item)

  return {
    nowMs,
    rate: () => (phase === 'running' && speed !== 'max' ? speed : 0),
    play() {
      if (phase !== 'held') return
      phase = 'running'
      anchor = { marketMs, monotonicNs: transport.monotonicNs() }
      waiting = transport.soon(turn)
    },
    stop() {
      if (phase !== 'running') return
      nowMs()
      waiting?.cancel()
      waiting = undefined
      phase = 'held'
    },
  }
}
