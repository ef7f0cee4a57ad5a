import { constants, sign } from 'node:crypto'
import type { KeyPair } from '../../src/exchange/api-keys.ts'

/** The three headers of a request, written out here a second time so that nobody checks a signer with itself. */
export function signedHeaders(pair: KeyPair, wallMs: number, method: string, path: string): Record<string, string> {
  const text = Buffer.from(`${wallMs}${method}${path}`)
  const isRsa = pair.key.publicKey.asymmetricKeyType === 'rsa'
  const signature = isRsa
    ? sign('sha256', text, {
        key: pair.privateKeyPem,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
      })
    : sign(null, text, pair.privateKeyPem)
  return {
    'KALSHI-ACCESS-KEY': pair.key.id,
    'KALSHI-ACCESS-TIMESTAMP': String(wallMs),
    'KALSHI-ACCESS-SIGNATURE': signature.toString('base64'),
  }
}
