import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { climateDateOf } from '../../../src/domain/climate-day.ts'
import { OperatingError } from '../../../src/domain/operating-error.ts'
import { strikeHolds } from '../../../src/domain/strike.ts'
import { loadTape, type Tape } from '../../../src/exchange/tape.ts'
import { bundleDay } from '../../../src/exchange/tapes/bundle-day.ts'
import { BUNDLED, heldDay } from './played-day.ts'

const DATE = climateDateOf('2024-12-17')
const SHARED = process.env.HALCYON_SHARED_DATA

const text = (name: string): string => gunzipSync(readFileSync(join(BUNDLED, name))).toString('utf8')

let scratch = ''
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'halcyon-tape-'))
})
afterAll(() => rmSync(scratch, { recursive: true }))

/** A tape folder of New York alone, with its files changed by the test. */
function folderWith(change: { events?: (text: string) => string; trades?: (text: string) => string }): string {
  const folder = mkdtempSync(join(scratch, 'case-'))
  const { events = (same) => same, trades = (same) => same } = change
  writeFileSync(join(folder, 'kxhighny_events.jsonl.gz'), gzipSync(events(text('kxhighny_events.jsonl.gz'))))
  writeFileSync(join(folder, 'kxhighny_trades.csv.gz'), gzipSync(trades(text('kxhighny_trades.csv.gz'))))
  return folder
}

function refusalOf(folder: string, date = DATE): string {
  try {
    loadTape(folder, date)
  } catch (error) {
    expect(error).toBeInstanceOf(OperatingError)
    return (error as OperatingError).message
  }
  return 'no refusal'
}

describe('the bundled day', () => {
  let tape: Tape
  beforeAll(() => {
    tape = loadTape(BUNDLED, DATE)
  })

  test('has 7,496 trades of 24 markets in 4 events, in order of time', () => {
    expect(tape.trades).toHaveLength(7_496)
    expect(tape.events.map((event) => event.ticker)).toEqual([
      'KXHIGHNY-24DEC17',
      'KXHIGHCHI-24DEC17',
      'KXHIGHAUS-24DEC17',
      'KXHIGHDEN-24DEC17',
    ])
    expect(tape.events.flatMap((event) => event.markets)).toHaveLength(24)
    const times = tape.trades.map((trade) => trade.tsUs)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
  })

  test('comes in today’s units with its times as recorded, microseconds included', () => {
    const first = tape.trades.find((trade) => trade.market.startsWith('KXHIGHNY'))
    expect(first?.createdTime).toBe('2024-12-16T15:11:17.268237Z')
    expect(first?.tsUs).toBe(Date.parse('2024-12-16T15:11:17Z') * 1000 + 268_237)
    const contracts = tape.trades.reduce((sum, trade) => sum + trade.quantity, 0) / 100
    expect(contracts).toBe(839_020)
    const market = tape.events[0]?.markets[3]
    expect(market).toMatchObject({
      ticker: 'KXHIGHNY-24DEC17-B57.5',
      strike: { kind: 'between', floor: 57, cap: 58 },
      openMs: Date.parse('2024-12-16T15:00:00Z'),
      closeMs: Date.parse('2024-12-18T04:59:00Z'),
      settlementTimerSeconds: 3_600,
    })
  })

  test('settles each event by its recorded high on the recorded winner', () => {
    expect(tape.events.map((event) => [event.highF, event.expirationValue])).toEqual([
      [59, '59.00'],
      [39, '39.00'],
      [80, '80.00'],
      [53, '53.00'],
    ])
    for (const event of tape.events) {
      for (const market of event.markets) expect(market.result === 'yes').toBe(strikeHolds(market.strike, event.highF))
    }
  })

  test('can be cut out of a larger tape again, byte for byte in its lines', () => {
    const out = join(scratch, 'bundle')
    expect(bundleDay(BUNDLED, DATE, out)).toEqual({ events: 4, trades: 7_496 })
    for (const name of readdirSync(BUNDLED)) {
      expect(gunzipSync(readFileSync(join(out, name))).toString('utf8')).toBe(text(name))
    }
  })
})

