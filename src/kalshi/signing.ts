import { constants, createPrivateKey, type KeyObject, sign as signBytes } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { usageError } from '../domain/operating-error.ts'

export type KeyType = 'rsa' | 'ed25519'

/** An API key that can sign. The private key lives in a closure: it cannot be printed, logged or serialised. */
export interface Credentials {
  readonly keyId: string
  readonly keyType: KeyType
  /**
   * Standard base64 of the signature over timestamp ‖ METHOD ‖ path, where path is the URL's path without its query.
   * RSA keys sign RSASSA-PSS with SHA-256 and a salt of the digest's length, Ed25519 keys sign the bytes themselves.
   */
  sign(timestampMs: number, method: string, path: string): string
}

export interface SignedHeaders extends Record<string, string> {
  readonly 'KALSHI-ACCESS-KEY': string
  readonly 'KALSHI-ACCESS-TIMESTAMP': string
  readonly 'KALSHI-ACCESS-SIGNATURE': string
}

/** The three headers of a REST call or of the WebSocket upgrade. `url` may carry a query: it is not signed. */
export function signedHeaders(credentials: Credentials, timestampMs: number, method: string, url: URL): SignedHeaders {
  return {
    'KALSHI-ACCESS-KEY': credentials.keyId,
    'KALSHI-ACCESS-TIMESTAMP': String(timestampMs),
    'KALSHI-ACCESS-SIGNATURE': credentials.sign(timestampMs, method, url.pathname),
  }
}

/** @throws OperatingError where the text is no usable private key. `where` names its origin for the message. */
export function credentialsFromPem(keyId: string, pem: string, where: string): Credentials {
  if (keyId.trim() === '') {
    throw usageError('The API key id is empty. Pass the id that the venue shows beside the key (--key-id).')
  }
  const key = parsePrivateKey(pem, where)
  const keyType = keyTypeOf(key, where)
  const sign = (timestampMs: number, method: string, path: string): string => {
    const bytes = Buffer.from(`${timestampMs}${method.toUpperCase()}${path.split('?', 1)[0]}`)
    if (keyType === 'ed25519') return signBytes(null, bytes, key).toString('base64')
    const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    return signBytes('sha256', bytes, { key, ...padding }).toString('base64')
  }
  return { keyId, keyType, sign }
}

/**
 * Reads a private key that only its owner can read.
 * @throws OperatingError for a missing, unreadable or too widely readable file, and for one that is not a private key.
 */
export async function loadCredentials(options: {
  readonly keyId: string
  readonly keyFile: string
}): Promise<Credentials> {
  const { keyId, keyFile } = options
  const pem = await readPrivateFile(keyFile)
  return credentialsFromPem(keyId, pem, `the key file ${keyFile}`)
}

const OTHERS_MAY_READ = 0o077

async function readPrivateFile(path: string): Promise<string> {
  try {
    const status = await stat(path)
    if (!status.isFile()) {
      throw usageError(`The key file ${path} is not a file. Point --key-file at the private key in PEM form.`)
    }
    // Windows reports permissions that it does not have.
    if (process.platform !== 'win32' && (status.mode & OTHERS_MAY_READ) !== 0) {
      const mode = (status.mode & 0o777).toString(8)
      throw usageError(
        `The key file ${path} can be read by other users of this machine (mode ${mode}), so it is not used. Run \`chmod 600 ${path}\`, and replace the key if someone else may have read it.`,
      )
    }
    return await readFile(path, 'utf8')
  } catch (error) {
    throw keyFileError(path, error)
  }
}

function keyFileError(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') {
    return usageError(`The key file ${path} does not exist. Point --key-file at the private key in PEM form.`)
  }
  return usageError(
    `The key file ${path} cannot be read (${String(error.code)}). Check its owner and its folder's permissions.`,
  )
}

function parsePrivateKey(pem: string, where: string): KeyObject {
  if (/-----BEGIN [A-Z ]*PUBLIC KEY-----/.test(pem)) {
    throw usageError(`${capitalised(where)} holds a public key. The private half is needed to sign.`)
  }
  try {
    return createPrivateKey(pem)
  } catch {
    // swallowed: the library's reason can quote its input, which may be a secret.
    const hint = pem.includes('ENCRYPTED') ? 'It is encrypted: store it without a passphrase' : 'Download it again'
    throw usageError(`${capitalised(where)} is not a private key in PEM form ("-----BEGIN PRIVATE KEY-----"). ${hint}.`)
  }
}

function keyTypeOf(key: KeyObject, where: string): KeyType {
  if (key.asymmetricKeyType === 'rsa') return 'rsa'
  if (key.asymmetricKeyType === 'ed25519') return 'ed25519'
  throw usageError(
    `${capitalised(where)} holds a key of type ${key.asymmetricKeyType ?? 'unknown'}. The venue accepts RSA and Ed25519 keys: create one of these in its account settings.`,
  )
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
