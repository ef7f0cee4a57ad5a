import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'

const PROJECT = join(import.meta.dirname, '..', '..')
const LAUNCHER = join(PROJECT, 'src', 'launcher.mjs')
const MAIN = join(PROJECT, 'src', 'main.ts')
const STACK = /\n {4}at /

const folder = mkdtempSync(join(tmpdir(), 'halcyon-program-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Without the settings of whoever runs the tests. */
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HALCYON_')))
const run = (file: string, words: readonly string[]) =>
  spawnSync(file, words, { cwd: folder, env, encoding: 'utf8', timeout: 60_000 })

/** A Node of the system that is older than the program needs, as on the machines where it is installed. */
const oldNode = (process.env.PATH ?? '')
  .split(delimiter)
  .filter((entry) => !entry.includes('node_modules'))
  .map((entry) => join(entry, process.platform === 'win32' ? 'node.exe' : 'node'))
  .find((path) => {
    const major = Number.parseInt(run(path, ['--version']).stdout?.slice(1) ?? '', 10)
    return major >= 20 && major < 26
  })

describe('the program', () => {
  test('a mistyped command is one paragraph and exit code 2', () => {
    const { status, stdout, stderr } = run(process.execPath, [MAIN, 'confg'])
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^halcyon: unknown command "confg"\. Did you mean "config"\? .*\n$/)
    expect(stderr).not.toMatch(STACK)
  })

  test('a broken configuration is one paragraph and exit code 2', () => {
    const { status, stderr } = run(process.execPath, [MAIN, 'config', 'check', '--mode', 'live'])
    expect(status).toBe(2)
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
    expect(stderr).not.toMatch(STACK)
  })

  test('a reader that goes away is no error', async () => {
    const child = spawn(process.execPath, [MAIN, 'config', 'keys'], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.stdout.destroy()
    const errors: string[] = []
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()))
    const code = await new Promise((resolve) => child.on('close', resolve))
    expect([code, errors.join('')]).toEqual([0, ''])
  })
})

describe.each([
  ['an error that nobody caught', 'throw new TypeError("a bug")'],
  ['a promise that nobody awaited', 'void Promise.reject(new TypeError("a bug"))'],
])('%s', (_what, statement) => {
  test('ends the program with its stack and exit code 5', () => {
    const bug = join(folder, 'bug.mjs')
    writeFileSync(bug, `setTimeout(() => { ${statement} }, 400)\n`)
    const words = ['--import', pathToFileURL(bug).href, MAIN, 'exchange', '--hold', '--keys', join(folder, 'keys')]
    const { status, stderr } = run(process.execPath, words)
    expect(status).toBe(5)
    expect(stderr).toMatch(/which is a bug of the program.*\nTypeError: a bug\n {4}at /)
  })
})

describe.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s', (signal) => {
  test('ends a long command in order, also when it comes twice at once as Ctrl-C under npm does', async () => {
    const words = [MAIN, 'exchange', '--hold', '--json', '--keys', join(folder, 'keys')]
    const child = spawn(process.execPath, words, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const ended = once(child, 'exit')
    await once(child.stdout, 'data')
    child.kill(signal)
    child.kill(signal)
    expect(await ended).toEqual([0, null])
  })
})

describe.each([
  ['the Node of the tests', process.execPath],
  ...(oldNode ? [['an older Node of the system', oldNode]] : []),
])('the launcher under %s', (_what, node) => {
  test('starts the program from any folder and through a symbolic link', () => {
    const link = join(folder, `halcyon-${node.length}`)
    symlinkSync(LAUNCHER, link)
    const { status, stdout, stderr } = run(node, [link, 'version', '--json'])
    expect([status, stderr]).toEqual([0, ''])
    expect(JSON.parse(stdout)).toHaveProperty('halcyon')
  })

  test('runs another script on the same Node, with its words', () => {
    const script = join(folder, 'script.ts')
    writeFileSync(
      script,
      `const words: string[] = process.argv.slice(2)\nconsole.log(process.versions.node, ...words)\n`,
    )
    const { stdout } = run(node, [LAUNCHER, '--script', script, 'a', '--b'])
    expect(stdout).toMatch(/^26\.\S+ a --b\n$/)
  })

  test('hands the exit code back', () => {
    expect(run(node, [LAUNCHER, 'confg']).status).toBe(2)
  })
})

describe.skipIf(oldNode === undefined)('the launcher without the Node that it needs', () => {
  test('says so, and what to do', () => {
    mkdirSync(join(folder, 'bare', 'src'), { recursive: true })
    const copy = join(folder, 'bare', 'src', 'launcher.mjs')
    copyFileSync(LAUNCHER, copy)
    const { status, stderr } = run(oldNode ?? '', [copy, 'version'])
    expect(status).toBe(2)
    expect(stderr).toMatch(/^halcyon: Node 26 was not found: this is Node \d+.* Run `npm ci`/)
    expect(stderr).not.toMatch(STACK)
  })
})
