import { describe, expect, it } from 'vitest'
import { createMarketActor } from '../../../actors/market.ts'
import { simulatedClock } from '../../../src/clock/simulated-clock.ts'
import type { Market } from '../../../src/domain/market.ts'
import { MARKETS } from './desk-harness.ts'

const [TEMPLATE] = MARKETS

function marketAtTime(startMs: number, change: Partial<Market> = {}) {
  const clock = simulatedClock({ startMs })
  let closed = 0
  const market = { ...(TEMPLATE as Market), openMs: 1_000, closeMs: 200_000, ...change }
  const actor = createMarketActor({
    market,
    clock: clock.market,
    closeGuardMs: 60_000,
    isBookLive: true,
    onClosed: () => closed++,
  })
  return { clock, actor, closed: () => closed }
}

describe('a market', () => {
  it('opens and closes by its own fields, because the venue says nothing then', () => {
    const { clock, actor, closed } = marketAtTime(0)
    expect(actor.isTradable()).toBe(false)
    clock.advance(1_000)
    expect(actor.isTradable()).toBe(true)
    clock.advance(198_999)
    expect([actor.isTradable(), closed()]).toEqual([true, 0])
    clock.advance(1)
    expect([actor.isTradable(), actor.isOver(), closed()]).toEqual([false, true, 1])
    expect(clock.pending()).toBe(0)
  })

  it('is where it would have been when the daemon starts late', () => {
    expect(marketAtTime(100_000).actor.isTradable()).toBe(true)
    expect(marketAtTime(200_000).actor.isOver()).toBe(true)
  })

  it.each([
    ['paused', false, false],
    ['closed', false, true],
  ] as const)('that the venue calls %s is not tradable', (status, isTradable, isOver) => {
    const { actor } = marketAtTime(100_000, { status })
    expect([actor.isTradable(), actor.isOver()]).toEqual([isTradable, isOver])
  })

  it('follows a close that is moved, earlier and later', () => {
    const { clock, actor, closed } = marketAtTime(100_000)
    actor.lifecycle({ type: 'closeDateUpdated', market: actor.market.ticker, closeMs: 110_000, tsVenueMs: 100_000 })
    clock.advance(10_000)
    expect([actor.isOver(), closed()]).toEqual([true, 1])
    actor.lifecycle({ type: 'closeDateUpdated', market: actor.market.ticker, closeMs: 300_000, tsVenueMs: 110_000 })
    expect([actor.isTradable(), actor.closeMs()]).toEqual([true, 300_000])
    clock.advance(190_000)
    expect([actor.isOver(), closed()]).toEqual([true, 2])
  })

  it('keeps no timer once its outcome is known', () => {
    const { clock, actor } = marketAtTime(100_000)
    actor.lifecycle({
      type: 'determined',
      market: actor.market.ticker,
      result: 'yes',
      settlementValue: 10_000 as never,
      determinedMs: 100_000,
    })
    expect([actor.isDetermined(), clock.pending()]).toEqual([true, 0])
  })

  it('is not tradable while its book is not live', () => {
    const { actor } = marketAtTime(100_000)
    actor.setBookLive(false)
    expect([actor.isTradable(), actor.isBookLive()]).toEqual([false, false])
  })
})
