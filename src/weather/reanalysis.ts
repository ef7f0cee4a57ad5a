import type { CityKey } from '../domain/city.ts'
import type { ReanalysisHour } from './reconstructed.ts'
import { ARCHIVE_CITY } from './stations.ts'
import { numberOf, readArchiveCsv } from './training-archive.ts'

/** Every hour that the archive's reanalysis has of a city, in its own stamps. @param folder the public weather archives */
export function readReanalysis(folder: string, city: CityKey): readonly ReanalysisHour[] {
  return readArchiveCsv(folder, 'openmeteo_archive_hourly_7cities.csv.gz').flatMap((row) => {
    const temperatureF = numberOf(row.temperature_2m)
    const isOurs = ARCHIVE_CITY[row.city ?? ''] === city && temperatureF !== undefined
    return isOurs ? [{ stamp: row.datetime ?? '', temperatureF }] : []
  })
}
