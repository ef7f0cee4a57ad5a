import { describe, expect, it } from 'vitest'
import { deskIdOf, eventTickerOf, marketTickerOf } from '../../../src/domain/ids.ts'
import type { FeeSchedule } from '../../../src/domain/market.ts'
import { REFUSALS, type Refusal } from '../../../src/domain/refusal.ts'
import {
  moneyOf,
  priceFromCents,
  quantityFromContracts,
  quantityOf,
  ZERO_MONEY,
  ZERO_QUANTITY,
} from '../../../src/domain/units.ts'
import type { Candidate } from '../../../src/pricing/candidates.ts'
import {
  checkEdge,
  checkOrder,
  checkSituation,
  isDailyLossReached,
  type Proposal,
  type Situation,
} from '../../../src/risk/check-order.ts'
import { DEFAULT_RISK_LIMITS, type RiskLimits } from '../../../src/risk/limits.ts'
import { DEFAULT_WEATHER_EV_SETTINGS } from '../../../src/strategy/settings.ts'

const FEES: FeeSchedule = { type: 'quadratic', multiplier: 1, source: 'series' }
const TAKER: Candidate = {
  side: 'bid',
  role: 'taker',
  price: priceFromCents(48),
  shownQuantity: quantityFromContracts(100),
  feeCents: 1.7472,
  evCents: 10.2528,
  fillProbability: 1,
  expectedValueCents: 10.2528,
  edgePoints: 12,
  lockedPerContract: 4_800,
}
const GOOD: Situation = {
  event: {
    gate: 'active',
    silenceMs: 0,
    lagMs: 0,
    prediction: { coveredMinutes: 60, forecastAgeMs: 3_600_000, stdF: 2.5, intervalF: 8 },
    isMarketProbabilityMissing: false,
    hoursIntoDay: 10,
  },
  market: {
    isLive: true,
    remainingMs: 3_600_000,
    isOrderUnacknowledged: false,
    netQuantity: ZERO_QUANTITY,
    isOrderWorking: false,
  },
  account: {
    eventPositions: 0,
    openPositions: 0,
    exposureRoom: moneyOf(1_000_000_000),
    dailyPnl: ZERO_MONEY,
    canAffordOrderAndCancel: true,
    isLedgerAccepting: true,
  },
}

interface Change {
  readonly event?: Partial<Situation['event']>
  readonly prediction?: Partial<NonNullable<Situation['event']['prediction']>>
  readonly market?: Partial<Situation['market']>
  readonly account?: Partial<Situation['account']>
  readonly candidate?: Partial<Candidate>
  readonly limits?: Partial<RiskLimits>
  readonly bankroll?: number
}

function situationOf(change: Change): Situation {
  const prediction = GOOD.event.prediction && { ...GOOD.event.prediction, ...change.prediction }
  return {
    event: { ...GOOD.event, prediction, ...change.event },
    market: { ...GOOD.market, ...change.market },
    account: { ...GOOD.account, ...change.account },
  }
}

function check(change: Change) {
  const candidate = { ...TAKER, ...change.candidate }
  const { side, role, price } = candidate
  const market = marketTickerOf('KXHIGHCHI-24DEC17-B38.5')
  const proposal: Proposal = {
    candidate,
    probability: 0.6,
    fees: FEES,
    request: { desk: deskIdOf('weather-ev', eventTickerOf('KXHIGHCHI-24DEC17')), market, side, role, price },
  }
  const kelly = { ...DEFAULT_WEATHER_EV_SETTINGS, bankroll: moneyOf(change.bankroll ?? 10_000_000_000) }
  return checkOrder({ ...DEFAULT_RISK_LIMITS, ...change.limits }, kelly, situationOf(change), proposal)
}

/** One row for each refusal of an order, just beyond its limit; in the order in which risk looks. */
const ROWS: readonly (readonly [Refusal, Change])[] = [
  ['tradingHalted', { event: { gate: 'halted' } }],
  ['tradingReducing', { event: { gate: 'reducing' } }],
  ['marketNotLive', { market: { isLive: false } }],
  ['marketClosing', { market: { remainingMs: 60_000 } }],
  ['bookStale', { event: { silenceMs: 30_001 } }],
  ['bookStale', { event: { lagMs: 5_001 } }],
  ['orderUnacknowledged', { market: { isOrderUnacknowledged: true } }],
  ['noPrediction', { event: { prediction: undefined } }],
  ['noMarketProbability', { event: { isMarketProbabilityMissing: true } }],
  ['tooFewObservations', { prediction: { coveredMinutes: 59 } }],
  ['tooFewObservations', { prediction: { coveredMinutes: 59 }, event: { hoursIntoDay: 2 } }],
  ['forecastTooOld', { prediction: { forecastAgeMs: 24 * 3_600_000 + 1 } }],
  ['settlementStdTooHigh', { prediction: { stdF: 4.01 } }],
  ['intervalTooWide', { prediction: { intervalF: 11 } }],
  ['evBelowMinimum', { candidate: { evCents: 2.99 } }],
  ['edgeBelowMinimum', { candidate: { edgePoints: 4.99 } }],
  ['edgeBelowMinimum', { candidate: { role: 'maker', edgePoints: 2.99 } }],
  ['positionInMarket', { market: { netQuantity: quantityOf(1) } }],
  ['positionInMarket', { market: { isOrderWorking: true } }],
  ['positionInEvent', { account: { eventPositions: 1 } }],
  ['belowOneContractByKelly', { bankroll: 1_000_000 }],
  ['belowOneContractByMarketLimit', { limits: { maxContractsPerMarket: quantityOf(99) } }],
  ['belowOneContractByShownSize', { candidate: { shownQuantity: quantityOf(99) } }],
  ['belowOneContractByOrderRisk', { limits: { maxOrderRisk: moneyOf(497_000) } }],
  ['tooManyPositionsInEvent', { account: { eventPositions: 3 }, limits: { isOnePositionPerEvent: false } }],
  ['tooManyOpenPositions', { account: { openPositions: 20 } }],
  ['totalExposure', { account: { exposureRoom: moneyOf(497_000) } }],
  ['dailyLoss', { account: { dailyPnl: moneyOf(-500_000_000) } }],
  ['rateBudget', { account: { canAffordOrderAndCancel: false } }],
  ['ledgerBusy', { account: { isLedgerAccepting: false } }],
]

