import { describe, expect, test } from 'vitest'
import { simulatedClock } from '../../../src/clock/simulated-clock.ts'
import { InvariantError } from '../../../src/domain/invariant.ts'
import { subtract } from '../../../src/telemetry/event-loop.ts'
import { createFatalHooks } from '../../../src/telemetry/fatal.ts'
import { createLatencyHistogram } from '../../../src/telemetry/latency.ts'
import { readMemory } from '../../../src/telemetry/memory.ts'

describe('latencies', () => {
  test('percentiles are those of what was recorded, to three figures', () => {
    const latency = createLatencyHistogram()
    for (let value = 1; value <= 1_000; value++) latency.record(value * 1_000)
    const summary = latency.summary()
    expect(summary?.count).toBe(1_000)
    expect(summary?.p50Ms).toBeCloseTo(0.5, 2)
    expect(summary?.p99Ms).toBeCloseTo(0.99, 2)
    expect(summary?.maxMs).toBeCloseTo(1, 2)
  })

  test('there is no percentile of nothing, and no negative duration', () => {
    const latency = createLatencyHistogram()
    expect(latency.summary()).toBeUndefined()
    latency.record(0)
    expect(latency.summary()?.count).toBe(1)
    expect(() => latency.record(-1)).toThrow(InvariantError)
  })
})

describe('event-loop delay', () => {
  test('is what lies over the idle baseline, never below 0', () => {
    const measured = { p50Ms: 1.2, p99Ms: 4, maxMs: 5 }
    const idle = { p50Ms: 1.1, p99Ms: 1.5, maxMs: 6 }
    const over = subtract(measured, idle)
    expect(over.p50Ms).toBeCloseTo(0.1)
    expect([over.p99Ms, over.maxMs]).toEqual([2.5, 0])
  })
})

describe('memory', () => {
  test('the most that was resident is not below what is', () => {
    const { residentBytes, residentBytesMax } = readMemory()
    expect(residentBytes).toBeGreaterThan(1024 * 1024)
    expect(residentBytesMax).toBeGreaterThanOrEqual(residentBytes * 0.99)
  })
})

describe('what still runs before a bug ends the process', () => {
  test('hooks run newest first, one that fails does not keep the others from running', async () => {
    const hooks = createFatalHooks()
    const { transport } = simulatedClock({ startMs: 0 })
    const seen: string[] = []
    hooks.add(() => void seen.push('ledger'))
    hooks.add(async () => {
      seen.push('pool')
      throw new TypeError('pool broken')
    })
    hooks.add(() => void seen.push('removed'))()
    await expect(hooks.run(transport, 1_000)).resolves.toMatchObject([{ message: 'pool broken' }])
    expect(seen).toEqual(['pool', 'ledger'])
  })

  test('one that never ends is not waited for beyond the bound', async () => {
    const hooks = createFatalHooks()
    const time = simulatedClock({ startMs: 0 })
    hooks.add(() => new Promise<void>(() => undefined))
    const run = hooks.run(time.transport, 1_000)
    time.advance(1_000)
    await expect(run).resolves.toEqual([])
  })
})
