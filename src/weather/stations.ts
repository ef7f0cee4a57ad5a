import type { CityKey } from '../domain/city.ts'

/** Names that the public weather archives use for our cities, and which of their columns is the settlement's station. */
export const ARCHIVE_CITY: Readonly<Record<string, CityKey>> = {
  NYC: 'new_york',
  CHI: 'chicago',
  AUS: 'austin',
  DEN: 'denver',
  LAX: 'los_angeles',
  MIA: 'miami',
  PHL: 'philadelphia',
}

/** Cities whose only forecasts of 2022-2024 have no issue time: theirs are widened (models.md §3). */
export const WIDENED_CITIES = ['austin', 'denver', 'los_angeles'] as const
export type WidenedCity = (typeof WIDENED_CITIES)[number]

export const isWidenedCity = (city: CityKey): city is WidenedCity =>
  (WIDENED_CITIES as readonly string[]).includes(city)

/**
 * Where the official high of a city is read. The stored `nws_high` of Chicago is O'Hare, which settles nothing; GHCN-Daily
 * has Midway and equals the settlement on every settled day.
 */
export const HIGH_SOURCE: Readonly<Record<CityKey, 'GHCND' | 'ACIS'>> = {
  new_york: 'GHCND',
  chicago: 'GHCND',
  austin: 'GHCND',
  philadelphia: 'GHCND',
  denver: 'ACIS',
  los_angeles: 'ACIS',
  miami: 'ACIS',
}

/**
 * Cities of the 2021 bulletins (NWS Selected Cities Summary) whose forecast is for the settlement's own neighbourhood:
 * its Los Angeles is downtown, its Miami is Miami Beach, its Chicago is close to O'Hare.
 */
export const BULLETIN_CITIES: readonly CityKey[] = ['new_york', 'austin', 'philadelphia']

/**
 * Stations next to a settlement's own, which settle nothing: complete readings, forecasts and official highs of their own
 * teach what readings are worth. Kept apart from settlement data everywhere.
 */
export const NEIGHBOUR_STATIONS: Readonly<Record<string, CityKey>> = { KORD: 'chicago', KLGA: 'new_york' }

/** Stations whose readings are in the archive for years, with the city whose clock and names they go by. */
export const READING_STATIONS: Readonly<Record<string, CityKey>> = { KMIA: 'miami', ...NEIGHBOUR_STATIONS }
