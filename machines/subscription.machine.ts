import { type ActorRefFrom, assign, setup } from 'xstate'
import {
  MACHINE_ITERATIONS_MAX,
  RESUBSCRIBE_DELAY_MS,
  SNAPSHOT_ATTEMPTS_MAX,
  SNAPSHOT_REPAIR_MS,
  SNAPSHOT_TIMEOUT_MS,
  SUBSCRIBE_TIMEOUT_MS,
} from '../src/config/limits.ts'

/**
 * One channel on the connection: subscribe, get every book's snapshot, keep the stream whole, subscribe anew when the venue
 * ends it.
 *
 * Who sends it events: the feed, from the connection's state, from the frames (acknowledgement, gap, fault, terminal error)
 * and from the data plane (all books live). It holds no book and sees no tick. It must never call a stream live while a
 * book of it waits for its snapshot, and never ask for snapshots without a bound on rate and on attempts.
 *
 *   offline → subscribing → awaitingSnapshots ⇄ repairing
 *                                  ↓ ↑ gap
 *                                 live ⇄ probing → renewing (the connection)
 *   any → resubscribing (terminal error) → subscribing;  refused: the venue will not serve this channel
 */
export type SubscriptionEvent =
  | { readonly type: 'connection.opened'; readonly hasMarkets: boolean }
  | { readonly type: 'connection.lost' }
  | { readonly type: 'markets.added' }
  | { readonly type: 'stream.acknowledged' }
  | { readonly type: 'stream.gapDetected' }
  | { readonly type: 'stream.faulted' }
  | { readonly type: 'stream.completed' }
  | { readonly type: 'stream.quiet' }
  | { readonly type: 'stream.answered' }
  | { readonly type: 'stream.ended' }
  | { readonly type: 'command.refused'; readonly isPermanent: boolean }
  | { readonly type: 'subscription.stop' }

export interface SubscriptionInput {
  /** True for the order book channel: its stream is live only when every market's snapshot has come. */
  readonly carriesBooks: boolean
}

export interface SubscriptionContext extends SubscriptionInput {
  /** Questions in a row that the venue left unanswered. */
  readonly timeouts: number
}

