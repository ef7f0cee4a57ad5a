import { describe, expect, it } from 'vitest'
import { eventTickerOf, seriesTickerOf } from '../../../src/domain/ids.ts'
import { eventFromWire, marketFromWire } from '../../../src/kalshi/market-mapping.ts'
import { feeRuleAt } from '../../../src/kalshi/rest.ts'
import { isTransient, operatingErrorOf, restErrorOf } from '../../../src/kalshi/rest-error.ts'
import { event, type WireMarket } from '../../../src/kalshi/schemas/rest.ts'
import { EVENT_WIRE, MARKET_WIRE } from './wire-samples.ts'

const SERIES = seriesTickerOf('KXHIGHCHI')
const market = (changes: Partial<WireMarket>) => marketFromWire({ ...MARKET_WIRE, ...changes }, SERIES)

describe('markets in domain words', () => {
  it('reads times, ticks, status and strike from their own fields', () => {
    expect(market({})).toEqual({
      ticker: 'KXHIGHCHI-26NOV20-B42.5',
      event: 'KXHIGHCHI-26NOV20',
      series: 'KXHIGHCHI',
      strike: { kind: 'between', floor: 42, cap: 43 },
      status: 'active',
      openMs: Date.parse('2026-11-19T15:00:00Z'),
      closeMs: Date.parse('2026-11-21T06:00:00Z'),
      priceRanges: [{ start: 0, end: 10_000, step: 100 }],
      exchangeIndex: 0,
    })
  })

  it.each([
    [
      { strike_type: 'less', floor_strike: undefined, cap_strike: 41 },
      { kind: 'less', cap: 41 },
    ],
    [
      { strike_type: 'greater', floor_strike: 48, cap_strike: undefined },
      { kind: 'greater', floor: 48 },
    ],
  ])('both tails carry a T, so the strike type decides', (changes, strike) => {
    expect(market(changes as Partial<WireMarket>)).toMatchObject({ strike })
  })

  it.each([
    ['strike type "structured"', { strike_type: 'structured' }],
    ['strike type ""', { strike_type: undefined }],
    ['whole floor_strike and cap_strike', { floor_strike: 42.5 }],
    ['whole cap_strike', { strike_type: 'less', cap_strike: null }],
    ['floor is above its cap', { floor_strike: 44 }],
    ['unknown status "melted"', { status: 'melted' }],
    ['price_ranges', { price_ranges: [] }],
    ['price_ranges', { price_ranges: [{ start: '0.0000', end: '1.0000', step: '0.0000' }] }],
    ['closes before it opens', { close_time: '2026-11-18T00:00:00Z' }],
  ])('a market that cannot be expressed is left out and named, never guessed: %s', (reason, changes) => {
    expect(market(changes as Partial<WireMarket>)).toContain(reason)
  })

  it.each([
    ['of no market that still trades', { result: '', settlement_value_dollars: null }, undefined],
    [
      'of a determined market, which is not settled yet',
      {
        status: 'determined',
        result: 'no',
        settlement_value_dollars: '0.0000',
        updated_time: '2026-11-21T06:05:00Z',
      },
      { result: 'no', settlementValue: 0, determinedMs: Date.parse('2026-11-21T06:05:00Z') },
    ],
    [
      'of a settled market',
      {
        status: 'finalized',
        result: 'scalar',
        settlement_value_dollars: '0.5000',
        settlement_ts: '2026-11-21T06:05:05Z',
      },
      {
        result: 'scalar',
        settlementValue: 5_000,
        determinedMs: Date.parse('2026-11-21T06:05:05Z'),
        settledMs: Date.parse('2026-11-21T06:05:05Z'),
      },
    ],
    ['never by guess', { status: 'finalized', result: 'yes', settlement_value_dollars: null }, undefined],
    ['of no disputed market', { status: 'disputed', result: 'yes', settlement_value_dollars: '1.0000' }, undefined],
  ])('the outcome is read %s', (_, changes, outcome) => {
    const mapped = market(changes as Partial<WireMarket>)
    expect(typeof mapped === 'string' ? mapped : mapped.outcome).toEqual(outcome)
  })

  it('an event keeps its own fee override, and names one whose rates are not public', () => {
    const wire = event.parse({ ...EVENT_WIRE, fee_type_override: 'flat', fee_multiplier_override: 0.5 })
    const mapped = eventFromWire(wire, [MARKET_WIRE, { ...MARKET_WIRE, strike_type: 'structured', ticker: 'X' }])
    expect(mapped.event).toMatchObject({ feeMultiplier: 0.5, mutuallyExclusive: true })
    expect(mapped.event).not.toHaveProperty('feeType')
    expect(mapped.unknownFeeType).toBe('flat')
    expect(mapped.leftOut).toEqual([{ market: 'X', reason: 'strike type "structured" is not supported' }])
    expect(mapped.event.markets.map(({ ticker }) => ticker)).toEqual(['KXHIGHCHI-26NOV20-B42.5'])
    expect(mapped.event.ticker).toBe(eventTickerOf('KXHIGHCHI-26NOV20'))
  })
})

