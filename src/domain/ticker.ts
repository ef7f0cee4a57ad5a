import { CITIES, type City, type CityKey, cityOfSeries } from './city.ts'
import { type ClimateDate, parseClimateDate } from './climate-day.ts'
import { type EventTicker, eventTickerOf, type MarketTicker, marketTickerOf } from './ids.ts'

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'] as const

export interface WeatherEventName {
  readonly city: City
  readonly date: ClimateDate
  readonly ticker: EventTicker
}

/** `KXHIGHCHI` + 2024-12-17 → `KXHIGHCHI-24DEC17`. */
export function weatherEventTicker(city: CityKey, date: ClimateDate): EventTicker {
  const month = MONTHS[Number.parseInt(date.slice(5, 7), 10) - 1] ?? ''
  return eventTickerOf(`${CITIES[city].series}-${date.slice(2, 4)}${month}${date.slice(8, 10)}`)
}

/** Undefined for a ticker that is not a daily-high event of one of the seven cities. */
export function parseWeatherEventTicker(text: string): WeatherEventName | undefined {
  const match = /^(KXHIGH[A-Z]+)-(\d{2})([A-Z]{3})(\d{2})$/.exec(text)
  if (!match) return undefined
  const [, series = '', year, monthName = '', day] = match
  const city = cityOfSeries(series)
  const month = (MONTHS as readonly string[]).indexOf(monthName) + 1
  const date = parseClimateDate(`20${year}-${String(month).padStart(2, '0')}-${day}`)
  return city && date ? { city, date, ticker: eventTickerOf(text) } : undefined
}

/** The event part of a market ticker: all before its last part, which may itself be a negative strike (`-T-1`). */
export function eventTickerOfMarket(market: MarketTicker): EventTicker {
  return eventTickerOf(market.replace(/-(?:[TB]-\d+(?:\.\d)?|[^-]+)$/, ''))
}

/** Tickers recorded before 2024-10-24 lack today's `KX`. */
export const withCurrentPrefix = (ticker: string): MarketTicker =>
  marketTickerOf(ticker.startsWith('HIGH') ? `KX${ticker}` : ticker)
