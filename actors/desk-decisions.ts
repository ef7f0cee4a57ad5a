import { DECISION_REPEATS_PER_WRITE } from '../src/config/limits.ts'
import { type DecisionId, decisionIdOf, type EventTicker, type SessionId } from '../src/domain/ids.ts'
import type { CandidateRecord, DecisionBook, DecisionRecord, LedgerRecord } from '../src/ledger/records.ts'
import type { CheckedCandidate, Decision, MarketView, WeatherEvView } from '../src/strategy/weather-ev.ts'

/** What caused a decision, and when: of a frame, its own venue time and arrival. */
export interface DecisionCause {
  readonly kind: DecisionRecord['cause']
  /** Market time. */
  readonly decidedMs: number
  readonly decidedWallMs: number
  readonly latencyNs?: number
}

/** Decision sequences are shared by all desks of a session: the ids of two decisions never meet. */
export const decisionIdFrom = (session: SessionId, sequence: number): DecisionId =>
  decisionIdOf(`${session}:${sequence}`)

export interface DecisionLog {
  /** Writes the decision, or counts it where it repeats the last one unchanged. True where it was written. */
  record(row: DecisionRecord): boolean
  /** Writes what has been counted and not written yet. */
  flush(): void
}

/** Decisions that repeat unchanged (same refusal, same prices, same prediction) are counted, not rewritten. */
export function createDecisionLog(write: (record: LedgerRecord) => void): DecisionLog {
  let last: { readonly key: string; readonly id: DecisionId } | undefined
  let count = 0
  let written = 0
  let lastMs = 0

  const flush = (): void => {
    if (!last || count === written) return
    write({ kind: 'decisionRepeated', id: last.id, count, lastMs })
    written = count
  }
  return {
    record(row) {
      const key = keyOf(row)
      if (last && key === last.key) {
        count++
        lastMs = row.decidedMs
        if (count - written >= DECISION_REPEATS_PER_WRITE) flush()
        return false
      }
      flush()
      // A trade is never the repetition of another one.
      last = row.choice ? undefined : { key, id: row.id }
      count = 0
      written = 0
      write({ kind: 'decision', row })
      return true
    },
    flush,
  }
}

function keyOf(row: DecisionRecord): string {
  const best = row.candidates[0]
  const books = row.books.map((book) => `${book.isLive ? 1 : 0}${book.bid ?? ''}/${book.ask ?? ''}`).join(' ')
  const chosen = best ? `${best.market}${best.side}${best.role}${best.price}` : ''
  return `${row.refusal}|${row.noPredictionReason}|${row.predictionId}|${chosen}|${books}`
}

/** The row of one decision: everything that it rested on. */
export function decisionRecordOf(parts: {
  readonly id: DecisionId
  readonly sequence: number
  readonly event: EventTicker
  readonly cause: DecisionCause
  readonly view: WeatherEvView
  readonly streamSeqs: readonly number[]
  readonly decision: Decision
}): DecisionRecord {
  const { id, sequence, event, cause, view, streamSeqs, decision } = parts
  const { prediction } = view
  const about = decision.kind === 'trade' ? decision.choice : decision.best
  return {
    id,
    sequence,
    strategy: 'weather-ev',
    event,
    ...(about ? { market: about.market.ticker } : {}),
    cause: cause.kind,
    decidedMs: cause.decidedMs,
    decidedWallMs: cause.decidedWallMs,
    ...(cause.latencyNs === undefined ? {} : { latencyNs: cause.latencyNs }),
    books: view.markets.map((market, index) => bookOf(market, decision, index, streamSeqs[index] ?? 0)),
    candidates: decision.candidates.map(candidateRecordOf),
    ...(decision.kind === 'trade'
      ? { choice: { ...candidateRecordOf(decision.choice), ...decision.size } }
      : { refusal: decision.refusal }),
    ...(decision.kind === 'pass' && decision.noPredictionReason
      ? { noPredictionReason: decision.noPredictionReason }
      : {}),
    ...(prediction?.kind === 'prediction'
      ? { predictionId: prediction.id, modelVersion: prediction.modelVersion }
      : {}),
  }
}

/** Cents are kept to a millionth: the rest is float noise, and would be half of what a day's decisions take on disk. */
const kept = (cents: number): number => Math.round(cents * 1e6) / 1e6

function candidateRecordOf({ market, candidate, refusal }: CheckedCandidate): CandidateRecord {
  const { side, role, price, feeCents, evCents, fillProbability, expectedValueCents, edgePoints } = candidate
  return {
    market: market.ticker,
    side,
    role,
    price,
    feeCents: kept(feeCents),
    evCents: kept(evCents),
    fillProbability,
    expectedValueCents: kept(expectedValueCents),
    edgePoints: kept(edgePoints),
    ...(refusal ? { refusal } : {}),
  }
}

function bookOf(
  { market, isLive, top }: MarketView,
  decision: Decision,
  index: number,
  streamSeq: number,
): DecisionBook {
  const { model, market: quoted, traded } = decision.probabilities
  const modelProbability = model?.[index]
  const marketProbability = quoted?.[index]
  const tradedProbability = traded?.[index]
  return {
    market: market.ticker,
    isLive,
    ...(top?.bid ? { bid: top.bid.price, bidQuantity: top.bid.quantity } : {}),
    ...(top?.ask ? { ask: top.ask.price, askQuantity: top.ask.quantity } : {}),
    connection: top?.connection ?? 0,
    sid: top?.sid ?? 0,
    seq: top?.seq ?? 0,
    streamSeq,
    tsVenueMs: top?.tsVenueMs ?? 0,
    ...(modelProbability === undefined ? {} : { modelProbability }),
    ...(marketProbability === undefined ? {} : { marketProbability }),
    ...(tradedProbability === undefined ? {} : { tradedProbability }),
  }
}
