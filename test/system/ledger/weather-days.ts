import { expect } from 'vitest'
import { SETTLEMENT_WAIT_DAYS } from '../../../src/config/limits.ts'
import { addDays, type ClimateDate, climateDateOf, climateDay } from '../../../src/domain/climate-day.ts'
import { marketTickerOf, predictionIdOf } from '../../../src/domain/ids.ts'
import { weatherEventTicker } from '../../../src/domain/ticker.ts'
import type { Forecast, Prediction } from '../../../src/domain/weather.ts'
import type { Ledger } from '../../../src/ledger/index.ts'
import type { LedgerRecord, SessionRecord, SettlementRecord } from '../../../src/ledger/records.ts'
import { END, PREDICTION, SETTLEMENT, sessionOf } from './books.ts'

export const FIRST_DAY = climateDateOf('2024-08-01')
const HOUR_MS = 3_600_000

/** Of an account that is no play. */
export function realSession(id: string, account = 'dry-run prod key'): SessionRecord {
  const { runId: _, ...session } = sessionOf(id, account)
  return session
}

export const settlementOf = (date: ClimateDate, expirationValue: string | undefined): LedgerRecord => {
  const { expirationValue: _, ...rest } = SETTLEMENT
  const event = weatherEventTicker('chicago', date)
  const row: SettlementRecord = { ...rest, event, market: marketTickerOf(`${event}-B38.5`) }
  return { kind: 'settlement', row: expirationValue === undefined ? row : { ...row, expirationValue } }
}

export const predictionAt = (
  id: string,
  date: ClimateDate,
  hour: number,
  changes: Partial<Prediction> = {},
): LedgerRecord => {
  const asOfMs = climateDay('chicago', date).startMs + hour * HOUR_MS + 60_000
  const row = { ...PREDICTION, id: predictionIdOf(id), date, snapshotHour: hour, asOfMs, ...changes }
  return { kind: 'prediction', row }
}

export const forecastOf = (date: ClimateDate, highF: number, changes: Partial<Forecast> = {}): LedgerRecord => {
  const issuedMs = climateDay('chicago', date).startMs - 6 * HOUR_MS
  const row: Forecast = { city: 'chicago', date, source: 'NWS', kind: 'asOf', highF, issuedMs, availableMs: issuedMs }
  return { kind: 'forecast', row: { ...row, ...changes } }
}

async function writeSession(open: () => Promise<Ledger>, session: SessionRecord, records: readonly LedgerRecord[]) {
  const ledger = await open()
  await ledger.openSession(session)
  for (const record of records) ledger.write(record)
  await ledger.closeSession(END)
  await ledger.close()
}

/** What every implementation of the ledger says of the days that its sessions saw. */
export async function expectHistory(open: () => Promise<Ledger>): Promise<void> {
  const [first, second, third] = [FIRST_DAY, addDays(FIRST_DAY, 1), addDays(FIRST_DAY, 2)]
  await writeSession(open, sessionOf('play', 'a play'), [
    forecastOf(first, 70),
    predictionAt('play-1', first, 5),
    settlementOf(third, '99'),
  ])
  await writeSession(open, realSession('one'), [
    forecastOf(first, 80),
    forecastOf(first, 81, { kind: 'archive' }),
    predictionAt('later', first, 5, { asOfMs: climateDay('chicago', first).startMs + 5.5 * HOUR_MS, modelId: 'm' }),
    predictionAt('first', first, 5, { modelId: 'm', probabilities: [1] }),
    predictionAt('widened', second, 5, { modelId: 'm', forecastKind: 'widened' }),
    predictionAt('reconstructed', second, 6, { modelId: 'm', observationKind: 'reconstructed' }),
    predictionAt('prose', second, 8, { modelId: 'm' }),
    predictionAt('other', first, 5, { modelId: 'n' }),
    predictionAt('open', addDays(first, 4), -4, { modelId: 'n' }),
    predictionAt('long ago', addDays(first, -SETTLEMENT_WAIT_DAYS), 5, { modelId: 'n' }),
    settlementOf(first, '81.00'),
    settlementOf(second, 'between 80 and 81'),
  ])
  await writeSession(open, realSession('two'), [predictionAt('again', first, 5, { modelId: 'm' })])
  const ledger = await open()
  const since = first
  const restarted = { ...realSession('three'), startedMarketMs: climateDay('chicago', third).endMs }
  const event = (date: ClimateDate) => weatherEventTicker('chicago', date)
  const state = await ledger.openSession(restarted)
  expect(state.unsettledEvents).toEqual([event(addDays(first, 4))])
  await ledger.closeSession(END)
  expect(await ledger.weatherPast(since)).toEqual({
    forecasts: [expect.objectContaining({ city: 'chicago', date: first, highF: 80, source: 'NWS', kind: 'asOf' })],
    highs: [{ city: 'chicago', date: first, highF: 81 }],
  })
  expect(await ledger.weatherPast(second)).toEqual({ forecasts: [], highs: [] })
  const judged = await ledger.judgedPredictions({ since, hours: [-4, 5, 8], model: { id: 'm' } })
  const { city, firstHighF, modelVersion } = { ...PREDICTION }
  expect(judged).toEqual({
    predictions: [
      { city, date: first, hour: 5, modelId: 'm', modelVersion, firstHighF, probabilities: [1], highF: 81 },
    ],
    leftOut: { ofPlays: 0, notIssued: 2, notSettled: 1 },
  })
  const all = await ledger.judgedPredictions({ since, hours: [5] })
  expect(all.predictions.map(({ modelId }) => modelId).sort()).toEqual(['m', 'n'])
  expect(all.leftOut).toEqual({ ofPlays: 1, notIssued: 2, notSettled: 0 })
  const unknown = await ledger.judgedPredictions({ since, hours: [5], model: { id: 'm', version: 'none' } })
  expect(unknown.predictions).toEqual([])
  await ledger.close()
}
