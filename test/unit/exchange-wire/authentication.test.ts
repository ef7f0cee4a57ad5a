import { constants, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type ApiKey, registeredKey } from '../../../src/exchange/api-keys.ts'
import { authenticate } from '../../../src/exchange/authentication.ts'

const WALL_MS = 1_795_132_800_123
const PATH = '/trade-api/v2/portfolio/balance'

/** From RFC 8032 §7.1, test 2: a fixed pair, so that the signature is a fixed vector too. */
const ED25519_PEM =
  '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIEzNCJso/5banbbDRuwRTg9bijGfNaumJNqM9u1PuKb7\n-----END PRIVATE KEY-----\n'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ed25519 = generateKeyPairSync('ed25519')

const keyOf = (id: string, publicKey: KeyObject): ApiKey => ({ id, name: id, publicKey, scopes: ['read', 'write'] })
const keys = new Map([
  ['rsa-key', keyOf('rsa-key', rsa.publicKey)],
  ['ed-key', keyOf('ed-key', ed25519.publicKey)],
])

const signRsa = (text: string, saltLength: number = constants.RSA_PSS_SALTLEN_DIGEST): string =>
  sign('sha256', Buffer.from(text), {
    key: rsa.privateKey,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength,
  }).toString('base64')
const signEd = (text: string): string => sign(null, Buffer.from(text), ed25519.privateKey).toString('base64')

interface Case {
  keyId?: string
  timestamp?: string
  signature?: string
  method?: string
  path?: string
}

function check({ keyId = 'rsa-key', timestamp = String(WALL_MS), signature, method = 'GET', path = PATH }: Case) {
  const headers = {
    'kalshi-access-key': keyId,
    'kalshi-access-timestamp': timestamp,
    'kalshi-access-signature': signature ?? signRsa(`${timestamp}GET${PATH}`),
  }
  return authenticate({ method, path, headers }, keys, WALL_MS)
}

describe('a signature', () => {
  it('is accepted from both key types', () => {
    expect(check({})).toMatchObject({ ok: true, key: { id: 'rsa-key' } })
    const signature = signEd(`${WALL_MS}GET${PATH}`)
    expect(check({ keyId: 'ed-key', signature })).toMatchObject({ ok: true, key: { id: 'ed-key' } })
  })

  it('is standard base64 over timestamp, method and path: a fixed Ed25519 vector', () => {
    const key = registeredKey('fixed', ED25519_PEM)
    const text = '1795132800123GET/trade-api/ws/v2'
    const signature = 'HBlfZdH/zU7wYZApGHp9q7OXtmbykD6UF4nUGCUBK6orA/7TQ2eMJJmGCR/oyjd5hcadBlesQNPPI3YDOTRvAA=='
    expect(key).toBeDefined()
    const headers = {
      'kalshi-access-key': 'fixed',
      'kalshi-access-timestamp': '1795132800123',
      'kalshi-access-signature': signature,
    }
    const request = { method: 'GET', path: '/trade-api/ws/v2', headers }
    const known = key ? new Map([['fixed', key]]) : new Map<string, ApiKey>()
    expect({ text, ok: authenticate(request, known, WALL_MS).ok }).toEqual({ text, ok: true })
  })

  it.each([
    ['of another path', { path: `${PATH}s` }],
    ['of another method', { method: 'DELETE' }],
    ['with a salt of another length', { signature: signRsa(`${WALL_MS}GET${PATH}`, 20) }],
    ['of another key', { keyId: 'ed-key' }],
    ['in the url-safe alphabet', { signature: '-_-_' }],
    ['over the query too', { signature: signRsa(`${WALL_MS}GET${PATH}?limit=1`) }],
    ['over seconds', { signature: signRsa(`${Math.floor(WALL_MS / 1000)}GET${PATH}`) }],
  ])('is refused %s', (_what, request) => {
    expect(check(request)).toEqual({
      ok: false,
      error: {
        code: 'authentication_error',
        message: expect.any(String),
        details: 'INCORRECT_API_KEY_SIGNATURE',
      },
    })
  })

  it.each([
    ['an unknown key', { keyId: 'nobody' }],
    ['a timestamp that is no number', { timestamp: 'now' }],
    ['a negative timestamp', { timestamp: '-5' }],
  ])('of %s is an invalid parameter', (_what, request) => {
    expect(check(request)).toMatchObject({ ok: false, error: { details: 'INVALID_PARAMETER' } })
  })

  it('is missing where a header is', () => {
    const nothing = authenticate({ method: 'GET', path: PATH, headers: {} }, keys, WALL_MS)
    expect(nothing).toMatchObject({ ok: false, error: { code: 'authentication_error' } })
  })
})

describe('clock skew, in wall time', () => {
  const at = (skewMs: number) =>
    check({ timestamp: String(WALL_MS + skewMs), signature: signRsa(`${WALL_MS + skewMs}GET${PATH}`) })

  it.each([0, 10_000, -10_000])('of %d ms is accepted', (skewMs) => {
    expect(at(skewMs)).toMatchObject({ ok: true })
  })

  it.each([10_001, -10_001, 60_000, -60_000])('of %d ms is refused', (skewMs) => {
    expect(at(skewMs)).toEqual({
      ok: false,
      error: { code: 'header_timestamp_expired', message: 'header timestamp expired' },
    })
  })
})

it('a registered key may be given as its private or its public half, and must be one of the two types', () => {
  const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' })
  expect(registeredKey('a', pem)?.publicKey.asymmetricKeyType).toBe('rsa')
  expect(registeredKey('b', ED25519_PEM)?.publicKey.asymmetricKeyType).toBe('ed25519')
  expect(registeredKey('c', ec.toString())).toBeUndefined()
  expect(registeredKey('d', 'nothing')).toBeUndefined()
})
