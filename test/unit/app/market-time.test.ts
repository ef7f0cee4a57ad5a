import { describe, expect, it } from 'vitest'
import { openMarketTime } from '../../../src/app/market-time.ts'
import { simulatedClock } from '../../../src/clock/simulated-clock.ts'
import type { MarketTimeAnchor } from '../../../src/clock/venue-clock.ts'
import type { RestClient } from '../../../src/kalshi/rest.ts'

const WALL_MS = Date.parse('2026-11-21T12:00:00Z')
const PLAYED_MS = Date.parse('2024-12-17T12:00:00Z')

function open(
  clock: 'auto' | 'wall' | 'venue',
  marketMs: number | undefined,
  venue: { name: 'local' | 'demo' } = { name: 'local' },
) {
  const anchor: MarketTimeAnchor | undefined =
    marketMs === undefined ? undefined : { marketMs, wallMs: WALL_MS, rate: 60, runId: 'run' }
  const rest = {
    restUrl: 'http://127.0.0.1:1/trade-api/v2',
    exchangeStatus: async () => ({ ok: true, value: { isExchangeActive: true, isTradingActive: true } }),
    marketTime: () => anchor,
  } as unknown as RestClient
  return openMarketTime({ clock, mode: 'dry-run', venue }, rest, simulatedClock({ startMs: WALL_MS }).transport)
}

describe('market time by itself', () => {
  it.each([
    ['a local exchange that plays another day', PLAYED_MS, 'venue', PLAYED_MS],
    ['a local exchange on wall time', WALL_MS + 400, 'wall', WALL_MS],
    ['a venue that publishes none', undefined, 'wall', WALL_MS],
  ] as const)('is, at %s, its %s', async (_, published, kind, nowMs) => {
    const time = await open('auto', published)
    expect(time.kind).toBe(kind)
    expect(time.clock.nowMs()).toBe(nowMs)
    time.stop()
  })

  it('never follows the clock of demo or production', async () => {
    await expect(open('auto', PLAYED_MS, { name: 'demo' })).rejects.toThrow(/plays 2024-12-17/)
    expect((await open('auto', undefined, { name: 'demo' })).kind).toBe('wall')
  })
})

describe('market time as it is configured', () => {
  it('refuses the wall clock where another day is played, and the venue’s where it publishes none', async () => {
    await expect(open('wall', PLAYED_MS)).rejects.toThrow(/plays 2024-12-17, and "clock" is "wall"/)
    await expect(open('venue', undefined)).rejects.toThrow(/does not publish market time/)
  })
})