export const subscriptionMachine = setup({
  types: {
    context: {} as SubscriptionContext,
    events: {} as SubscriptionEvent,
    input: {} as SubscriptionInput,
    tags: {} as 'live',
  },
  guards: {
    carriesBooks: ({ context }) => context.carriesBooks,
    mayAskAgain: ({ context }) => context.timeouts + 1 < SNAPSHOT_ATTEMPTS_MAX,
    hasMarkets: (_, params: { readonly hasMarkets: boolean }) => params.hasMarkets,
    isPermanent: (_, params: { readonly isPermanent: boolean }) => params.isPermanent,
  },
  actions: {
    countTimeout: assign({ timeouts: ({ context }) => context.timeouts + 1 }),
    resetTimeouts: assign({ timeouts: 0 }),
    sendSubscribe: () => undefined,
    /** Adds to the subscription what it does not hold yet. */
    sendMissingMarkets: () => undefined,
    /** Asks for the snapshot of every market that is not live. */
    askSnapshots: () => undefined,
    /** Asks for one market's snapshot: its number shows whether the last frames were lost. */
    askProbe: () => undefined,
    /** The stream is dead: every book on it is unusable. */
    dropStream: () => undefined,
    reportGap: () => undefined,
    reportUnanswered: () => undefined,
    reportRefused: () => undefined,
    renewConnection: () => undefined,
    countUnexpectedEvent: () => undefined,
  },
  delays: {
    subscribeTimeout: SUBSCRIBE_TIMEOUT_MS,
    snapshotTimeout: SNAPSHOT_TIMEOUT_MS,
    repairDelay: SNAPSHOT_REPAIR_MS,
    resubscribeDelay: RESUBSCRIBE_DELAY_MS,
  },
}).createMachine({
  id: 'subscription',
  context: ({ input }) => ({ ...input, timeouts: 0 }),
  options: { maxIterations: MACHINE_ITERATIONS_MAX },
  initial: 'offline',
  on: {
    'connection.lost': { target: '.offline', actions: 'resetTimeouts' },
    'stream.ended': { target: '.resubscribing', actions: 'dropStream' },
    'subscription.stop': '.closed',
    // True in states where they change nothing: a stream that is not live yet has nothing to lose.
    'connection.opened': {},
    'markets.added': {},
    'stream.acknowledged': {},
    'stream.gapDetected': {},
    'stream.faulted': {},
    'stream.completed': {},
    'stream.quiet': {},
    'stream.answered': {},
    'command.refused': {},
    '*': { actions: 'countUnexpectedEvent' },
  },
  states: {
    offline: {
      on: {
        'stream.ended': {},
        'connection.opened': [
          {
            guard: { type: 'hasMarkets', params: ({ event }) => ({ hasMarkets: event.hasMarkets }) },
            target: 'subscribing',
          },
          { target: 'empty' },
        ],
      },
    },
    /** The venue refuses a market channel without markets. */
    empty: { on: { 'markets.added': 'subscribing', 'stream.ended': {} } },
    subscribing: {
      entry: 'sendSubscribe',
      on: {
        'stream.acknowledged': [
          { guard: 'carriesBooks', target: 'awaitingSnapshots' },
          { target: 'live', actions: 'sendMissingMarkets' },
        ],
        'command.refused': [
          {
            guard: { type: 'isPermanent', params: ({ event }) => ({ isPermanent: event.isPermanent }) },
            target: 'refused',
          },
          { target: 'resubscribing' },
        ],
      },
      after: {
        subscribeTimeout: [
          { guard: 'mayAskAgain', target: 'subscribing', reenter: true, actions: 'countTimeout' },
          { guard: 'carriesBooks', target: 'renewing' },
          // The books are not worth losing for a channel beside them: it goes on asking.
          { target: 'resubscribing' },
        ],
      },
    },
    awaitingSnapshots: {
      entry: 'sendMissingMarkets',
      on: {
        'stream.completed': 'live',
        'stream.gapDetected': 'repairing',
        'stream.faulted': 'repairing',
        'markets.added': { target: 'awaitingSnapshots', reenter: true },
      },
      after: {
        snapshotTimeout: [
          {
            guard: 'mayAskAgain',
            target: 'awaitingSnapshots',
            reenter: true,
            actions: ['countTimeout', 'askSnapshots'],
          },
          { target: 'unanswered' },
        ],
      },
    },
    /** A further gap before the books are whole again: the pause keeps a lossy line from multiplying its own snapshots. */
    repairing: {
      on: { 'stream.completed': 'live' },
      after: { repairDelay: { target: 'awaitingSnapshots', actions: 'askSnapshots' } },
    },
    live: {
      tags: 'live',
      entry: 'resetTimeouts',
      on: {
        'stream.gapDetected': [
          { guard: 'carriesBooks', target: 'awaitingSnapshots', actions: 'askSnapshots' },
          { actions: 'reportGap' },
        ],
        'stream.faulted': [
          { guard: 'carriesBooks', target: 'awaitingSnapshots', actions: 'askSnapshots' },
          { actions: 'reportGap' },
        ],
        'stream.quiet': { guard: 'carriesBooks', target: 'probing' },
        'markets.added': [{ guard: 'carriesBooks', target: 'awaitingSnapshots' }, { actions: 'sendMissingMarkets' }],
      },
    },
    /** The books stay live: quiet is normal. Only the answer's number can show that something was lost. */
    probing: {
      tags: 'live',
      entry: 'askProbe',
      on: {
        'stream.answered': 'live',
        'stream.gapDetected': { target: 'awaitingSnapshots', actions: 'askSnapshots' },
        'stream.faulted': { target: 'awaitingSnapshots', actions: 'askSnapshots' },
        'markets.added': 'awaitingSnapshots',
      },
      after: {
        snapshotTimeout: [
          { guard: 'mayAskAgain', target: 'probing', reenter: true, actions: 'countTimeout' },
          { target: 'renewing' },
        ],
      },
    },
    /** Asked as often as allowed. The feed gives up the markets that never answered, or renews the connection. */
    unanswered: {
      entry: 'reportUnanswered',
      on: {
        'stream.completed': 'live',
        'stream.gapDetected': 'repairing',
        'stream.faulted': 'repairing',
        'markets.added': 'awaitingSnapshots',
      },
    },
    renewing: { entry: 'renewConnection', on: { 'stream.ended': {} } },
    resubscribing: { after: { resubscribeDelay: 'subscribing' }, on: { 'stream.ended': {} } },
    refused: { entry: 'reportRefused', on: { 'stream.ended': {} } },
    closed: { type: 'final' },
  },
})

export type SubscriptionActorRef = ActorRefFrom<typeof subscriptionMachine>
