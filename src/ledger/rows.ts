import { unreachable } from '../domain/invariant.ts'
import type { Observation, Prediction } from '../domain/weather.ts'
import type { BatchTable } from './protocol.ts'
import type { DecisionRecord, LedgerRecord, OrderRecord, SessionRecord, SettlementRecord } from './records.ts'

/** One row as the database takes it: property names of the entity, moments in milliseconds. */
export interface Row {
  readonly table: BatchTable | 'repeat'
  /** Within the table; of two rows with one key, the later holds. */
  readonly key: string
  readonly json: string
  /** Wall day of a decision. */
  readonly day?: string
}

const DAY_CHARS = 10

/** UTC day of a wall time. */
export const wallDay = (wallMs: number): string =>
  Temporal.Instant.fromEpochMilliseconds(Math.floor(wallMs)).toString().slice(0, DAY_CHARS)

/** PostgreSQL keeps no NUL and no half of a surrogate pair, and a name that holds one is noise: both become U+FFFD. */
function toJson(row: object): string {
  const text = JSON.stringify(row)
  return /\\u(?:0000|d[89a-f])/.test(text)
    ? text.replaceAll(/(\\\\)|\\u(?:0000|d[89a-f][0-9a-f]{2})/g, (match, escaped) => (escaped ? match : '\\ufffd'))
    : text
}

/** The row that a record becomes. Pure; the thread adds nothing to it. */
export function rowOf(session: SessionRecord, record: LedgerRecord): Row {
  const owner = { account: session.account, session: session.id }
  switch (record.kind) {
    case 'decision':
      return decisionRow(session, record.row)
    case 'decisionRepeated': {
      const { id, count, lastMs } = record
      return { table: 'repeat', key: id, json: toJson({ id, count, lastMs: whole(lastMs) }) }
    }
    case 'order':
      return row('Order', record.row.id, { ...owner, ...orderColumns(record.row) })
    case 'fill': {
      const { filledMs, ...fill } = record.row
      return row('Fill', `${fill.order} ${fill.tradeId}`, { ...owner, ...fill, filledAt: whole(filledMs) })
    }
    case 'position': {
      const { updatedMs, ...position } = record.row
      return row('Position', position.market, { ...owner, ...position, updatedAt: whole(updatedMs) })
    }
    case 'settlement':
      return row('Settlement', record.row.market, { ...owner, ...settlementColumns(record.row) })
    case 'forecast': {
      const { issuedMs, availableMs, ...forecast } = record.row
      const key = `${forecast.city} ${forecast.date} ${forecast.source} ${forecast.kind} ${issuedMs} ${forecast.highF}`
      const moments = { issuedAt: whole(issuedMs), availableAt: whole(availableMs) }
      return row('StoredForecast', key, { ...owner, ...forecast, ...moments })
    }
    case 'observation': {
      const { validMs, availableMs, ...observation } = record.row
      const report = reportText(observation)
      const key = `${observation.station} ${observation.kind} ${validMs} ${report}`
      const moments = { validAt: whole(validMs), availableAt: whole(availableMs) }
      return row('StoredObservation', key, { ...owner, ...observation, ...moments, report, source: record.source })
    }
    case 'prediction':
      return row('StoredPrediction', record.row.id, { ...owner, ...predictionColumns(record.row) })
    case 'halt': {
      const haltedAt = whole(record.atMs)
      return row('Halt', `${haltedAt} ${record.reason}`, { ...owner, haltedAt, reason: record.reason })
    }
    case 'demotion': {
      const { demotedMs, ...demotion } = record.row
      const demotedAt = whole(demotedMs)
      return row('Demotion', `${demotedAt} ${demotion.strategy}`, { ...owner, ...demotion, demotedAt })
    }
    default:
      return unreachable(record)
  }
}

/** `57.92 0.1C 48.02 1013.2 3.1`, a `-` where the report has nothing. */
const reportText = (reading: Omit<Observation, 'validMs' | 'availableMs'>): string =>
  [reading.temperatureF, reading.precision, reading.dewpointF, reading.pressureHpa, reading.windMs]
    .map((value) => value ?? '-')
    .join(' ')

const row = (table: BatchTable, key: string, columns: object): Row => ({ table, key, json: toJson(columns) })

/** Market time may carry a fraction where a play's rate makes it; the books keep milliseconds. */
const whole = (ms: number): number => Math.floor(ms)

function decisionRow(session: SessionRecord, decision: DecisionRecord): Row {
  const { decidedMs, decidedWallMs, ...rest } = decision
  const day = wallDay(decidedWallMs)
  const columns = {
    ...rest,
    account: session.account,
    session: session.id,
    configHash: session.configHash,
    recordedOn: day,
    decidedAt: whole(decidedMs),
    decidedWallAt: whole(decidedWallMs),
    repeats: 0,
  }
  return { table: 'Decision', key: decision.id, json: toJson(columns), day }
}

function orderColumns(order: OrderRecord): object {
  const { createdMs, ...rest } = order
  return { ...rest, createdAt: whole(createdMs) }
}

function settlementColumns(settlement: SettlementRecord): object {
  const { determinedMs, settledMs, ...rest } = settlement
  return {
    ...rest,
    determinedAt: whole(determinedMs),
    ...(settledMs === undefined ? {} : { settledAt: whole(settledMs) }),
  }
}

function predictionColumns(prediction: Prediction): object {
  const { kind: _, asOfMs, computedMs, confirmedMs, confirmedNs: __, forecastIssuedMs, ...rest } = prediction
  return {
    ...rest,
    asOf: whole(asOfMs),
    computedAt: whole(computedMs),
    confirmedAt: whole(confirmedMs),
    forecastIssuedAt: whole(forecastIssuedMs),
  }
}
