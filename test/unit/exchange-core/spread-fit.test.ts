import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fitSpreads } from '../../../src/exchange/spread-fit.ts'

const HEADER = 'timestamp,market_ticker,best_yes_bid,best_no_bid,implied_no_ask,implied_yes_ask'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'halcyon-spreads-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const write = (rows: readonly string[]): void =>
  writeFileSync(join(folder, 'tob_X.csv.gz'), gzipSync(`${[HEADER, ...rows].join('\n')}\n`))
const row = (time: string, yesBid: number, noBid: number): string =>
  `2025-12-05T${time},KXHIGHNY-25DEC05-B32.5,${yesBid},${noBid},${100 - yesBid},${100 - noBid}`

test('rows are counted by spread in the band of their mid price', () => {
  write([row('07:00:00.1', 1, 50), row('09:00:00.1', 40, 56), row('09:00:00.2', 40, 56), row('09:00:00.3', 2, 97)])
  expect(fitSpreads(folder)).toEqual({
    files: 1,
    rowsRead: 4,
    rowsUsed: 3,
    bands: [
      { fromCents: 0, toCents: 5, rows: [[1, 1]] },
      { fromCents: 40, toCents: 45, rows: [[4, 2]] },
    ],
  })
})

test('placeholders of the first hour, one-sided, settled, locked and crossed rows are left out', () => {
  write([
    row('07:00:00.1', 1, 50),
    row('07:59:59.9', 1, 50),
    row('08:00:00.1', 0, 50),
    row('08:00:00.2', 50, 0),
    row('08:00:00.3', 0, 0),
    row('08:00:00.4', 50, 50),
    row('08:00:00.5', 50, 51),
    row('08:00:00.6', 49, 50),
  ])
  expect(fitSpreads(folder)).toMatchObject({ rowsRead: 8, rowsUsed: 1, bands: [{ fromCents: 45, rows: [[1, 1]] }] })
})

test('a file with other columns, a row that is none and a folder without files are refused', () => {
  writeFileSync(join(folder, 'tob_X.csv.gz'), gzipSync('time,price\n'))
  expect(() => fitSpreads(folder)).toThrow(/tob_X\.csv\.gz line 1: expected the columns/)
  write(['2025-12-05T07:00:00.1,KXHIGHNY-25DEC05-B32.5,4.5,50,95,50'])
  expect(() => fitSpreads(folder)).toThrow(/line 2: .* is no row of best quotes/)
  rmSync(join(folder, 'tob_X.csv.gz'))
  expect(() => fitSpreads(folder)).toThrow(/holds no tob_/)
})
