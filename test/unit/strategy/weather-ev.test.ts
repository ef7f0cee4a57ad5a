import { describe, expect, it } from 'vitest'
import type { Level } from '../../../src/domain/book.ts'
import { climateDateOf, climateDay } from '../../../src/domain/climate-day.ts'
import { deskIdOf, eventTickerOf, marketTickerOf, predictionIdOf, seriesTickerOf } from '../../../src/domain/ids.ts'
import type { FeeSchedule, Market } from '../../../src/domain/market.ts'
import type { Strike } from '../../../src/domain/strike.ts'
import {
  moneyOf,
  priceFromCents,
  priceOf,
  quantityFromContracts,
  ZERO_MONEY,
  ZERO_QUANTITY,
} from '../../../src/domain/units.ts'
import type { Prediction } from '../../../src/domain/weather.ts'
import { DEFAULT_RISK_LIMITS } from '../../../src/risk/limits.ts'
import { decisionLine } from '../../../src/strategy/decision-line.ts'
import type { ModelWeight } from '../../../src/strategy/model-weight.ts'
import { DEFAULT_WEATHER_EV_SETTINGS } from '../../../src/strategy/settings.ts'
import { usablePrediction } from '../../../src/strategy/usable-prediction.ts'
import { decideWeatherEv, type MarketView, type WeatherEvView } from '../../../src/strategy/weather-ev.ts'
import { reviewWorkingOrder } from '../../../src/strategy/working-order.ts'

const EVENT = eventTickerOf('KXHIGHCHI-24DEC17')
const DAY = climateDay('chicago', climateDateOf('2024-12-17'))
const NOW_MS = DAY.startMs - 3_600_000
const FEES: FeeSchedule = { type: 'quadratic', multiplier: 1, source: 'series' }
const STRIKES: readonly Strike[] = [
  { kind: 'less', cap: 36 },
  { kind: 'between', floor: 36, cap: 37 },
  { kind: 'greater', floor: 37 },
]
const level = (cents: number | undefined): Level | undefined =>
  cents === undefined ? undefined : { price: priceFromCents(cents), quantity: quantityFromContracts(100) }
const marketOf = (index: number): Market => ({
  ticker: marketTickerOf(`${EVENT}-${index}`),
  event: EVENT,
  series: seriesTickerOf('KXHIGHCHI'),
  strike: STRIKES[index] as Strike,
  status: 'active',
  openMs: 0,
  closeMs: DAY.endMs,
  priceRanges: [{ start: priceOf(0), end: priceOf(10_000), step: priceOf(100) }],
  exchangeIndex: 0,
})

function marketView(index: number, bid: number | undefined, ask: number | undefined, isLive = true): MarketView {
  const quotes = {
    ...(bid === undefined ? {} : { bid: level(bid) }),
    ...(ask === undefined ? {} : { ask: level(ask) }),
  }
  const market = marketOf(index)
  const stamps = { connection: 1, sid: 1, seq: 1, tsVenueMs: NOW_MS, tsReceivedNs: 0 }
  return {
    market,
    fees: FEES,
    isLive,
    closeMs: market.closeMs,
    top: { market: market.ticker, ...stamps, ...quotes } as MarketView['top'],
    bid: level(bid),
    ask: level(ask),
    netQuantity: ZERO_QUANTITY,
    isOrderWorking: false,
    isOrderUnacknowledged: false,
  }
}

const PREDICTION = {
  kind: 'prediction',
  id: predictionIdOf('p'),
  snapshotHour: -4,
  brackets: [0.1, 0.6, 0.3],
  stdF: 2.5,
  q05F: 34,
  q95F: 40,
  coveredMinutes: 0,
  forecastIssuedMs: NOW_MS - 3_600_000,
  confirmedNs: 0,
  isServed: true,
} as unknown as Prediction

