import { createActor } from 'xstate'
import { tradingGateMachine } from '../machines/trading-gate.machine.ts'
import type { MarketClock } from '../src/clock/clock.ts'
import type { LedgerRecord } from '../src/ledger/records.ts'
import { TRADING_GATE_ID } from './ids.ts'

export type GateState = 'active' | 'reducing' | 'halted'

/** The account's one gate: every desk asks it before an order, and hears at once when it closes. */
export interface TradingGate {
  state(): GateState
  reason(): string | undefined
  /** Latches, and is written to the ledger, so that it survives a restart. The first reason stays. */
  halt(reason: string): void
  reduce(reason: string): void
  /** A person's word only. */
  resume(): void
  /** Runs once for each halt, after it is latched. */
  onHalted(listener: (reason: string) => void): () => void
  stop(): void
}

export function createTradingGate(options: {
  readonly isHalted: boolean
  readonly market: Pick<MarketClock, 'nowMs'>
  readonly write: (record: LedgerRecord) => void
}): TradingGate {
  const actor = createActor(tradingGateMachine, { input: { isHalted: options.isHalted }, systemId: TRADING_GATE_ID })
  const listeners = new Set<(reason: string) => void>()
  actor.start()
  const state = (): GateState => {
    const snapshot = actor.getSnapshot()
    if (snapshot.matches('halted')) return 'halted'
    return snapshot.matches('reducing') ? 'reducing' : 'active'
  }
  return {
    state,
    reason: () => actor.getSnapshot().context.reason,
    halt(reason) {
      if (state() === 'halted') return
      const atMs = options.market.nowMs()
      actor.send({ type: 'gate.halt', reason, atMs })
      options.write({ kind: 'halt', reason, atMs })
      for (const listener of listeners) listener(reason)
    },
    reduce: (reason) => actor.send({ type: 'gate.reduce', reason, atMs: options.market.nowMs() }),
    resume: () => actor.send({ type: 'gate.resume', atMs: options.market.nowMs() }),
    onHalted(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    stop: () => actor.stop(),
  }
}
