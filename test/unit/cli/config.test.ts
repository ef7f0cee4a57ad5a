import { describe, expect, test } from 'vitest'
import { SETTINGS } from '../../../src/config/settings.ts'
import { EXIT } from '../../../src/domain/operating-error.ts'
import { runCommand, runWords } from '../../support/command-line.ts'

const NO_FILE = { cwd: import.meta.dirname }

describe('halcyon config', () => {
  test('check says that the configuration holds, with its hash', async () => {
    const { stdout, exitCode } = await runCommand(['config', 'check', '--json'], NO_FILE)
    expect(exitCode).toBe(EXIT.done)
    expect(JSON.parse(stdout)).toEqual({ ok: true, file: null, hash: expect.stringMatching(/^[0-9a-f]{64}$/) })
  })

  test('check fails with the key, its source and what was expected', async () => {
    await expect(runWords('config', 'check', '--venue', 'moon')).rejects.toMatchObject({
      exitCode: EXIT.usage,
      message: expect.stringMatching(/venue\.name \(--venue\): expected one of local, demo, prod, found "moon"/),
    })
  })

  test('check looks at the key file too', async () => {
    await expect(runWords('config', 'check', '--key-file', 'absent.pem')).rejects.toMatchObject({
      exitCode: EXIT.usage,
      message: expect.stringMatching(/absent\.pem does not exist/),
    })
  })

  test('show prints values and sources and no secret', async () => {
    const env = { HALCYON_DATABASE_PASSWORD: 'hunter2', HALCYON_VENUE_PRIVATE_KEY: 'PEM-TEXT' }
    const [json, text] = await Promise.all([
      runCommand(['config', 'show', '--json', '--set', 'risk.maxOpenPositions=4'], { ...NO_FILE, env }),
      runCommand(['config', 'show'], { ...NO_FILE, env }),
    ])
    expect(JSON.parse(json.stdout)).toMatchObject({
      config: { risk: { maxOpenPositions: 4 } },
      sources: {
        'risk.maxOpenPositions': '--set risk.maxOpenPositions',
        'database.password': 'HALCYON_DATABASE_PASSWORD',
      },
    })
    expect(text.stdout).toMatch(/^database\.password +\[redacted\] {2}← HALCYON_DATABASE_PASSWORD$/m)
    for (const { stdout, stderr } of [json, text]) expect(stdout + stderr).not.toMatch(/hunter2|PEM-TEXT/)
  })

  test('keys lists every setting, schema prints the JSON Schema', async () => {
    const [keys, schema] = await Promise.all([
      runCommand(['config', 'keys', '--json'], NO_FILE),
      runCommand(['config', 'schema'], NO_FILE),
    ])
    expect(JSON.parse(keys.stdout)).toHaveLength(SETTINGS.length)
    expect(JSON.parse(schema.stdout)).toMatchObject({ title: 'Halcyon configuration', type: 'object' })
  })

  test.each([[['config']], [['config', 'shout']]])('%j is a usage error', async (words) => {
    await expect(runWords(...words)).rejects.toMatchObject({ exitCode: EXIT.usage })
  })
})