const view = (change: Partial<WeatherEvView> = {}): WeatherEvView => ({
  desk: deskIdOf('weather-ev', EVENT),
  day: DAY,
  nowMs: NOW_MS,
  nowNs: 0,
  gate: 'active',
  silenceMs: 0,
  lagMs: 0,
  prediction: PREDICTION,
  markets: [marketView(0, 9, 11), marketView(1, 45, 48), marketView(2, 40, 45)],
  account: {
    eventPositions: 0,
    openPositions: 0,
    exposureRoom: moneyOf(1_000_000_000),
    dailyPnl: ZERO_MONEY,
    canAffordOrderAndCancel: true,
    isLedgerAccepting: true,
  },
  ...change,
})
const decide = (change: Partial<WeatherEvView> = {}, modelWeight: ModelWeight = 1) =>
  decideWeatherEv(view(change), { ...DEFAULT_WEATHER_EV_SETTINGS, modelWeight }, DEFAULT_RISK_LIMITS)

describe('weather-ev', () => {
  it('takes the best expected value of all brackets and both sides', () => {
    const decision = decide()
    expect(decision.kind).toBe('trade')
    if (decision.kind !== 'trade') return
    expect(decision.choice).toMatchObject({ index: 1, candidate: { side: 'bid', role: 'maker', price: 4_600 } })
    const ranked = decision.candidates.map(({ candidate }) => candidate.expectedValueCents)
    expect(ranked).toEqual([...ranked].sort((a, b) => b - a))
    expect(decision.candidates).toHaveLength(12)
  })

  it('goes on to the next candidate where the best is refused, and records why', () => {
    const decision = decide({
      markets: [marketView(0, 9, 11), { ...marketView(1, 45, 48), isOrderWorking: true }, marketView(2, 40, 45)],
    })
    expect(decision.kind === 'trade' && decision.choice).toMatchObject({ index: 2, candidate: { side: 'ask' } })
    expect(decision.candidates[0]).toMatchObject({ index: 1, refusal: 'positionInMarket' })
  })

  it('gives the same decision for the same view', () => {
    expect(decide()).toEqual(decide())
  })

  it('passes with the best candidate and its refusal where nothing passes', () => {
    const decision = decide({ markets: [marketView(0, 9, 11), marketView(1, 59, 61), marketView(2, 29, 31)] })
    expect(decision).toMatchObject({ kind: 'pass', refusal: 'evBelowMinimum' })
    expect(decision.kind === 'pass' && decision.best?.refusal).toBe('evBelowMinimum')
  })

  it('does not look at a market that is not live', () => {
    const decision = decide({ markets: [marketView(0, 9, 11), marketView(1, 45, 48, false), marketView(2, 29, 31)] })
    expect(decision.kind).toBe('pass')
    expect(decision.candidates.every(({ index }) => index !== 1)).toBe(true)
    expect(decision.probabilities.market).toBeUndefined()
  })

  it.each([
    ['empty books', { markets: [0, 1, 2].map((index) => marketView(index, undefined, undefined)) }, 1, 'noCandidate'],
    [
      'empty books where the market is needed',
      { markets: [0, 1, 2].map((index) => marketView(index, undefined, undefined)) },
      0.5,
      'noMarketProbability',
    ],
    ['no live market', { markets: [0, 1, 2].map((index) => marketView(index, 40, 42, false)) }, 1, 'marketNotLive'],
    ['the last minute', { nowMs: DAY.endMs - 60_000 }, 1, 'marketClosing'],
    ['no prediction', { prediction: undefined }, 1, 'noPrediction'],
    [
      'an old forecast',
      { prediction: { ...PREDICTION, forecastIssuedMs: NOW_MS - 24 * 3_600_000 - 1 } },
      1,
      'forecastTooOld',
    ],
    ['a wide interval', { prediction: { ...PREDICTION, q05F: 30, q95F: 41 } }, 1, 'intervalTooWide'],
    ['no readings in the third hour', { nowMs: DAY.startMs + 2 * 3_600_000 }, 1, 'tooFewObservations'],
  ] as const)('passes on %s', (_, change, modelWeight, refusal) => {
    expect(decide(change, modelWeight)).toMatchObject({ kind: 'pass', refusal })
  })

  it('trades nearer to the market, the less weight the model has', () => {
    const [model, half] = [decide({}, 1), decide({}, 0.5)]
    expect(model.probabilities.traded?.[1]).toBe(0.6)
    expect(half.probabilities.traded?.[1]).toBeLessThan(0.6)
    expect(half.probabilities.traded?.[1]).toBeGreaterThan(half.probabilities.market?.[1] ?? 1)
    expect(half.probabilities.model).toEqual([0.1, 0.6, 0.3])
  })

  it('takes the weight of the hour that the prediction was made at', () => {
    const table = { default: 1, [PREDICTION.snapshotHour]: 0.5 }
    const tradedAt = (snapshotHour: number) =>
      decide({ prediction: { ...PREDICTION, snapshotHour } }, table).probabilities.traded
    expect(tradedAt(PREDICTION.snapshotHour)).toEqual(decide({}, 0.5).probabilities.traded)
    expect(tradedAt(PREDICTION.snapshotHour + 1)).toEqual(decide({}, 1).probabilities.traded)
  })
})

