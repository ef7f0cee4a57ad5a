import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CITIES, CITY_KEYS } from '../../../src/domain/city.ts'
import { addDays, climateDateOf } from '../../../src/domain/climate-day.ts'
import { marketTickerOf } from '../../../src/domain/ids.ts'
import { compareStrikes, isPartition, type Strike, strikeHolds, strikeLabel } from '../../../src/domain/strike.ts'
import {
  eventTickerOfMarket,
  parseWeatherEventTicker,
  weatherEventTicker,
  withCurrentPrefix,
} from '../../../src/domain/ticker.ts'

describe('event tickers', () => {
  it('name city and date, there and back', () => {
    fc.assert(
      fc.property(fc.constantFrom(...CITY_KEYS), fc.integer({ min: 0, max: 3_000 }), (city, days) => {
        const date = addDays(climateDateOf('2023-01-01'), days)
        const ticker = weatherEventTicker(city, date)
        expect(parseWeatherEventTicker(ticker)).toEqual({ city: CITIES[city], date, ticker })
      }),
    )
  })

  it('are written as the venue writes them', () => {
    expect(weatherEventTicker('chicago', climateDateOf('2024-12-17'))).toBe('KXHIGHCHI-24DEC17')
    expect(weatherEventTicker('los_angeles', climateDateOf('2025-02-03'))).toBe('KXHIGHLAX-25FEB03')
  })

  it.each([
    'KXHIGHORD-24DEC17',
    'KXHIGHCHI-24DEZ17',
    'KXHIGHCHI-24FEB30',
    'HIGHCHI-24DEC17',
    'KXHIGHCHI-24DEC17-T36',
    '',
  ])('%s is none', (text) => {
    expect(parseWeatherEventTicker(text)).toBeUndefined()
  })

  it.each([
    ['KXHIGHCHI-24DEC17-B38.5', 'KXHIGHCHI-24DEC17'],
    ['KXHIGHCHI-25JAN20-T-1', 'KXHIGHCHI-25JAN20'],
    ['KXNFLGAME-26SEP24ATLGB-GB', 'KXNFLGAME-26SEP24ATLGB'],
  ])('%s is a market of %s', (market, event) => {
    expect(eventTickerOfMarket(marketTickerOf(market))).toBe(event)
  })

  it('of old recordings get the prefix of today', () => {
    expect(withCurrentPrefix('HIGHNY-24AUG16-T80')).toBe('KXHIGHNY-24AUG16-T80')
    expect(withCurrentPrefix('KXHIGHNY-24DEC17-T50')).toBe('KXHIGHNY-24DEC17-T50')
  })
})

const ladderFrom = (low: number): readonly Strike[] => [
  { kind: 'less', cap: low },
  { kind: 'between', floor: low, cap: low + 1 },
  { kind: 'between', floor: low + 2, cap: low + 3 },
  { kind: 'between', floor: low + 4, cap: low + 5 },
  { kind: 'between', floor: low + 6, cap: low + 7 },
  { kind: 'greater', floor: low + 7 },
]

describe('strikes', () => {
  it('of an event name exactly one winner at every whole high', () => {
    fc.assert(
      fc.property(fc.integer({ min: -40, max: 120 }), fc.integer({ min: -60, max: 140 }), (low, high) => {
        expect(ladderFrom(low).filter((strike) => strikeHolds(strike, high))).toHaveLength(1)
      }),
    )
  })

  it.each([
    [{ kind: 'less', cap: 36 }, 35, true],
    [{ kind: 'less', cap: 36 }, 36, false],
    [{ kind: 'between', floor: 36, cap: 37 }, 36, true],
    [{ kind: 'between', floor: 36, cap: 37 }, 37, true],
    [{ kind: 'between', floor: 36, cap: 37 }, 38, false],
    [{ kind: 'greater', floor: 43 }, 43, false],
    [{ kind: 'greater', floor: 43 }, 44, true],
  ] as const)('%o at %s °F: %s', (strike, high, holds) => {
    expect(strikeHolds(strike, high)).toBe(holds)
  })

  it('are a partition in whatever order, and none with a gap, an overlap or a missing tail', () => {
    const ladder = ladderFrom(36)
    expect(isPartition([...ladder].reverse())).toBe(true)
    expect([...ladder].reverse().sort(compareStrikes)).toEqual(ladder)
    expect(isPartition(ladder.slice(1))).toBe(false)
    expect(isPartition(ladder.slice(0, -1))).toBe(false)
    expect(isPartition(ladder.filter((_, index) => index !== 2))).toBe(false)
    expect(isPartition([...ladder, { kind: 'between', floor: 40, cap: 41 }])).toBe(false)
    expect(isPartition([])).toBe(false)
  })

  it('are labelled as the venue subtitles them', () => {
    expect(ladderFrom(36).map(strikeLabel)).toEqual([
      '35° or below',
      '36° to 37°',
      '38° to 39°',
      '40° to 41°',
      '42° to 43°',
      '44° or above',
    ])
  })
})
