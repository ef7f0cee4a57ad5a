import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { climateDateOf } from '../../../src/domain/climate-day.ts'
import { marketTickerOf } from '../../../src/domain/ids.ts'
import { OperatingError } from '../../../src/domain/operating-error.ts'
import { isPartition } from '../../../src/domain/strike.ts'
import { openDataFolder } from '../../../src/evaluation/data-files.ts'
import { type RecordedEvent, reconstructStrikes } from '../../../src/evaluation/market-events.ts'
import { type MarketHistory, readMarketHistory } from '../../../src/evaluation/market-history.ts'
import {
  highOf,
  MARKET_DAY,
  SAMPLE_FILES,
  type SampleFiles,
  TRADE_HEADER,
  tradeLine,
  writeSample,
} from './sample-data.ts'

let root = ''
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'halcyon-evaluation-'))
})
afterAll(() => rmSync(root, { recursive: true }))

const read = (over: SampleFiles = {}): MarketHistory =>
  readMarketHistory(openDataFolder(writeSample(mkdtempSync(join(root, 'data-')), over)))

const eventOn = (history: MarketHistory, date: string): RecordedEvent => {
  const event = history.event('new_york', climateDateOf(date))
  if (event === undefined) throw new TypeError(`no event on ${date}`)
  return event
}

const EVENING = Date.parse('2025-03-05T01:00:00Z')

describe('the recorded events', () => {
  it('have their strikes from the strike fields, lowest first, and their high from the winner', () => {
    const event = eventOn(read(), MARKET_DAY)
    expect(event.markets.map((market) => market.slice(17))).toEqual(['T50', 'B50.5', 'B52.5', 'B54.5', 'B56.5', 'T57'])
    expect(event.strikes[0]).toEqual({ kind: 'less', cap: 50 })
    expect(event.strikes[5]).toEqual({ kind: 'greater', floor: 57 })
    expect(event).toMatchObject({ settledHighF: highOf(MARKET_DAY), isReconstructed: false })
  })

  it('are left out with their reason where they cannot be scored', () => {
    expect(read().skipped.map(({ date, reason }) => [date, reason])).toEqual([
      ['2025-03-07', 'market: settled in prose, not by a whole degree'],
      ['2025-03-08', 'market: no result yet'],
      ['2025-03-09', 'market: the strikes do not cover every degree once'],
    ])
  })

  it('are left out where the winner does not hold at the settled high', () => {
    const line = SAMPLE_FILES['kalshi-markets/kxhighny_events.jsonl.gz']?.[0]?.replace(/"\d\d\.00"/, '"80.00"') ?? ''
    const { skipped } = read({ 'kalshi-markets/kxhighny_events.jsonl.gz': [line, line] })
    expect(skipped.map(({ reason }) => reason)).toEqual([
      'market: settled against its own strike',
      'market: a second event of the day',
    ])
  })

  it('are counted where their series is none of our cities', () => {
    const elsewhere = (text: string): string => text.replaceAll('KXHIGHNY', 'KXHIGHTSEA')
    const lines = (file: string, count: number): readonly string[] =>
      (SAMPLE_FILES[`kalshi-markets/kxhighny_${file}.gz`] ?? []).slice(0, count).map(elsewhere)
    const { events, skipped } = read({
      'kalshi-markets/kxhightsea_events.jsonl.gz': lines('events.jsonl', 1),
      'kalshi-markets/kxhightsea_trades.csv.gz': [
        ...lines('trades.csv', 4),
        tradeLine('KXHIGHTSEA-25MAR06-T50', '2025-03-05T20:00:00Z', 5),
      ],
    })
    expect(events.map(({ date }) => date)).toEqual(['2025-03-05', '2025-03-06'])
    // One has its event, the other trades alone.
    expect(skipped.filter(({ city }) => city === undefined)).toEqual([
      { ticker: 'KXHIGHTSEA-25MAR05', reason: 'market: of no city of ours' },
      { ticker: 'KXHIGHTSEA-25MAR06', reason: 'market: of no city of ours' },
    ])
  })

  it('are left out where a market paid something between nothing and all', () => {
    const [line = ''] = SAMPLE_FILES['kalshi-markets/kxhighny_events.jsonl.gz'] ?? []
    const { skipped } = read({ 'kalshi-markets/kxhighny_events.jsonl.gz': [line.replace('"yes"', '"scalar"')] })
    expect(skipped.map(({ reason }) => reason)).toEqual(['market: settled as scalar'])
  })

  it('are left out where two markets won', () => {
    const line = SAMPLE_FILES['kalshi-markets/kxhighny_events.jsonl.gz']?.[0]?.replace(
      '"result":"no"',
      '"result":"yes"',
    )
    const { skipped } = read({ 'kalshi-markets/kxhighny_events.jsonl.gz': [line ?? ''] })
    expect(skipped.map(({ reason }) => reason)).toEqual(['market: several winners'])
  })

  it('are not there, and nothing fails, where the folder has no markets', () => {
    const history = read({
      'kalshi-markets/kxhighny_events.jsonl.gz': undefined,
      'kalshi-markets/kxhighny_trades.csv.gz': undefined,
    })
    expect(history).toMatchObject({ events: [], tradeCount: 0, skipped: [] })
  })
})