describe('a bad tape is refused with file, line and expectation', () => {
  const line = (number: number, change: (line: string) => string) => (whole: string) =>
    whole
      .split('\n')
      .map((each, index) => (index === number - 1 ? change(each) : each))
      .join('\n')
  const column = (index: number, value: string) => line(5, (row) => row.split(',').with(index, value).join(','))

  test.each([
    ['other columns', line(1, () => 'ticker,price'), 'line 1', 'the columns event_date,ticker'],
    ['a column too few', line(5, (row) => row.slice(0, row.lastIndexOf(','))), 'line 5', '8 columns'],
    ['a date that is none', column(0, '2024-12-32'), 'line 5', 'a date such as'],
    ['a date before the block', column(0, '2024-12-16'), 'line 5', 'a market of KXHIGHNY-24DEC16'],
    ['a ticker of another event', column(1, 'KXHIGHCHI-24DEC17-B38.5'), 'line 5', 'a market of KXHIGHNY-24DEC17'],
    ['a market that the event lacks', column(1, 'KXHIGHNY-24DEC17-B99.5'), 'line 5', 'a market of the recorded event'],
    ['a time without zone', column(2, '2024-12-16T15:12:00.123456'), 'line 5', 'UTC with up to six decimals'],
    ['nanoseconds', column(2, '2024-12-16T15:12:00.123456789Z'), 'line 5', 'UTC with up to six decimals'],
    ['a time before the line above', column(2, '2024-12-16T15:00:01Z'), 'line 5', 'ascending times'],
    [
      'a time after the close',
      line(1972, (row) => row.replace('2024-12-18T04:50', '2024-12-18T04:59')),
      'line 1972',
      'was open',
    ],
    ['a trade id that is none', column(3, 'xyz'), 'line 5', 'a UUID'],
    ['a price of 100', column(4, '100'), 'line 5', '1 to 99 cents'],
    ['a price with decimals', column(4, '12.5'), 'line 5', '1 to 99 cents'],
    [
      'prices that do not add up',
      line(5, (row) => row.replace(/,(\d+),(\d+),(\d+),(yes|no)$/, ',40,61,$3,$4')),
      'line 5',
      'add up to 100',
    ],
    ['a count of nothing', column(6, '0'), 'line 5', 'whole contracts'],
    ['a taker that is neither side', column(7, 'maybe'), 'line 5', 'yes or no'],
  ])('%s', (_, trades, where, expected) => {
    const message = refusalOf(folderWith({ trades }))
    expect(message).toContain('kxhighny_trades.csv.gz')
    expect(message).toContain(`${where} `)
    expect(message).toContain(expected)
  })

  test('a trade id twice', () => {
    const repeated = (whole: string): string => {
      const id = whole.split('\n')[3]?.split(',')[3] ?? ''
      return column(3, id)(whole)
    }
    expect(refusalOf(folderWith({ trades: repeated }))).toMatch(/line 5 .*each trade_id once/)
  })

  const inEvent = (from: string | RegExp, to: string) => (whole: string) => {
    const changed = whole.replace(from, to)
    expect(changed).not.toBe(whole)
    return changed
  }
  test.each([
    ['no JSON', () => '{oops\n', 'one JSON object per line'],
    ['a missing field', inEvent('"close_time"', '"closing_time"'), 'markets.0.close_time'],
    [
      'strikes with a gap',
      inEvent('"floor_strike":57,"cap_strike":58', '"floor_strike":57,"cap_strike":57'),
      'every whole degree exactly once',
    ],
    ['two winners', inEvent('"result":"no"', '"result":"yes"'), 'exactly one winner'],
    ['no winner', inEvent('"result":"yes"', '"result":"no"'), 'exactly one winner'],
    [
      'a high that makes another market win',
      inEvent('"expiration_value":"59.00"', '"expiration_value":"58.00"'),
      'the result that its strike gives',
    ],
    ['a high in prose', inEvent('"expiration_value":"59.00"', '"expiration_value":"59, although"'), 'a whole high'],
    [
      'a close before the open',
      inEvent('"close_time":"2024-12-18T04:59:00Z"', '"close_time":"2024-12-16T04:59:00Z"'),
      'an open before the close',
    ],
    ['another city', inEvent(/KXHIGHNY/g, 'KXHIGHCHI'), 'KXHIGHNY-24DEC17'],
    ['another day', inEvent('"event_date":"2024-12-17"', '"event_date":"2024-12-16"'), 'KXHIGHNY-24DEC16'],
    ['the same event twice', (whole: string) => whole + whole, 'ascending dates'],
  ])('an event with %s', (_, events, expected) => {
    const message = refusalOf(folderWith({ events }))
    expect(message).toMatch(/kxhighny_events\.jsonl\.gz is refused: line [12] /)
    expect(message).toContain(expected)
  })

  test('a date without events names those that there are', () => {
    expect(refusalOf(BUNDLED, climateDateOf('2024-12-18'))).toContain('It has events for 2024-12-17.')
  })

  test('a date without trades', () => {
    expect(refusalOf(folderWith({ trades: (whole) => `${whole.split('\n')[0]}\n` }))).toContain(
      'no trades for 2024-12-17',
    )
  })

  test('a missing folder, a folder without data and a file that is no gzip', () => {
    expect(refusalOf(join(scratch, 'nowhere'))).toContain('does not exist')
    expect(refusalOf(mkdtempSync(join(scratch, 'empty-')))).toContain('holds no tape')
    const half = folderWith({})
    rmSync(join(half, 'kxhighny_events.jsonl.gz'))
    expect(refusalOf(half)).toContain('has no kxhighny_events.jsonl.gz')
    const broken = folderWith({})
    writeFileSync(join(broken, 'kxhighny_trades.csv.gz'), 'not gzip')
    expect(refusalOf(broken)).toContain('cannot be read')
  })

  test('times that ascend as text only, as the recorder sorted them, are accepted and put in order', () => {
    const swapped = (whole: string): string => {
      const rows = whole.split('\n')
      const time = (row: string, value: string): string => row.split(',').with(2, value).join(',')
      const changed = rows
        .with(1, time(rows[1] ?? '', '2024-12-16T15:11:17.2718Z'))
        .with(2, time(rows[2] ?? '', '2024-12-16T15:11:17.27Z'))
      return changed.join('\n')
    }
    const { trades } = loadTape(folderWith({ trades: swapped }), DATE)
    expect(trades.slice(0, 2).map((trade) => trade.createdTime)).toEqual([
      '2024-12-16T15:11:17.27Z',
      '2024-12-16T15:11:17.2718Z',
    ])
  })
})

