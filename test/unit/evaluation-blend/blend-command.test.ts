import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { command } from '../../../src/cli/models.ts'
import type { EvaluationDocument } from '../../../src/evaluation/report.ts'
import { TINY_PACKAGE } from '../../support/inference/fixtures.ts'
import { runCommand } from '../cli-small/run-command.ts'
import { writeSample } from '../evaluation/sample-data.ts'

let root = ''
let data = ''
let tiny = ''
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'halcyon-blend-'))
  data = writeSample(mkdtempSync(join(root, 'data-')))
  tiny = join(root, 'models', 'tiny')
  cpSync(TINY_PACKAGE, tiny, { recursive: true })
})
afterAll(() => rmSync(root, { recursive: true }))

const models = (line: string) => runCommand(command, line)

describe('halcyon models blend', () => {
  it('tells the weights of recorded markets, and applies nothing', async () => {
    const text = await models(`blend --data ${data} --package ${tiny}`)
    expect(text).toMatchObject({ code: 0, error: '' })
    expect(text.out).toMatch(/fixture-tiny, as-of and widened inputs, 2025-02-01 to 2025-03-10/)
    // The sample has one market day.
    expect(text.out).toMatch(/No proposal: it takes 30 days, and there are 1\./)
    const { out } = await models(`blend --data ${data} --package ${tiny} --json`)
    const document = JSON.parse(out.slice(out.indexOf('{')))
    expect(document).toMatchObject({
      package: 'fixture-tiny',
      source: 'history',
      isApplied: false,
      notes: [
        expect.stringContaining('20:00 before 5.0 h, 05:00 14.0 h'),
        expect.stringMatching(/^Left out: .*1 × market: settled in prose/),
      ],
      proposal: null,
    })
    expect(document.estimates[0].weights).toHaveLength(11)
  })

  it.each([
    ['archive', /archived forecasts know the first hours/],
    ['strict', /strict inputs lack the forecasts/],
  ])('proposes no weight of %s inputs, on however many days', async (inputs, why) => {
    const line = `blend --data ${data} --package ${tiny} --inputs ${inputs}`
    expect((await models(line)).out).toMatch(/No weight to trade by: /)
    const { out } = await models(`${line} --json`)
    expect(JSON.parse(out.slice(out.indexOf('{')))).toMatchObject({
      proposal: null,
      notes: expect.arrayContaining([expect.stringMatching(why)]),
    })
  })

  it.each([
    ['', /blend needs either --data <folder> .* or --ledger/],
    ['--ledger --data here', /blend needs either --data <folder> .* or --ledger/],
    ['--data here --inputs as-of,archive', /--inputs is "as-of,archive"\. Expected as-of, widened or both/],
    ['--data here --inputs tomorrow', /--inputs has "tomorrow"/],
    ['--ledger --hours 5', /blend --ledger takes no --hours/],
    ['--ledger --from yesterday', /--from is "yesterday"/],
  ])('refuses "%s"', async (line, message) => {
    const { code, error } = await models(`blend ${line}`)
    expect(error).toMatch(message)
    expect(code).toBe(2)
  })
})

describe('halcyon models evaluate', () => {
  it('has the weights, the simulation with its placebo, and the plots that it shows', async () => {
    const out = join(root, 'report')
    const ran = await models(`evaluate --data ${data} --package ${tiny} --out ${out}`)
    expect(ran).toMatchObject({ code: 0, error: '' })
    const document = JSON.parse(readFileSync(join(out, 'evaluation.json'), 'utf8')) as EvaluationDocument
    expect(document.sections).toMatchObject({
      blend: { inputs: 'honest', isApplied: false },
      simulation: { modelWeight: 1, placebo: { earnsNothing: expect.any(Boolean) } },
    })
    const markdown = readFileSync(join(out, 'evaluation.md'), 'utf8')
    const shown = [...markdown.matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)].map(([, file = '']) => file)
    expect(shown.length).toBeGreaterThan(4)
    expect(shown.filter((file) => !existsSync(join(out, file)))).toEqual([])
    expect(markdown).toMatch(/Placebo: too little to tell anything by \(\d+ trades on 2 days/)
  })
})
