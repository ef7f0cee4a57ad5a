import type { SettledMarket } from './settled-high.ts'
import type { Forecast, Observation } from './weather.ts'

/** A row with whether its account was a play's: recorded or reconstructed data, which nobody may learn from. */
export interface Kept<Row> {
  readonly row: Row
  readonly isPlay: boolean
}

/** All the weather that a ledger holds, of every account, as it was stored. */
export interface StoredWeather {
  readonly forecasts: readonly Kept<Forecast>[]
  readonly readings: readonly Kept<Observation>[]
  readonly settlements: readonly Kept<SettledMarket>[]
}
