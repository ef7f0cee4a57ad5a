import { type ActorRefFrom, assign, setup } from 'xstate'
import { MACHINE_ITERATIONS_MAX } from '../src/config/limits.ts'
import type { MarketTicker } from '../src/domain/ids.ts'

/**
 * The life of one market: what the venue lets happen (`trading`) beside what we know of its book (`book`).
 *
 * Who sends it events: the timers of its actor for opening, the guard before the close and the close, because the venue
 * says nothing then; the lifecycle channel for everything else; the feed for the book. Prices never come here. Only
 * where trading is open and the book is live may the market be looked at for an order.
 *
 *   trading: unopened → open → closing → closed → determined → settled,  open and closing ⇄ paused
 *   book:    notLive ⇄ live, until the market is settled
 */
export type MarketMachineEvent =
  | { readonly type: 'market.opened' }
  | { readonly type: 'market.closing' }
  | { readonly type: 'market.closed' }
  | { readonly type: 'market.paused' }
  | { readonly type: 'market.resumed' }
  | { readonly type: 'market.closeDateMoved'; readonly closeMs: number }
  | { readonly type: 'market.determined' }
  | { readonly type: 'market.settled' }
  | { readonly type: 'book.live' }
  | { readonly type: 'book.notLive' }

export interface MarketInput {
  readonly ticker: MarketTicker
  /** Market time. */
  readonly closeMs: number
}

export const marketMachine = setup({
  types: {
    context: {} as MarketInput,
    events: {} as MarketMachineEvent,
    input: {} as MarketInput,
    tags: {} as 'tradable' | 'live' | 'over' | 'determined',
  },
  actions: {
    moveClose: assign((_, move: { readonly closeMs: number }) => ({ closeMs: move.closeMs })),
  },
}).createMachine({
  id: 'market',
  context: ({ input }) => input,
  options: { maxIterations: MACHINE_ITERATIONS_MAX },
  type: 'parallel',
  states: {
    trading: {
      initial: 'unopened',
      // A daemon that starts late hears of the end without having seen what came before it.
      on: { 'market.determined': '.determined', 'market.settled': '.settled' },
      states: {
        unopened: {
          on: {
            'market.opened': 'open',
            'market.closed': 'closed',
            'market.closeDateMoved': { actions: { type: 'moveClose', params: ({ event }) => event } },
          },
        },
        open: {
          tags: 'tradable',
          on: {
            'market.closing': 'closing',
            'market.closed': 'closed',
            'market.paused': 'paused',
            'market.closeDateMoved': { actions: { type: 'moveClose', params: ({ event }) => event } },
          },
        },
        // Still tradable for the venue; limit 2 keeps new orders out, and working ones are about to end.
        closing: {
          tags: 'tradable',
          on: {
            'market.closed': 'closed',
            'market.paused': 'paused',
            'market.closeDateMoved': {
              target: 'open',
              actions: { type: 'moveClose', params: ({ event }) => event },
            },
          },
        },
        paused: {
          on: {
            'market.resumed': 'open',
            'market.closed': 'closed',
            'market.closeDateMoved': { actions: { type: 'moveClose', params: ({ event }) => event } },
          },
        },
        closed: {
          tags: 'over',
          on: {
            'market.closeDateMoved': {
              target: 'open',
              actions: { type: 'moveClose', params: ({ event }) => event },
            },
          },
        },
        determined: { tags: ['over', 'determined'], on: { 'market.determined': {} } },
        settled: { tags: ['over', 'determined'], on: { 'market.determined': {}, 'market.settled': {} } },
      },
    },
    book: {
      initial: 'notLive',
      states: {
        notLive: { on: { 'book.live': 'live' } },
        live: { tags: 'live', on: { 'book.notLive': 'notLive' } },
      },
    },
  },
})

export type MarketActorRef = ActorRefFrom<typeof marketMachine>
