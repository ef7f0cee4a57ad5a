import { type ActorRefFrom, assign, fromCallback, setup } from 'xstate'
import {
  CONNECT_TIMEOUT_MS,
  MACHINE_ITERATIONS_MAX,
  RECONNECT_DELAY_MS_MAX,
  RECONNECT_DELAY_MS_MIN,
} from '../src/config/limits.ts'
import { backOffCeilingMs } from '../src/domain/back-off.ts'
import { InvariantError } from '../src/domain/invariant.ts'

/**
 * One WebSocket to the venue: open it, notice when it is dead, open the next one.
 *
 * Who sends it events: its own invoked socket (opened, closed, failed), the silence watch of the actor that owns it, the
 * subscriptions (`connection.renew`, when the venue no longer answers on it) and the feed (start, stop). It never retries
 * without back-off, and the socket of one attempt never outlives its state, so no event of an old socket can arrive.
 *
 *   disconnected → engaged { connecting → open } → backingOff → engaged … → stopped
 */
export type ConnectionEvent =
  | { readonly type: 'connection.start' }
  | { readonly type: 'connection.stop' }
  | { readonly type: 'connection.renew'; readonly reason: string }
  | { readonly type: 'connection.silenceDetected' }
  | { readonly type: 'socket.opened' }
  | { readonly type: 'socket.closed'; readonly reason: string }

export interface ConnectionContext {
  /** Attempts that failed since the last time it was open. */
  readonly failures: number
  /** Why it is not open, for a person. */
  readonly lastFailure: string | undefined
}

export const connectionMachine = setup({
  types: {
    context: {} as ConnectionContext,
    events: {} as ConnectionEvent,
    tags: {} as 'down' | 'up',
  },
  actors: {
    /** Opens a socket, reports as `socket.*`, closes it when the state is left. */
    socket: fromCallback<ConnectionEvent>(() => {
      throw new InvariantError('Invariant: the socket is provided')
    }),
  },
  actions: {
    recordFailure: assign(({ context }, params: { readonly reason: string }) => ({
      failures: context.failures + 1,
      lastFailure: params.reason,
    })),
    resetFailures: assign({ failures: 0, lastFailure: undefined }),
    announceOpen: () => undefined,
    announceLost: () => undefined,
    countUnexpectedEvent: () => undefined,
  },
  delays: {
    connectTimeout: CONNECT_TIMEOUT_MS,
    /** The ceiling; the actor provides full jitter below it. */
    reconnectDelay: ({ context }) => reconnectCeilingMs(context),
  },
}).createMachine({
  id: 'connection',
  context: { failures: 0, lastFailure: undefined },
  options: { maxIterations: MACHINE_ITERATIONS_MAX },
  initial: 'disconnected',
  on: {
    'connection.stop': '.stopped',
    // Each of these may be under way when the state that caused it is left.
    'connection.start': {},
    'connection.renew': {},
    'connection.silenceDetected': {},
    '*': { actions: 'countUnexpectedEvent' },
  },
  states: {
    disconnected: { tags: 'down', on: { 'connection.start': 'engaged' } },
    engaged: {
      invoke: {
        id: 'socket',
        src: 'socket',
        onError: {
          target: 'backingOff',
          actions: { type: 'recordFailure', params: ({ event }) => ({ reason: String(event.error) }) },
        },
      },
      on: {
        'socket.closed': {
          target: 'backingOff',
          actions: { type: 'recordFailure', params: ({ event }) => ({ reason: event.reason }) },
        },
        'connection.renew': {
          target: 'backingOff',
          actions: { type: 'recordFailure', params: ({ event }) => ({ reason: event.reason }) },
        },
      },
      initial: 'connecting',
      states: {
        connecting: {
          tags: 'down',
          on: { 'socket.opened': 'open' },
          after: {
            connectTimeout: {
              target: '#connection.backingOff',
              actions: { type: 'recordFailure', params: { reason: 'no answer to the connection attempt' } },
            },
          },
        },
        open: {
          tags: 'up',
          entry: ['resetFailures', 'announceOpen'],
          exit: 'announceLost',
          on: {
            'connection.silenceDetected': {
              target: '#connection.backingOff',
              actions: { type: 'recordFailure', params: { reason: 'silence' } },
            },
          },
        },
      },
    },
    backingOff: { tags: 'down', after: { reconnectDelay: 'engaged' } },
    stopped: { type: 'final' },
  },
})

/** Doubles with each failure up to 30 s. */
export const reconnectCeilingMs = (context: ConnectionContext): number =>
  backOffCeilingMs({
    failures: Math.max(1, context.failures),
    minMs: RECONNECT_DELAY_MS_MIN,
    maxMs: RECONNECT_DELAY_MS_MAX,
  })

export type ConnectionActorRef = ActorRefFrom<typeof connectionMachine>