describe('an event of which only trades were recorded', () => {
  const day = 'HIGHNY-25MAR02'
  const trades = (names: readonly string[]): SampleFiles => ({
    'kalshi-markets/kxhighny_trades.csv.gz': [
      TRADE_HEADER,
      ...names.map((name) => tradeLine(`${day}-${name}`, '2025-03-01T20:00:00Z', 20)),
    ],
  })

  it('has its strikes from the numbers of its tickers, is marked, and is settled by nobody', () => {
    const event = eventOn(read(trades(['B52.5', 'T53', 'T50', 'B50.5'])), '2025-03-02')
    expect(event).toMatchObject({ isReconstructed: true, settledHighF: undefined })
    expect(event.strikes).toEqual([
      { kind: 'less', cap: 50 },
      { kind: 'between', floor: 50, cap: 51 },
      { kind: 'between', floor: 52, cap: 53 },
      { kind: 'greater', floor: 53 },
    ])
    expect(event.markets[0]).toBe('KXHIGHNY-25MAR02-T50')
  })

  it('is left out where a bracket has never traded', () => {
    const history = read(trades(['T53', 'T50', 'B50.5']))
    expect(history.event('new_york', climateDateOf('2025-03-02'))).toBeUndefined()
    expect(history.skipped.at(-1)?.reason).toBe('market: only trades are recorded, and not of every bracket')
  })

  it('is never given strikes that miss or repeat a degree', () => {
    const names = fc.uniqueArray(fc.constantFrom('T-2', 'T-1', 'T0', 'T3', 'B-1.5', 'B0.5', 'B1.5', 'B2.5', 'X9'))
    fc.assert(
      fc.property(names, (chosen) => {
        const found = reconstructStrikes(chosen.map((name) => marketTickerOf(`${day}-${name}`)))
        return found === undefined || isPartition(found.strikes)
      }),
    )
    const negative = ['T-1', 'B-0.5', 'T0'].map((name) => marketTickerOf(`${day}-${name}`))
    expect(reconstructStrikes(negative)?.strikes[1]).toEqual({ kind: 'between', floor: -1, cap: 0 })
  })
})

