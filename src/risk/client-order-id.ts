import { createHash } from 'node:crypto'
import {
  type AccountId,
  type ClientOrderId,
  clientOrderIdOf,
  type DeskId,
  type MarketTicker,
  type SessionId,
} from '../domain/ids.ts'
import { invariant } from '../domain/invariant.ts'

/** What makes an order this order. A conversion or an amendment is a new attempt. */
export interface OrderIntent {
  readonly account: AccountId
  readonly session: SessionId
  readonly desk: DeskId
  readonly market: MarketTicker
  readonly decisionSequence: number
  readonly attempt: number
}

/** RFC 4648, lower case: no `.`, which the venue refuses in ids although its own tickers carry one. */
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'
const DIGEST_BYTES = 20

/** Same intent, same id, also after a crash; 160 bits, so that no two intents ever share one. */
export function clientOrderId(intent: OrderIntent): ClientOrderId {
  invariant(Number.isInteger(intent.decisionSequence), 'a decision sequence is an integer')
  invariant(Number.isInteger(intent.attempt), 'an attempt is an integer')
  const fields = [intent.account, intent.session, intent.desk, intent.market, intent.decisionSequence, intent.attempt]
  const digest = createHash('sha256').update(JSON.stringify(fields)).digest()
  return clientOrderIdOf(base32(digest.subarray(0, DIGEST_BYTES)))
}

function base32(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let value = 0
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += ALPHABET.charAt((value >>> bits) & 31)
    }
  }
  return text
}
