import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Random } from '../clock/clock.ts'
import { OperatingError } from '../domain/operating-error.ts'
import { type ApiKey, createKeyPair, type KeyType, registeredKey, writePrivateKey } from './api-keys.ts'

export interface KeyFolder {
  readonly keys: readonly ApiKey[]
  /** The key of the wanted type that a person is told about. */
  readonly keyId: string
  readonly keyFile: string
}

const PEM = '.pem'

/**
 * Every `<key id>.pem` of a folder is registered, private or public. Where none has the wanted type, a pair is made and its
 * private half written there, so that the next exchange knows the same key.
 */
export function openKeyFolder(folder: string, type: KeyType, random: Random): KeyFolder {
  const keys: ApiKey[] = []
  for (const name of pemFiles(folder)) {
    const file = join(folder, name)
    const key = registeredKey(name.slice(0, -PEM.length), readPem(file), name)
    if (!key) {
      throw new OperatingError(
        `The key file ${file} is no RSA or Ed25519 key in PEM form. Remove it, or name another folder with --keys.`,
      )
    }
    keys.push(key)
  }
  const existing = keys.find((key) => key.publicKey.asymmetricKeyType === type && hasPrivateHalf(folder, key))
  if (existing) return { keys, keyId: existing.id, keyFile: join(folder, `${existing.id}${PEM}`) }
  const pair = createKeyPair(type, random)
  const keyFile = writePrivateKey(folder, pair)
  return { keys: [...keys, pair.key], keyId: pair.key.id, keyFile }
}

function pemFiles(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(PEM))
      .sort()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    const reason = error instanceof Error ? error.message : String(error)
    throw new OperatingError(`The key folder ${folder} cannot be read: ${reason}. Name another with --keys.`)
  }
}

function readPem(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new OperatingError(`The key file ${file} cannot be read: ${reason}. Check its owner and permissions.`)
  }
}

const hasPrivateHalf = (folder: string, key: ApiKey): boolean =>
  readPem(join(folder, `${key.id}${PEM}`)).includes('PRIVATE KEY')
