import { addDays, climateDayAt } from '../domain/climate-day.ts'
import { settledHighs } from '../domain/settled-high.ts'
import type { Ledger } from '../ledger/index.ts'
import type { LedgerRecord } from '../ledger/records.ts'
import { ARCHIVE_DAYS, createWeatherArchive, type WeatherArchive } from '../weather/weather-archive.ts'

/** What the ledger knows of earlier days, read at the start and kept up with what the session itself stores. */
export interface WeatherPastKeeper extends Pick<WeatherArchive, 'past' | 'forecasts'> {
  note(record: LedgerRecord): void
}

/** For a source that keeps no past of its own: without it the features of the trailing errors would be missing. */
export async function openWeatherPast(ledger: Pick<Ledger, 'weatherPast'>, nowMs: number): Promise<WeatherPastKeeper> {
  const archive = createWeatherArchive()
  // The easternmost climate day is the first to begin.
  const today = climateDayAt('new_york', nowMs).date
  const { forecasts, highs } = await ledger.weatherPast(addDays(today, -ARCHIVE_DAYS))
  for (const row of forecasts) archive.addForecast(row)
  for (const high of highs) archive.addHigh(high)
  return {
    forecasts: (city, date) => archive.forecasts(city, date),
    past: (city, date, asOfMs) => archive.past(city, date, asOfMs),
    note(record) {
      if (record.kind === 'forecast' && record.row.kind === 'asOf') archive.addForecast(record.row)
      if (record.kind === 'settlement') for (const high of settledHighs([record.row]).highs) archive.addHigh(high)
    },
  }
}
