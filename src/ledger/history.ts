import type { CityKey } from '../domain/city.ts'
import type { ClimateDate } from '../domain/climate-day.ts'
import type { Forecast, OfficialHigh } from '../domain/weather.ts'

/** What earlier days' trailing errors are made of: rows of accounts that are no play, each forecast as first known. */
export interface WeatherPast {
  /** Issued ones (kind `asOf`). */
  readonly forecasts: readonly Forecast[]
  readonly highs: readonly OfficialHigh[]
}

export interface JudgedQuery {
  /** First climate day. */
  readonly since: ClimateDate
  /** Whole hours of the climate day's own clock. */
  readonly hours: readonly number[]
  /** One package, or all. */
  readonly model?: { readonly id: string; readonly version?: string }
}

/**
 * A stored prediction of a day whose high has settled. Of each package, city, day and hour the first one counts: that with
 * the earliest decision time within the hour, of any account that is no play. An hour in which none was made has none.
 * Only what rested on issued forecasts and on no reading but a station's.
 */
export interface JudgedPrediction {
  readonly city: CityKey
  readonly date: ClimateDate
  readonly hour: number
  readonly modelId: string
  readonly modelVersion: string
  readonly firstHighF: number
  readonly probabilities: readonly number[]
  /** The official high, from the event's settlement. */
  readonly highF: number
}

export interface JudgedBooks {
  readonly predictions: readonly JudgedPrediction[]
  /** Predictions that were left out, by reason; of the days and packages asked for, at any hour. */
  readonly leftOut: { readonly ofPlays: number; readonly notIssued: number; readonly notSettled: number }
}
