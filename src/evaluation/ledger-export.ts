import { type SettledMarket, settledHighs, type UnsettledReason } from '../domain/settled-high.ts'
import type { Kept, StoredWeather } from '../domain/stored-weather.ts'
import type { Forecast, Observation, OfficialHigh } from '../domain/weather.ts'
import type { TableFile } from '../weather/training-table.ts'
import {
  compareForecasts,
  compareObservations,
  formatForecasts,
  formatHighs,
  formatObservations,
} from '../weather/weather-files.ts'
import { createTally, type SkipCount, type Tally } from './tally.ts'

const MINUTE_MS = 60_000

export interface TrainingExport {
  /** The whole training layout; a ledger knows no neighbour stations, so their files hold a header alone. */
  readonly files: Readonly<Record<TableFile, Uint8Array>>
  readonly rows: { readonly forecasts: number; readonly highs: number; readonly readings: number }
  /** What was left out, by reason: rows, of settlements events. */
  readonly excluded: readonly SkipCount[]
  /** Climate days with a high, first and last; undefined where there is none. */
  readonly days: { readonly from: string; readonly to: string } | undefined
}

/**
 * What a daemon has stored, as data to learn from: station readings and issued forecasts that an account that is no play has
 * seen, and the highs on which events settled. Each row is available from the minute in which somebody first had it.
 * The same rows give the same bytes, in whatever order they come.
 */
export function trainingExport(weather: StoredWeather): TrainingExport {
  const tally = createTally()
  const forecasts = issuedForecasts(weather.forecasts, tally)
  const readings = stationReadings(weather.readings, tally)
  const highs = officialHighs(weather.settlements, tally)
  return {
    files: {
      'forecasts.csv.gz': formatForecasts(forecasts),
      'highs.csv.gz': formatHighs(highs.map((high) => ({ ...high, source: 'SETTLEMENT' }))),
      'readings.csv.gz': formatObservations(readings),
      'neighbour-forecasts.csv.gz': formatForecasts([]),
      'neighbour-highs.csv.gz': formatHighs([]),
    },
    rows: { forecasts: forecasts.length, highs: highs.length, readings: readings.length },
    excluded: tally.counts().filter(({ count }) => count > 0),
    days: daysOf(highs),
  }
}

function issuedForecasts(kept: readonly Kept<Forecast>[], tally: Tally): readonly Forecast[] {
  const rows = kept.flatMap(({ row, isPlay }): Forecast[] => {
    const reason = isPlay ? 'seen by a play' : row.kind === 'asOf' ? undefined : `kind ${row.kind}`
    if (reason === undefined) return [{ ...row, ...minutesOf(row.issuedMs, row.availableMs, 'issuedMs') }]
    tally.add(`forecast: ${reason}`)
    return []
  })
  const first = firstSeen(rows, (row) => `${row.city} ${row.date} ${row.source} ${row.issuedMs} ${row.highF}`)
  tally.add('forecast: seen by several accounts (the first is kept)', rows.length - first.length)
  return first.sort((a, b) => compareForecasts(a, b) || a.availableMs - b.availableMs || a.highF - b.highF)
}

/** Of the versions of one report the newest: a correction says that the one before it was wrong. */
function stationReadings(kept: readonly Kept<Observation>[], tally: Tally): readonly Observation[] {
  const rows = kept.flatMap(({ row, isPlay }): Observation[] => {
    const reason = isPlay ? 'seen by a play' : row.kind === 'station' ? undefined : `kind ${row.kind}`
    if (reason === undefined) return [{ ...row, ...minutesOf(row.validMs, row.availableMs, 'validMs') }]
    tally.add(`reading: ${reason}`)
    return []
  })
  const said = (row: Observation): string =>
    `${row.temperatureF} ${row.precision} ${row.dewpointF} ${row.pressureHpa} ${row.windMs}`
  const first = firstSeen(rows, (row) => `${row.station} ${row.validMs} ${said(row)}`)
  tally.add('reading: seen by several accounts (the first is kept)', rows.length - first.length)
  const newest = new Map<string, Observation>()
  const byTime = first.sort((a, b) => a.availableMs - b.availableMs || (said(a) < said(b) ? -1 : 1))
  for (const row of byTime) newest.set(`${row.station} ${row.validMs}`, row)
  tally.add('reading: replaced by a later report of the same time', first.length - newest.size)
  return [...newest.values()].sort(compareObservations)
}

const REASONS: Readonly<Record<UnsettledReason, string>> = {
  noDailyHigh: 'no daily high of a known city',
  noFigure: 'only the winning bracket is known',
  prose: 'settled in prose, not by a whole degree',
  severalFigures: 'settled on several figures',
}

function officialHighs(kept: readonly Kept<SettledMarket>[], tally: Tally): readonly OfficialHigh[] {
  const eventsOf = (rows: readonly Kept<SettledMarket>[]): Set<string> => new Set(rows.map(({ row }) => row.event))
  const real = kept.filter(({ isPlay }) => !isPlay)
  const ofPlays = eventsOf(kept.filter(({ isPlay }) => isPlay)).difference(eventsOf(real))
  tally.add('settled event: seen by a play', ofPlays.size)
  const { highs, without } = settledHighs(real.map(({ row }) => row))
  for (const { reason } of without) tally.add(`settled event: ${REASONS[reason]}`)
  return highs
}

/** Files tell the minute. A row is never available before it was: that is rounded up. */
const minutesOf = <Key extends string>(saidMs: number, availableMs: number, key: Key) =>
  ({
    [key]: Math.floor(saidMs / MINUTE_MS) * MINUTE_MS,
    availableMs: Math.ceil(availableMs / MINUTE_MS) * MINUTE_MS,
  }) as Readonly<Record<Key | 'availableMs', number>>

function firstSeen<Row extends { readonly availableMs: number }>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
): Row[] {
  const first = new Map<string, Row>()
  for (const row of rows) {
    const held = first.get(keyOf(row))
    if (!held || row.availableMs < held.availableMs) first.set(keyOf(row), row)
  }
  return [...first.values()]
}

function daysOf(highs: readonly OfficialHigh[]): TrainingExport['days'] {
  const dates = highs.map(({ date }) => date).sort()
  const [from] = dates
  const to = dates.at(-1)
  return from === undefined || to === undefined ? undefined : { from, to }
}
