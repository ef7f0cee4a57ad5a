import { describe, expect, it } from 'vitest'
import { initialTransition, transition } from 'xstate'
import { type SubscriptionEvent, subscriptionMachine } from '../../../machines/subscription.machine.ts'

type Fed = SubscriptionEvent | { readonly type: `xstate.${string}` }

const walk = (carriesBooks: boolean, ...events: Fed[]) => {
  let [snapshot, effects] = initialTransition(subscriptionMachine, { carriesBooks })
  for (const event of events)
    [snapshot, effects] = transition(subscriptionMachine, snapshot, event as SubscriptionEvent)
  return {
    state: snapshot.value,
    context: snapshot.context,
    effects: effects.map((effect) => effect.type).filter((type) => !type.startsWith('xstate.')),
  }
}

const OPENED: Fed = { type: 'connection.opened', hasMarkets: true }
const LOST: Fed = { type: 'connection.lost' }
const ACK: Fed = { type: 'stream.acknowledged' }
const GAP: Fed = { type: 'stream.gapDetected' }
const FAULT: Fed = { type: 'stream.faulted' }
const DONE: Fed = { type: 'stream.completed' }
const QUIET: Fed = { type: 'stream.quiet' }
const ENDED: Fed = { type: 'stream.ended' }
const ADDED: Fed = { type: 'markets.added' }
const STOP: Fed = { type: 'subscription.stop' }
const after = (delay: string, state: string): Fed => ({ type: `xstate.after.${delay}.subscription.${state}` })
const NO_ACK = after('subscribeTimeout', 'subscribing')
const NO_SNAPSHOT = after('snapshotTimeout', 'awaitingSnapshots')
const NO_PROBE = after('snapshotTimeout', 'probing')
const REPAIR = after('repairDelay', 'repairing')
const AGAIN = after('resubscribeDelay', 'resubscribing')
const WAITING = [OPENED, ACK]
const LIVE = [...WAITING, DONE]

describe('the subscription machine, for books', () => {
  it.each<[string, Fed[], string, string[]]>([
    ['waits for the connection', [], 'offline', []],
    ['subscribes when it is open', [OPENED], 'subscribing', ['sendSubscribe']],
    ['waits for a first market', [{ type: 'connection.opened', hasMarkets: false }], 'empty', []],
    [
      'subscribes with its first market',
      [{ type: 'connection.opened', hasMarkets: false }, ADDED],
      'subscribing',
      ['sendSubscribe'],
    ],
    ['asks again without an acknowledgement', [OPENED, NO_ACK], 'subscribing', ['sendSubscribe']],
    ['renews the connection after three questions', [OPENED, NO_ACK, NO_ACK, NO_ACK], 'renewing', ['renewConnection']],
    ['is not live before its snapshots', WAITING, 'awaitingSnapshots', ['sendMissingMarkets']],
    ['is live with the last snapshot', LIVE, 'live', []],
    [
      'asks for snapshots that do not come',
      [...WAITING, NO_SNAPSHOT],
      'awaitingSnapshots',
      ['askSnapshots', 'sendMissingMarkets'],
    ],
    [
      'reports what stays unanswered',
      [...WAITING, NO_SNAPSHOT, NO_SNAPSHOT, NO_SNAPSHOT],
      'unanswered',
      ['reportUnanswered'],
    ],
    ['is live where the rest was given up', [...WAITING, NO_SNAPSHOT, NO_SNAPSHOT, NO_SNAPSHOT, DONE], 'live', []],
    ['repairs a gap at once', [...LIVE, GAP], 'awaitingSnapshots', ['askSnapshots', 'sendMissingMarkets']],
    ['repairs a faulted book at once', [...LIVE, FAULT], 'awaitingSnapshots', ['askSnapshots', 'sendMissingMarkets']],
    ['pauses at a gap while it repairs', [...LIVE, GAP, GAP], 'repairing', []],
    [
      'asks once for the gaps of a pause',
      [...LIVE, GAP, GAP, GAP, REPAIR],
      'awaitingSnapshots',
      ['askSnapshots', 'sendMissingMarkets'],
    ],
    ['is live where the snapshots came in the pause', [...LIVE, GAP, GAP, DONE], 'live', []],
    ['probes a quiet stream', [...LIVE, QUIET], 'probing', ['askProbe']],
    ['is live again when the probe is answered', [...LIVE, QUIET, { type: 'stream.answered' }], 'live', []],
    [
      'repairs the gap that a probe reveals',
      [...LIVE, QUIET, GAP],
      'awaitingSnapshots',
      ['askSnapshots', 'sendMissingMarkets'],
    ],
    ['probes again', [...LIVE, QUIET, NO_PROBE], 'probing', ['askProbe']],
    [
      'renews the connection that answers no probe',
      [...LIVE, QUIET, NO_PROBE, NO_PROBE, NO_PROBE],
      'renewing',
      ['renewConnection'],
    ],
    ['adds markets', [...LIVE, ADDED], 'awaitingSnapshots', ['sendMissingMarkets']],
    ['drops an ended stream', [...LIVE, ENDED], 'resubscribing', ['dropStream']],
    ['drops a stream that ends while it repairs', [...LIVE, GAP, GAP, ENDED], 'resubscribing', ['dropStream']],
    ['subscribes anew after the end', [...LIVE, ENDED, AGAIN], 'subscribing', ['sendSubscribe']],
    ['ends once', [...LIVE, ENDED, ENDED], 'resubscribing', []],
    ['tries a refused command later', [OPENED, { type: 'command.refused', isPermanent: false }], 'resubscribing', []],
    [
      'gives up a channel that is refused for good',
      [OPENED, { type: 'command.refused', isPermanent: true }],
      'refused',
      ['reportRefused'],
    ],
    [
      'tries a refused channel on the next connection',
      [OPENED, { type: 'command.refused', isPermanent: true }, LOST, OPENED],
      'subscribing',
      ['sendSubscribe'],
    ],
    ['is offline without the connection', [...LIVE, LOST], 'offline', []],
    ['stops', [...LIVE, STOP], 'closed', []],
    ['counts what it does not know', [{ type: 'xstate.foreign' }], 'offline', ['countUnexpectedEvent']],
  ])('%s', (_rule, events, state, effects) => {
    const walked = walk(true, ...events)
    expect(walked.state).toBe(state)
    expect(walked.effects).toEqual(effects)
  })

  it('forgets unanswered questions when it is live, and when the connection is new', () => {
    expect(walk(true, ...WAITING, NO_SNAPSHOT, DONE).context.timeouts).toBe(0)
    expect(walk(true, OPENED, NO_ACK, LOST).context.timeouts).toBe(0)
  })
})

describe('the subscription machine, for channels without books', () => {
  it.each<[string, Fed[], string, string[]]>([
    ['is live with its acknowledgement', WAITING, 'live', ['sendMissingMarkets']],
    ['reports a gap and stays live', [...WAITING, GAP], 'live', ['reportGap']],
    ['adds markets and stays live', [...WAITING, ADDED], 'live', ['sendMissingMarkets']],
    ['is never probed', [...WAITING, QUIET], 'live', []],
    ['drops an ended stream', [...WAITING, ENDED], 'resubscribing', ['dropStream']],
    ['goes on asking, and leaves the connection be', [OPENED, NO_ACK, NO_ACK, NO_ACK], 'resubscribing', []],
  ])('%s', (_rule, events, state, effects) => {
    const walked = walk(false, ...events)
    expect(walked.state).toBe(state)
    expect(walked.effects).toEqual(effects)
  })
})
