import { PAST_DAYS_MAX } from '../config/limits.ts'
import type { CityKey } from '../domain/city.ts'
import { addDays, type ClimateDate } from '../domain/climate-day.ts'
import type { Forecast } from '../domain/weather.ts'
import { highKnownMs } from './features-past.ts'
import { mean } from './features-sources.ts'

/** The source of a forecast that rests on earlier highs alone. It has no column of its own among the features. */
export const PERSISTENCE = 'PERSISTENCE'

const MEAN_DAYS = 30
const KNOWN_DAYS_MIN = 10
/** How much of the newest high's distance from the month's mean is left after so many days; nothing of an older one. */
const AUTOCORRELATION: ReadonlyMap<number, number> = new Map([
  [1, 0.65],
  [2, 0.4],
])

/**
 * What there is without any forecast of the day, the *strict* variant (models.md §3): the mean of the 30 newest highs known
 * at `asOfMs`, moved towards the newest. For training and evaluation, never for the daemon.
 *
 * @param highOf the official high of a day in whole °F, whether known yet or not
 * @returns undefined where fewer than 10 highs of the last 60 days are known
 */
export function persistenceForecast(
  city: CityKey,
  date: ClimateDate,
  asOfMs: number,
  highOf: (date: ClimateDate) => number | undefined,
): Forecast | undefined {
  const known: { readonly back: number; readonly date: ClimateDate; readonly highF: number }[] = []
  for (let back = 1; back <= PAST_DAYS_MAX && known.length < MEAN_DAYS; back++) {
    const earlier = addDays(date, -back)
    if (highKnownMs(city, earlier) > asOfMs) continue
    const highF = highOf(earlier)
    if (highF !== undefined) known.push({ back, date: earlier, highF })
  }
  const newest = known[0]
  if (newest === undefined || known.length < KNOWN_DAYS_MIN) return undefined
  const meanF = mean(known.map((day) => day.highF))
  const highF = meanF + (AUTOCORRELATION.get(newest.back) ?? 0) * (newest.highF - meanF)
  const knownMs = highKnownMs(city, newest.date)
  return { city, date, source: PERSISTENCE, kind: 'asOf', highF, issuedMs: knownMs, availableMs: knownMs }
}
