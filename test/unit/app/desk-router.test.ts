import { describe, expect, it } from 'vitest'
import type { Predictor } from '../../../actors/predictor.ts'
import { DeskRouter, type FollowedEvent } from '../../../src/app/desk-router.ts'
import { SETTLED_EVENTS_KEPT } from '../../../src/config/limits.ts'
import { CITY_KEYS } from '../../../src/domain/city.ts'
import { addDays, climateDateOf } from '../../../src/domain/climate-day.ts'
import { type EventTicker, marketTickerOf } from '../../../src/domain/ids.ts'
import type { Market, MarketEvent } from '../../../src/domain/market.ts'
import { weatherEventTicker } from '../../../src/domain/ticker.ts'
import { priceOf } from '../../../src/domain/units.ts'
import type { DecisionRecord, LedgerRecord } from '../../../src/ledger/records.ts'
import { silentLog } from '../../../src/telemetry/log.ts'
import { deskHarness, EVENT, MARKETS, marketAt, predictionOf } from '../machines-desk/desk-harness.ts'

function routed() {
  const harness = deskHarness()
  const forgotten: EventTicker[] = []
  const settled: FollowedEvent[] = []
  const prediction = predictionOf()
  const predictor = {
    add: () => undefined,
    latest: () => prediction,
    request: () => prediction,
    setResting: () => undefined,
  }
  const router = new DeskRouter({
    desk: harness.shared,
    feed: harness.feed,
    predictor: predictor as unknown as Predictor,
    fees: {
      load: async () => undefined,
      loadEvent: async () => undefined,
      override: () => undefined,
      scheduleOf: () => ({ type: 'quadratic', multiplier: 1, source: 'series' }),
      forget: (event) => void forgotten.push(event),
    },
    readExpirationValue: async () => undefined,
    onFollowed: () => undefined,
    onSettled: (followed) => void settled.push(followed),
    advanceMarketTime: () => undefined,
    log: silentLog,
  })
  const follow = (event: MarketEvent): void => router.marketAdded(event.markets[0] as Market, event)
  return { harness, router, forgotten, settled, follow }
}

const OPEN: MarketEvent = {
  ticker: EVENT,
  series: MARKETS[0]?.series as MarketEvent['series'],
  mutuallyExclusive: true,
  markets: MARKETS,
}

const decisionsOf = (records: readonly LedgerRecord[]): readonly DecisionRecord[] =>
  records.flatMap((record) => (record.kind === 'decision' ? [record.row] : []))

describe('books that come back', () => {
  it('are judged together, once they are all there', () => {
    const { harness, router, follow } = routed()
    follow(OPEN)
    harness.quoteAll()
    for (const index of MARKETS.keys()) router.marketLive(marketAt(index))
    expect(decisionsOf(harness.records)).toEqual([])
    harness.clock.advance(0)
    const decisions = decisionsOf(harness.records)
    expect(decisions).toHaveLength(1)
    expect(decisions[0]?.books.every(({ isLive }) => isLive)).toBe(true)
  })

  it('are not judged on a book that went again in the same turn', () => {
    const { harness, router, follow } = routed()
    follow(OPEN)
    harness.quoteAll()
    router.marketLive(marketAt(0))
    harness.setLive(0, false)
    router.marketNotLive(marketAt(0))
    harness.clock.advance(0)
    expect(decisionsOf(harness.records)).toEqual([])
  })
})

describe('events that are over', () => {
  it('are kept up to a bound, then forgotten with all that is known of them', () => {
    const { router, forgotten, settled, follow } = routed()
    const first = climateDateOf('2025-01-01')
    const events = Array.from({ length: SETTLED_EVENTS_KEPT + 3 }, (_, index) => {
      const city = CITY_KEYS[index % CITY_KEYS.length] ?? 'chicago'
      return endedEvent(weatherEventTicker(city, addDays(first, Math.floor(index / CITY_KEYS.length))))
    })
    for (const event of events) follow(event)
    expect(settled).toHaveLength(events.length)
    expect(router.events()).toHaveLength(SETTLED_EVENTS_KEPT)
    expect(forgotten).toEqual(events.slice(0, 3).map(({ ticker }) => ticker))
    expect(router.of(forgotten[0] as EventTicker)).toBeUndefined()
  })
})

/** Determined and settled before anybody followed it. */
function endedEvent(ticker: EventTicker): MarketEvent {
  const markets = MARKETS.map((market, index) => ({
    ...market,
    ticker: marketTickerOf(market.ticker.replace(EVENT, ticker)),
    event: ticker,
    outcome: {
      result: index === 0 ? ('yes' as const) : ('no' as const),
      settlementValue: priceOf(index === 0 ? 10_000 : 0),
      determinedMs: market.closeMs + 1,
      settledMs: market.closeMs + 2,
    },
  }))
  return { ...OPEN, ticker, markets }
}
