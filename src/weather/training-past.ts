import { PAST_DAYS_MAX } from '../config/limits.ts'
import type { CityKey } from '../domain/city.ts'
import { addDays, type ClimateDate, climateDay } from '../domain/climate-day.ts'
import { highKnownMs, type PastArchive, pastDayAt } from './features-past.ts'
import type { PastDay } from './inputs.ts'

const HOUR_MS = 3_600_000

/**
 * What `gatherPast` gives, for many days of one city at one hour of the day's clock: each earlier day is looked up once, not
 * once for each of the sixty days after it.
 *
 * @param hour of the decision; the days asked for lie between `from` and `to`
 */
export function pastByDate(
  city: CityKey,
  hour: number,
  archive: PastArchive,
  { from, to }: { readonly from: ClimateDate; readonly to: ClimateDate },
): ReadonlyMap<ClimateDate, readonly PastDay[]> {
  const pasts = new Map<ClimateDate, readonly PastDay[]>()
  const window: { readonly date: ClimateDate; readonly knownMs: number; readonly day: PastDay | undefined }[] = []
  for (let date = addDays(from, -PAST_DAYS_MAX); date <= to; date = addDays(date, 1)) {
    const asOfMs = climateDay(city, date).startMs + hour * HOUR_MS
    if (date >= from) {
      pasts.set(
        date,
        window.flatMap(({ knownMs, day }) => (day !== undefined && knownMs <= asOfMs ? [day] : [])),
      )
    }
    window.unshift({ date, knownMs: highKnownMs(city, date), day: pastDayAt(city, date, hour * HOUR_MS, archive) })
    if (window.length > PAST_DAYS_MAX) window.pop()
  }
  return pasts
}