/** Just inside each limit. */
const ALLOWED: readonly (readonly [string, Change])[] = [
  ['61 s before the close', { market: { remainingMs: 60_001 } }],
  ['30 s of silence', { event: { silenceMs: 30_000 } }],
  ['5 s of lag', { event: { lagMs: 5_000 } }],
  [
    'no readings before the third hour of the day',
    { prediction: { coveredMinutes: 0 }, event: { hoursIntoDay: 1.99 } },
  ],
  ['no readings on the day before', { prediction: { coveredMinutes: 0 }, event: { hoursIntoDay: -4 } }],
  ['a forecast of 24 h', { prediction: { forecastAgeMs: 24 * 3_600_000 } }],
  ['a std of 4 °F', { prediction: { stdF: 4 } }],
  ['an interval of 10 °F', { prediction: { intervalF: 10 } }],
  ['an EV of 3 c, whatever the float says', { candidate: { evCents: 100 * 0.57 - 54 } }],
  ['an edge of 5 points to take', { candidate: { edgePoints: 5 } }],
  ['an edge of 3 points to make', { candidate: { role: 'maker', edgePoints: 3 } }],
  ['19 open positions', { account: { openPositions: 19 } }],
  ['a loss of $499.99', { account: { dailyPnl: moneyOf(-499_990_000) } }],
]

describe('checkOrder', () => {
  it.each(ROWS)('refuses by %s: %o', (refusal, change) => {
    expect(check(change)).toEqual({ ok: false, refusal })
  })

  it.each(ALLOWED)('lets %s through', (_, change) => {
    expect(check(change).ok).toBe(true)
  })

  it('has a row for every refusal', () => {
    const tested = new Set<Refusal>([...ROWS.map(([refusal]) => refusal), 'noCandidate'])
    expect(REFUSALS.filter((refusal) => !tested.has(refusal))).toEqual([])
  })

  it('looks in the documented order: of two that hold, the earlier one speaks', () => {
    const order = ROWS.map(([refusal]) => REFUSALS.indexOf(refusal))
    expect(order).toEqual([...order].sort((a, b) => a - b))
    const merge = (a: Change, b: Change): Change => ({
      event: { ...b.event, ...a.event },
      prediction: { ...b.prediction, ...a.prediction },
      market: { ...b.market, ...a.market },
      account: { ...b.account, ...a.account },
      candidate: { ...b.candidate, ...a.candidate },
      limits: { ...b.limits, ...a.limits },
      bankroll: Math.min(a.bankroll ?? Infinity, b.bankroll ?? Infinity, 10_000_000_000),
    })
    // A maker and an event of several positions are other orders, not the same one with a second fault.
    const same = ROWS.filter(([, { candidate, limits }]) => !candidate?.role && limits?.isOnePositionPerEvent !== false)
    for (const [index, [earlier, first]] of same.entries()) {
      for (const [, second] of same.slice(index)) {
        expect(check(merge(first, second))).toEqual({ ok: false, refusal: earlier })
      }
    }
  })

  it('cuts the size to the smallest of what Kelly and the limits allow', () => {
    const verdict = check({})
    expect(verdict).toMatchObject({ ok: true, order: { quantity: 5_000, price: 4_800 }, size: { locked: 24_000_000 } })
    expect(check({ candidate: { shownQuantity: quantityFromContracts(7) } })).toMatchObject({
      order: { quantity: 700 },
    })
    expect(check({ account: { exposureRoom: moneyOf(5_000_000) } })).toMatchObject({ order: { quantity: 1_000 } })
  })

  it('lets a reducing gate pass what makes a position smaller, up to the rule against a second one', () => {
    const verdict = check({ event: { gate: 'reducing' }, market: { netQuantity: quantityOf(-100) } })
    expect(verdict).toEqual({ ok: false, refusal: 'positionInMarket' })
  })
})

describe('checkSituation', () => {
  it('refuses an event that offers no candidate, after everything that stands before one', () => {
    expect(checkSituation(DEFAULT_RISK_LIMITS, situationOf({}), undefined)).toBe('noCandidate')
    const unconfirmed = situationOf({ event: { isMarketProbabilityMissing: true } })
    expect(checkSituation(DEFAULT_RISK_LIMITS, unconfirmed, undefined)).toBe('noMarketProbability')
  })
})

describe('limits that are looked at on their own', () => {
  it('measures a resting order by the same edge', () => {
    expect(checkEdge(DEFAULT_RISK_LIMITS, { evCents: 2, edgePoints: 2, role: 'maker' })).toBe('evBelowMinimum')
    expect(checkEdge(DEFAULT_RISK_LIMITS, { evCents: 3, edgePoints: 3, role: 'maker' })).toBeUndefined()
  })

  it('reaches the daily loss at its amount', () => {
    expect(isDailyLossReached(DEFAULT_RISK_LIMITS, moneyOf(-500_000_000))).toBe(true)
    expect(isDailyLossReached(DEFAULT_RISK_LIMITS, moneyOf(-499_999_999))).toBe(false)
  })
})
