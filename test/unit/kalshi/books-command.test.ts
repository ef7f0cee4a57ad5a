import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeFailure } from '../../../src/cli/failure.ts'
import { runCommand } from '../../support/command-line.ts'

const SNAPSHOT =
  '{"type":"orderbook_snapshot","sid":1,"seq":1,"msg":{"market_ticker":"A-B1","market_id":"i","yes_dollars_fp":[["0.3200","45.50"],["0.0025","1.00"]],"no_dollars_fp":[["0.6500","10.00"]]}}'
const DELTA =
  '{"type":"orderbook_delta","sid":1,"seq":2,"msg":{"market_ticker":"A-B1","market_id":"i","price_dollars":"0.6400","delta_fp":"0.01","side":"no","ts_ms":1}}'
const LATER = DELTA.replace('"seq":2', '"seq":4')

describe('halcyon books', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'halcyon-books-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const books = async (name: string, contents: string | Buffer, ...flags: string[]) => {
    await writeFile(join(folder, name), contents)
    return runCommand(['books', name, ...flags], { cwd: folder })
  }
  const failureOf = async (run: Promise<unknown>) => {
    const error: unknown = await run.catch((reason: unknown) => reason)
    return describeFailure(error)
  }

  it.each([
    ['plain.jsonl', `${SNAPSHOT}\n\n${DELTA}`],
    ['packed.jsonl.gz', gzipSync(`${SNAPSHOT}\r\n${DELTA}\n`)],
  ])('prints every book in venue strings, ascending, as one JSON document: %s', async (name, contents) => {
    const { exitCode, stdout } = await books(name, contents, '--json')
    expect(exitCode).toBe(0)
    expect(JSON.parse(stdout)).toEqual({
      after_seq: 2,
      books: {
        'A-B1': {
          yes_dollars_fp: [
            ['0.0025', '1.00'],
            ['0.3200', '45.50'],
          ],
          no_dollars_fp: [
            ['0.6400', '0.01'],
            ['0.6500', '10.00'],
          ],
        },
      },
      frames: 2,
      gaps: 0,
      lost: 0,
      duplicates: 0,
      malformed: {},
      unknown: {},
      notLive: [],
    })
  })

  it('prints the same books for a person, and the rest on standard error', async () => {
    const { stdout, stderr } = await books('person.jsonl', `${SNAPSHOT}\n${DELTA}`)
    expect(JSON.parse(stdout)).toMatchObject({ after_seq: 2, books: { 'A-B1': {} } })
    expect(stderr).toContain('Frames 2, gaps 0')
  })

  it('ends with 1 and names the markets where a gap left them not live', async () => {
    const { exitCode, stdout } = await books('gap.jsonl', `${SNAPSHOT}\n${LATER}`, '--json')
    expect(exitCode).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({ gaps: 1, lost: 2, books: {}, notLive: ['A-B1'] })
  })

  it('takes a NO ladder in YES prices where it was recorded so', async () => {
    const { stdout } = await books('yes.jsonl', SNAPSHOT, '--json', '--yes-price')
    expect(JSON.parse(stdout).books['A-B1'].no_dollars_fp).toEqual([['0.3500', '10.00']])
  })

  it('names file and line of what is no JSON', async () => {
    const { text, exitCode } = await failureOf(books('broken.jsonl', `${SNAPSHOT}\n{"type":\n`))
    expect(text).toMatch(/broken\.jsonl, line 2 is not valid JSON/)
    expect(exitCode).toBe(1)
  })

  it.each([
    ['a gzip that is cut short', 'cut.jsonl.gz', gzipSync(SNAPSHOT).subarray(0, 60), 'not a complete gzip file'],
    ['a plain file named .gz', 'plain.jsonl.gz', SNAPSHOT, 'not a complete gzip file'],
    ['an empty file', 'empty.jsonl', '', 'holds no frames'],
  ])('says in one paragraph what is wrong with %s', async (_what, name, contents, expected) => {
    const { text } = await failureOf(books(name, contents))
    expect(text).toContain(expected)
    expect(text.trim()).not.toContain('\n')
  })

  it('says that a file does not exist, and that one is missing on the command line', async () => {
    const missing = await failureOf(runCommand(['books', 'nowhere.jsonl'], { cwd: folder }))
    expect(missing.text).toContain('does not exist')
    const unnamed = await failureOf(runCommand(['books'], { cwd: folder }))
    expect(unnamed.exitCode).toBe(2)
  })
})
