import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseJsonWithLines } from '../../../src/config/json-lines.ts'
import { nearest } from '../../../src/config/nearest.ts'
import { venueAddress } from '../../../src/config/safety.ts'
import { configSchema } from '../../../src/config/schema.ts'
import { configJsonSchema, SETTINGS } from '../../../src/config/settings.ts'

describe('settings', () => {
  test('each has a variable of its own and says what it is', () => {
    expect(new Set(SETTINGS.map(({ variable }) => variable)).size).toBe(SETTINGS.length)
    expect(SETTINGS.filter(({ description }) => description === '')).toEqual([])
    expect(SETTINGS.find(({ key }) => key === 'risk.maxContractsPerMarket')).toMatchObject({
      variable: 'HALCYON_RISK_MAX_CONTRACTS_PER_MARKET',
      expected: 'a whole number from 1 to 1000000',
      fallback: 50,
    })
  })

  test('the JSON Schema for editors is that of the code; `halcyon config schema` writes it anew', () => {
    const committed = readFileSync(new URL('../../../src/config/halcyon.schema.json', import.meta.url), 'utf8')
    expect(JSON.parse(committed)).toEqual(configJsonSchema())
  })
})

describe('where a venue listens', () => {
  const addressOf = (venue: object) => venueAddress(configSchema.parse({ venue }))

  test('demo and production have the hosts of the specification', () => {
    expect(addressOf({ name: 'prod' })).toEqual({
      restUrl: 'https://external-api.kalshi.com/trade-api/v2',
      wsUrl: 'wss://external-api-ws.kalshi.com/trade-api/ws/v2',
    })
    expect(addressOf({ name: 'demo' })?.wsUrl).toBe('wss://external-api-ws.demo.kalshi.co/trade-api/ws/v2')
  })

  test('a local one has its socket beside its REST base, unless it is named', () => {
    const restUrl = 'http://127.0.0.1:8080/trade-api/v2/'
    expect(addressOf({ restUrl })).toEqual({
      restUrl: 'http://127.0.0.1:8080/trade-api/v2',
      wsUrl: 'ws://127.0.0.1:8080/trade-api/ws/v2',
    })
    expect(addressOf({ restUrl, webSocketUrl: 'ws://127.0.0.1:9/x' })?.wsUrl).toBe('ws://127.0.0.1:9/x')
    expect(addressOf({ restUrl: 'https://localhost/trade-api/v2' })?.wsUrl).toBe('wss://localhost:443/trade-api/ws/v2')
    expect(addressOf({})).toBeUndefined()
  })
})

describe('lines of a JSON text', () => {
  test('every key is found on its line, whatever its value holds', () => {
    const text = '{\n  "a": "{ \\" }",\n  "b": {"c": [1,\n {"d": 2}],\n  "e": null},\n  "f" : "x:y"\n}'
    const { value, lines } = parseJsonWithLines(text)
    expect(value).toEqual(JSON.parse(text))
    expect([...lines]).toEqual([
      ['a', 2],
      ['b', 3],
      ['b.c', 3],
      ['b.c.d', 4],
      ['b.e', 5],
      ['f', 6],
    ])
  })
})

describe('the nearest word', () => {
  test.each([
    ['exchagne', 'exchange'],
    ['RUN', 'run'],
    ['fee', 'fees'],
    ['xyz', undefined],
    ['', undefined],
  ])('%j is taken for %j', (word, expected) => {
    expect(nearest(word, ['play', 'run', 'exchange', 'fees', 'evaluate'])).toBe(expected)
  })
})
