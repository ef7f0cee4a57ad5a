import { describe, expect, it } from 'vitest'
import { predictionIdOf } from '../../../src/domain/ids.ts'
import { priceFromCents, priceOf, quantityFromContracts, quantityOf, ZERO_MONEY } from '../../../src/domain/units.ts'
import type { OrderRecord } from '../../../src/ledger/records.ts'
import {
  CLOSE_MS,
  DAY,
  deskHarness,
  EVENT,
  type Harness,
  MARKETS,
  marketAt,
  predictionOf,
  START_MS,
} from './desk-harness.ts'

const stateOf = (harness: Harness): unknown => harness.desk.actorRef.getSnapshot().value

/** A desk with a prediction and a maker's spread in the bracket of 38-39. */
function withMakerOrder(setup: Parameters<typeof deskHarness>[0] = {}): Harness {
  const harness = deskHarness(setup)
  harness.quoteAll()
  harness.predict(predictionOf())
  harness.quote(2, 45, 48)
  return harness
}

/** The maker's own expected value is below the taker's where its fill is unlikely. */
function withTakerPosition(setup: Parameters<typeof deskHarness>[0] = {}): Harness {
  return withMakerOrder({ ...setup, settings: { makerFillProbability: 0.1, ...setup.settings } })
}

describe('a decision', () => {
  it('is recorded with its books, candidates, probabilities and cause', () => {
    const harness = withMakerOrder()
    const row = harness.decisions().find(({ choice }) => choice)
    expect(row).toMatchObject({
      strategy: 'weather-ev',
      event: EVENT,
      market: marketAt(2),
      cause: 'book',
      decidedMs: START_MS,
      predictionId: 'p-1',
      choice: { side: 'bid', role: 'maker', price: 4600, evCents: 14, expectedValueCents: 10.5, quantity: 10_800 },
    })
    expect(row?.books).toHaveLength(6)
    expect(row?.books[2]).toMatchObject({
      isLive: true,
      bid: 4500,
      ask: 4800,
      connection: 1,
      sid: 1,
      modelProbability: 0.6,
    })
    expect(row?.books[2]?.marketProbability).toBeGreaterThan(0)
    expect(row?.candidates).toHaveLength(24)
    expect(row?.choice?.locked).toBe(49_680_000)
  })

  it('carries the venue time of the frame that caused it, and how long it took', () => {
    const harness = deskHarness()
    harness.quoteAll()
    harness.hold(predictionOf())
    const stream = { connection: 1, sid: 1, seq: 99 }
    harness.desk.topChanged({ market: marketAt(2), ...stream, tsVenueMs: START_MS - 7, tsReceivedNs: -5_000 })
    expect(harness.lastDecision()).toMatchObject({ cause: 'book', decidedMs: START_MS - 7, latencyNs: 5_000 })
  })

  it('that repeats unchanged is counted, not rewritten', () => {
    const harness = deskHarness()
    harness.quoteAll()
    harness.predict(predictionOf())
    const written = harness.decisions().length
    const first = harness.lastDecision()
    for (let time = 0; time < 3; time++) harness.quote(2, 59, 61, 50 + time)
    expect(harness.decisions()).toHaveLength(written)
    harness.quote(2, 58, 61)
    const repeated = harness.records().find((record) => record.kind === 'decisionRepeated')
    expect(repeated).toMatchObject({ id: first?.id, count: 3 })
    expect(harness.desk.stats()).toMatchObject({ decisions: written + 4, repeats: 3 })
  })

  it('to pass is announced when the refusal changes, and not again', () => {
    const harness = deskHarness()
    harness.quoteAll()
    harness.quote(2, 45, 48)
    harness.quote(2, 44, 48)
    const texts = harness.announcements.map(({ text }) => text)
    expect(texts).toEqual([`[DRY-RUN] PASS noPrediction (beforeFirstForecast) | ${EVENT}`])
    harness.predict(predictionOf({ stdF: 4.5 }))
    expect(harness.announcements).toHaveLength(2)
    expect(harness.announcements.at(-1)?.text).toContain('PASS settlementStdTooHigh | best BUY YES')
  })

  it('to trade is announced in one line', () => {
    const harness = withMakerOrder()
    expect(harness.announcements.map(({ text }) => text).find((text) => text.startsWith('[DRY-RUN] BUY'))).toMatch(
      /^\[DRY-RUN\] BUY YES @ 46¢ \(maker\) \| 108x @ \$49\.68 \| KXHIGHCHI-24DEC17-B38\.5 \| model=60\.0% mkt=\d+\.\d% EV=14\.00¢ std=2\.50°F$/,
    )
  })

  it('is written before the order that follows from it, which names it', () => {
    const harness = withMakerOrder()
    const kinds = harness.records().map(({ kind }) => kind)
    expect(kinds.lastIndexOf('decision')).toBeLessThan(kinds.indexOf('order'))
    const decision = harness.decisions().find(({ choice }) => choice)
    expect(harness.orders()[0]).toMatchObject({ id: decision?.order, decision: decision?.id })
  })
})

