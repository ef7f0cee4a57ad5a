import { constants, generateKeyPairSync, verify } from 'node:crypto'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OperatingError } from '../../../src/domain/operating-error.ts'
import { credentialsFromPem, loadCredentials, signedHeaders } from '../../../src/kalshi/signing.ts'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const rsaPem = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const rsaOldPem = rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()
const MESSAGE = Buffer.from('1795132800123GET/trade-api/v2/portfolio/balance')

/** Test 1 key of RFC 8032 §7.1 as PKCS#8: Ed25519 is deterministic, so the signature is a fixed vector. */
const ED25519_PEM = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
`

describe('signing', () => {
  it.each([
    ['PKCS#8', rsaPem],
    ['PKCS#1', rsaOldPem],
  ])('an RSA key (%s) signs PSS with SHA-256 and a salt of 32 bytes', (_form, pem) => {
    const credentials = credentialsFromPem('id', pem, 'test')
    const signature = Buffer.from(
      credentials.sign(1_795_132_800_123, 'get', '/trade-api/v2/portfolio/balance'),
      'base64',
    )
    const key = { key: rsa.publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
    expect(credentials.keyType).toBe('rsa')
    expect(verify('sha256', MESSAGE, key, signature)).toBe(true)
  })

  it('an Ed25519 key signs the bytes themselves: a fixed vector', () => {
    const credentials = credentialsFromPem('id', ED25519_PEM, 'test')
    expect(credentials.keyType).toBe('ed25519')
    expect(credentials.sign(1_795_132_800_123, 'GET', '/trade-api/v2/portfolio/balance')).toBe(
      'CfHU/DXDdYGzd8SpxLmmK5t016Nmj8TFKFgy05vIWCsS0fXtjesWbuJJ2z2Mn7Bghm5rOBnplGkRLGCeRmW8Ag==',
    )
  })

  it('the query is never part of what is signed, the path prefix always is', () => {
    const credentials = credentialsFromPem('id', ED25519_PEM, 'test')
    const url = new URL('http://127.0.0.1:1/trade-api/v2/markets?limit=5&cursor=x')
    expect(signedHeaders(credentials, 5, 'GET', url)).toEqual({
      'KALSHI-ACCESS-KEY': 'id',
      'KALSHI-ACCESS-TIMESTAMP': '5',
      'KALSHI-ACCESS-SIGNATURE': credentials.sign(5, 'GET', '/trade-api/v2/markets'),
    })
  })

  it('the key cannot be printed or serialised', () => {
    const credentials = credentialsFromPem('id', ED25519_PEM, 'test')
    const shown = `${inspect(credentials, { depth: 9, showHidden: true })}${JSON.stringify(credentials)}`
    expect(shown).not.toContain('MC4CAQ')
    expect(shown).not.toContain('PRIVATE')
  })
})

describe('the key file', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'halcyon-key-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const keyFile = async (name: string, text: string, mode = 0o600) => {
    const path = join(folder, name)
    await writeFile(path, text)
    await chmod(path, mode)
    return path
  }
  const failureOf = async (path: string): Promise<OperatingError> => {
    const error: unknown = await loadCredentials({ keyId: 'id', keyFile: path }).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(OperatingError)
    return error as OperatingError
  }

  it('is loaded where only its owner can read it', async () => {
    const path = await keyFile('good.pem', rsaPem)
    await expect(loadCredentials({ keyId: 'id', keyFile: path })).resolves.toMatchObject({ keyId: 'id' })
  })

  it.each([0o644, 0o640, 0o604])('is refused with the command to run where others can read it (%o)', async (mode) => {
    const path = await keyFile('open.pem', rsaPem, mode)
    expect((await failureOf(path)).message).toContain(`chmod 600 ${path}`)
  })

  it.each([
    ['missing', join('nowhere', 'key.pem'), undefined, 'does not exist'],
    ['empty', 'empty.pem', '', 'not a private key in PEM form'],
    ['not PEM', 'text.pem', 'hello', 'not a private key in PEM form'],
    ['a public key', 'public.pem', rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString(), 'public key'],
    [
      'of another type',
      'ec.pem',
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      'of type ec',
    ],
    ['damaged', 'damaged.pem', rsaPem.replace(/[A-Z]{3}/g, '###'), 'not a private key in PEM form'],
  ])(
    'that is %s gives a clear message with exit code 2 and without its contents',
    async (_what, name, text, expected) => {
      const path = text === undefined ? join(folder, name) : await keyFile(name, text)
      const error = await failureOf(path)
      expect(error.exitCode).toBe(2)
      expect(error.message).toContain(expected)
      expect(error.message).toContain(name)
      if (text && text.length > 60) expect(error.message).not.toContain(text.slice(40, 60))
    },
  )

  it('of a folder is refused', async () => {
    expect((await failureOf(folder)).message).toContain('is not a file')
  })
})
