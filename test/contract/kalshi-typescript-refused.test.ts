import { AccountApi, Configuration } from 'kalshi-typescript'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { seededRandom } from '../../src/clock/seeded-random.ts'
import { systemTransportClock } from '../../src/clock/system-clock.ts'
import { createKeyPair } from '../../src/exchange/api-keys.ts'
import { type ExchangeServer, startExchangeServer } from '../../src/exchange/server.ts'
import { fakeExchangeCore } from '../support/fake-exchange-core.ts'

/** A file of its own: the SDK keeps its first signer in an axios instance that the whole process shares. */
const pair = createKeyPair('rsa', seededRandom('known'))
const stranger = createKeyPair('rsa', seededRandom('stranger'))
let server: ExchangeServer

beforeAll(async () => {
  const world = { transport: systemTransportClock() }
  server = await startExchangeServer({ core: fakeExchangeCore(), port: 0, keys: [pair.key], world })
})

afterAll(() => server.close())

it('kalshi-typescript with another private key than the one registered is refused', async () => {
  const { privateKeyPem } = stranger
  const account = new AccountApi(new Configuration({ apiKey: pair.key.id, privateKeyPem, basePath: server.url }))
  await expect(account.getAccountApiLimits()).rejects.toMatchObject({
    response: { status: 401, data: { error: { details: 'INCORRECT_API_KEY_SIGNATURE' } } },
  })
})
