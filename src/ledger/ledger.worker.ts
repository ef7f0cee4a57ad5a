import { isMainThread, parentPort } from 'node:worker_threads'
import { expose } from 'comlink'
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs'
import { systemRandom, systemTransportClock, wallMarketClock } from '../clock/system-clock.ts'
import { invariant } from '../domain/invariant.ts'
import { replyOf } from './failure.ts'
import type { LedgerThreadApi } from './protocol.ts'
import { LedgerStore } from './store.ts'

invariant(!isMainThread && parentPort !== null, 'the ledger runs in a thread of its own')

const transport = systemTransportClock()
const world = { transport, market: wallMarketClock(transport), random: systemRandom() }
let store: LedgerStore | undefined

function opened(): LedgerStore {
  invariant(store !== undefined, 'the ledger is opened first')
  return store
}

const about = () => ({ where: store?.where ?? '', secret: store?.secret })

const api: LedgerThreadApi = {
  open: (settings) =>
    replyOf(async () => {
      store = new LedgerStore(world, settings)
      return store.open()
    }, about),
  openSession: (session, process) => replyOf(() => opened().openSession(session, process), about),
  commit: (batch) =>
    replyOf(async () => {
      await opened().commit(batch)
      return undefined
    }, about),
  report: (session) => replyOf(() => opened().report(session), about),
  weatherPast: (since) => replyOf(() => opened().weatherPast(since), about),
  judgedPredictions: (asked) => replyOf(() => opened().judgedPredictions(asked), about),
  endSession: (end) =>
    replyOf(async () => {
      await opened().endSession(end)
      return undefined
    }, about),
  close: () =>
    replyOf(async () => {
      await store?.close()
      return undefined
    }, about),
}

expose(api, nodeEndpoint(parentPort))