describe.skipIf(!SHARED)('the whole recording', { timeout: 120_000 }, () => {
  const folder = join(SHARED ?? '', 'kalshi-markets')

  test('all 456 settled events name the recorded winner', () => {
    expect(existsSync(folder)).toBe(true)
    const dates: string[] = []
    for (const name of readdirSync(folder).filter((each) => each.endsWith('_events.jsonl.gz'))) {
      const whole = gunzipSync(readFileSync(join(folder, name))).toString('utf8')
      dates.push(...whole.matchAll(/^\{"event_date":"([\d-]+)"/gm).map((match) => match[1] ?? ''))
    }
    const tape = loadTape(folder, dates.map(climateDateOf))
    expect(tape.events).toHaveLength(456)
    for (const event of tape.events) {
      const winners = event.markets.filter((market) => strikeHolds(market.strike, event.highF))
      expect(winners.map((market) => market.result)).toEqual(['yes'])
    }
    expect(tape.trades).toHaveLength(516_926)
    expect(tape.events.every((event) => event.ticker.startsWith('KX'))).toBe(true)
    expect(tape.trades.every((trade) => trade.market.startsWith('KX'))).toBe(true)
  })
  test('two days play at once, and the later one is created while the first trades, its recorded HIGH tickers with today’s KX', () => {
    const { core, clock, happenings } = heldDay({
      tapeFolder: folder,
      date: [climateDateOf('2024-09-10'), climateDateOf('2024-09-11')],
    })
    expect(new Set(core.events().map((event) => event.ticker.slice(-7)))).toEqual(new Set(['24SEP10']))
    core.play()
    clock.advance(0)
    const created = happenings.flatMap((each) => (each.kind === 'lifecycle' && each.type === 'created' ? [each] : []))
    expect(created.length).toBeGreaterThan(0)
    const closes = core.markets().flatMap((market) => (market.event.endsWith('24SEP10') ? [market.closeMs] : []))
    for (const { market, tsMs } of created) {
      expect(market).toMatch(/^KXHIGH[A-Z]+-24SEP11-/)
      expect(tsMs).toBeLessThan(Math.min(...closes))
    }
    expect(core.markets().every((market) => market.status === 'finalized')).toBe(true)
    expect(new Set(core.trades().map((trade) => trade.market.slice(0, 6)))).toEqual(new Set(['KXHIGH']))
  })
})
