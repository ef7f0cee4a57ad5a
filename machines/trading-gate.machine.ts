import { type ActorRefFrom, assign, setup } from 'xstate'
import { MACHINE_ITERATIONS_MAX } from '../src/config/limits.ts'

/**
 * Whether the account may trade at all. One per account.
 *
 * Who sends it events: risk (the daily loss), reconciliation (a difference that persists), a person. A halt is latched:
 * whatever else happens, only a person's `gate.resume` opens the gate again, and a restart begins where the ledger says
 * the account was. It must never open by itself.
 *
 *   active ⇄ reducing,  either → halted,  halted → active by `gate.resume` only
 */
export type TradingGateEvent =
  | { readonly type: 'gate.halt'; readonly reason: string; readonly atMs: number }
  | { readonly type: 'gate.reduce'; readonly reason: string; readonly atMs: number }
  | { readonly type: 'gate.resume'; readonly atMs: number }

export interface TradingGateInput {
  /** Of the ledger: halted by an earlier session and not resumed since. */
  readonly isHalted: boolean
}

export interface TradingGateContext {
  readonly isHaltedAtStart: boolean
  /** Why the gate is not open, and since when in market time. */
  readonly reason?: string | undefined
  readonly sinceMs?: number | undefined
}

export const tradingGateMachine = setup({
  types: {
    context: {} as TradingGateContext,
    events: {} as TradingGateEvent,
    input: {} as TradingGateInput,
    tags: {} as 'blocksEntries',
  },
  guards: {
    isHaltedAtStart: ({ context }) => context.isHaltedAtStart,
  },
  actions: {
    recordReason: assign((_, cause: { readonly reason: string; readonly atMs: number }) => ({
      reason: cause.reason,
      sinceMs: cause.atMs,
    })),
    forgetReason: assign({ reason: undefined, sinceMs: undefined }),
  },
}).createMachine({
  id: 'tradingGate',
  context: ({ input }) => ({ isHaltedAtStart: input.isHalted }),
  options: { maxIterations: MACHINE_ITERATIONS_MAX },
  initial: 'opening',
  states: {
    opening: { always: [{ guard: 'isHaltedAtStart', target: 'halted' }, { target: 'active' }] },
    active: {
      on: {
        'gate.reduce': {
          target: 'reducing',
          actions: { type: 'recordReason', params: ({ event }) => event },
        },
        'gate.halt': { target: 'halted', actions: { type: 'recordReason', params: ({ event }) => event } },
      },
    },
    reducing: {
      tags: 'blocksEntries',
      on: {
        'gate.halt': { target: 'halted', actions: { type: 'recordReason', params: ({ event }) => event } },
        'gate.resume': { target: 'active', actions: 'forgetReason' },
      },
    },
    halted: {
      tags: 'blocksEntries',
      on: {
        // The first reason is the cause; what is reported after it does not replace it.
        'gate.halt': {},
        'gate.reduce': {},
        'gate.resume': { target: 'active', actions: 'forgetReason' },
      },
    },
  },
})

export type TradingGateActorRef = ActorRefFrom<typeof tradingGateMachine>
