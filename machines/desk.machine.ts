import { type ActorRefFrom, assign, setup } from 'xstate'
import { MACHINE_ITERATIONS_MAX } from '../src/config/limits.ts'
import type { CancelReason } from '../src/domain/order.ts'

/**
 * One desk: one strategy on one event, from its first prediction to the settlement of its last market.
 *
 * Who sends it events: its actor, which sees books, predictions, orders and lifecycle. In `watching` the desk looks for
 * an entry; in every other state before the end it still judges what it sees, and the limits refuse. It must never hold
 * two working orders, and never ends while an order of its own still works or a market of its event is undecided.
 *
 *   awaitingPrediction ⇄ watching → working → canceling → watching | positioned → awaitingSettlement → done
 */
export type DeskMachineEvent =
  | { readonly type: 'prediction.arrived' }
  | { readonly type: 'prediction.lost' }
  | { readonly type: 'order.placed' }
  | { readonly type: 'order.filled' }
  | { readonly type: 'order.cancelRequested'; readonly reason: CancelReason }
  | { readonly type: 'order.canceled'; readonly isPositionOpen: boolean }
  | { readonly type: 'event.closed' }
  | { readonly type: 'event.settled' }
  | { readonly type: 'desk.shutdown' }

export interface DeskMachineInput {
  /** The account brings a position in this event along. */
  readonly isPositionOpen: boolean
  /** The account brings a working order in this event along. */
  readonly isOrderWorking: boolean
}

export interface DeskMachineContext extends DeskMachineInput {
  readonly hasPrediction: boolean
  readonly isEventClosed: boolean
  readonly isShuttingDown: boolean
  readonly cancelReason?: CancelReason
}

export const deskMachine = setup({
  types: {
    context: {} as DeskMachineContext,
    events: {} as DeskMachineEvent,
    input: {} as DeskMachineInput,
    tags: {} as 'entering' | 'orderWorking' | 'holding' | 'ended' | 'over',
  },
  guards: {
    isOrderWorking: ({ context }) => context.isOrderWorking,
    isPositionOpen: ({ context }) => context.isPositionOpen,
    hasPrediction: ({ context }) => context.hasPrediction,
    isEventClosed: ({ context }) => context.isEventClosed,
    isShuttingDown: ({ context }) => context.isShuttingDown,
  },
  actions: {
    notePrediction: assign({ hasPrediction: true }),
    noteNoPrediction: assign({ hasPrediction: false }),
    noteOrderWorking: assign({ isOrderWorking: true }),
    notePosition: assign({ isOrderWorking: false, isPositionOpen: true }),
    noteOrderGone: assign(({ context }, end: { readonly isPositionOpen: boolean }) => ({
      isOrderWorking: false,
      isPositionOpen: context.isPositionOpen || end.isPositionOpen,
    })),
    noteCancel: assign((_, cancel: { readonly reason: CancelReason }) => ({ cancelReason: cancel.reason })),
    noteClose: assign({ isEventClosed: true }),
    noteShutdown: assign({ isShuttingDown: true }),
  },
}).createMachine({
  id: 'desk',
  context: ({ input }) => ({ ...input, hasPrediction: false, isEventClosed: false, isShuttingDown: false }),
  options: { maxIterations: MACHINE_ITERATIONS_MAX },
  initial: 'settlingIn',
  on: {
    'prediction.arrived': { actions: 'notePrediction' },
    'prediction.lost': { actions: 'noteNoPrediction' },
    'event.closed': { target: '.settlingIn', actions: 'noteClose' },
    'event.settled': '.done',
    'desk.shutdown': { target: '.settlingIn', actions: 'noteShutdown' },
  },
  states: {
    // Where the desk stands follows from what is true, at the start and after every order: nothing is restored.
    settlingIn: {
      always: [
        { guard: 'isOrderWorking', target: 'working' },
        { guard: 'isShuttingDown', target: 'stopped' },
        { guard: 'isEventClosed', target: 'awaitingSettlement' },
        { guard: 'isPositionOpen', target: 'positioned' },
        { guard: 'hasPrediction', target: 'watching' },
        { target: 'awaitingPrediction' },
      ],
    },
    awaitingPrediction: {
      on: { 'prediction.arrived': { target: 'watching', actions: 'notePrediction' } },
    },
    watching: {
      tags: 'entering',
      on: {
        'prediction.lost': { target: 'awaitingPrediction', actions: 'noteNoPrediction' },
        'order.placed': { target: 'working', actions: 'noteOrderWorking' },
        'order.filled': { target: 'positioned', actions: 'notePosition' },
      },
    },
    working: {
      tags: 'orderWorking',
      on: {
        // Closing and shutting down both wait for the end of the order; the actor asks for its cancel.
        'event.closed': { actions: 'noteClose' },
        'desk.shutdown': { actions: 'noteShutdown' },
        'order.filled': { target: 'settlingIn', actions: 'notePosition' },
        'order.cancelRequested': {
          target: 'canceling',
          actions: { type: 'noteCancel', params: ({ event }) => event },
        },
      },
    },
    canceling: {
      tags: 'orderWorking',
      on: {
        'event.closed': { actions: 'noteClose' },
        'desk.shutdown': { actions: 'noteShutdown' },
        // The cancel came too late for the rest of the order.
        'order.filled': { target: 'settlingIn', actions: 'notePosition' },
        'order.canceled': {
          target: 'settlingIn',
          actions: { type: 'noteOrderGone', params: ({ event }) => event },
        },
      },
    },
    // The limits decide whether a further order may join; by default they refuse it.
    positioned: {
      tags: 'holding',
      on: { 'order.placed': { target: 'working', actions: 'noteOrderWorking' }, 'order.filled': {} },
    },
    awaitingSettlement: {
      tags: 'ended',
      // A late print can still fill what rested before the close.
      on: { 'order.filled': { actions: 'notePosition' } },
    },
    stopped: { tags: ['ended', 'over'] },
    done: { tags: ['ended', 'over'], type: 'final' },
  },
})

export type DeskActorRef = ActorRefFrom<typeof deskMachine>
