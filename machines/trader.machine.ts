import { type ActorRefFrom, assign, fromPromise, setup } from 'xstate'
import { MACHINE_ITERATIONS_MAX } from '../src/config/limits.ts'
import { InvariantError } from '../src/domain/invariant.ts'

/**
 * The daemon's own life: start in order, trade, drain in order.
 *
 * Who sends it events: the process (a signal), the parts it runs (ledger, feed, model) when one of them fails for good,
 * and the session when its last market has settled. It must never trade before every start-up step is done, and never
 * end without draining: whatever happens, the way out leads through `draining`.
 *
 *   findingVenue → openingLedger → preparingModel → connecting → running → draining → stopped
 */
export type TraderEvent =
  | { readonly type: 'session.completed' }
  | { readonly type: 'operator.stop' }
  | { readonly type: 'part.failed'; readonly error: unknown }

export interface TraderContext {
  readonly outcome: 'completed' | 'interrupted' | 'failed'
  /** Why the session failed: the first failure, which is the cause; later ones follow from it. */
  readonly error?: unknown
}

export interface TraderOutput {
  readonly outcome: TraderContext['outcome']
  readonly error?: unknown
}

/** Rejects until the composition provides the real one, so that a forgotten binding is seen at once. */
const step = (name: string) =>
  fromPromise<void>(async () => {
    throw new InvariantError(`Invariant: the start-up step ${name} is provided`)
  })

export const traderMachine = setup({
  types: {
    context: {} as TraderContext,
    events: {} as TraderEvent,
    output: {} as TraderOutput,
    tags: {} as 'starting' | 'trading' | 'ending',
  },
  actors: {
    findVenue: step('findVenue'),
    openLedger: step('openLedger'),
    prepareModel: step('prepareModel'),
    connectFeed: step('connectFeed'),
    drain: step('drain'),
  },
  actions: {
    recordCompletion: assign({ outcome: 'completed' as const }),
    recordInterruption: assign({ outcome: 'interrupted' as const }),
    recordFailure: assign(({ context }, failure: { readonly error: unknown }) =>
      context.outcome === 'failed' ? context : { outcome: 'failed' as const, error: failure.error },
    ),
  },
}).createMachine({
  id: 'trader',
  context: { outcome: 'interrupted' },
  options: { maxIterations: MACHINE_ITERATIONS_MAX },
  initial: 'findingVenue',
  on: {
    'operator.stop': { target: '.draining', actions: 'recordInterruption' },
    'part.failed': {
      target: '.draining',
      actions: { type: 'recordFailure', params: ({ event }) => ({ error: event.error }) },
    },
  },
  states: {
    findingVenue: {
      tags: 'starting',
      invoke: {
        src: 'findVenue',
        onDone: 'openingLedger',
        onError: {
          target: 'draining',
          actions: { type: 'recordFailure', params: ({ event }) => ({ error: event.error }) },
        },
      },
    },
    openingLedger: {
      tags: 'starting',
      invoke: {
        src: 'openLedger',
        onDone: 'preparingModel',
        onError: {
          target: 'draining',
          actions: { type: 'recordFailure', params: ({ event }) => ({ error: event.error }) },
        },
      },
    },
    preparingModel: {
      tags: 'starting',
      invoke: {
        src: 'prepareModel',
        onDone: 'connecting',
        onError: {
          target: 'draining',
          actions: { type: 'recordFailure', params: ({ event }) => ({ error: event.error }) },
        },
      },
    },
    connecting: {
      tags: 'starting',
      invoke: {
        src: 'connectFeed',
        onDone: 'running',
        onError: {
          target: 'draining',
          actions: { type: 'recordFailure', params: ({ event }) => ({ error: event.error }) },
        },
      },
    },
    running: {
      tags: 'trading',
      on: { 'session.completed': { target: 'draining', actions: 'recordCompletion' } },
    },
    draining: {
      tags: 'ending',
      // A second stop or a part that fails under way changes nothing about the way out; a failure is still the outcome.
      on: {
        'operator.stop': {},
        'part.failed': { actions: { type: 'recordFailure', params: ({ event }) => ({ error: event.error }) } },
      },
      invoke: {
        src: 'drain',
        onDone: 'stopped',
        onError: {
          target: 'stopped',
          actions: { type: 'recordFailure', params: ({ event }) => ({ error: event.error }) },
        },
      },
    },
    stopped: { type: 'final' },
  },
  output: ({ context }) => ({
    outcome: context.outcome,
    ...(context.error === undefined ? {} : { error: context.error }),
  }),
})

export type TraderActorRef = ActorRefFrom<typeof traderMachine>
