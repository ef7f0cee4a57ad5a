import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemRandom, systemTransportClock, wallMarketClock } from '../../../src/clock/system-clock.ts'
import { climateDateOf } from '../../../src/domain/climate-day.ts'
import {
  accountIdOf,
  clientOrderIdOf,
  decisionIdOf,
  eventTickerOf,
  marketTickerOf,
  predictionIdOf,
  sessionIdOf,
} from '../../../src/domain/ids.ts'
import { moneyOf, priceOf, quantityOf } from '../../../src/domain/units.ts'
import type { Prediction } from '../../../src/domain/weather.ts'
import { isAlive, readPostmaster } from '../../../src/ledger/embedded/postmaster.ts'
import { settleEmbedded } from '../../../src/ledger/embedded/server.ts'
import type { Ledger } from '../../../src/ledger/index.ts'
import type { DatabaseSettings } from '../../../src/ledger/protocol.ts'
import type {
  CandidateRecord,
  DecisionBook,
  DecisionRecord,
  FillRecord,
  OrderRecord,
  SessionEnd,
  SessionRecord,
  SettlementRecord,
} from '../../../src/ledger/records.ts'
import { createLedger } from '../../../src/ledger/thread.ts'
import { silentLog } from '../../../src/telemetry/log.ts'

const transport = systemTransportClock()
export const world = { transport, market: wallMarketClock(transport), random: systemRandom() }

export const MARKET = marketTickerOf('KXHIGHCHI-24DEC17-B38.5')
export const EVENT = eventTickerOf('KXHIGHCHI-24DEC17')
const DECIDED_MS = Date.UTC(2024, 11, 17, 12)

/** A folder that the database's own user may enter too, so that a test as root leaves nothing elsewhere. */
export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'halcyon-ledger-'))
  await chmod(folder, 0o755)
  return folder
}

/** Ends a server that a test left on purpose, and removes the files. */
export async function removeFolder(folder: string): Promise<void> {
  const pid = await serverPid(folder)
  if (pid !== undefined) process.kill(pid, 'SIGKILL')
  await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
}

/** Of the server that runs on the embedded cluster of the folder. */
export async function serverPid(folder: string): Promise<number | undefined> {
  const place = await settleEmbedded(world, folder)
  const postmaster = await readPostmaster(place.data)
  return postmaster && isAlive(postmaster.pid) ? postmaster.pid : undefined
}

export const open = (database: DatabaseSettings | string): Promise<Ledger> =>
  createLedger({
    database: typeof database === 'string' ? { kind: 'embedded', folder: database } : database,
    world,
    log: silentLog,
  })

export const sessionOf = (id: string, account = 'dry-run local key'): SessionRecord => ({
  id: sessionIdOf(id),
  account: accountIdOf(account),
  mode: 'dry-run',
  venueUrl: 'http://127.0.0.1:1',
  keyId: 'key',
  runId: 'run',
  startedWallMs: transport.wallMs(),
  startedMarketMs: DECIDED_MS,
  codeVersion: '0.1.0',
  configHash: 'hash',
  config: { risk: { maxOpenPositions: 20 } },
})

export const END: SessionEnd = {
  endedWallMs: transport.wallMs(),
  endedMarketMs: DECIDED_MS + 1,
  status: 'completed',
  totals: { frames: 1 },
}

const BOOK: DecisionBook = {
  market: MARKET,
  isLive: true,
  bid: priceOf(4500),
  bidQuantity: quantityOf(10_000),
  ask: priceOf(4800),
  askQuantity: quantityOf(2_550),
  connection: 1,
  sid: 3,
  seq: 17,
  streamSeq: 18,
  tsVenueMs: DECIDED_MS,
  modelProbability: 0.6,
  marketProbability: 0.465,
  tradedProbability: 0.6,
}

const CANDIDATE: CandidateRecord = {
  market: MARKET,
  side: 'bid',
  role: 'maker',
  price: priceOf(4600),
  feeCents: 0,
  evCents: 14,
  fillProbability: 0.75,
  expectedValueCents: 10.5,
  edgePoints: 14,
}

export const decisionOf = (
  session: string,
  sequence: number,
  changes: Partial<DecisionRecord> = {},
): DecisionRecord => ({
  id: decisionIdOf(`${session}:${sequence}`),
  sequence,
  strategy: 'weather-ev',
  event: EVENT,
  market: MARKET,
  cause: 'book',
  decidedMs: DECIDED_MS + sequence,
  decidedWallMs: transport.wallMs(),
  latencyNs: 180_000,
  books: [BOOK],
  candidates: [CANDIDATE],
  ...changes,
})

export const orderOf = (id: string, decision: string, changes: Partial<OrderRecord> = {}): OrderRecord => ({
  id: clientOrderIdOf(id),
  decision: decisionIdOf(decision),
  event: EVENT,
  market: MARKET,
  side: 'bid',
  role: 'maker',
  price: priceOf(4600),
  quantity: quantityOf(1_000),
  filledQuantity: quantityOf(0),
  status: 'resting',
  createdMs: DECIDED_MS,
  history: [{ status: 'resting', atMs: DECIDED_MS }],
  ...changes,
})

export const fillOf = (order: string, tradeId: string, changes: Partial<FillRecord> = {}): FillRecord => ({
  tradeId,
  order: clientOrderIdOf(order),
  market: MARKET,
  side: 'bid',
  liquidity: 'maker',
  price: priceOf(4600),
  quantity: quantityOf(1_000),
  fee: moneyOf(0),
  filledMs: DECIDED_MS + 5,
  ...changes,
})

export const SETTLEMENT: SettlementRecord = {
  market: MARKET,
  event: EVENT,
  result: 'yes',
  settlementValue: priceOf(10_000),
  expirationValue: '38',
  determinedMs: DECIDED_MS + 1_000,
  netQuantity: quantityOf(1_000),
  payout: moneyOf(10_000_000),
  pnl: moneyOf(5_400_000),
}

export const PREDICTION: Prediction = {
  kind: 'prediction',
  id: predictionIdOf('p1'),
  city: 'chicago',
  date: climateDateOf('2024-12-17'),
  baseF: 38,
  firstHighF: 36,
  probabilities: [0.1, 0.3, 0.4, 0.2],
  brackets: [0.4, 0.6],
  expectedHighF: 37.7,
  stdF: 1.2,
  q05F: 36,
  q95F: 39,
  observationCount: 0,
  coveredMinutes: 0,
  forecastIssuedMs: DECIDED_MS - 3_600_000,
  forecastKind: 'asOf',
  features: [38, null],
  modelId: 'weather-high',
  modelVersion: '1',
  snapshotHour: 5,
  isServed: true,
  asOfMs: DECIDED_MS,
  computedMs: DECIDED_MS,
  confirmedMs: DECIDED_MS,
  confirmedNs: 1,
  inputsHash: 'inputs',
}