describe('refusals that stand before any candidate', () => {
  it.each([
    ['the gate is halted', (harness: Harness) => harness.gate.halt('test'), 'tradingHalted'],
    ['the connection is silent', (harness: Harness) => harness.setFeed({ silenceMs: 30_001 }), 'bookStale'],
    ['the feed lags', (harness: Harness) => harness.setFeed({ lagMs: 5_001 }), 'bookStale'],
    ['the hour is not served', (harness: Harness) => harness.hold(predictionOf({ isServed: false })), 'noPrediction'],
    [
      'no book is live',
      (harness: Harness) => {
        for (const index of MARKETS.keys()) harness.setLive(index, false)
      },
      'marketNotLive',
    ],
  ])('%s', (_, break_, refusal) => {
    const harness = deskHarness()
    harness.quoteAll()
    harness.hold(predictionOf())
    break_(harness)
    harness.quote(2, 45, 48)
    expect(harness.lastDecision()).toMatchObject({ refusal })
    expect(harness.orders()).toEqual([])
  })

  it('a market that is not live is not a candidate, the others are', () => {
    const harness = deskHarness({ notLive: [2] })
    harness.quoteAll()
    harness.predict(predictionOf())
    const row = harness.lastDecision()
    expect(row?.books[2]).toMatchObject({ isLive: false })
    expect(row?.candidates.every(({ market }) => market !== marketAt(2))).toBe(true)
    expect(row?.candidates).toHaveLength(20)
  })

  it('with a weight below 1, a book that is not live leaves no market probability', () => {
    const harness = deskHarness({ notLive: [5], settings: { modelWeight: 0.5 } })
    harness.quoteAll()
    harness.predict(predictionOf())
    expect(harness.lastDecision()?.refusal).toBe('noMarketProbability')
  })

  it('a busy ledger refuses new orders', () => {
    const harness = deskHarness()
    harness.quoteAll()
    harness.setFeed({ acceptsOrders: false })
    harness.predict(predictionOf())
    harness.quote(2, 45, 48)
    expect(harness.lastDecision()?.refusal).toBe('ledgerBusy')
  })

  it('a prediction that was not confirmed for a minute is none', () => {
    const harness = deskHarness()
    harness.quoteAll()
    harness.hold(predictionOf())
    harness.clock.advance(60_001)
    harness.quote(2, 45, 48)
    expect(harness.lastDecision()).toMatchObject({ refusal: 'noPrediction', noPredictionReason: 'notConfirmed' })
  })
})

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
    expect(stateOf(harness)).toBe('positioned')
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
    expect(stateOf(harness)).toBe('working')
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
    expect(stateOf(harness)).toBe('positioned')
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
    expect(stateOf(harness)).toBe('canceling')
    harness.clock.advance(250)
    expect(harness.orders()[0]).toMatchObject({ status: 'canceled', filledQuantity: 0 })
    expect(stateOf(harness)).toBe('watching')
  })

  it('and not when a new prediction leaves it worth its risk', () => {
    const harness = withMakerOrder()
    harness.predict(predictionOf({ id: predictionIdOf('p-2'), brackets: [0.1, 0.2, 0.5, 0.1, 0.06, 0.04] }))
    expect(stateOf(harness)).toBe('working')
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
    expect(stateOf(harness)).toBe('working')
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
    expect(stateOf(harness)).toBe('working')
  })

  it('when its prediction is not confirmed for a minute of transport time', () => {
    const harness = withMakerOrder()
    harness.clock.advance(59_000)
    harness.hold(predictionOf({ confirmedNs: 59_000 * 1e6 }))
    harness.clock.advance(60_000)
    expect(stateOf(harness)).toBe('working')
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
    expect(stateOf(harness)).toBe('awaitingSettlement')
  })

  it('at shutdown, at once, and nothing is decided any more', () => {
    const harness = withMakerOrder()
    harness.desk.shutdown()
    expect(harness.orders()[0]).toMatchObject({ status: 'canceled', cancelReason: 'shutdown' })
    const decisions = harness.decisions().length
    harness.quote(2, 40, 41)
    expect(harness.decisions()).toHaveLength(decisions)
    expect(stateOf(harness)).toBe('stopped')
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
    expect(stateOf(harness)).toBe('positioned')
  })
})

