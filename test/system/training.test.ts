import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { runCommand } from '../support/command-line.ts'

const PROJECT = fileURLToPath(new URL('../..', import.meta.url))
const SCRIPT = join(PROJECT, 'models/training/train.mjs')
/** Shared by all runs of a working copy: fetching the libraries is the slow part. */
const VENV = join(PROJECT, '.halcyon/train-venv')
const TOOLS_MISSING = 10
const TIMEOUT_MS = 900_000
const PACKAGES = ['high-emos-2', 'high-error-climatology-2', 'high-ordinal-2']

const folder = mkdtempSync(join(tmpdir(), 'halcyon-training-'))
afterAll(() => rmSync(folder, { recursive: true }))

function train(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, ...words], {
    cwd: PROJECT,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  return { status, output: `${stdout}${stderr}` }
}

const step = (what: string, work: string) => train(what, '--quick', '--work', work, '--venv', VENV)

function filesOf(root: string): ReadonlyMap<string, string> {
  const names = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  return new Map(names.sort().map((name) => [name.slice(root.length), readFileSync(name).toString('base64')]))
}

describe('training from the project’s own table', () => {
  const first = join(folder, 'first')
  const second = join(folder, 'second')
  let missing: string | undefined

  const needTools = (context: TestContext) => context.skip(missing !== undefined, missing)

  beforeAll(() => {
    // Reads no matrix before it has its libraries, so that this tells whether they can be had here.
    const { status, output } = step('fit', join(folder, 'empty'))
    if (status === TOOLS_MISSING) missing = `training cannot run here: ${output.trim().split('\n').at(-1)}`
  }, TIMEOUT_MS)

  it(
    'makes matrix, fit and packages that hold, twice the same bytes',
    async (context) => {
      needTools(context)
      for (const what of ['features', 'fit', 'evaluate', 'export']) {
        const { status, output } = step(what, first)
        expect(status, output).toBe(0)
      }
      cpSync(join(first, 'matrix'), join(second, 'matrix'), { recursive: true })
      for (const what of ['fit', 'export']) expect(step(what, second).status).toBe(0)

      const models = join(first, 'quick/models')
      expect(readdirSync(models).sort()).toEqual(PACKAGES)
      for (const id of PACKAGES) {
        const { exitCode, stderr } = await runCommand(['models', 'verify', join(models, id)])
        expect(stderr).toBe('')
        expect(exitCode).toBe(0)
      }
      expect(filesOf(join(second, 'quick/models'))).toEqual(filesOf(models))
      const written = filesOf(join(first, 'quick/fit'))
      expect([...written.keys()]).toContain('/out-of-fold.csv.gz')
      const again = filesOf(join(second, 'quick/fit'))
      for (const name of ['/out-of-fold.csv.gz', '/cross-validation.json'])
        expect(again.get(name)).toBe(written.get(name))
    },
    TIMEOUT_MS,
  )

  it('says how to make a matrix that is missing or of another feature version', (context) => {
    needTools(context)
    const nothing = step('fit', join(folder, 'nothing'))
    expect(nothing).toMatchObject({ status: 1, output: expect.stringContaining('npm run train -- features') })
    expect(nothing.output).not.toContain('Traceback')

    const old = join(folder, 'old')
    mkdirSync(join(old, 'matrix'), { recursive: true })
    writeFileSync(join(old, 'matrix/matrix.json'), JSON.stringify({ featureVersion: 'weather-features-1' }))
    writeFileSync(join(old, 'matrix/matrix.csv.gz'), '')
    const other = step('fit', old)
    expect(other).toMatchObject({ status: 1, output: expect.stringContaining('weather-features-1') })
    expect(other.output).not.toContain('Traceback')
  })

  it('asks for a fit before an export', (context) => {
    needTools(context)
    const { status, output } = step('evaluate', join(folder, 'unfitted'))
    expect(status).toBe(1)
    expect(output).toContain('npm run train -- fit')
    expect(existsSync(join(folder, 'unfitted/quick/models'))).toBe(false)
  })
})

it('names what it can do where it is asked for something else', () => {
  const { status, output } = train('everything')
  expect(status).toBe(2)
  expect(output).toContain('features, fit, evaluate, export')
})
