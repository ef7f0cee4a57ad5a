import type { CityKey } from '../domain/city.ts'
import type { Observation } from '../domain/weather.ts'
import { fahrenheit, sideMeasurements } from './measurements.ts'
import { type CsvRow, numberOf, readArchiveCsv } from './training-archive.ts'

/** Quality codes of the archive: suspect or erroneous temperatures. */
const SUSPECT_QUALITY: ReadonlySet<string> = new Set(['2', '3', '6', '7'])

/** One METAR or SPECI of the archive that has a temperature which is not suspect. */
export interface StationReport {
  readonly city: CityKey
  readonly station: string
  readonly validMs: number
  readonly celsius: number
  readonly precision: '0.1C' | '1C'
  readonly row: CsvRow
}

/** @param stations which to read, each with the city it is filed under */
export function readStationReports(
  folder: string,
  stations: Readonly<Record<string, CityKey>>,
): readonly StationReport[] {
  return readArchiveCsv(folder, 'asos_metar_readings.csv.gz').flatMap((row) => {
    const { station = '', precision } = row
    const city = Object.hasOwn(stations, station) ? stations[station] : undefined
    const celsius = numberOf(row.temp_c)
    if (city === undefined || celsius === undefined || SUSPECT_QUALITY.has(row.isd_qc ?? '')) return []
    if (precision !== '0.1C' && precision !== '1C') return []
    const validMs = Date.parse(`${(row.valid_utc ?? '').replace(' ', 'T')}Z`)
    return [{ city, station, validMs, celsius, precision, row }]
  })
}

/** @param delayMs how long after its time the report is taken to be known: the archive does not say */
export const readingOf = (
  { city, station, validMs, celsius, precision }: StationReport,
  delayMs: number,
): Observation => ({
  city,
  station,
  kind: 'station',
  validMs,
  availableMs: validMs + delayMs,
  temperatureF: fahrenheit(celsius),
  precision,
})

/** Dew point, pressure and wind of the report. */
export const extrasOf = ({ celsius, row }: StationReport): Pick<Observation, 'dewpointF' | 'pressureHpa' | 'windMs'> =>
  sideMeasurements({
    celsius,
    dewpointCelsius: numberOf(row.dewpoint_c),
    pressureHpa: numberOf(row.slp_hpa),
    windMs: numberOf(row.wind_ms),
  })
