import { describe, expect, test } from 'vitest'
import { simulatedClock } from '../../../src/clock/simulated-clock.ts'
import { wallMarketClock } from '../../../src/clock/system-clock.ts'
import { InvariantError } from '../../../src/domain/invariant.ts'

describe('simulated time', () => {
  test('moves only when told, and runs what is due in order of time, then of arming', () => {
    const time = simulatedClock({ startMs: 1_000 })
    const seen: string[] = []
    time.transport.after(20, () => seen.push('late'))
    time.transport.after(10, () => seen.push('first'))
    time.transport.after(10, () => seen.push('second'))
    time.transport.soon(() => seen.push('soon'))
    expect(seen).toEqual([])
    time.advance(10)
    expect(seen).toEqual(['soon', 'first', 'second'])
    expect(time.transport.wallMs()).toBe(1_010)
    expect(time.transport.monotonicNs()).toBe(10_000_000)
    expect(time.pending()).toBe(1)
  })

  test('an interval goes on until it is cancelled', () => {
    const time = simulatedClock({ startMs: 0 })
    let runs = 0
    const timer = time.transport.every(10, () => runs++)
    time.advance(35)
    expect(runs).toBe(3)
    timer.cancel()
    time.advance(100)
    expect([runs, time.pending()]).toEqual([3, 0])
  })

  test('a callback sees the instant for which it was armed', () => {
    const time = simulatedClock({ startMs: 0 })
    const seen: number[] = []
    time.transport.after(7, () => seen.push(time.transport.wallMs()))
    time.advance(50)
    expect(seen).toEqual([7])
  })

  test('market and transport timers share one order', () => {
    const time = simulatedClock({ startMs: 0, rate: 100 })
    const seen: string[] = []
    time.market.after(1_000, () => seen.push('market'))
    time.transport.after(9, () => seen.push('before'))
    time.transport.after(11, () => seen.push('after'))
    time.advance(11)
    expect(seen).toEqual(['before', 'market', 'after'])
    expect(time.market.nowMs()).toBe(1_100)
  })

  test('does not go back', () => {
    expect(() => simulatedClock({ startMs: 0 }).advance(-1)).toThrow(InvariantError)
  })
})

describe('market time live', () => {
  test('is wall time, and a frame stamped ahead of it does not move it', () => {
    const time = simulatedClock({ startMs: 5_000 })
    const market = wallMarketClock(time.transport)
    market.advanceTo(9_000)
    time.advance(10)
    expect([market.nowMs(), market.rate()]).toEqual([5_010, 1])
  })

  test('a timer further away than the machine can hold still runs once, on time', () => {
    const days30Ms = 30 * 86_400_000
    const time = simulatedClock({ startMs: 0 })
    const market = wallMarketClock(time.transport)
    const seen: number[] = []
    market.at(days30Ms, () => seen.push(market.nowMs()))
    const cancelled = market.after(days30Ms, () => seen.push(-1))
    time.advance(days30Ms - 1)
    expect(seen).toEqual([])
    cancelled.cancel()
    time.advance(1)
    expect(seen).toEqual([days30Ms])
    expect(time.pending()).toBe(0)
  })
})
