import { describe, expect, it } from 'vitest'
import { initialTransition, transition } from 'xstate'
import { type TraderEvent, traderMachine } from '../../../machines/trader.machine.ts'

type Fed = TraderEvent | { type: `xstate.${string}`; output?: unknown; error?: unknown; actorId?: string }

const walk = (...events: Fed[]) => {
  let [snapshot, effects] = initialTransition(traderMachine)
  for (const event of events) [snapshot, effects] = transition(traderMachine, snapshot, event as TraderEvent)
  return { snapshot, effects: effects.map((effect) => effect.type) }
}
const done = (state: string): Fed => ({ type: `xstate.done.actor.0.trader.${state}`, output: undefined })
const failed = (state: string, error: unknown): Fed => ({ type: `xstate.error.actor.0.trader.${state}`, error })

const STARTED = ['findingVenue', 'openingLedger', 'preparingModel', 'connecting'].map(done)

describe('the trader machine', () => {
  it.each([
    ['the venue is found first', [], 'findingVenue'],
    ['the ledger is opened for the account at that venue', STARTED.slice(0, 1), 'openingLedger'],
    ['the model is prepared after the ledger', STARTED.slice(0, 2), 'preparingModel'],
    ['the feed connects last', STARTED.slice(0, 3), 'connecting'],
    ['it trades only when every step is done', STARTED, 'running'],
    ['a completed session drains', [...STARTED, { type: 'session.completed' } as Fed], 'draining'],
    ['a signal drains while trading', [...STARTED, { type: 'operator.stop' } as Fed], 'draining'],
    ['a signal drains while starting', [done('findingVenue'), { type: 'operator.stop' } as Fed], 'draining'],
    ['a failed part drains', [...STARTED, { type: 'part.failed', error: 'ledger' } as Fed], 'draining'],
    ['a step that fails drains', [failed('findingVenue', 'no database')], 'draining'],
  ])('%s', (_rule, events, state) => {
    expect(walk(...events).snapshot.value).toBe(state)
  })

  it('ends with what happened: completed, interrupted or failed with its cause', () => {
    const end = (...events: Fed[]) => walk(...events, done('draining')).snapshot.output
    expect(end(...STARTED, { type: 'session.completed' })).toEqual({ outcome: 'completed' })
    expect(end(...STARTED, { type: 'operator.stop' })).toEqual({ outcome: 'interrupted' })
    expect(end(failed('findingVenue', 'no database'))).toEqual({ outcome: 'failed', error: 'no database' })
  })

  it('keeps the first failure as the cause, also when draining fails too', () => {
    const { snapshot } = walk(...STARTED, { type: 'part.failed', error: 'first' }, failed('draining', 'second'))
    expect(snapshot.status).toBe('done')
    expect(snapshot.output).toEqual({ outcome: 'failed', error: 'first' })
  })

  it('drains once: a second signal changes nothing', () => {
    const { snapshot, effects } = walk(...STARTED, { type: 'operator.stop' }, { type: 'operator.stop' })
    expect(snapshot.value).toBe('draining')
    expect(effects).toEqual([])
  })
})
