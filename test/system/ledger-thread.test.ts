import { describe, expect, it } from 'vitest'
import { simulatedClock } from '../../src/clock/simulated-clock.ts'
import type { Reply } from '../../src/ledger/protocol.ts'
import { SupervisedThread } from '../../src/ledger/supervised-thread.ts'

interface DyingApi {
  answer(): Promise<Reply<number>>
  exit(): Promise<Reply<number>>
  never(): Promise<Reply<number>>
  crash(): Promise<Reply<number>>
}

const start = () => {
  const clock = simulatedClock({ startMs: 0 })
  const thread = new SupervisedThread<DyingApi>(clock, new URL('./ledger/dying.worker.ts', import.meta.url), 'test')
  return { clock, thread }
}

describe('a supervised thread', () => {
  it.each(['exit', 'crash'] as const)(
    'ends the call that was open when it died, and every later one: %s',
    async (how) => {
      const { thread } = start()
      let deaths = 0
      thread.onExit(() => deaths++)
      expect(await thread.call(1_000, (api) => api.answer())).toEqual({ ok: true, value: 42 })
      expect(await thread.call(1_000, (api) => api[how]())).toMatchObject({ ok: false, failure: { kind: 'failed' } })
      expect(await thread.call(1_000, (api) => api.answer())).toMatchObject({ ok: false })
      expect(deaths).toBe(1)
      await thread.end()
    },
  )

  it('ends a call at its deadline', async () => {
    const { clock, thread } = start()
    await thread.call(1_000, (api) => api.answer())
    const waiting = thread.call(1_000, (api) => api.never())
    clock.advance(1_000)
    expect(await waiting).toMatchObject({ ok: false, failure: { message: expect.stringContaining('1 s') } })
    expect(clock.pending()).toBe(0)
    await thread.end()
  })
})
