import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { accountIdOf, deskIdOf, eventTickerOf, marketTickerOf, sessionIdOf } from '../../../src/domain/ids.ts'
import { clientOrderId, type OrderIntent } from '../../../src/risk/client-order-id.ts'

const INTENT: OrderIntent = {
  account: accountIdOf('dry-run http://127.0.0.1 key run'),
  session: sessionIdOf('s-1'),
  desk: deskIdOf('weather-ev', eventTickerOf('KXHIGHCHI-24DEC17')),
  market: marketTickerOf('KXHIGHCHI-24DEC17-B38.5'),
  decisionSequence: 7,
  attempt: 1,
}

describe('a client order id', () => {
  it('is the same for the same intent, also in another process', () => {
    expect(clientOrderId({ ...INTENT })).toBe(clientOrderId(INTENT))
    expect(clientOrderId(INTENT)).toBe('2cmjayi5pjnduufdfa53enzl2udvoepj')
  })

  it.each([
    { account: accountIdOf('other') },
    { session: sessionIdOf('s-2') },
    { desk: deskIdOf('weather-edge', eventTickerOf('KXHIGHCHI-24DEC17')) },
    { market: marketTickerOf('KXHIGHCHI-24DEC17-B36.5') },
    { decisionSequence: 8 },
    { attempt: 2 },
  ])('differs with any part of the intent: %o', (change) => {
    expect(clientOrderId({ ...INTENT, ...change })).not.toBe(clientOrderId(INTENT))
  })

  it('has only characters that the venue takes, no dot, and at most 64 of them', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.nat(), (account, session, decisionSequence) => {
        const id = clientOrderId({
          ...INTENT,
          account: accountIdOf(account),
          session: sessionIdOf(session),
          decisionSequence,
        })
        expect(id).toMatch(/^[a-z2-7]{32}$/)
      }),
    )
  })

  it('does not mix up the borders of its parts', () => {
    const one = clientOrderId({ ...INTENT, account: accountIdOf('a'), session: sessionIdOf('bc') })
    const other = clientOrderId({ ...INTENT, account: accountIdOf('ab'), session: sessionIdOf('c') })
    expect(one).not.toBe(other)
  })
})
