import type { ClimateDate } from '../domain/climate-day.ts'
import { settledHighs } from '../domain/settled-high.ts'
import type { Prediction } from '../domain/weather.ts'
import type { JudgedBooks, JudgedPrediction, JudgedQuery, WeatherPast } from './history.ts'
import { type InMemoryBooks, rowsOf } from './in-memory-books.ts'
import type { LedgerRecord } from './records.ts'

const recordsOf = (books: InMemoryBooks, isPlay: boolean): readonly LedgerRecord[] =>
  books.sessions.filter(({ session }) => (session.runId !== undefined) === isPlay).flatMap(({ records }) => records)

/** As the database would say it. */
export function weatherPastOf(books: InMemoryBooks, since: ClimateDate): WeatherPast {
  const records = recordsOf(books, false)
  const forecasts = new Map(
    rowsOf(records, 'forecast')
      .toReversed()
      .map(({ row }) => [`${row.city} ${row.date} ${row.source} ${row.kind} ${row.issuedMs} ${row.highF}`, row]),
  )
  const { highs } = settledHighs(rowsOf(records, 'settlement').map(({ row }) => row))
  return {
    forecasts: [...forecasts.values()]
      .filter(({ kind, date }) => kind === 'asOf' && date >= since)
      .sort((a, b) => a.availableMs - b.availableMs),
    highs: highs.filter(({ date }) => date >= since),
  }
}

const isIssued = ({ forecastKind, observationKind }: Prediction): boolean =>
  forecastKind === 'asOf' && (observationKind === undefined || observationKind === 'station')

export function judgedOf(books: InMemoryBooks, asked: JudgedQuery): JudgedBooks {
  const { since, hours, model } = asked
  const predictionsOf = (isPlay: boolean): readonly Prediction[] =>
    rowsOf(recordsOf(books, isPlay), 'prediction')
      .map(({ row }) => row)
      .filter(
        ({ date, modelId, modelVersion }) =>
          date >= since && (!model || (modelId === model.id && (model.version ?? modelVersion) === modelVersion)),
      )
  const real = predictionsOf(false)
  const first = new Map<string, Prediction>()
  for (const row of real.filter(isIssued).toSorted((a, b) => a.asOfMs - b.asOfMs)) {
    const key = `${row.modelId} ${row.modelVersion} ${row.city} ${row.date} ${row.snapshotHour}`
    if (hours.includes(row.snapshotHour) && !first.has(key)) first.set(key, row)
  }
  const { highs } = weatherPastOf(books, since)
  const predictions = [...first.values()].flatMap((row): JudgedPrediction[] => {
    const { city, date, snapshotHour: hour, modelId, modelVersion, firstHighF, probabilities } = row
    const settled = highs.find((high) => high.city === city && high.date === date)
    if (!settled) return []
    return [{ city, date, hour, modelId, modelVersion, firstHighF, probabilities, highF: settled.highF }]
  })
  return {
    predictions,
    leftOut: {
      ofPlays: predictionsOf(true).length,
      notIssued: real.filter((row) => !isIssued(row)).length,
      notSettled: first.size - predictions.length,
    },
  }
}
