import type { City } from '../domain/city.ts'
import type { ClimateDate } from '../domain/climate-day.ts'
import type { Forecast, Observation } from '../domain/weather.ts'
import type { WeatherInputs } from './inputs.ts'
import type { WeatherFailure, WeatherSource } from './source.ts'

export type Gathered =
  | {
      readonly ok: true
      readonly inputs: WeatherInputs
      /** Rows that the source handed out before they were available: its bug, kept away from the decision. */
      readonly laterCount: number
    }
  | { readonly ok: false; readonly failure: WeatherFailure }

export interface WeatherNews {
  readonly forecasts: readonly Forecast[]
  readonly observations: readonly Observation[]
}

/** What is known of one city's climate day, and which of it has been told on. */
export interface WeatherDesk {
  /**
   * All that a prediction may know now. The decision time is the market time *after* the last answer, so that a row that
   * arrived during the look is not later than the decision.
   */
  gather(): Promise<Gathered>
  /** The rows of these inputs that no earlier call has named. */
  news(inputs: WeatherInputs): WeatherNews
}

const forecastKey = (row: Forecast): string => `${row.source} ${row.kind} ${row.issuedMs} ${row.highF}`
/** A pressure that came later is news too: the features read it. */
const observationKey = (row: Observation): string =>
  `${row.station} ${row.kind} ${row.validMs} ${row.temperatureF} ${row.precision} ${row.dewpointF} ${row.pressureHpa} ${row.windMs}`

function unseen<Row>(rows: readonly Row[], keyOf: (row: Row) => string, seen: Set<string>): readonly Row[] {
  const fresh: Row[] = []
  for (const row of rows) {
    const key = keyOf(row)
    if (seen.has(key)) continue
    seen.add(key)
    fresh.push(row)
  }
  return fresh
}

export function createWeatherDesk(options: {
  readonly source: WeatherSource
  readonly city: City
  readonly date: ClimateDate
  /** Market milliseconds. */
  readonly nowMs: () => number
}): WeatherDesk {
  const { source, city, date, nowMs } = options
  const toldForecasts = new Set<string>()
  const toldObservations = new Set<string>()
  return {
    async gather() {
      const askedMs = nowMs()
      const [forecasts, observations, past] = await Promise.all([
        source.forecasts(city, date, askedMs),
        source.observations(city, date, askedMs),
        source.past(city, date, askedMs),
      ])
      if (!forecasts.ok) return forecasts
      if (!observations.ok) return observations
      if (!past.ok) return past
      const asOfMs = nowMs()
      const inputs: WeatherInputs = {
        city: city.key,
        date,
        asOfMs,
        forecasts: forecasts.rows.filter((row) => row.availableMs <= asOfMs),
        observations: observations.rows.filter((row) => row.availableMs <= asOfMs),
        past: past.rows,
      }
      const laterCount =
        forecasts.rows.length - inputs.forecasts.length + observations.rows.length - inputs.observations.length
      return { ok: true, inputs, laterCount }
    },
    news: (inputs) => ({
      forecasts: unseen(inputs.forecasts, forecastKey, toldForecasts),
      observations: unseen(inputs.observations, observationKey, toldObservations),
    }),
  }
}
