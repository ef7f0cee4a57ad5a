import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { FrameBooks, type FrameBooksReport } from '../../actors/frame-books.ts'

/** A real session of the venue; it is not ours to ship. */
const SHARED = process.env.HALCYON_SHARED_DATA
const SESSION = 'kalshi-ws/ws_demo_20260701_part1'

function rebuild(text: string): FrameBooksReport {
  const books = new FrameBooks({ noLadderInYesPrice: false })
  for (const line of text.split('\n')) if (line.trim() !== '') books.handle(line)
  return books.report()
}

const own = (name: string): string => readFileSync(join(import.meta.dirname, name), 'utf8')

describe('recorded frames', () => {
  it.skipIf(SHARED === undefined)('the real session decodes to exactly its expected books', () => {
    const path = join(SHARED ?? '', SESSION)
    const report = rebuild(gunzipSync(readFileSync(`${path}.jsonl.gz`)).toString('utf8'))
    const expected = JSON.parse(readFileSync(`${path}.expected_book.json`, 'utf8'))
    expect({ after_seq: report.after_seq, books: report.books }).toEqual(expected)
    expect(report).toMatchObject({ gaps: 0, duplicates: 0, malformed: {}, unknown: {}, notLive: [] })
  })

  it('composed frames decode to their books: fractions, sub-cent prices, empty sides, oks between, unknown types', () => {
    const report = rebuild(own('composed-2026-11.jsonl'))
    expect({ after_seq: report.after_seq, books: report.books }).toEqual(
      JSON.parse(own('composed-2026-11.expected_book.json')),
    )
    expect(report).toMatchObject({
      gaps: 0,
      duplicates: 1,
      malformed: {},
      unknown: { server_notice: 1, orderbook_heartbeat: 1 },
      notLive: [],
    })
  })

  it('a lost frame leaves every market of its stream not live, until a later snapshot of the market', () => {
    const lines = own('composed-2026-11.jsonl').trim().split('\n')
    const beforeSnapshot = lines.findIndex((line) => line.includes('"id":10,'))
    const lost = beforeSnapshot - 3
    const report = rebuild(lines.filter((_, index) => index !== lost).join('\n'))
    const expected = JSON.parse(own('composed-2026-11.expected_book.json'))
    const market = 'KXHIGHNY-26NOV20-B48.5'
    expect(report.gaps).toBe(1)
    expect(report.lost).toBe(1)
    expect(report.books).toEqual({ [market]: expected.books[market] })
    expect(report.notLive).toEqual(Object.keys(expected.books).filter((name) => name !== market))
  })

  it('a lost acknowledgement is a gap like any other', () => {
    const lines = own('composed-2026-11.jsonl').trim().split('\n')
    const lost = lines.findIndex((line) => line.includes('"type":"error"'))
    expect(rebuild(lines.filter((_, index) => index !== lost).join('\n')).gaps).toBe(1)
  })

  it('numbers that start over after a new acknowledgement are a new connection, not duplicates', () => {
    const session = own('composed-2026-11.jsonl')
    const report = rebuild(`${session}\n${session}`)
    expect(report.books).toEqual(rebuild(session).books)
    expect(report.gaps).toBe(0)
    expect(report.duplicates).toBe(2)
  })

  it('a stream that the venue ended leaves its markets not live until their snapshot on the next one', () => {
    const session = own('composed-2026-11.jsonl').trim().split('\n')
    const error = '{"type":"error","sid":1,"seq":177,"msg":{"code":25,"msg":"buffer overflow"}}'
    const snapshot =
      '{"type":"orderbook_snapshot","sid":5,"seq":1,"msg":{"market_ticker":"KXHIGHCHI-26NOV20-T41","market_id":"i"}}'
    const report = rebuild([...session, error, snapshot].join('\n'))
    expect(report.books).toEqual({ 'KXHIGHCHI-26NOV20-T41': { yes_dollars_fp: [], no_dollars_fp: [] } })
    expect(report.notLive).toHaveLength(3)
    expect(report.gaps).toBe(0)
  })

  it('a market that the venue acknowledged and never described is not live', () => {
    const report = rebuild(
      [
        '{"type":"subscribed","id":1,"msg":{"channel":"orderbook_delta","sid":1}}',
        '{"type":"ok","id":2,"sid":1,"seq":1,"msg":{"market_tickers":["A-B1"]}}',
      ].join('\n'),
    )
    expect(report.notLive).toEqual(['A-B1'])
  })
})
