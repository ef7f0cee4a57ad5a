import { describe, expect, it } from 'vitest'
import { initialTransition, transition } from 'xstate'
import { type TradingGateEvent, tradingGateMachine } from '../../../machines/trading-gate.machine.ts'

const HALT: TradingGateEvent = { type: 'gate.halt', reason: 'dailyLoss', atMs: 1 }
const REDUCE: TradingGateEvent = { type: 'gate.reduce', reason: 'difference', atMs: 2 }
const RESUME: TradingGateEvent = { type: 'gate.resume', atMs: 3 }

const PATHS = { active: [], reducing: [REDUCE], halted: [HALT] } as const

function reach(state: keyof typeof PATHS) {
  let [snapshot] = initialTransition(tradingGateMachine, { isHalted: false })
  for (const event of PATHS[state]) [snapshot] = transition(tradingGateMachine, snapshot, event)
  expect(snapshot.value).toBe(state)
  return snapshot
}

describe('the trading gate', () => {
  it.each([
    ['active', HALT, 'halted'],
    ['active', REDUCE, 'reducing'],
    ['active', RESUME, 'active'],
    ['reducing', HALT, 'halted'],
    ['reducing', REDUCE, 'reducing'],
    ['reducing', RESUME, 'active'],
    ['halted', HALT, 'halted'],
    ['halted', REDUCE, 'halted'],
    ['halted', RESUME, 'active'],
  ] as const)('%s + $type → %s', (from, event, to) => {
    const [after, effects] = transition(tradingGateMachine, reach(from), event)
    expect(after.value).toBe(to)
    expect(effects).toEqual([])
  })

  it('begins halted where the account was', () => {
    const [snapshot] = initialTransition(tradingGateMachine, { isHalted: true })
    expect(snapshot.value).toBe('halted')
    expect(snapshot.hasTag('blocksEntries')).toBe(true)
  })

  it('keeps the first reason of a halt, and forgets it when a person resumes', () => {
    const [again] = transition(tradingGateMachine, reach('halted'), { type: 'gate.halt', reason: 'later', atMs: 9 })
    expect(again.context).toMatchObject({ reason: 'dailyLoss', sinceMs: 1 })
    const [resumed] = transition(tradingGateMachine, again, RESUME)
    expect(resumed.context.reason).toBeUndefined()
  })
})
