import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { command } from '../../../src/cli/models.ts'
import type { EvaluationDocument } from '../../../src/evaluation/report.ts'
import type { ScoreCell } from '../../../src/evaluation/score-table.ts'
import { TINY_PACKAGE } from '../../support/inference/fixtures.ts'
import { type Ran, runCommand } from '../cli-small/run-command.ts'
import { FIRST_DAY, LAST_DAY, MARKET_DAY, SAMPLE_FILES, type SampleFiles, writeSample } from './sample-data.ts'

let root = ''
let tiny = ''
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'halcyon-evaluate-'))
  tiny = join(root, 'models', 'tiny')
  cpSync(TINY_PACKAGE, tiny, { recursive: true })
  // A package beside it that answers the same: paired differences to it are nothing.
  const twin = join(root, 'models', 'fixture-twin')
  cpSync(TINY_PACKAGE, twin, { recursive: true })
  editManifest(twin, { id: 'fixture-twin' })
  editManifest(tiny, { baselines: ['fixture-twin'] })
})
afterAll(() => rmSync(root, { recursive: true }))

function editManifest(folder: string, change: object): void {
  const path = join(folder, 'manifest.json')
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...change }))
}

const sample = (over: SampleFiles = {}): string => writeSample(mkdtempSync(join(root, 'data-')), over)

const evaluate = (folder: string, more = ''): Promise<Ran> =>
  runCommand(command, `evaluate --data ${folder} --package ${tiny} --cities new_york,chicago,austin ${more}`)

async function documentOf(folder: string, more = ''): Promise<EvaluationDocument> {
  const out = mkdtempSync(join(root, 'out-'))
  const ran = await evaluate(folder, `--out ${out} ${more}`)
  expect(ran).toMatchObject({ code: 0, error: '' })
  return JSON.parse(readFileSync(join(out, 'evaluation.json'), 'utf8')) as EvaluationDocument
}

const cell = ({ scores }: EvaluationDocument, name: string): ScoreCell | undefined =>
  scores.find(({ group: { variant, city, hour, season } }) => `${variant} ${city} ${hour} ${season}` === name)

const skipCount = ({ skipped }: EvaluationDocument, reason: RegExp): number =>
  skipped.filter((skip) => reason.test(skip.reason)).reduce((sum, { count }) => sum + count, 0)

