import { climateDateOf, climateDayAt } from '../domain/climate-day.ts'
import type { Forecast, OfficialHigh } from '../domain/weather.ts'
import { roundHalfUp } from './features-sources.ts'
import type { StationReport } from './station-reports.ts'
import { ARCHIVE_CITY, NEIGHBOUR_STATIONS } from './stations.ts'
import { numberOf, readArchiveCsv, readModelOutputStatistics } from './training-archive.ts'

/** As the daily archive names O'Hare, whose highs stand there in Chicago's place. */
const O_HARE_LABEL = 'KORD(!)'

/** Forecasts for the neighbour stations themselves, under the key of the city that they lie in. */
export const readNeighbourForecasts = (folder: string): readonly Forecast[] =>
  readModelOutputStatistics(folder, (station, city) => NEIGHBOUR_STATIONS[station] === city)

/**
 * Official highs of the neighbour stations: O'Hare's as stored, LaGuardia's from the 24-hour group of its midnight reports,
 * rounded to whole °F. That group gives the official high on 99.7 % of the days on which both are known (995 of 997 at KMIA,
 * 996 of 999 at KORD up to 2024-09-30).
 */
export function readNeighbourHighs(
  folder: string,
  reports: readonly StationReport[],
): readonly (OfficialHigh & { readonly source: string })[] {
  const ofOHare = readArchiveCsv(folder, 'daily_high_obs_and_forecasts_7cities.csv.gz').flatMap((row) => {
    const highF = numberOf(row.nws_high)
    if (row.obs_station !== O_HARE_LABEL || ARCHIVE_CITY[row.city ?? ''] !== 'chicago' || highF === undefined) return []
    return [{ city: 'chicago' as const, date: climateDateOf(row.date ?? ''), highF, source: 'ACIS_KORD' }]
  })
  return [...ofOHare, ...highsOfDayGroups(reports.filter((report) => report.station === 'KLGA'))]
}

/** From the group of the report just before local-standard midnight, which covers the climate day that ends there. */
export function highsOfDayGroups(
  reports: readonly StationReport[],
): readonly (OfficialHigh & { readonly source: string })[] {
  return reports.flatMap(({ city, station, validMs, row }) => {
    const celsius = numberOf(row.max24h_c)
    if (celsius === undefined) return []
    const { date } = climateDayAt(city, validMs)
    return [{ city, date, highF: roundHalfUp(celsius * 1.8 + 32), source: `${station}_24H` }]
  })
}
