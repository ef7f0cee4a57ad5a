import { constants, createVerify, type KeyObject, verify } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { EXCHANGE_SKEW_MS_MAX } from '../config/limits.ts'
import { parseDecimal } from '../domain/units.ts'
import type { ApiKey } from './api-keys.ts'

/** Bodies of a 401 (kalshi-api §1.2). */
export interface AuthenticationError {
  readonly code: 'authentication_error' | 'header_timestamp_expired'
  readonly message: string
  readonly details?: 'INCORRECT_API_KEY_SIGNATURE' | 'INVALID_PARAMETER'
}

export type Authentication =
  | { readonly ok: true; readonly key: ApiKey }
  | { readonly ok: false; readonly error: AuthenticationError }

export interface SignedRequest {
  readonly method: string
  /** Without the query, with the prefix. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
}

const KEY_HEADER = 'kalshi-access-key'
const TIMESTAMP_HEADER = 'kalshi-access-timestamp'
const SIGNATURE_HEADER = 'kalshi-access-signature'

/** True where the client meant to sign, rightly or not. */
export const isSigned = (headers: IncomingHttpHeaders): boolean =>
  headers[KEY_HEADER] !== undefined || headers[SIGNATURE_HEADER] !== undefined

/**
 * Judges the three headers against *wall* time, also in a play, so that any public client works (design §3). Order: headers
 * present, key known, timestamp readable and in time, signature right.
 */
export function authenticate(
  request: SignedRequest,
  keys: ReadonlyMap<string, ApiKey>,
  wallMs: number,
): Authentication {
  const keyId = single(request.headers[KEY_HEADER])
  const timestamp = single(request.headers[TIMESTAMP_HEADER])
  const signature = single(request.headers[SIGNATURE_HEADER])
  if (!keyId || !timestamp || !signature) {
    return refused('authentication_error', 'authentication headers are missing', 'INVALID_PARAMETER')
  }
  const key = keys.get(keyId)
  if (!key) return refused('authentication_error', 'unknown API key', 'INVALID_PARAMETER')
  const timestampMs = parseDecimal(timestamp, 0)
  if (timestampMs === undefined || !/^\d+$/.test(timestamp)) {
    return refused('authentication_error', 'the timestamp is not in Unix milliseconds', 'INVALID_PARAMETER')
  }
  if (Math.abs(wallMs - timestampMs) > EXCHANGE_SKEW_MS_MAX) {
    return { ok: false, error: { code: 'header_timestamp_expired', message: 'header timestamp expired' } }
  }
  const text = `${timestamp}${request.method}${request.path}`
  if (!isSignatureOf(key.publicKey, text, signature)) {
    return refused('authentication_error', 'incorrect API key signature', 'INCORRECT_API_KEY_SIGNATURE')
  }
  return { ok: true, key }
}

/** RSASSA-PSS with SHA-256 and a salt as long as the digest, or Ed25519 over the same text (kalshi-api §1.2). */
function isSignatureOf(publicKey: KeyObject, text: string, base64: string): boolean {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return false
  const signature = Buffer.from(base64, 'base64')
  if (publicKey.asymmetricKeyType === 'ed25519') return verify(null, Buffer.from(text), publicKey, signature)
  const padding = constants.RSA_PKCS1_PSS_PADDING
  const saltLength = constants.RSA_PSS_SALTLEN_DIGEST
  return createVerify('RSA-SHA256').update(text).verify({ key: publicKey, padding, saltLength }, signature)
}

function refused(
  code: AuthenticationError['code'],
  message: string,
  details: NonNullable<AuthenticationError['details']>,
): Authentication {
  return { ok: false, error: { code, message, details } }
}

const single = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? undefined : value)