describe('halcyon models evaluate', () => {
  it('judges on every day of a later year, with its baselines and the market', async () => {
    const document = await documentOf(sample())
    expect(document).toMatchObject({ from: FIRST_DAY, to: LAST_DAY, inSampleDays: 0, absent: expect.anything() })
    expect(document.judged).toMatchObject({ id: 'fixture-tiny', trainedTo: '2024-09-30' })
    expect(document.baselines.map(({ id }) => id)).toEqual(['fixture-twin'])
    // 38 days; Austin lacks the high of one, is widened at both hours, and New York has as-of forecasts.
    expect(cell(document, 'as-of new_york -4 all')?.rows).toBe(38)
    expect(cell(document, 'widened austin 8.5 all')?.rows).toBe(37)
    expect(cell(document, 'honest all -4 all')).toMatchObject({ rows: 75, days: 38 })
    expect(cell(document, 'archive austin -4 all')).toBeUndefined()
    expect(cell(document, 'archive austin 5 all')?.rows).toBe(37)
    // Persistence needs ten highs that are known.
    expect(cell(document, 'strict new_york 5 all')?.rows).toBe(28)
    expect(cell(document, 'honest all all all')?.differences['fixture-twin']?.logLoss).toEqual({
      value: 0,
      low: 0,
      high: 0,
    })
    const market = cell(document, 'honest new_york -4 all')?.market
    expect(market).toMatchObject({ rows: 1, days: 1 })
    expect(document.markets).toEqual({ events: 2, reconstructed: 0, trades: 8 })
  })

  it('counts by reason what gave no row or no event', async () => {
    const document = await documentOf(sample(), '--inputs as-of,widened,archive')
    // Chicago's only row is of O'Hare, which settles nothing; Austin's blank is no 0.
    expect(skipCount(document, /^day: no official high/)).toBe(39)
    expect(skipCount(document, /^decision: no archive forecast yet/)).toBe(38 * 6 + 37)
    expect(skipCount(document, /^market: settled in prose/)).toBe(1)
    expect(skipCount(document, /^market: no result yet/)).toBe(1)
    expect(skipCount(document, /^market: the strikes/)).toBe(1)
    expect(document.options.variants).toEqual(['as-of', 'widened', 'archive'])
    expect(cell(document, 'strict all all all')).toBeUndefined()
  })

  it('writes the same bytes for the same data, and prints them as JSON where asked', async () => {
    const folder = sample()
    const outs = [mkdtempSync(join(root, 'out-')), mkdtempSync(join(root, 'out-'))]
    const line = '--hours -4 --json --out OUT'
    for (const out of outs) expect((await evaluate(folder, line.replace('OUT', out))).code).toBe(0)
    const [first, second] = outs.map((out) =>
      readdirSync(out).map((file) => [file, readFileSync(join(out, file), 'utf8').replaceAll(out, 'OUT')]),
    )
    expect(first?.map(([file]) => file)).toEqual(expect.arrayContaining(['evaluation.json', 'evaluation.md']))
    expect(first).toEqual(second)
    const { out } = await evaluate(folder, '--hours -4 --json')
    const [json = ''] = out.split('\n').filter((line) => line.startsWith('{'))
    expect(JSON.parse(json)).toMatchObject({ schemaVersion: 1, judged: { id: 'fixture-tiny' } })
  })

  it('says in words what a market of one day shows, what was left out and what is in-sample', async () => {
    const out = mkdtempSync(join(root, 'out-'))
    editManifest(tiny, { training: { ...trainingOf(tiny), to: '2025-02-10' } })
    const ran = await evaluate(sample(), `--from ${FIRST_DAY} --out ${out}`)
    editManifest(tiny, { training: { ...trainingOf(tiny), to: '2024-09-30' } })
    expect(ran.out).toContain('# fixture-tiny, 2025-02-01 to 2025-03-10')
    expect(ran.out).toContain('**10 of the days are within what the package was fitted to')
    expect(ran.out).toContain('1 × market: settled in prose, not by a whole degree')
    // Of one market day all draws are alike: its interval says nothing.
    expect(ran.out).toMatch(/Too few days \(fewer than 30 carry no claim\): New York 20:00 before/)
    // The trades of the evening before, with nothing since.
    expect(ran.out).toMatch(/New York \| 05:00 \| 1 .*\| 14\.0 \|/)
    expect(ran.out).not.toMatch(/(market|model) is better/)
    const markdown = readFileSync(join(out, 'evaluation.md'), 'utf8')
    for (const part of ['by city and hour', 'by season', 'calibration', 'What it rests on', 'SHA-256']) {
      expect(markdown).toContain(part)
    }
    expect(markdown).not.toMatch(/NaN|undefined|Infinity/)
  })

  it('names the data by one hash, which any changed byte changes', async () => {
    const some = await documentOf(sample(), '--hours 5')
    const same = await documentOf(sample(), '--hours 8.5')
    const readings = SAMPLE_FILES['weather/asos_metar_readings.csv.gz'] ?? []
    const other = await documentOf(sample({ 'weather/asos_metar_readings.csv.gz': readings.slice(0, -1) }), '--hours 5')
    expect(same.data.sha256).toBe(some.data.sha256)
    expect(other.data.sha256).not.toBe(some.data.sha256)
  })

  it('reads only the readings of settlement stations that were known', async () => {
    const readings = SAMPLE_FILES['weather/asos_metar_readings.csv.gz'] ?? []
    const withReadings = await documentOf(sample(), `--from ${MARKET_DAY} --to ${MARKET_DAY} --inputs as-of`)
    const without = await documentOf(
      sample({ 'weather/asos_metar_readings.csv.gz': readings.slice(0, 1) }),
      `--from ${MARKET_DAY} --to ${MARKET_DAY} --inputs as-of`,
    )
    const loss = (document: EvaluationDocument, hour: number) =>
      cell(document, `as-of new_york ${hour} all`)?.packages['fixture-tiny']?.logLoss.value
    // 11.7 °C read at 13:51 of a day of whose highs only those of 53 °F and more stay possible.
    expect(loss(withReadings, 14)).not.toBe(loss(without, 14))
    expect(loss(withReadings, 5)).toBe(loss(without, 5))
    expect(loss(withReadings, -4)).toBe(loss(without, -4))
  })
})

const trainingOf = (folder: string): object => JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')).training

