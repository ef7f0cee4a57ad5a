import { fileURLToPath } from 'node:url'
import type { World } from '../clock/clock.ts'
import type { Config } from '../config/schema.ts'
import { usageError } from '../domain/operating-error.ts'
import { nwsSource } from '../weather/nws.ts'
import { openRecordedSource } from '../weather/recorded-source.ts'
import type { WeatherSource } from '../weather/source.ts'
import type { WeatherArchive } from '../weather/weather-archive.ts'

const BUNDLED_WEATHER = fileURLToPath(new URL('../weather/recorded/2024-12-17', import.meta.url))

/**
 * @param archive for a source that keeps none itself
 * @throws OperatingError where a recorded folder does not hold, or the remote source is not configured.
 */
export async function openWeather(
  { weather }: Config,
  world: World,
  archive?: Pick<WeatherArchive, 'past' | 'forecasts'>,
): Promise<WeatherSource> {
  if (weather.source === 'recorded') return openRecordedSource(weather.folder ?? BUNDLED_WEATHER)
  if (weather.contact === undefined) {
    throw usageError(
      'weather.source is "nws" and weather.contact is not set. api.weather.gov asks for an address to write to in the User-Agent: set weather.contact to your mail address or page.',
    )
  }
  return nwsSource({ contact: weather.contact, baseUrl: weather.nwsUrl, world, ...(archive && { archive }) })
}
