import { type SeriesTicker, seriesTickerOf } from './ids.ts'

export type CityKey = 'new_york' | 'chicago' | 'austin' | 'denver' | 'los_angeles' | 'miami' | 'philadelphia'

export interface City {
  readonly key: CityKey
  /** For a person. */
  readonly name: string
  readonly series: SeriesTicker
  /** The station whose official high settles the series (ICAO). Chicago is Midway, not O'Hare. */
  readonly station: string
  readonly latitude: number
  readonly longitude: number
  /** Local *standard* time, the climate day's clock, all year. */
  readonly standardOffsetHours: number
  /** For wall-clock display only. */
  readonly zone: string
}

const city = (
  key: CityKey,
  name: string,
  series: string,
  station: string,
  position: readonly [number, number],
  standardOffsetHours: number,
  zone: string,
): City => ({
  key,
  name,
  series: seriesTickerOf(series),
  station,
  latitude: position[0],
  longitude: position[1],
  standardOffsetHours,
  zone,
})

export const CITIES: Readonly<Record<CityKey, City>> = {
  new_york: city('new_york', 'New York', 'KXHIGHNY', 'KNYC', [40.7794, -73.9692], -5, 'America/New_York'),
  chicago: city('chicago', 'Chicago', 'KXHIGHCHI', 'KMDW', [41.7841, -87.7551], -6, 'America/Chicago'),
  austin: city('austin', 'Austin', 'KXHIGHAUS', 'KAUS', [30.1831, -97.6799], -6, 'America/Chicago'),
  denver: city('denver', 'Denver', 'KXHIGHDEN', 'KDEN', [39.8466, -104.6562], -7, 'America/Denver'),
  los_angeles: city('los_angeles', 'Los Angeles', 'KXHIGHLAX', 'KLAX', [33.938, -118.3888], -8, 'America/Los_Angeles'),
  miami: city('miami', 'Miami', 'KXHIGHMIA', 'KMIA', [25.7881, -80.3169], -5, 'America/New_York'),
  philadelphia: city('philadelphia', 'Philadelphia', 'KXHIGHPHIL', 'KPHL', [39.8683, -75.2311], -5, 'America/New_York'),
}

export const CITY_KEYS = Object.keys(CITIES) as readonly CityKey[]

export const isCityKey = (text: string): text is CityKey => Object.hasOwn(CITIES, text)

export function cityOfSeries(series: string): City | undefined {
  return Object.values(CITIES).find((candidate) => candidate.series === series)
}