describe('the line of a decision', () => {
  it('is that of the trading rules', () => {
    expect(decisionLine(decide(), EVENT, 2.5)).toMatch(
      /^\[DRY-RUN\] BUY YES @ 46¢ \(maker\) \| 108x @ \$49\.68 \| KXHIGHCHI-24DEC17-1 \| model=60\.0% mkt=\d+\.\d% EV=14\.00¢ std=2\.50°F$/,
    )
  })

  it('shows the BUY name of a sale', () => {
    const sale = decide({ markets: [marketView(0, 9, 11), marketView(1, 80, 83), marketView(2, 9, 12)] })
    expect(decisionLine(sale, EVENT, 2.5)).toContain('BUY NO @ 20¢ (taker)')
  })

  it('names the event where there was no candidate, and why there was no prediction', () => {
    expect(decisionLine(decide({ prediction: undefined }), EVENT, undefined)).toBe(
      `[DRY-RUN] PASS noPrediction (notRequested) | ${EVENT}`,
    )
  })
})

describe('a usable prediction', () => {
  it.each([
    ['none yet', undefined, 'notRequested'],
    ['refused', { kind: 'noPrediction', city: 'chicago', date: DAY.date, reason: 'poolBusy', asOfMs: 0 }, 'poolBusy'],
    ['outside its hours', { ...PREDICTION, isServed: false }, 'outsideServedHours'],
    ['not confirmed for too long', { ...PREDICTION, confirmedNs: -60_000_000_001 }, 'notConfirmed'],
  ] as const)('%s is not one', (_, result, reason) => {
    expect(usablePrediction(result, 0, 60_000)).toEqual({ ok: false, reason })
  })
})

describe('a resting order under a new prediction', () => {
  const review = (change: object) =>
    reviewWorkingOrder(
      {
        request: { side: 'bid', price: priceFromCents(46), role: 'maker' },
        fees: FEES,
        result: PREDICTION,
        observedMaxF: 35,
        probability: 0.6,
        ...change,
      },
      DEFAULT_RISK_LIMITS,
    )
  it.each([
    ['stays while it is worth its risk', {}, undefined],
    ['goes where its EV is below the minimum', { probability: 0.48 }, 'evBelowMinimum'],
    ['goes where its bracket is ruled out', { probability: 0 }, 'evBelowMinimum'],
    ['goes on a new observed maximum', { result: { ...PREDICTION, observedMaxF: 36 } }, 'newObservedMaximum'],
    ['stays on the maximum that is known', { result: { ...PREDICTION, observedMaxF: 35 } }, undefined],
    ['goes outside the hours of its package', { result: { ...PREDICTION, isServed: false } }, 'predictionNotConfirmed'],
    [
      'waits where there is no prediction',
      { result: { kind: 'noPrediction', reason: 'deadline' }, probability: undefined },
      undefined,
    ],
  ])('%s', (_, change, reason) => {
    expect(review(change)).toBe(reason)
  })
})