describe('a data folder that is not whole', () => {
  it.each([
    ['the market', ['kalshi-markets/kxhighny_events.jsonl.gz', 'kalshi-markets/kxhighny_trades.csv.gz']],
    ['the readings', ['weather/asos_metar_readings.csv.gz']],
    ['the archive of forecasts', ['weather/daily_high_obs_and_forecasts_7cities.csv.gz']],
    ['the as-of forecasts', ['weather/forecasts_asof_mos_dayahead.csv.gz']],
  ])('lacks %s, and only what that would give', async (_what, files) => {
    const over = Object.fromEntries(files.map((file) => [file, undefined]))
    const document = await documentOf(sample(over), '--hours -4,8.5')
    const absent = files.filter((file) => file.startsWith('weather/'))
    expect(document.absent).toEqual(expect.arrayContaining(absent))
    expect(document.data.files.map(({ name }) => name)).not.toEqual(expect.arrayContaining(files))
    expect(document.rowCount).toBeGreaterThan(0)
    expect(cell(document, 'as-of new_york 8.5 all') === undefined).toBe(files[0]?.includes('mos') ?? false)
    expect(cell(document, 'widened austin 8.5 all') === undefined).toBe(files[0]?.includes('daily_high') ?? false)
    expect(cell(document, 'honest all all all')?.market === null || !files[0]?.includes('kalshi')).toBe(true)
  })

  it.each([
    ['of a date', 'NYC,KNYC,USW00094728,2025-02-30,50,30,0.0', /ghcnd\S+, line 3: the date "2025-02-30" is no date/],
    ['of a cell', 'NYC,KNYC,USW00094728,2025-02-28,50', /ghcnd\S+, line 3: 5 cells under 7 columns/],
  ])('has a line that lacks %s, and names it', async (_what, line, expected) => {
    const file = 'weather/ghcnd_official_daily_4stations.csv.gz'
    const [header = '', first = ''] = SAMPLE_FILES[file] ?? []
    const ran = await evaluate(sample({ [file]: [header, first, line] }))
    expect(ran.code).not.toBe(0)
    expect(ran.error).toMatch(expected)
    expect(ran.error).not.toMatch(/\n\s+at /)
  })

  it('has a time that is none, and names its line', async () => {
    const file = 'weather/forecasts_asof_mos_dayahead.csv.gz'
    const lines = SAMPLE_FILES[file]?.map((line) => line.replace('2025-02-01T12:00Z', 'noon')) ?? []
    expect((await evaluate(sample({ [file]: lines }))).error).toMatch(/mos_dayahead\S+, line 5: the issued_utc "noon"/)
  })
})

describe('a command that cannot be carried out', () => {
  it.each([
    ['no folder', 'evaluate', /evaluate needs --data <folder>/],
    ['a folder without weather', 'evaluate --data ROOT', /ROOT has no folder "weather"/],
    [
      'an unknown variant',
      'evaluate --data DATA --inputs honest',
      /--inputs has "honest". Expected one or more of as-of/,
    ],
    ['an unknown city', 'evaluate --data DATA --cities boston', /--cities has "boston"/],
    ['hours that are none', 'evaluate --data DATA --hours 5,noon', /--hours is "5,noon"/],
    ['an hour of another day', 'evaluate --data DATA --hours 30', /--hours is "30"/],
    ['a date that is none', 'evaluate --data DATA --from tomorrow', /--from is "tomorrow"/],
    [
      'days after the data',
      'evaluate --data DATA --from 2026-01-01',
      /--from 2026-01-01 is after the last day of the data/,
    ],
    [
      'a folder to write to that is a file',
      'evaluate --data DATA --out TINY/manifest.json',
      /--out \S+manifest.json cannot be made/,
    ],
    ['an end before the start', 'evaluate --data DATA --from 2025-03-05 --to 2025-03-01', /is after --to 2025-03-01/],
    ['only learned days', 'evaluate --data DATA --to 2025-01-01', /Name a --from to score it on days that it knows/],
    ['nothing to score', 'evaluate --data DATA --cities denver', /nothing can be scored.*38 × day: no official high/],
  ])('for %s says what to do', async (_what, line, expected) => {
    const words = line.replace('ROOT', root).replace('TINY', tiny).replace('DATA', sample())
    const ran = await runCommand(command, `${words} --package ${tiny}`)
    expect(ran.code).toBe(2)
    expect(ran.error.replaceAll(root, 'ROOT')).toMatch(expected)
  })

  it('for a package that is not there names it', async () => {
    const { error } = await runCommand(command, `evaluate --data ${sample()} --package ${join(root, 'models', 'none')}`)
    expect(error).toMatch(/models\/none has no readable manifest\.json/)
  })
})
