import type { CityKey } from '../domain/city.ts'
import type { ClimateDate } from '../domain/climate-day.ts'
import type { Forecast, Observation } from '../domain/weather.ts'

/** One earlier day of the city, for the trailing errors of each forecast. */
export interface PastDay {
  readonly date: ClimateDate
  /** The official high; known at 03:00 local standard time of the day after. */
  readonly highF: number
  /** What was available for that day at the same hour of its own clock. */
  readonly forecasts: readonly Forecast[]
}

/**
 * All that a prediction may know: plain data, gathered on the main thread, sent to the worker that builds the features.
 * Nothing in it was available after `asOfMs`; the feature code asserts that.
 */
export interface WeatherInputs {
  readonly city: CityKey
  readonly date: ClimateDate
  /** Decision time, market milliseconds. */
  readonly asOfMs: number
  /** For this climate day; several issues of one source may be present, the newest available counts. */
  readonly forecasts: readonly Forecast[]
  /** Of this climate day. */
  readonly observations: readonly Observation[]
  /** Newest first, at most 60. */
  readonly past: readonly PastDay[]
}
