import { describe, expect, it } from 'vitest'
import { initialTransition, transition } from 'xstate'
import { type MarketMachineEvent, marketMachine } from '../../../machines/market.machine.ts'
import { marketTickerOf } from '../../../src/domain/ids.ts'

type Trading = 'unopened' | 'open' | 'closing' | 'paused' | 'closed' | 'determined' | 'settled'

const PATHS: Readonly<Record<Trading, readonly MarketMachineEvent['type'][]>> = {
  unopened: [],
  open: ['market.opened'],
  closing: ['market.opened', 'market.closing'],
  paused: ['market.opened', 'market.paused'],
  closed: ['market.opened', 'market.closed'],
  determined: ['market.determined'],
  settled: ['market.settled'],
}
const eventOf = (type: MarketMachineEvent['type']): MarketMachineEvent =>
  type === 'market.closeDateMoved' ? { type, closeMs: 200 } : { type }

function reach(state: Trading) {
  const input = { ticker: marketTickerOf('KXHIGHCHI-24DEC17-T36'), closeMs: 100 }
  let [snapshot] = initialTransition(marketMachine, input)
  for (const type of PATHS[state]) [snapshot] = transition(marketMachine, snapshot, eventOf(type))
  expect(snapshot.value).toMatchObject({ trading: state })
  return snapshot
}

/** Where each event leads from each state; what is not named stays. */
const TABLE: Readonly<Record<Trading, Readonly<Partial<Record<MarketMachineEvent['type'], Trading>>>>> = {
  unopened: { 'market.opened': 'open', 'market.closed': 'closed' },
  open: { 'market.closing': 'closing', 'market.closed': 'closed', 'market.paused': 'paused' },
  closing: { 'market.closed': 'closed', 'market.paused': 'paused', 'market.closeDateMoved': 'open' },
  paused: { 'market.resumed': 'open', 'market.closed': 'closed' },
  closed: { 'market.closeDateMoved': 'open' },
  determined: {},
  settled: {},
}
const EVENTS: readonly MarketMachineEvent['type'][] = [
  'market.opened',
  'market.closing',
  'market.closed',
  'market.paused',
  'market.resumed',
  'market.closeDateMoved',
  'market.determined',
  'market.settled',
  'book.live',
  'book.notLive',
]
const expectedOf = (from: Trading, type: MarketMachineEvent['type']): Trading => {
  if (type === 'market.determined') return from === 'settled' ? 'settled' : 'determined'
  if (type === 'market.settled') return 'settled'
  return TABLE[from][type] ?? from
}
const STATES = Object.keys(PATHS) as readonly Trading[]

describe('the market machine', () => {
  it.each(STATES.flatMap((from) => EVENTS.map((type) => [from, type, expectedOf(from, type)] as const)))(
    '%s + %s → %s',
    (from, type, to) => {
      const [after, effects] = transition(marketMachine, reach(from), eventOf(type))
      expect(after.value).toMatchObject({ trading: to })
      expect(effects).toEqual([])
    },
  )

  it.each([
    ['unopened', false, false],
    ['open', true, false],
    ['closing', true, false],
    ['paused', false, false],
    ['closed', false, true],
    ['determined', false, true],
    ['settled', false, true],
  ] as const)('%s: tradable %s, over %s', (state, isTradable, isOver) => {
    const snapshot = reach(state)
    expect(snapshot.hasTag('tradable')).toBe(isTradable)
    expect(snapshot.hasTag('over')).toBe(isOver)
  })

  it('knows whether its book is live beside whatever the venue lets happen', () => {
    const [live] = transition(marketMachine, reach('paused'), { type: 'book.live' })
    expect(live.hasTag('live')).toBe(true)
    const [open] = transition(marketMachine, live, { type: 'market.resumed' })
    expect(open.value).toEqual({ trading: 'open', book: 'live' })
    const [gone] = transition(marketMachine, open, { type: 'book.notLive' })
    expect(gone.hasTag('live')).toBe(false)
  })

  it.each(['unopened', 'open', 'closing', 'paused', 'closed'] as const)('a moved close is kept in %s', (from) => {
    const [after] = transition(marketMachine, reach(from), { type: 'market.closeDateMoved', closeMs: 200 })
    expect(after.context.closeMs).toBe(200)
  })
})