describe('the daily loss', () => {
  it('latches a halt where it is crossed, and every order is refused from then on', () => {
    const harness = withTakerPosition({ limits: { maxDailyLoss: 5_000_000 as typeof ZERO_MONEY } })
    harness.quote(2, 37, 48)
    expect(harness.gate.state()).toBe('halted')
    expect(harness.records()).toContainEqual({ kind: 'halt', reason: 'dailyLoss', atMs: START_MS })
    expect(harness.lastDecision()?.refusal).toBe('tradingHalted')
  })
})

describe('settlement', () => {
  const determine = (harness: Harness, winner: number, determinedMs = CLOSE_MS + 60_000): void => {
    for (const [index, { ticker }] of MARKETS.entries()) {
      harness.desk.lifecycle({
        type: 'determined',
        market: ticker,
        result: index === winner ? 'yes' : 'no',
        settlementValue: priceOf(index === winner ? 10_000 : 0),
        expirationValue: '39.00',
        determinedMs,
      })
    }
  }

  it('pays a winner a dollar a contract, less what it cost and its fees', () => {
    const harness = withTakerPosition()
    harness.clock.advance(CLOSE_MS - START_MS)
    determine(harness, 2)
    expect(harness.settlements()).toHaveLength(6)
    expect(harness.settlements()[2]).toMatchObject({
      result: 'yes',
      netQuantity: 5_000,
      payout: 50_000_000,
      pnl: 50_000_000 - 24_000_000 - 873_600,
      expirationValue: '39.00',
    })
    expect(harness.settlements()[0]).toMatchObject({ result: 'no', netQuantity: 0, payout: 0, pnl: 0 })
    expect(harness.portfolio.openMarkets()).toBe(0)
  })

  it('pays a loser nothing', () => {
    const harness = withTakerPosition()
    determine(harness, 4)
    expect(harness.settlements()[2]).toMatchObject({ payout: 0, pnl: -24_000_000 - 873_600 })
  })

  it('is booked once, and completed when the money has moved', () => {
    const harness = withTakerPosition()
    determine(harness, 2)
    determine(harness, 4)
    expect(harness.settlements()).toHaveLength(6)
    for (const { ticker } of MARKETS)
      harness.desk.lifecycle({ type: 'settled', market: ticker, settledMs: CLOSE_MS + 66_000 })
    expect(harness.settlements()).toHaveLength(12)
    expect(harness.settlements().at(-1)).toMatchObject({ settledMs: CLOSE_MS + 66_000 })
    expect(stateOf(harness)).toBe('done')
    expect(harness.clock.pending()).toBe(0)
  })

  it('of an earlier session is not booked again', () => {
    const harness = deskHarness({ settledMarkets: [marketAt(2)] })
    determine(harness, 2)
    expect(harness.settlements().map(({ market }) => market)).not.toContain(marketAt(2))
  })
})

