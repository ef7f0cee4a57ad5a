import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const PROJECT = join(import.meta.dirname, '..', '..')
const folder = mkdtempSync(join(tmpdir(), 'halcyon-privacy-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** What ONNX Runtime takes as a wish not to report; a person's machine has none of them. */
const QUIETING = new Set(['ORT_DISABLE_TELEMETRY', 'ORT_RUNNING_UNIT_TESTS', 'CI', 'GITHUB_ACTIONS', 'TF_BUILD'])

test('running a model leaves no identity, no event store and no file of ONNX Runtime’s reporting behind', () => {
  const places = { HOME: join(folder, 'home'), XDG_CACHE_HOME: join(folder, 'cache'), TMPDIR: join(folder, 'tmp') }
  for (const place of Object.values(places)) mkdirSync(place)
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('HALCYON_') && !QUIETING.has(name))
  const words = ['src/main.ts', 'models', 'verify', 'models/high-ordinal-2', '--json']
  const { status, stdout } = spawnSync(process.execPath, words, {
    cwd: PROJECT,
    env: { ...Object.fromEntries(inherited), ...places },
    encoding: 'utf8',
    timeout: 60_000,
  })
  expect(status).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ id: expect.any(String) })
  expect(Object.values(places).flatMap((place) => readdirSync(place, { recursive: true, encoding: 'utf8' }))).toEqual(
    [],
  )
})
