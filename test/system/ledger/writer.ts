import { invariant } from '../../../src/domain/invariant.ts'
import { decisionOf, open, sessionOf } from './books.ts'

/** A daemon to be killed: writes decisions without end and says on standard output up to which number they are committed. */
const [folder, session] = process.argv.slice(2)
invariant(folder !== undefined && session !== undefined, 'the writer is told its folder and session')

const ledger = await open(folder)
await ledger.openSession(sessionOf(session))
ledger.onCommitted((upTo) => process.stdout.write(`${upTo}\n`))
let sequence = 0
const write = (): void => {
  for (let count = 0; count < 50 && ledger.acceptsOrders; count++) {
    sequence++
    ledger.write({ kind: 'decision', row: decisionOf(session, sequence) })
  }
  setImmediate(write)
}
write()
