import type { City } from '../domain/city.ts'
import type { ClimateDate } from '../domain/climate-day.ts'
import type { Forecast, Observation } from '../domain/weather.ts'
import type { PastDay } from './inputs.ts'

/** Operating errors of a source: typed, recoverable, visible in health; never a made-up number. */
export type WeatherFailure =
  | { readonly kind: 'unavailable'; readonly detail: string }
  | { readonly kind: 'stale'; readonly detail: string; readonly newestMs: number }
  | { readonly kind: 'missingStation'; readonly detail: string }
  | { readonly kind: 'malformed'; readonly detail: string }

export type WeatherAnswer<Row> =
  | { readonly ok: true; readonly rows: readonly Row[] }
  | { readonly ok: false; readonly failure: WeatherFailure }

/** Forecasts and readings behind one interface: recorded files in a play, NWS live. Times are market time. */
export interface WeatherSource {
  readonly name: string
  /**
   * Every forecast for that climate day that is available at `asOfMs`. A remote source adds what the call itself brought, with
   * the instant at which it came as its `availableMs`: the decision is made after the call.
   */
  forecasts(city: City, date: ClimateDate, asOfMs: number): Promise<WeatherAnswer<Forecast>>
  /** Every reading of that climate day, likewise. */
  observations(city: City, date: ClimateDate, asOfMs: number): Promise<WeatherAnswer<Observation>>
  /**
   * The earlier days whose official high is known at `asOfMs`, newest first, each with what was available at the same whole
   * hour of its own clock. May be empty: the features that need them are then missing.
   */
  past(city: City, date: ClimateDate, asOfMs: number): Promise<WeatherAnswer<PastDay>>
  /**
   * The next instant after `asOfMs` at which new data is known to become available (recorded sources), Infinity where no
   * more will come, undefined where it can only be polled.
   */
  nextAvailableMs(city: City, date: ClimateDate, asOfMs: number): number | undefined
}
