import { INFERENCE_WARM_UP_MS, PAST_DAYS_MAX } from '../config/limits.ts'
import type { CityKey } from '../domain/city.ts'
import { addDays, type ClimateDate, climateDateOf, climateDay } from '../domain/climate-day.ts'
import type { Strike } from '../domain/strike.ts'
import type { Forecast } from '../domain/weather.ts'
import { COLUMN_SOURCES } from '../weather/features.ts'
import type { WeatherInputs } from '../weather/inputs.ts'
import type { Scorer } from './scorer.ts'

const HOUR_MS = 3_600_000
const DATE = climateDateOf('2024-07-01')
const HIGH_F = 85
const ISSUES = 4
const READINGS = 24

export const WARM_UP_STRIKES: readonly Strike[] = [
  { kind: 'less', cap: HIGH_F - 2 },
  { kind: 'between', floor: HIGH_F - 2, cap: HIGH_F - 1 },
  { kind: 'between', floor: HIGH_F, cap: HIGH_F + 1 },
  { kind: 'greater', floor: HIGH_F + 1 },
]

function forecastsOf(city: CityKey, date: ClimateDate, issues: number): readonly Forecast[] {
  const { startMs } = climateDay(city, date)
  return COLUMN_SOURCES.flatMap((source, index) =>
    Array.from({ length: issues }, (_, issue): Forecast => {
      const issuedMs = startMs - (issue + 1) * 6 * HOUR_MS
      return { city, date, source, kind: 'asOf', highF: HIGH_F + (index % 3) - 1, issuedMs, availableMs: issuedMs }
    }),
  )
}

/** Composed inputs of the size of a real day's; nothing of them is ever shown or stored. */
export function warmUpInputs(city: CityKey): WeatherInputs {
  const { startMs } = climateDay(city, DATE)
  const asOfMs = startMs + READINGS * 0.5 * HOUR_MS
  return {
    city,
    date: DATE,
    asOfMs,
    forecasts: forecastsOf(city, DATE, ISSUES),
    observations: Array.from({ length: READINGS }, (_, index) => ({
      city,
      station: 'WARM-UP',
      kind: 'station',
      validMs: startMs + index * 0.5 * HOUR_MS,
      availableMs: startMs + index * 0.5 * HOUR_MS,
      temperatureF: HIGH_F - READINGS + index,
      precision: '1F',
    })),
    past: Array.from({ length: PAST_DAYS_MAX }, (_, index) => {
      const date = addDays(DATE, -(index + 1))
      return { date, highF: HIGH_F + (index % 5) - 2, forecasts: forecastsOf(city, date, 1) }
    }),
  }
}

/** Until code has run some hundred times it runs ten times slower, and the first predictions of a session are its first trades. */
export async function warmUp(scorer: Pick<Scorer, 'score'>, city: CityKey): Promise<void> {
  const inputs = warmUpInputs(city)
  let spentNs = 0
  while (spentNs < INFERENCE_WARM_UP_MS * 1e6) {
    // A copy each time, as a request brings one.
    const score = await scorer.score(structuredClone(inputs), WARM_UP_STRIKES)
    // The pool is closing, or the model fails, which the first real prediction will say with its reason.
    if (!score.ok) return
    spentNs += score.computeNs
  }
}
