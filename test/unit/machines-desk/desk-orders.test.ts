import { describe, expect, it } from 'vitest'
import { predictionIdOf } from '../../../src/domain/ids.ts'
import type { ZERO_MONEY } from '../../../src/domain/units.ts'
import {
  CLOSE_MS,
  deskHarness,
  type Harness,
  marketAt,
  predictionOf,
  START_MS,
  withMakerOrder,
  withTakerPosition,
} from './desk-harness.ts'

describe('taking', () => {
  it('fills at the shown price, up to the size shown and the limits', () => {
    const harness = deskHarness({ settings: { makerFillProbability: 0.1 } })
    harness.quoteAll()
    harness.predict(predictionOf())
    harness.quote(2, 45, 48, 20)
    expect(harness.fills()).toMatchObject([
      { side: 'bid', liquidity: 'taker', price: 4800, quantity: 2_000, fee: 349_500, filledMs: START_MS },
    ])
    expect(harness.orders()).toMatchObject([{ status: 'filled', role: 'taker', filledQuantity: 2_000 }])
    expect(harness.portfolio.position(marketAt(2))).toMatchObject({
      netQuantity: 2_000,
      cost: 9_600_000,
      fees: 349_500,
    })
    expect(harness.state()).toBe('positioned')
  })

  it('never doubles down in its market, nor takes a second position in the event', () => {
    const harness = withTakerPosition()
    const fills = harness.fills().length
    harness.quote(2, 40, 44)
    expect(harness.lastDecision()?.refusal).toBe('positionInMarket')
    harness.quote(3, 1, 2)
    harness.quote(1, 60, 99)
    expect(harness.fills()).toHaveLength(fills)
    const refusals = harness.lastDecision()?.candidates.map(({ refusal }) => refusal)
    expect(refusals).toContain('positionInEvent')
  })
})

describe('a paper order', () => {
  it('rests the latency after its decision', () => {
    const harness = withMakerOrder()
    expect(harness.state()).toBe('working')
    harness.print(2, 'ask', 40, 10, START_MS + 249)
    expect(harness.fills()).toEqual([])
    harness.print(2, 'ask', 40, 10, START_MS + 250)
    expect(harness.fills()).toMatchObject([{ price: 4600, quantity: 1_000, liquidity: 'maker', fee: 0 }])
  })

  it('fills by what is printed strictly beyond its price on the other side, never at its price', () => {
    const harness = withMakerOrder()
    harness.clock.advance(1_000)
    harness.print(2, 'ask', 46, 500)
    harness.print(2, 'bid', 45, 500)
    harness.print(1, 'ask', 40, 500)
    expect(harness.fills()).toEqual([])
    harness.print(2, 'ask', 45, 30)
    harness.print(2, 'ask', 44, 500)
    expect(harness.fills().map(({ quantity }) => quantity)).toEqual([3_000, 7_800])
    expect(harness.state()).toBe('positioned')
    expect(harness.orders()).toMatchObject([{ status: 'filled', filledQuantity: 10_800 }])
    expect(harness.portfolio.workingIn(marketAt(2))).toEqual([])
  })

  it('counts as a position: nothing else is entered while it works', () => {
    const harness = withMakerOrder()
    harness.quote(3, 1, 2)
    expect(harness.orders()).toHaveLength(1)
    expect(harness.lastDecision()?.candidates.map(({ refusal }) => refusal)).toContain('positionInEvent')
    expect(harness.portfolio.exposure()).toBe(49_680_000)
  })

  it('keeps its prediction confirmed while it rests, and no longer', () => {
    const harness = withMakerOrder()
    expect(harness.restingCalls).toEqual([true])
    harness.clock.advance(1_000)
    harness.print(2, 'ask', 45, 500)
    expect(harness.restingCalls).toEqual([true, false])
  })
})

