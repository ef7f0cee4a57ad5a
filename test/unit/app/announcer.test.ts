import { expect, it } from 'vitest'
import type { DeskAnnouncement } from '../../../actors/desk-options.ts'
import { createAnnouncer } from '../../../src/app/announcer.ts'
import { eventTickerOf } from '../../../src/domain/ids.ts'
import type { DecisionRecord } from '../../../src/ledger/records.ts'
import { type LogFields, silentLog } from '../../../src/telemetry/log.ts'

const event = eventTickerOf('KXHIGHCHI-24DEC17')
const decision = { id: 's:1', sequence: 1, decidedMs: 0 } as unknown as DecisionRecord
const pass: DeskAnnouncement = { kind: 'decision', event, text: 'pass', decision }
const trade: DeskAnnouncement = {
  kind: 'decision',
  event,
  text: 'trade',
  decision: { ...decision, choice: {} as never },
}

it('nothing is told before it is committed, and what is told comes in its order, trades to the trade log too', () => {
  let commit: (upTo: number) => void = () => undefined
  const printed: string[] = []
  const logged: LogFields[] = []
  const announcer = createAnnouncer({
    ledger: {
      onCommitted(listener) {
        commit = listener
        return () => undefined
      },
    },
    log: { ...silentLog, trade: (fields) => void logged.push(fields) },
    print: (line, tone) => void printed.push(`${tone}: ${line}`),
  })
  announcer.announce(pass, 3)
  announcer.announce(trade, 5)
  commit(2)
  expect(printed).toEqual([])
  commit(4)
  expect(printed).toEqual(['pass: pass'])
  expect(logged).toEqual([])
  commit(5)
  commit(9)
  expect(printed).toEqual(['pass: pass', 'trade: trade'])
  expect(logged).toMatchObject([{ kind: 'decision', decision: 's:1' }])
})
