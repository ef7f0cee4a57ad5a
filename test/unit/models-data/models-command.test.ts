import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { runCommand } from '../../support/command-line.ts'

const ROOT = join(import.meta.dirname, '../../..')
const run = (...argv: string[]) => runCommand(['models', ...argv], { cwd: ROOT })

const scratch = mkdtempSync(join(tmpdir(), 'halcyon-model-'))
afterAll(() => rmSync(scratch, { recursive: true }))

describe('halcyon models', () => {
  it('lists the packages of the project with hours, window and hash', async () => {
    const { exitCode, stdout } = await run('list', '--json')
    expect(exitCode).toBe(0)
    const { packages } = JSON.parse(stdout)
    expect(packages.map(({ id }: { id: string }) => id)).toEqual([
      'edge-chicago-1',
      'edge-denver-1',
      'high-emos-2',
      'high-error-climatology-2',
      'high-ordinal-2',
    ])
    expect(packages.at(-1)).toMatchObject({ servedHours: { from: -4, to: 11 }, trainedTo: '2024-09-30' })
  })

  it('verifies a package by every golden row', async () => {
    const { exitCode, stdout } = await run('verify', 'models/high-ordinal-2')
    expect(stdout).toMatch(/^high-ordinal-2 2\.0\.1 holds: 44 golden rows agree\. Hash [0-9a-f]{64}\n$/)
    expect(exitCode).toBe(0)
  })

  it('refuses a package of which one byte was changed, and names both hashes', async () => {
    const folder = join(scratch, 'changed')
    cpSync(join(ROOT, 'models/high-ordinal-2'), folder, { recursive: true })
    const bytes = readFileSync(join(folder, 'model.onnx'))
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
    writeFileSync(join(folder, 'model.onnx'), bytes)
    await expect(run('verify', folder)).rejects.toMatchObject({
      exitCode: 1,
      message: expect.stringMatching(/SHA-256 expected [0-9a-f]{64}, found [0-9a-f]{64}/),
    })
  })

  it.each([
    [['foo'], /unknown action "foo"/],
    [['list', 'x'], /unexpected argument "x"/],
    [['verify'], /needs a package folder/],
    [['list', '--models', 'nowhere'], /nowhere cannot be read as a folder of model packages/],
    [['bundle-day', '--weather', '.'], /needs --date/],
    [['bundle-day', '--weather', '.', '--date', '2024-02-30'], /--date expects a date/],
    [['bundle-day', '--weather', '.', '--date', '2024-12-17'], /cannot be read as a gzip file/],
    [['diurnal-rise'], /--weather <folder> is missing/],
    [['diurnal-rise', '--weather', '.'], /cannot be read as a gzip file/],
    [['training-matrix'], /--out <folder> is missing/],
    [['training-matrix', '--out', 'x', '--to', '2024-12-31'], /later days judge the models/],
    [['training-matrix', '--out', 'x', '--data', 'nowhere'], /nowhere\/forecasts\.csv\.gz cannot be read/],
  ])('%j ends with usage and one paragraph', async (argv, message) => {
    await expect(run(...argv)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(message),
    })
  })
})
