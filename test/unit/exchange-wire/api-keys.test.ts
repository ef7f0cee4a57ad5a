import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { OperatingError } from '../../../src/domain/operating-error.ts'
import { createKeyPair, registeredKey, writePrivateKey } from '../../../src/exchange/api-keys.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'halcyon-keys-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const random = { next: () => 0.5, uuid: () => '6f2c1a34-0000-4000-8000-000000000001' }
const modeOf = (path: string): number => statSync(path).mode & 0o777

describe('the key file of the local exchange', () => {
  it('can be read by its owner only, in a folder of its own, and the folder above stays open to the database’s user', () => {
    const shared = join(root, '.halcyon')
    const pair = createKeyPair('ed25519', random)
    const file = writePrivateKey(join(shared, 'exchange-keys'), pair)
    expect(registeredKey(pair.key.id, readFileSync(file, 'utf8'))).toBeDefined()
    expect([modeOf(file), modeOf(dirname(file))]).toEqual([0o600, 0o700])
    mkdirSync(join(root, 'usual'))
    expect(modeOf(shared)).toBe(modeOf(join(root, 'usual')))
  })

  it('is never written over another', () => {
    const pair = createKeyPair('ed25519', random)
    writePrivateKey(root, pair)
    expect(() => writePrivateKey(root, pair)).toThrow(OperatingError)
  })
})
