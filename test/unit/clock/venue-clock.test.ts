import { describe, expect, test } from 'vitest'
import { type SimulatedClock, simulatedClock } from '../../../src/clock/simulated-clock.ts'
import {
  formatMarketTime,
  parseMarketTime,
  type VenueMarketClock,
  venueMarketClock,
} from '../../../src/clock/venue-clock.ts'
import { InvariantError } from '../../../src/domain/invariant.ts'

const START_MS = 1_734_400_000_000

function clockAt(rate: number): { time: SimulatedClock; clock: VenueMarketClock } {
  const time = simulatedClock({ startMs: 0 })
  return { time, clock: venueMarketClock(time.transport, { marketMs: START_MS, wallMs: 0, rate, runId: 'run' }) }
}

describe('market time of a play', () => {
  test('is the anchor plus the monotonic time elapsed times the rate', () => {
    const { time, clock } = clockAt(1_600)
    time.advance(5)
    expect(clock.nowMs()).toBe(START_MS + 8_000)
  })

  test('is pulled forward by a later frame and not held back by an earlier one', () => {
    const { time, clock } = clockAt(10)
    clock.advanceTo(START_MS + 500)
    expect(clock.nowMs()).toBe(START_MS + 500)
    clock.advanceTo(START_MS + 400)
    expect(clock.nowMs()).toBe(START_MS + 500)
    time.advance(60)
    expect(clock.nowMs()).toBe(START_MS + 600)
  })

  test('never goes back when a new anchor lies behind it', () => {
    const { time, clock } = clockAt(10)
    time.advance(100)
    clock.anchor({ marketMs: START_MS + 200, wallMs: 100, rate: 10, runId: 'run' })
    expect(clock.nowMs()).toBe(START_MS + 1_000)
    time.advance(90)
    expect(clock.nowMs()).toBe(START_MS + 1_100)
  })

  test('takes the rate of the newest anchor', () => {
    const { time, clock } = clockAt(10)
    clock.anchor({ marketMs: START_MS, wallMs: 0, rate: 100, runId: 'run' })
    time.advance(10)
    expect(clock.nowMs()).toBe(START_MS + 1_000)
    expect(clock.rate()).toBe(100)
    expect(() => clock.anchor({ marketMs: START_MS, wallMs: 0, rate: -1, runId: 'run' })).toThrow(InvariantError)
  })
})

describe('timers on market time', () => {
  test('run when market time has reached them, in order of time', () => {
    const { time, clock } = clockAt(100)
    const seen: string[] = []
    clock.at(START_MS + 2_000, () => seen.push('second'))
    clock.after(1_000, () => seen.push('first'))
    time.advance(9)
    expect(seen).toEqual([])
    time.advance(11)
    expect(seen).toEqual(['first', 'second'])
    expect(time.pending()).toBe(0)
  })

  test('run early when a frame pulls market time past them', () => {
    const { clock } = clockAt(1)
    const seen: number[] = []
    clock.after(60_000, () => seen.push(clock.nowMs()))
    clock.advanceTo(START_MS + 90_000)
    expect(seen).toEqual([START_MS + 90_000])
  })

  test('a deadline that has passed runs in a later turn, not inside the call', () => {
    const { time, clock } = clockAt(1)
    let runs = 0
    clock.at(START_MS - 1, () => runs++)
    expect(runs).toBe(0)
    time.advance(0)
    expect(runs).toBe(1)
  })

  test('a cancelled one never runs, also when it is due in the same turn as the one that cancels it', () => {
    const { time, clock } = clockAt(1)
    const seen: string[] = []
    clock.after(10, () => {
      seen.push('first')
      second.cancel()
    })
    const second = clock.after(10, () => seen.push('second'))
    clock.after(20, () => seen.push('alone')).cancel()
    time.advance(100)
    expect(seen).toEqual(['first'])
    expect(time.pending()).toBe(0)
  })

  test('a slower anchor moves a timer that waits already', () => {
    const { time, clock } = clockAt(100)
    let runs = 0
    clock.after(1_000, () => runs++)
    clock.anchor({ marketMs: START_MS, wallMs: 0, rate: 10, runId: 'run' })
    time.advance(50)
    expect(runs).toBe(0)
    time.advance(50)
    expect(runs).toBe(1)
  })

  test('a timer may arm the next one from inside', () => {
    const { time, clock } = clockAt(10)
    const seen: number[] = []
    const tick = (): void => {
      seen.push(clock.nowMs() - START_MS)
      if (seen.length < 3) clock.after(100, tick)
    }
    clock.after(100, tick)
    time.advance(30)
    expect(seen).toEqual([100, 200, 300])
  })
})

describe('flat out, at rate 0', () => {
  test('only frames move market time and its timers', () => {
    const { time, clock } = clockAt(0)
    let runs = 0
    clock.after(1_000, () => runs++)
    time.advance(3_600_000)
    expect([clock.nowMs(), runs]).toEqual([START_MS, 0])
    clock.advanceTo(START_MS + 1_000)
    expect([clock.nowMs(), runs]).toEqual([START_MS + 1_000, 1])
  })
})

describe('the header of the local exchange', () => {
  test('is read back as it was written', () => {
    const anchor = { marketMs: START_MS, wallMs: 1_795_000_000_000, rate: 1_600, runId: 'run-1' }
    expect(parseMarketTime(formatMarketTime(anchor))).toEqual(anchor)
  })

  test.each([undefined, null, '', '1;2;3', '1;2;-3;run', '1;2;3;run;x', 'a;2;3;run', '1;2;3;'])(
    'is not made up where it is %j',
    (header) => {
      expect(parseMarketTime(header)).toBeUndefined()
    },
  )
})
