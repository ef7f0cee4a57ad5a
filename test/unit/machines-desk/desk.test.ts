import { describe, expect, it } from 'vitest'
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
  withMakerOrder,
  withTakerPosition,
} from './desk-harness.ts'

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
    const repeated = harness.records.find((record) => record.kind === 'decisionRepeated')
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

  it('to pass because the event is held is announced once, whichever of its markets looks best', () => {
    const harness = withTakerPosition()
    const passes = (): number => harness.announcements.filter(({ text }) => text.includes('PASS')).length
    const before = passes()
    harness.quote(2, 40, 43)
    harness.quote(1, 1, 3)
    harness.quote(2, 41, 50)
    harness.quote(1, 30, 33)
    const refusals = new Set(harness.decisions().map(({ refusal }) => refusal))
    expect(refusals).toContain('positionInMarket')
    expect(refusals).toContain('positionInEvent')
    expect(passes()).toBe(before + 1)
  })

  it('to trade is announced in one line', () => {
    const harness = withMakerOrder()
    expect(harness.announcements.map(({ text }) => text).find((text) => text.startsWith('[DRY-RUN] BUY'))).toMatch(
      /^\[DRY-RUN\] BUY YES @ 46¢ \(maker\) \| 108x @ \$49\.68 \| KXHIGHCHI-24DEC17-B38\.5 \| model=60\.0% mkt=\d+\.\d% EV=14\.00¢ std=2\.50°F$/,
    )
  })

  it('is written before the order that follows from it, which names it', () => {
    const harness = withMakerOrder()
    const kinds = harness.records.map(({ kind }) => kind)
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
    expect(harness.state()).toBe('done')
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
    expect(harness.state()).toBe('positioned')
    harness.quoteAll()
    harness.predict(predictionOf())
    harness.quote(2, 45, 48)
    expect(harness.lastDecision()?.refusal).toBe('positionInMarket')
  })

  it('a working order works on, and what is left of it fills', () => {
    const harness = deskHarness({ workingOrders: [order] })
    expect(harness.state()).toBe('working')
    harness.clock.advance(100)
    harness.print(2, 'ask', 45, 100)
    expect(harness.fills()).toMatchObject([{ order: 'abc', quantity: 6_000 }])
    expect(harness.state()).toBe('positioned')
  })

  it('a working order goes where its market does not come back in two seconds', () => {
    const harness = deskHarness({ workingOrders: [order], notLive: [2] })
    harness.clock.advance(2_000)
    expect(harness.orders()[0]).toMatchObject({ status: 'cancelPending', cancelReason: 'marketNotLive' })
  })

  it('a working order whose market closed meanwhile has ended, and nothing waits for it any more', () => {
    const harness = deskHarness({ workingOrders: [order], startMs: CLOSE_MS + 60_000 })
    expect(harness.orders().at(-1)).toMatchObject({ status: 'canceled', cancelReason: 'marketClosed' })
    expect(harness.state()).toBe('awaitingSettlement')
    expect(harness.restingCalls.at(-1) ?? false).toBe(false)
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