describe('a working order is cancelled', () => {
  const cancelReason = (harness: Harness) => harness.orders()[0]?.cancelReason

  it('when a new prediction puts its EV below the minimum', () => {
    const harness = withMakerOrder()
    harness.predict(predictionOf({ id: predictionIdOf('p-2'), brackets: [0.1, 0.2, 0.48, 0.12, 0.06, 0.04] }))
    expect(cancelReason(harness)).toBe('evBelowMinimum')
    expect(harness.state()).toBe('canceling')
    harness.clock.advance(250)
    expect(harness.orders()[0]).toMatchObject({ status: 'canceled', filledQuantity: 0 })
    expect(harness.state()).toBe('watching')
  })

  it('and not when a new prediction leaves it worth its risk', () => {
    const harness = withMakerOrder()
    harness.predict(predictionOf({ id: predictionIdOf('p-2'), brackets: [0.1, 0.2, 0.5, 0.1, 0.06, 0.04] }))
    expect(harness.state()).toBe('working')
  })

  it('on a new observed maximum in its event', () => {
    const harness = withMakerOrder()
    harness.predict(predictionOf({ id: predictionIdOf('p-2'), observedMaxF: 36 }))
    expect(cancelReason(harness)).toBe('newObservedMaximum')
  })

  it('when the hours that its package serves are over', () => {
    const harness = withMakerOrder()
    harness.predict(predictionOf({ id: predictionIdOf('p-2'), isServed: false }))
    expect(cancelReason(harness)).toBe('predictionNotConfirmed')
  })

  it('when its market is not live for two seconds of transport time, and not before', () => {
    const harness = withMakerOrder()
    harness.setLive(2, false)
    harness.clock.advance(1_999)
    expect(harness.state()).toBe('working')
    harness.clock.advance(1)
    expect(cancelReason(harness)).toBe('marketNotLive')
  })

  it('and not when the market is live again in time, or when it is another market', () => {
    const harness = withMakerOrder()
    harness.setLive(1, false)
    harness.setLive(2, false)
    harness.clock.advance(1_000)
    harness.setLive(2, true)
    harness.clock.advance(10_000)
    expect(harness.state()).toBe('working')
  })

  it('when its market is paused for two seconds, also with a live book, and not when it is resumed in time', () => {
    const harness = withMakerOrder()
    harness.desk.lifecycle({ type: 'deactivated', market: marketAt(2), tsVenueMs: START_MS })
    harness.clock.advance(1_000)
    harness.desk.lifecycle({ type: 'activated', market: marketAt(2), tsVenueMs: START_MS + 1_000 })
    harness.clock.advance(5_000)
    expect(harness.state()).toBe('working')
    harness.desk.lifecycle({ type: 'deactivated', market: marketAt(2), tsVenueMs: START_MS + 6_000 })
    harness.desk.marketLive(marketAt(2))
    harness.clock.advance(2_000)
    expect(cancelReason(harness)).toBe('marketNotLive')
  })

  it('when its prediction is not confirmed for a minute of transport time', () => {
    const harness = withMakerOrder()
    harness.clock.advance(59_000)
    harness.hold(predictionOf({ confirmedNs: 59_000 * 1e6 }))
    harness.clock.advance(60_000)
    expect(harness.state()).toBe('working')
    harness.clock.advance(1_000)
    expect(cancelReason(harness)).toBe('predictionNotConfirmed')
  })

  it('when trading is halted', () => {
    const harness = withMakerOrder()
    harness.gate.halt('a person said so')
    expect(cancelReason(harness)).toBe('tradingHalted')
  })

  it('at the close, at once', () => {
    const harness = withMakerOrder()
    // Confirmed all day, so that the close is what ends it.
    harness.hold(predictionOf({ confirmedNs: Number.MAX_SAFE_INTEGER }))
    harness.clock.advance(CLOSE_MS - START_MS)
    expect(harness.orders()[0]).toMatchObject({ status: 'canceled', cancelReason: 'marketClosed', filledQuantity: 0 })
    expect(harness.orders()[0]?.history.at(-1)).toEqual({ status: 'canceled', atMs: CLOSE_MS })
    expect(harness.state()).toBe('awaitingSettlement')
  })

  it('at shutdown, at once, and nothing is decided any more', () => {
    const harness = withMakerOrder()
    harness.desk.shutdown()
    expect(harness.orders()[0]).toMatchObject({ status: 'canceled', cancelReason: 'shutdown' })
    const decisions = harness.decisions().length
    harness.quote(2, 40, 41)
    expect(harness.decisions()).toHaveLength(decisions)
    expect(harness.state()).toBe('stopped')
    expect(harness.clock.pending()).toBe(0)
  })

  it('and still fills by what was printed before the cancel took effect, whenever that is heard of', () => {
    const harness = withMakerOrder()
    harness.clock.advance(1_000)
    harness.predict(predictionOf({ id: predictionIdOf('p-2'), brackets: [0.1, 0.2, 0.4, 0.2, 0.06, 0.04] }))
    const canceledMs = harness.nowMs() + 250
    harness.clock.advance(5_000)
    harness.print(2, 'ask', 40, 7, canceledMs)
    expect(harness.fills()).toEqual([])
    harness.print(2, 'ask', 40, 7, canceledMs - 1)
    expect(harness.fills()).toMatchObject([{ quantity: 700 }])
    expect(harness.state()).toBe('positioned')
  })
})

describe('the daily loss', () => {
  it('latches a halt where it is crossed, and every order is refused from then on', () => {
    const harness = withTakerPosition({ limits: { maxDailyLoss: 5_000_000 as typeof ZERO_MONEY } })
    harness.quote(2, 37, 48)
    expect(harness.gate.state()).toBe('halted')
    expect(harness.records).toContainEqual({ kind: 'halt', reason: 'dailyLoss', atMs: START_MS })
    expect(harness.lastDecision()?.refusal).toBe('tradingHalted')
  })
})
