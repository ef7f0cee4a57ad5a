import type { CityKey } from '../domain/city.ts'
import type { ClimateDate } from '../domain/climate-day.ts'
import type { Strike } from '../domain/strike.ts'
import type { ForecastKind } from '../domain/weather.ts'
import type { HighDistribution } from '../weather/predict.ts'

/**
 * What a prediction was allowed to read, named in every figure (models.md §3): forecasts with their issue time; the archive
 * with noise until its error equals a real forecast's; the archive as it is, which knows the future; no forecast of the day.
 */
export const INPUT_VARIANTS = ['as-of', 'widened', 'archive', 'strict'] as const
export type InputVariant = (typeof INPUT_VARIANTS)[number]

/** One city, climate day, decision time and input variant: what every package said, and what became true. */
export interface EvaluatedRow {
  readonly city: CityKey
  readonly date: ClimateDate
  /** Local standard hours into the climate day; −4 is 20:00 of the day before, 8.5 is 08:30. */
  readonly decisionHour: number
  readonly asOfMs: number
  readonly variant: InputVariant
  readonly forecastKind: ForecastKind
  readonly baseF: number
  /** The official, settled high. */
  readonly highF: number
  /** No high below this was possible any more, by the station readings of the day. */
  readonly floorF?: number
  /** By package id; all are of the same inputs. */
  readonly distributions: Readonly<Record<string, HighDistribution>>
  /** Present where the market's strikes of that day are known. */
  readonly event?: EvaluatedEvent
}

export interface EvaluatedEvent {
  readonly eventTicker: string
  /** A partition of the whole °F, lowest first. */
  readonly strikes: readonly Strike[]
  readonly tickers: readonly string[]
  /** Index of the strike that the high satisfied. */
  readonly winner: number
  /** P(YES) by package id, in the order of the strikes, each summing to 1. */
  readonly brackets: Readonly<Record<string, readonly number[]>>
  /** The market's probabilities at the decision time, normalised; undefined where too few brackets had traded. */
  readonly market: readonly number[] | undefined
  /** Median age of the brackets' last trades at the decision time, milliseconds: where nobody trades, the price is an old one. */
  readonly priceAgeMs: number | null
  /** YES price of each bracket's last trade at or before the decision time, as it was: what a fill must not be taken for. */
  readonly lastCents: readonly (number | undefined)[]
  /** The first trade of each bracket after the decision time, before the close. */
  readonly nextTrades: readonly (NextTrade | undefined)[]
}

export interface NextTrade {
  readonly yesCents: number
  readonly tsMs: number
  readonly takerSide: 'yes' | 'no'
  readonly count: number
}
