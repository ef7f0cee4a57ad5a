import { describe, expect, test } from 'vitest'
import { simulatedClock } from '../../../src/clock/simulated-clock.ts'
import { PLAY_STEPS_PER_TURN_MAX } from '../../../src/config/limits.ts'
import { marketTickerOf } from '../../../src/domain/ids.ts'
import { Play, type PlaySpeed } from '../../../src/exchange/play.ts'
import type { AgendaItem } from '../../../src/exchange/play-agenda.ts'

const START_MS = 1_000_000
const MARKET = marketTickerOf('KXHIGHNY-24DEC17-B57.5')

function playing(
  offsetsUs: readonly number[],
  options: {
    speed: PlaySpeed
    stopAfterMs?: number
    ready?: () => boolean
    startAfterMs?: number
    busyMs?: () => number
  },
) {
  const clock = simulatedClock({ startMs: 0 })
  const agenda: AgendaItem[] = offsetsUs.map((us) => ({ atUs: START_MS * 1000 + us, market: MARKET, kind: 'created' }))
  const applied: number[] = []
  const ended: number[] = []
  const { speed, stopAfterMs = 10_000, ready, startAfterMs = 0, busyMs = () => 0 } = options
  const monotonicNs = (): number => clock.transport.monotonicNs() + busyMs() * 1e6
  const play = new Play({
    transport: { ...clock.transport, monotonicNs },
    agenda,
    speed,
    startMs: START_MS + startAfterMs,
    stopMs: START_MS + stopAfterMs,
    apply: (item) => applied.push((item.atUs - START_MS * 1000) / 1000),
    ended: (atMs) => ended.push(atMs - START_MS),
    ...(ready && { ready }),
  })
  return { clock, play, applied, ended, now: () => play.nowMs() - START_MS }
}

describe('the play', () => {
  test('market time stands until it is told to play', () => {
    const { clock, play, applied, now } = playing([1_000_000], { speed: 10 })
    clock.advance(5_000)
    expect([now(), play.rate(), applied.length]).toEqual([0, 0, 0])
    play.play()
    clock.advance(50)
    expect([now(), play.rate()]).toEqual([500, 10])
  })

  test('at a speed each item is applied when its market time has come', () => {
    const { clock, play, applied } = playing([1_000_000, 2_000_000, 2_500_500], { speed: 100 })
    play.play()
    clock.advance(9)
    expect(applied).toEqual([])
    clock.advance(1)
    expect(applied).toEqual([1_000])
    clock.advance(90)
    expect(applied).toEqual([1_000, 2_000, 2_500.5])
  })

  test('flat out the items move market time, its rate is 0, and it ends at its stop', () => {
    const { clock, play, applied, ended, now } = playing([1_000_000, 2_000_000], { speed: 'max', stopAfterMs: 2_500 })
    play.play()
    clock.advance(0)
    expect(applied).toEqual([1_000, 2_000])
    expect(ended).toEqual([2_500])
    expect([now(), play.rate()]).toEqual([2_500, 0])
  })

  test('at a speed it ends when market time has reached its stop, once, and time stands after it', () => {
    const { clock, play, ended, now } = playing([1_000_000], { speed: 100, stopAfterMs: 3_000 })
    play.play()
    clock.advance(29)
    expect(ended).toEqual([])
    clock.advance(1_000)
    expect(ended).toEqual([3_000])
    expect([now(), play.rate(), clock.pending()]).toEqual([3_000, 0, 0])
    play.play()
    clock.advance(1_000)
    expect(ended).toEqual([3_000])
  })

  test('what lies after the stop is not played', () => {
    const { clock, play, applied } = playing([1_000_000, 2_000_999, 2_001_000], { speed: 'max', stopAfterMs: 2_000 })
    play.play()
    clock.advance(0)
    expect(applied).toEqual([1_000, 2_000.999])
  })

  test('a start in the middle has applied everything before it', () => {
    const { clock, play, applied, now } = playing([1_000_000, 2_000_000, 3_000_000], {
      speed: 'max',
      startAfterMs: 2_000,
    })
    expect(applied).toEqual([1_000, 2_000])
    expect(now()).toBe(2_000)
    play.play()
    clock.advance(0)
    expect(applied).toEqual([1_000, 2_000, 3_000])
  })

  test('stop holds market time and play goes on where it was', () => {
    const { clock, play, applied, now } = playing([1_000_000, 2_000_000], { speed: 100 })
    play.play()
    clock.advance(15)
    play.stop()
    clock.advance(1_000)
    expect([now(), play.rate(), applied.length, clock.pending()]).toEqual([1_500, 0, 1, 0])
    play.play()
    clock.advance(4)
    expect(applied).toHaveLength(1)
    clock.advance(1)
    expect(applied).toHaveLength(2)
  })

  test('a turn of the loop is bounded, so that others get theirs in between', () => {
    const many = Array.from({ length: 2 * PLAY_STEPS_PER_TURN_MAX }, (_, index) => index)
    const { clock, play, applied } = playing(many, { speed: 'max', startAfterMs: -1 })
    play.play()
    const seen: number[] = []
    clock.transport.soon(() => {
      seen.push(applied.length)
      clock.transport.soon(() => seen.push(applied.length))
    })
    clock.advance(0)
    expect(seen).toEqual([PLAY_STEPS_PER_TURN_MAX, 2 * PLAY_STEPS_PER_TURN_MAX])
  })

  test('flat out waits while its listeners are not ready', () => {
    let isReady = false
    const { clock, play, applied } = playing([1_000_000], { speed: 'max', ready: () => isReady })
    play.play()
    clock.advance(100)
    expect(applied).toEqual([])
    isReady = true
    clock.advance(1)
    expect(applied).toHaveLength(1)
  })

  test('what is scheduled runs at its market time, after the tape’s items of that instant, also where it comes first', () => {
    const { clock, play, applied } = playing([1_000_000, 2_000_000], { speed: 100 })
    const note = (value: number) => () => void applied.push(value)
    play.play()
    play.schedule(START_MS + 1_500, note(-3))
    play.schedule(START_MS + 500, note(-1))
    play.schedule(START_MS + 1_000, note(-2))
    clock.advance(5)
    expect(applied).toEqual([-1])
    clock.advance(10)
    expect(applied).toEqual([-1, 1_000, -2, -3])
  })

  test('flat out it runs in its place, and never after the stop', () => {
    const { clock, play, applied } = playing([1_000_000, 2_000_000], { speed: 'max', stopAfterMs: 2_500 })
    for (const ms of [1_500, 3_000]) play.schedule(START_MS + ms, () => void applied.push(-ms))
    play.play()
    clock.advance(0)
    expect(applied).toEqual([1_000, -1_500, 2_000])
  })

  test('catching up applies what is due by now before the loop comes to it, and each thing once', () => {
    // While a request is being handled time goes on, and no turn of the loop comes.
    let busyMs = 0
    const { clock, play, applied } = playing([1_000_000, 2_000_000, 9_000_000], { speed: 100, busyMs: () => busyMs })
    play.play()
    busyMs = 25
    play.catchUp()
    expect(applied).toEqual([1_000, 2_000])
    clock.advance(100)
    expect(applied).toEqual([1_000, 2_000, 9_000])
  })
})
