import { beforeEach, describe, expect, it } from 'vitest'
import { openWeatherPast, type WeatherPastKeeper } from '../../../src/app/weather-past.ts'
import { simulatedClock } from '../../../src/clock/simulated-clock.ts'
import { PAST_DAYS_MAX } from '../../../src/config/limits.ts'
import { CITIES } from '../../../src/domain/city.ts'
import { addDays, climateDateOf, climateDay } from '../../../src/domain/climate-day.ts'
import { createInMemoryLedger, emptyBooks } from '../../../src/ledger/in-memory.ts'
import { nwsSource } from '../../../src/weather/nws.ts'
import { END, sessionOf } from '../../system/ledger/books.ts'
import { forecastOf, realSession, settlementOf } from '../../system/ledger/weather-days.ts'

const HOUR_MS = 3_600_000
const TODAY = climateDateOf('2024-08-10')
const [TWO_AGO, YESTERDAY] = [addDays(TODAY, -2), addDays(TODAY, -1)]
const { startMs } = climateDay('chicago', TODAY)
const { chicago } = CITIES
const books = emptyBooks()

let keeper: WeatherPastKeeper
const pastAt = (hour: number) => keeper.past(chicago, TODAY, startMs + hour * HOUR_MS)
const shown = (hour: number) =>
  pastAt(hour).map(({ date, highF, forecasts }) => [date, highF, ...forecasts.map((row) => row.highF)])

beforeEach(async () => {
  books.sessions.length = 0
  const ledger = createInMemoryLedger(books)
  await ledger.openSession(sessionOf('play', 'a play'))
  ledger.write(settlementOf(addDays(TODAY, -3), '70'))
  await ledger.closeSession(END)
  await ledger.openSession(realSession('real'))
  ledger.write(forecastOf(TWO_AGO, 80))
  const noonMs = climateDay('chicago', TWO_AGO).startMs + 12 * HOUR_MS
  ledger.write(forecastOf(TWO_AGO, 85, { issuedMs: noonMs, availableMs: noonMs + 1 }))
  ledger.write(forecastOf(addDays(TODAY, -PAST_DAYS_MAX - 5), 60))
  ledger.write(settlementOf(TWO_AGO, '82'))
  await ledger.closeSession(END)
  keeper = await openWeatherPast(ledger, startMs)
})

describe('the past of a source that keeps none', () => {
  it('comes from the ledger: what was known at the same hour of its day, and no play', () => {
    expect(shown(5)).toEqual([[TWO_AGO, 82, 80]])
    expect(shown(13)).toEqual([[TWO_AGO, 82, 85]])
  })

  it('knows a high from 03:00 of the day after on, and the session’s own settlements and forecasts at once', () => {
    keeper.note(forecastOf(YESTERDAY, 78))
    keeper.note(settlementOf(YESTERDAY, '79'))
    expect(shown(2)).toEqual([[TWO_AGO, 82, 80]])
    expect(shown(3)).toEqual([
      [YESTERDAY, 79, 78],
      [TWO_AGO, 82, 80],
    ])
    keeper.note(forecastOf(YESTERDAY, 77, { issuedMs: startMs - 26 * HOUR_MS, availableMs: startMs - 25 * HOUR_MS }))
    expect(shown(3)[0]).toEqual([YESTERDAY, 79, 77])
    keeper.note(settlementOf(addDays(TODAY, -4), 'below 80'))
    keeper.note(forecastOf(addDays(TODAY, -4), 50, { kind: 'archive' }))
    expect(shown(3)).toHaveLength(2)
  })

  it('keeps the first availability of a forecast that is seen again', () => {
    keeper.note(forecastOf(TWO_AGO, 80, { availableMs: startMs }))
    expect(shown(5)).toEqual([[TWO_AGO, 82, 80]])
  })

  it('is what the National Weather Service source answers', async () => {
    const { transport, market } = simulatedClock({ startMs })
    const source = nwsSource({ contact: 'someone', world: { transport, market }, archive: keeper })
    const answer = await source.past(chicago, TODAY, startMs + 5 * HOUR_MS)
    expect(answer).toEqual({ ok: true, rows: pastAt(5) })
  })
})
