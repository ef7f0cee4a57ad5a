import { describe, expect, test } from 'vitest'
import { canonicalJson } from '../../../src/config/canonical.ts'
import { configHash, REDACTED, redact, redactUrls } from '../../../src/config/redact.ts'
import { configSchema } from '../../../src/config/schema.ts'

const secretive = configSchema.parse({
  venue: { keyId: 'key-1', privateKey: 'PEM' },
  database: { url: 'postgres://halcyon:p%40ss@host:5432/db', password: 'hunter2' },
})

describe('a configuration that is shown', () => {
  test('has no secret in it and keeps the rest', () => {
    const shown = JSON.stringify(redact(secretive))
    for (const secret of ['PEM', 'p%40ss', 'hunter2']) expect(shown).not.toContain(secret)
    expect(redact(secretive)).toMatchObject({
      venue: { name: 'local', keyId: 'key-1', privateKey: REDACTED },
      database: { url: `postgres://halcyon:${REDACTED}@host:5432/db`, password: REDACTED },
      risk: { maxOpenPositions: 20 },
    })
  })

  test.each([
    ['postgres://u:a:b@c@host/db', `postgres://u:${REDACTED}@host/db`],
    [
      'postgresql://host/db?user=u&password=x&sslmode=require',
      `postgresql://host/db?user=u&password=${REDACTED}&sslmode=require`,
    ],
    ['connect to https://u:p@a.b failed', `connect to https://u:${REDACTED}@a.b failed`],
    ['http://127.0.0.1:80/path', 'http://127.0.0.1:80/path'],
  ])('%s is shown without its password', (text, expected) => {
    expect(redactUrls(text)).toBe(expected)
  })
})

describe('the hash of a configuration', () => {
  test('does not depend on the order of keys or on a secret', () => {
    const a = configSchema.parse({ risk: { maxOpenPositions: 5, maxOrderRiskDollars: 2 }, mode: 'dry-run' })
    const b = configSchema.parse({ mode: 'dry-run', risk: { maxOrderRiskDollars: 2, maxOpenPositions: 5 } })
    expect(configHash(a)).toBe(configHash(b))
    expect(configHash(configSchema.parse({ database: { password: 'x' } }))).toBe(
      configHash(configSchema.parse({ database: { password: 'y' } })),
    )
    expect(configHash(a)).toMatch(/^[0-9a-f]{64}$/)
  })

  test('changes with any setting', () => {
    const hashes = [{}, { mode: 'paper' }, { cities: ['denver'] }, { risk: { maxOpenPositions: 19 } }].map((values) =>
      configHash(configSchema.parse(values)),
    )
    expect(new Set(hashes).size).toBe(4)
  })

  test('canonical text sorts keys at every depth and leaves absent ones out', () => {
    expect(canonicalJson({ b: [{ d: 1, c: undefined }], a: null })).toBe('{"a":null,"b":[{"d":1}]}')
  })
})
