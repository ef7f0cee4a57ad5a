import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../src/clock/seeded-random.ts'
import { simulatedClock } from '../../../src/clock/simulated-clock.ts'
import { EXCHANGE_SWAP_HOLD_MS } from '../../../src/config/limits.ts'
import { type FaultRates, FrameFaults, type Injection } from '../../../src/exchange/frame-faults.ts'

function faultsOf(rates: Partial<FaultRates>, seed = '1') {
  const log: Injection[] = []
  const sent: string[] = []
  const clock = simulatedClock({ startMs: 0 })
  const faults = new FrameFaults({
    rates: { drop: 0, duplicate: 0, swap: 0, ...rates },
    random: seededRandom(seed),
    clock: clock.transport,
    log: (injection) => log.push(injection),
  })
  const pass = (seq: number, sid = 1, connection = 1): void =>
    faults.pass({ connection, sid, seq }, `${sid}:${seq}`, (text) => sent.push(text))
  return { faults, pass, log, sent, clock }
}

describe('an injected fault', () => {
  it('drops a frame', () => {
    const { pass, log, sent } = faultsOf({ drop: 1 })
    pass(1)
    expect(sent).toEqual([])
    expect(log).toEqual([{ connection: 1, sid: 1, seq: 1, kind: 'drop' }])
  })

  it('has the rates that it was last given', () => {
    const { faults, pass, sent } = faultsOf({ drop: 1 })
    pass(1)
    faults.set({ drop: 0, duplicate: 0, swap: 0 })
    pass(2)
    expect(sent).toEqual(['1:2'])
    expect(() => faults.set({ drop: 0.6, duplicate: 0, swap: 0.6 })).toThrow(/add up to at most 1/)
  })

  it('sends a frame twice', () => {
    const { pass, log, sent } = faultsOf({ duplicate: 1 })
    pass(1)
    expect(sent).toEqual(['1:1', '1:1'])
    expect(log).toEqual([{ connection: 1, sid: 1, seq: 1, kind: 'duplicate' }])
  })

  it('swaps a frame with the next of its sid, not with that of another', () => {
    const { pass, log, sent } = faultsOf({ swap: 1 })
    pass(1)
    pass(1, 2)
    pass(2)
    pass(2, 2)
    expect(sent).toEqual(['1:2', '1:1', '2:2', '2:1'])
    expect(log.map(({ sid, seq, kind, overtakenBySeq }) => [sid, seq, kind, overtakenBySeq])).toEqual([
      [1, 1, 'swap', 2],
      [2, 1, 'swap', 2],
    ])
  })

  it('a frame that waits in vain for its partner goes out late and is no fault', () => {
    const { pass, log, sent, clock } = faultsOf({ swap: 1 })
    pass(1)
    clock.advance(EXCHANGE_SWAP_HOLD_MS)
    expect(sent).toEqual(['1:1'])
    expect(log).toEqual([])
    expect(clock.pending()).toBe(0)
  })

  it('leaves nothing behind for a connection that is gone', () => {
    const { faults, pass, sent, clock } = faultsOf({ swap: 1 })
    pass(1)
    faults.forget(1)
    clock.advance(EXCHANGE_SWAP_HOLD_MS)
    expect([sent, clock.pending()]).toEqual([[], 0])
  })

  it('is a pure function of the seed, and each one is logged', () => {
    const run = (seed: string) => {
      const wired = faultsOf({ drop: 0.1, duplicate: 0.1, swap: 0.1 }, seed)
      for (let seq = 1; seq <= 1000; seq++) wired.pass(seq)
      return wired
    }
    const first = run('a')
    expect(run('a').log).toEqual(first.log)
    expect(run('b').log).not.toEqual(first.log)
    const count = (kind: Injection['kind']) => first.log.filter((injection) => injection.kind === kind).length
    expect(first.sent.length).toBe(1000 - count('drop') + count('duplicate'))
    for (const kind of ['drop', 'duplicate', 'swap'] as const) expect(count(kind)).toBeGreaterThan(50)
  })
})
