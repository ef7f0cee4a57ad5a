import { CITIES, CITY_KEYS, type CityKey } from '../domain/city.ts'
import type { Observation } from '../domain/weather.ts'
import { numberOf, readArchiveCsv } from '../weather/training-archive.ts'

export const READINGS_FILE = 'asos_metar_readings.csv.gz'

/** The archive does not say when a report was known; it comes a few minutes after its time. */
const KNOWN_AFTER_MS = 10 * 60_000
/** Quality codes of the archive: suspect or erroneous temperatures. */
const SUSPECT_QUALITY: ReadonlySet<string> = new Set(['2', '3', '6', '7'])

const CITY_OF_STATION: ReadonlyMap<string, CityKey> = new Map(CITY_KEYS.map((city) => [CITIES[city].station, city]))

/** Readings of the stations that settle a market. The file also has others, which settle nothing: they are left out. */
export function readStationReadings(folder: string): readonly Observation[] {
  return readArchiveCsv(folder, READINGS_FILE).flatMap((row): Observation[] => {
    const { station = '', precision } = row
    const city = CITY_OF_STATION.get(station)
    const celsius = numberOf(row.temp_c)
    if (city === undefined || celsius === undefined || SUSPECT_QUALITY.has(row.isd_qc ?? '')) return []
    if (precision !== '0.1C' && precision !== '1C') return []
    const validMs = Date.parse(`${(row.valid_utc ?? '').replace(' ', 'T')}Z`)
    const temperatureF = celsius * 1.8 + 32
    return [{ city, station, kind: 'station', validMs, availableMs: validMs + KNOWN_AFTER_MS, temperatureF, precision }]
  })
}
