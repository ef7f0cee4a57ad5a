import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import openLogFiles from '../../../src/telemetry/log-files.worker.ts'
import { openRotatingFile } from '../../../src/telemetry/rotating-file.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'halcyon-log-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const read = (name: string): string => readFileSync(join(folder, name), 'utf8')

describe('a rotating file', () => {
  test('is renamed when full; the newest keeps the plain name and the oldest goes', () => {
    const file = openRotatingFile({ path: join(folder, 'trader.log'), bytesMax: 10, kept: 2 })
    for (const line of ['aaaaaaa\n', 'bbbbbbb\n', 'ccccccc\n', 'ddddddd\n']) file.write(line)
    file.close()
    expect(readdirSync(folder).sort()).toEqual(['trader.1.log', 'trader.2.log', 'trader.log'])
    expect([read('trader.log'), read('trader.1.log'), read('trader.2.log')]).toEqual([
      'ddddddd\n',
      'ccccccc\n',
      'bbbbbbb\n',
    ])
  })

  test('goes on with what an earlier run left', () => {
    writeFileSync(join(folder, 'trader.log'), 'earlier\n')
    const file = openRotatingFile({ path: join(folder, 'trader.log'), bytesMax: 10, kept: 2 })
    file.write('now\n')
    file.close()
    expect([read('trader.log'), read('trader.1.log')]).toEqual(['now\n', 'earlier\n'])
  })

  test('a line longer than a whole file is written in one piece', () => {
    const file = openRotatingFile({ path: join(folder, 'a.log'), bytesMax: 4, kept: 1 })
    file.write('long line\n')
    file.close()
    expect(readdirSync(folder)).toEqual(['a.log'])
    expect(read('a.log')).toBe('long line\n')
  })
})

describe('the log files', () => {
  test('every line is in trader.log, trades and errors are in theirs too, however the text is cut', async () => {
    const lines = [
      '{"level":"info","message":"Prices: 46¢"}',
      '{"level":"info","channel":"trade","message":"Bought"}',
      '{"level":"error","message":"A text with \\"channel\\":\\"trade\\" in it"}',
    ]
    const files = openLogFiles({ folder, bytesMax: 1_000_000, kept: 1 })
    const text = `${lines.join('\n')}\n`
    for (let start = 0; start < text.length; start += 7) files.write(text.slice(start, start + 7))
    files.end()
    await finished(files)
    expect(read('trader.log')).toBe(text)
    expect(read('trades.jsonl')).toBe(`${lines[1]}\n`)
    expect(read('errors.jsonl')).toBe(`${lines[2]}\n`)
  })
})