describe('the market at an instant', () => {
  it('is its last trades, normalised, with two untraded brackets sharing what is left', () => {
    const history = read()
    const event = eventOn(history, MARKET_DAY)
    // 5 + 30 + 42 + 20 = 97: two empty books share 3, more than half a cent each.
    const found = history.probabilities(event, EVENING) ?? []
    expect(found.map((value) => Math.round(value * 1_000) / 10)).toEqual([5, 30, 42, 20, 1.5, 1.5])
  })

  it('counts trades of one instant as one, at the price of their middle contract, in any order', () => {
    const file = 'kalshi-markets/kxhighny_trades.csv.gz'
    const [header = '', ...lines] = SAMPLE_FILES[file] ?? []
    const ordered = fc.shuffledSubarray([...lines], { minLength: lines.length })
    fc.assert(
      fc.property(ordered, (shuffled) => {
        const history = read({ [file]: [header, ...shuffled] })
        const event = eventOn(history, MARKET_DAY)
        expect(history.lastCents(event, EVENING)).toEqual([5, 30, 42, 20, undefined, undefined])
      }),
      { numRuns: 8 },
    )
  })

  it('does not know a trade of a microsecond later, which is the next one', () => {
    const history = read()
    const event = eventOn(history, MARKET_DAY)
    const next = history.nextTrades(event, EVENING)
    expect(next[2]).toEqual({ yesCents: 60, tsMs: EVENING + 1, takerSide: 'no', count: 4 })
    expect(next[4]).toMatchObject({ yesCents: 9, takerSide: 'yes' })
    expect(next[0]).toBeUndefined()
    expect(history.lastCents(event, EVENING + 1)[2]).toBe(60)
  })

  it('tells how old its prices are', () => {
    const history = read()
    const event = eventOn(history, MARKET_DAY)
    // Three brackets traded five hours before, and one a microsecond before: the middle two of four are five hours old.
    expect((history.priceAgeMs(event, EVENING) ?? 0) / 3_600_000).toBeCloseTo(5, 3)
    expect(history.priceAgeMs(event, Date.parse('2025-03-04T20:00:00Z') - 1)).toBeNull()
  })

  it('is unknown where three brackets have not traded', () => {
    const history = read()
    const event = eventOn(history, MARKET_DAY)
    expect(history.probabilities(event, Date.parse('2025-03-04T20:00:00.6Z'))).toBeUndefined()
    expect(history.probabilities(event, Date.parse('2025-03-04T20:00:01Z'))).toBeUndefined()
  })
})

describe('a broken line', () => {
  const trade = tradeLine('KXHIGHNY-25MAR05-T50', '2025-03-04T20:00:00Z', 5)
  it.each([
    [
      'no time',
      trade.replace('2025-03-04T20:00:00Z', 'yesterday'),
      /line 3: created_time "yesterday"; expected a UTC time/,
    ],
    ['no price', trade.replace(',5,95,', ',,,'), /line 3: yes_price ""; expected cents/],
    ['a price of a dollar', trade.replace(',5,95,', ',100,0,'), /line 3: yes_price "100"/],
    ['no contracts', trade.replace(',1,yes', ',0,yes'), /line 3: count "0"/],
    ['a third side', trade.replace(',yes', ',maybe'), /line 3: taker_side "maybe"; expected yes or no/],
  ])('with %s names itself', (_what, line, expected) => {
    const over = { 'kalshi-markets/kxhighny_trades.csv.gz': [TRADE_HEADER, trade, line] }
    expect(() => read(over)).toThrow(OperatingError)
    expect(() => read(over)).toThrow(expected)
  })

  it('among the events, and a file that is none, name themselves', () => {
    const events = 'kalshi-markets/kxhighny_events.jsonl.gz'
    expect(() => read({ [events]: ['{"event":{}', ''] })).toThrow(
      /events\.jsonl\.gz, line 1: .*expected one JSON object/,
    )
    expect(() => read({ [events]: ['{"event":{},"markets":[]}'] })).toThrow(/line 1: a wrong field event\.event_ticker/)
    expect(() => read({ 'kalshi-markets/kxhighny_trades.csv.gz': ['ticker,price'] })).toThrow(
      /line 1: no column created_time/,
    )
  })
})