describe('what an earlier session of the account left', () => {
  const order: OrderRecord = {
    id: 'abc' as OrderRecord['id'],
    decision: 'd' as OrderRecord['decision'],
    event: EVENT,
    market: marketAt(2),
    side: 'bid',
    role: 'maker',
    price: priceFromCents(46),
    quantity: quantityFromContracts(100),
    filledQuantity: quantityFromContracts(40),
    status: 'partiallyFilled',
    createdMs: START_MS - 1_000,
    history: [{ status: 'resting', atMs: START_MS - 750 }],
  }

  it('a position counts at once', () => {
    const position = {
      market: marketAt(2),
      netQuantity: quantityOf(5_000),
      cost: 24_000_000 as typeof ZERO_MONEY,
      realizedPnl: ZERO_MONEY,
      fees: ZERO_MONEY,
      updatedMs: START_MS,
    }
    const harness = deskHarness({ positions: [position] })
    expect(stateOf(harness)).toBe('positioned')
    harness.quoteAll()
    harness.predict(predictionOf())
    harness.quote(2, 45, 48)
    expect(harness.lastDecision()?.refusal).toBe('positionInMarket')
  })

  it('a working order works on, and what is left of it fills', () => {
    const harness = deskHarness({ workingOrders: [order] })
    expect(stateOf(harness)).toBe('working')
    harness.clock.advance(100)
    harness.print(2, 'ask', 45, 100)
    expect(harness.fills()).toMatchObject([{ order: 'abc', quantity: 6_000 }])
    expect(stateOf(harness)).toBe('positioned')
  })

  it('a working order goes where its market does not come back in two seconds', () => {
    const harness = deskHarness({ workingOrders: [order], notLive: [2] })
    harness.clock.advance(2_000)
    expect(harness.orders()[0]).toMatchObject({ status: 'cancelPending', cancelReason: 'marketNotLive' })
  })

  it('orders of other events are not taken in', () => {
    const harness = deskHarness({
      workingOrders: [{ ...order, market: 'KXHIGHNY-24DEC17-T50' as OrderRecord['market'] }],
    })
    expect(harness.orders()).toEqual([])
  })
})

describe('closing', () => {
  it('no order is entered in the last minute before the close', () => {
    const harness = deskHarness({ startMs: CLOSE_MS - 60_000 })
    harness.quoteAll()
    harness.predict(predictionOf({ forecastIssuedMs: CLOSE_MS - 3_600_000, coveredMinutes: 600 }))
    harness.quote(2, 45, 48)
    expect(harness.lastDecision()?.refusal).toBe('marketClosing')
  })

  it('a paused market is not tradable until it is resumed', () => {
    const harness = deskHarness()
    harness.quoteAll()
    harness.predict(predictionOf())
    harness.desk.lifecycle({ type: 'deactivated', market: marketAt(2), tsVenueMs: START_MS })
    harness.quote(2, 45, 48)
    expect(harness.lastDecision()?.books[2]?.isLive).toBe(false)
    harness.desk.lifecycle({ type: 'activated', market: marketAt(2), tsVenueMs: START_MS })
    harness.quote(2, 45, 48)
    expect(harness.orders()).toHaveLength(1)
  })

  it('the climate day of the event is that of its city', () => {
    expect(new Set(MARKETS.map(({ closeMs }) => closeMs <= DAY.endMs))).toEqual(new Set([true]))
  })
})
