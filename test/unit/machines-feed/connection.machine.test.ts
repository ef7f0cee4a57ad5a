import { describe, expect, it } from 'vitest'
import { initialTransition, transition } from 'xstate'
import { type ConnectionEvent, connectionMachine, reconnectCeilingMs } from '../../../machines/connection.machine.ts'

type Fed = ConnectionEvent | { readonly type: `xstate.${string}`; readonly error?: unknown }

const walk = (...events: Fed[]) => {
  let [snapshot, effects] = initialTransition(connectionMachine)
  for (const event of events) [snapshot, effects] = transition(connectionMachine, snapshot, event as ConnectionEvent)
  return { snapshot, effects: effects.map((effect) => effect.type) }
}

const START: Fed = { type: 'connection.start' }
const OPENED: Fed = { type: 'socket.opened' }
const CLOSED: Fed = { type: 'socket.closed', reason: 'ECONNREFUSED' }
const RETRY: Fed = { type: 'xstate.after.reconnectDelay.connection.backingOff' }

describe('the connection machine', () => {
  it.each<[string, Fed[], unknown, string[]]>([
    ['waits to be started', [], 'disconnected', []],
    ['opens a socket when started', [START], { engaged: 'connecting' }, ['xstate.spawnChild', 'xstate.raise']],
    ['announces the open socket', [START, OPENED], { engaged: 'open' }, ['xstate.cancel', 'announceOpen']],
    [
      'backs off after a failed attempt',
      [START, CLOSED],
      'backingOff',
      ['xstate.cancel', 'xstate.stopChild', 'xstate.raise'],
    ],
    [
      'backs off where the attempt is not answered',
      [START, { type: 'xstate.after.connectTimeout.connection.engaged.connecting' }],
      'backingOff',
      ['xstate.cancel', 'xstate.stopChild', 'xstate.raise'],
    ],
    [
      'announces the loss of an open connection',
      [START, OPENED, CLOSED],
      'backingOff',
      ['announceLost', 'xstate.stopChild', 'xstate.raise'],
    ],
    [
      'holds silence for death',
      [START, OPENED, { type: 'connection.silenceDetected' }],
      'backingOff',
      ['announceLost', 'xstate.stopChild', 'xstate.raise'],
    ],
    [
      'renews on demand',
      [START, OPENED, { type: 'connection.renew', reason: 'no answer' }],
      'backingOff',
      ['announceLost', 'xstate.stopChild', 'xstate.raise'],
    ],
    [
      'tries again after the back-off',
      [START, CLOSED, RETRY],
      { engaged: 'connecting' },
      ['xstate.cancel', 'xstate.spawnChild', 'xstate.raise'],
    ],
    ['stops while open', [START, OPENED, { type: 'connection.stop' }], 'stopped', ['announceLost', 'xstate.stopChild']],
    ['stops while backing off', [START, CLOSED, { type: 'connection.stop' }], 'stopped', ['xstate.cancel']],
    ['starts once', [START, START], { engaged: 'connecting' }, []],
    [
      'has no silence while it is not open',
      [START, { type: 'connection.silenceDetected' }],
      { engaged: 'connecting' },
      [],
    ],
  ])('%s', (_rule, events, state, effects) => {
    const walked = walk(...events)
    expect(walked.snapshot.value).toEqual(state)
    expect(walked.effects).toEqual(effects)
  })

  it('a socket that throws is a failed attempt, not the end of its parent', () => {
    const { snapshot } = walk(START, { type: 'xstate.error.actor.socket', error: new Error('bad address') })
    expect(snapshot.value).toBe('backingOff')
    expect(snapshot.context).toEqual({ failures: 1, lastFailure: 'Error: bad address' })
  })

  it('counts failures in a row and forgets them when it is open', () => {
    expect(walk(START, CLOSED, RETRY, CLOSED, RETRY, CLOSED).snapshot.context.failures).toBe(3)
    expect(walk(START, CLOSED, RETRY, OPENED).snapshot.context).toEqual({ failures: 0, lastFailure: undefined })
  })

  it('the back-off doubles from 250 ms to 30 s', () => {
    const ceilings = [1, 2, 3, 7, 8, 9, 1000].map((failures) =>
      reconnectCeilingMs({ failures, lastFailure: undefined }),
    )
    expect(ceilings).toEqual([250, 500, 1000, 16_000, 30_000, 30_000, 30_000])
  })

  it('counts what it does not know', () => {
    expect(walk({ type: 'xstate.foreign' } as Fed).effects).toEqual(['countUnexpectedEvent'])
  })
})
