import { PAST_DAYS_MAX } from '../config/limits.ts'
import type { City, CityKey } from '../domain/city.ts'
import { addDays, type ClimateDate } from '../domain/climate-day.ts'
import type { Forecast, OfficialHigh } from '../domain/weather.ts'
import { hourlyPast } from './hourly-past.ts'
import type { PastDay } from './inputs.ts'

/** Days that a decision of today or tomorrow may still look at. */
export const ARCHIVE_DAYS = PAST_DAYS_MAX + 2

/** Forecasts and official highs of the last days, for a source that keeps none itself. */
export interface WeatherArchive {
  addForecast(row: Forecast): void
  /** The first high of a day stays. */
  addHigh(high: OfficialHigh): void
  /** What has been seen for that climate day, each issue as it was first known. */
  forecasts(city: City, date: ClimateDate): readonly Forecast[]
  /** The earlier days as a decision at `asOfMs` may know them (`WeatherSource.past`). */
  past(city: City, date: ClimateDate, asOfMs: number): readonly PastDay[]
}

interface Day {
  readonly city: CityKey
  readonly date: ClimateDate
  /** By issue: of what is told twice the first time counts. */
  readonly forecasts: Map<string, Forecast>
  highF: number | undefined
}

export function createWeatherArchive(): WeatherArchive {
  const days = new Map<string, Day>()
  const forecastsOf = (city: CityKey, date: ClimateDate): readonly Forecast[] => [
    ...(days.get(`${city} ${date}`)?.forecasts.values() ?? []),
  ]
  const hourly = hourlyPast((city) => ({
    highF: (date) => days.get(`${city} ${date}`)?.highF,
    forecasts: (date) => forecastsOf(city, date),
  }))

  const dayOf = (city: CityKey, date: ClimateDate): Day => {
    const held = days.get(`${city} ${date}`)
    if (held) return held
    const oldest = addDays(date, -ARCHIVE_DAYS)
    for (const [key, day] of days) if (day.city === city && day.date < oldest) days.delete(key)
    const day: Day = { city, date, forecasts: new Map(), highF: undefined }
    days.set(`${city} ${date}`, day)
    return day
  }

  return {
    addForecast(row) {
      const { forecasts } = dayOf(row.city, row.date)
      const key = `${row.source} ${row.issuedMs} ${row.highF}`
      if (forecasts.has(key)) return
      forecasts.set(key, row)
      hourly.changed()
    },
    addHigh({ city, date, highF }) {
      dayOf(city, date).highF ??= highF
      hourly.changed()
    },
    forecasts: (city, date) => forecastsOf(city.key, date),
    past: (city, date, asOfMs) => hourly.past(city, date, asOfMs),
  }
}
