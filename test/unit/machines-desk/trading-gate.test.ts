import { describe, expect, it } from 'vitest'
import { createTradingGate } from '../../../actors/trading-gate.ts'
import type { LedgerRecord } from '../../../src/ledger/records.ts'

function gateOf(isHalted = false) {
  const records: LedgerRecord[] = []
  const market = { nowMs: () => 7 }
  return { records, gate: createTradingGate({ isHalted, market, write: (record) => records.push(record) }) }
}

describe('the gate of an account', () => {
  it('tells its listeners and the ledger of a halt once', () => {
    const { gate, records } = gateOf()
    const heard: string[] = []
    gate.onHalted((reason) => heard.push(reason))
    gate.halt('dailyLoss')
    gate.halt('again')
    expect([gate.state(), gate.reason(), heard]).toEqual(['halted', 'dailyLoss', ['dailyLoss']])
    expect(records).toEqual([{ kind: 'halt', reason: 'dailyLoss', atMs: 7 }])
  })

  it('does not tell those that have stopped listening', () => {
    const { gate } = gateOf()
    const heard: string[] = []
    gate.onHalted((reason) => heard.push(reason))()
    gate.halt('dailyLoss')
    expect(heard).toEqual([])
  })

  it('stays halted over a restart until a person resumes', () => {
    const { gate, records } = gateOf(true)
    gate.reduce('difference')
    expect(gate.state()).toBe('halted')
    gate.resume()
    expect(gate.state()).toBe('active')
    expect(records).toEqual([])
  })
})
