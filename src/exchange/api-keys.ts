import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Random } from '../clock/clock.ts'
import { OperatingError } from '../domain/operating-error.ts'

/** The venue takes both; which one a key is shows in the key itself (kalshi-api §1.2). */
export type KeyType = 'rsa' | 'ed25519'

export interface ApiKey {
  readonly id: string
  readonly name: string
  readonly publicKey: KeyObject
  readonly scopes: readonly string[]
}

export interface KeyPair {
  readonly key: ApiKey
  /** PKCS#8. Held only to be handed to the person who asked for the pair. */
  readonly privateKeyPem: string
}

const SCOPES = ['read', 'write'] as const
const RSA_BITS = 2048

export function createKeyPair(type: KeyType, random: Random): KeyPair {
  const { publicKey, privateKey } =
    type === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: RSA_BITS }) : generateKeyPairSync('ed25519')
  const privateKeyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { key: { id: random.uuid(), name: `local ${type}`, publicKey, scopes: SCOPES }, privateKeyPem }
}

/** A key whose owner keeps the private half. Undefined where the PEM is no RSA or Ed25519 key. */
export function registeredKey(id: string, pem: string, name = 'registered'): ApiKey | undefined {
  let publicKey: KeyObject
  try {
    publicKey = createPublicKey(pem)
  } catch {
    // swallowed: OpenSSL's reason says nothing to a person; the caller names the file.
    return undefined
  }
  const known = publicKey.asymmetricKeyType === 'rsa' || publicKey.asymmetricKeyType === 'ed25519'
  return known ? { id, name, publicKey, scopes: SCOPES } : undefined
}

/** Writes the private key where only its owner can read it, and names the file after the key's id. */
export function writePrivateKey(folder: string, pair: KeyPair): string {
  const file = join(folder, `${pair.key.id}.pem`)
  try {
    // The folders above stay open: the database's system user must reach its own beside this one.
    mkdirSync(dirname(resolve(folder)), { recursive: true })
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    writeFileSync(file, pair.privateKeyPem, { mode: 0o600, flag: 'wx' })
    chmodSync(file, 0o600)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new OperatingError(`The key file could not be written: ${reason}. Name another folder with --keys.`)
  }
  return file
}
