import type { CityKey } from '../domain/city.ts'
import { type ClimateDate, climateDay } from '../domain/climate-day.ts'
import { unreachable } from '../domain/invariant.ts'
import type { Forecast } from '../domain/weather.ts'
import { gatherPast, type PastArchive } from '../weather/features-past.ts'
import { newestPerSource } from '../weather/features-sources.ts'
import type { WeatherInputs } from '../weather/inputs.ts'
import type { InputVariant } from './row.ts'
import type { WeatherHistory } from './weather-history.ts'

/** What there is without any forecast of the day, from official highs known at the decision. */
export type StrictForecast = (
  city: CityKey,
  date: ClimateDate,
  asOfMs: number,
  highOf: (date: ClimateDate) => number | undefined,
) => Forecast | undefined

export interface DecisionTime {
  readonly city: CityKey
  readonly date: ClimateDate
  readonly asOfMs: number
}

/** Gathers what serving would have gathered. */
export interface InputGatherer {
  /** Undefined where the variant has no forecast yet. */
  gather(decision: DecisionTime, variant: InputVariant): WeatherInputs | undefined
}

/**
 * The inputs of a decision under each variant (models.md §3), as the sources of a running daemon give them: rows by when they
 * became available, earlier days of the same variant at the same hour of their own clock. The strict variant has no
 * readings either: nothing of the day at all.
 */
export function inputGatherer(history: WeatherHistory, strictForecast: StrictForecast): InputGatherer {
  const pasts = new Map<string, PastArchive>()

  const availableForecasts = ({ city, date, asOfMs }: DecisionTime, variant: InputVariant): readonly Forecast[] => {
    const stored = (kind: Forecast['kind']): readonly Forecast[] =>
      history.forecasts(kind, city, date).filter((row) => row.availableMs <= asOfMs)
    switch (variant) {
      case 'as-of':
        return stored('asOf')
      case 'widened':
        return stored('widened')
      case 'archive':
        return stored('archive')
      case 'strict': {
        const forecast = strictForecast(city, date, asOfMs, (day) => history.highF(city, day))
        return forecast === undefined ? [] : [forecast]
      }
      default:
        return unreachable(variant)
    }
  }

  /** What an earlier day looked like at one hour of its clock is the same for the sixty days that look back at it. */
  const pastArchive = (city: CityKey, variant: InputVariant, intoDayMs: number): PastArchive => {
    const key = `${city} ${variant} ${intoDayMs}`
    const known = pasts.get(key)
    if (known !== undefined) return known
    const byDate = new Map<ClimateDate, readonly Forecast[]>()
    const archive: PastArchive = {
      highF: (date) => history.highF(city, date),
      forecasts(date) {
        const held = byDate.get(date)
        if (held !== undefined) return held
        const asOfMs = climateDay(city, date).startMs + intoDayMs
        const rows = newestPerSource(availableForecasts({ city, date, asOfMs }, variant))
        byDate.set(date, rows)
        return rows
      },
    }
    pasts.set(key, archive)
    return archive
  }

  return {
    gather(decision, variant) {
      const { city, date, asOfMs } = decision
      const forecasts = availableForecasts(decision, variant)
      if (forecasts.length === 0) return undefined
      const archive = pastArchive(city, variant, asOfMs - climateDay(city, date).startMs)
      const isAvailable = (row: { readonly availableMs: number }): boolean => row.availableMs <= asOfMs
      const observations = variant === 'strict' ? [] : history.readings(city, date).filter(isAvailable)
      return { city, date, asOfMs, forecasts, observations, past: gatherPast(city, date, asOfMs, archive) }
    },
  }
}
