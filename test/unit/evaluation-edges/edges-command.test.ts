import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { command } from '../../../src/cli/models.ts'
import { TINY_PACKAGE } from '../../support/inference/fixtures.ts'
import { type Ran, runCommand } from '../cli-small/run-command.ts'
import { LAST_DAY, MARKET_DAY, SAMPLE_FILES, TRADE_HEADER, tradeLine, writeSample } from '../evaluation/sample-data.ts'

let root = ''
let data = ''
let predictions = ''

const MARKETS = ['T50', 'B50.5', 'B52.5', 'B54.5', 'B56.5', 'T57']
const BEFORE = '2025-03-04T20:00:00Z'

/** The sample's New York, taken to Chicago. */
const inChicago = (text: string): string =>
  text.replaceAll('NYC,KNYC', 'CHI,KMDW').replaceAll('KXHIGHNY', 'KXHIGHCHI').replaceAll('kxhighny', 'kxhighchi')

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'halcyon-edges-command-'))
  const moved = Object.entries(SAMPLE_FILES).map(([file, lines]) => [inChicago(file), lines?.map(inChicago)])
  const trades = inChicago('kalshi-markets/kxhighny_trades.csv.gz')
  data = writeSample(join(root, 'data'), {
    ...Object.fromEntries(Object.keys(SAMPLE_FILES).map((file) => [file, undefined])),
    ...Object.fromEntries(moved),
    // The market is as good as sure of more than 57 °F, and the model is not.
    [trades]: [
      TRADE_HEADER,
      ...MARKETS.map((name) => tradeLine(`KXHIGHCHI-25MAR05-${name}`, BEFORE, name === 'T57' ? 95 : 1)),
    ],
  })
  predictions = join(root, 'out-of-fold.csv.gz')
  writeFileSync(predictions, gzipSync('city,date,hour,base,p-1,p0,p1\n'))
})
afterAll(() => rmSync(root, { recursive: true }))

const edges = (more = ''): Promise<Ran> =>
  runCommand(
    command,
    `training-edges --data ${data} --predictions ${predictions} --package ${TINY_PACKAGE} --out ${root} ${more}`,
  )

const datesWritten = (): readonly (string | undefined)[] => {
  const [, ...lines] = gunzipSync(readFileSync(join(root, 'edges.csv.gz')))
    .toString()
    .trimEnd()
    .split('\n')
  return lines.map((line) => line.split(',')[1])
}

describe('halcyon models training-edges', () => {
  it('leaves the days after the training window alone, which judge the models, until they are named', async () => {
    const usual = await edges()
    expect(usual.code).toBe(1)
    expect(usual.error).toMatch(/no recorded market up to 2024-09-30.*--to/)
    const named = await edges(`--to ${LAST_DAY}`)
    expect(named).toMatchObject({ code: 0, error: '' })
    expect(new Set(datesWritten())).toEqual(new Set([MARKET_DAY]))
  })

  it('says by reason what gave no line', async () => {
    const { out } = await edges(`--to ${LAST_DAY}`)
    expect(out).toContain('left out 6 × day: no official high')
  })

  it('refuses a date that is none', async () => {
    expect(await edges('--to later')).toMatchObject({ code: 2, error: expect.stringMatching(/--to is "later"/) })
  })
})