describe('fees', () => {
  it('a scheduled change applies from its instant on', () => {
    const current = { type: 'quadratic', multiplier: 1 } as const
    const plan = { current, changes: [{ type: 'quadratic_with_maker_fees', multiplier: 0.5, fromMs: 100 } as const] }
    expect(feeRuleAt(plan, 99)).toEqual(current)
    expect(feeRuleAt(plan, 100)).toMatchObject({ type: 'quadratic_with_maker_fees', multiplier: 0.5 })
  })
})

describe('error answers', () => {
  it.each([
    ['{"error":{"code":"a","message":"m","details":"d"}}', 'a', 'm: d'],
    ['{"code":"bad_request","message":"m"}', 'bad_request', 'm'],
    ['{"msg":"limit must be at most 1000"}', undefined, 'limit must be at most 1000'],
    ['{"error":"too many requests"}', undefined, 'too many requests'],
    ['<html>bad gateway</html>', undefined, '<html>bad gateway</html>'],
    ['', undefined, 'no body'],
    ['{"else":1}', undefined, '{"else":1}'],
  ])('all four shapes, and what is no JSON: %s', (body, code, text) => {
    expect(restErrorOf('GET /x', 400, body)).toMatchObject({ kind: 'rejected', code, text })
  })

  it.each([
    [401, 'unauthorized', 1, false],
    [403, 'forbidden', 1, false],
    [404, 'notFound', 1, false],
    [400, 'rejected', 1, false],
    [429, 'rateLimited', 4, true],
    [500, 'venueFailed', 4, true],
    [503, 'venueFailed', 4, true],
  ])('status %i is %s, with exit code %i', (status, kind, exitCode, transient) => {
    const error = restErrorOf('GET /x', status, '{"error":"why"}')
    expect(error.kind).toBe(kind)
    expect(isTransient(error)).toBe(transient)
    const operating = operatingErrorOf(error, 'http://venue')
    expect(operating.exitCode).toBe(exitCode)
    expect(operating.message).toContain('http://venue')
  })

  it('a refused key says what to check, an expired stamp names the clock', () => {
    const body = '{"error":{"code":"authentication_error","message":"m","details":"INCORRECT_API_KEY_SIGNATURE"}}'
    const wrong = operatingErrorOf(restErrorOf('GET /x', 401, body), 'http://venue').message
    expect(wrong).toContain('INCORRECT_API_KEY_SIGNATURE')
    expect(wrong).toContain('--key-file')
    const late = restErrorOf('GET /x', 401, '{"code":"header_timestamp_expired"}')
    expect(operatingErrorOf(late, 'http://venue').message).toContain('clock')
  })
})
