import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CITIES, type City } from '../../../src/domain/city.ts'
import { addDays, climateDateOf, climateDay } from '../../../src/domain/climate-day.ts'
import { OperatingError } from '../../../src/domain/operating-error.ts'
import { assertNothingLater } from '../../../src/weather/features.ts'
import { loadRecordedWeather, openRecordedSource, recordedSource } from '../../../src/weather/recorded-source.ts'
import { atHour, DATE, forecast, reading } from '../../support/inference/fixtures.ts'

const BUNDLE = fileURLToPath(new URL('../../../src/weather/recorded/2024-12-17', import.meta.url))
const NEW_YORK = CITIES.new_york
const PLAYED: readonly City[] = [CITIES.new_york, CITIES.chicago, CITIES.austin, CITIES.denver]

const rowsOf = async <Row>(
  answer: Promise<{ ok: true; rows: readonly Row[] } | { ok: false }>,
): Promise<readonly Row[]> => {
  const got = await answer
  return got.ok ? got.rows : []
}

describe('recorded weather', () => {
  const early = forecast({ availableMs: atHour(-8) })
  const late = forecast({ source: 'NBM', issuedMs: atHour(2), availableMs: atHour(3) })
  const read = reading({ validMs: atHour(5), availableMs: atHour(5.1) })
  const source = recordedSource({ forecasts: [late, early], observations: [read], highs: [] })

  it('hands nothing out a millisecond before it was available, and from then on', async () => {
    expect(await rowsOf(source.forecasts(NEW_YORK, DATE, atHour(-8) - 1))).toEqual([])
    expect(await rowsOf(source.forecasts(NEW_YORK, DATE, atHour(-8)))).toEqual([early])
    expect(await rowsOf(source.forecasts(NEW_YORK, DATE, atHour(3)))).toEqual([early, late])
    expect(await rowsOf(source.observations(NEW_YORK, DATE, atHour(5.1) - 1))).toEqual([])
    expect(await rowsOf(source.observations(NEW_YORK, DATE, atHour(5.1)))).toEqual([read])
  })

  it('names the next instant at which something becomes available, and Infinity after the last', () => {
    expect(source.nextAvailableMs(NEW_YORK, DATE, atHour(-9))).toBe(atHour(-8))
    expect(source.nextAvailableMs(NEW_YORK, DATE, atHour(-8))).toBe(atHour(3))
    expect(source.nextAvailableMs(NEW_YORK, DATE, atHour(3))).toBe(atHour(5.1))
    expect(source.nextAvailableMs(NEW_YORK, DATE, atHour(5.1))).toBe(Number.POSITIVE_INFINITY)
  })

  it('keeps cities and days apart', async () => {
    expect(await rowsOf(source.forecasts(CITIES.chicago, DATE, atHour(10)))).toEqual([])
    expect(await rowsOf(source.forecasts(NEW_YORK, addDays(DATE, 1), atHour(10)))).toEqual([])
  })
})

describe('the earlier days of a decision', () => {
  const yesterday = addDays(DATE, -1)
  const dayBefore = addDays(DATE, -2)
  const source = recordedSource({
    forecasts: [
      forecast({ date: yesterday, issuedMs: atHour(-36), availableMs: atHour(-32) }),
      forecast({ date: yesterday, issuedMs: atHour(-20), availableMs: atHour(-18), highF: 60 }),
    ],
    observations: [],
    highs: [
      { city: 'new_york', date: yesterday, highF: 52 },
      { city: 'new_york', date: dayBefore, highF: 44 },
    ],
  })
  const dates = async (asOfMs: number): Promise<readonly string[]> =>
    (await rowsOf(source.past(NEW_YORK, DATE, asOfMs))).map((day) => day.date)

  it('end at the day whose high was known at 03:00 local standard time of the day after', async () => {
    expect(await dates(atHour(-4))).toEqual([dayBefore])
    expect(await dates(atHour(2.99))).toEqual([dayBefore])
    expect(await dates(atHour(3))).toEqual([yesterday, dayBefore])
  })

  it('bring the forecasts that were available at the same whole hour of their own clock', async () => {
    const highs = async (asOfMs: number): Promise<readonly number[] | undefined> =>
      (await rowsOf(source.past(NEW_YORK, DATE, asOfMs)))[0]?.forecasts.map((row) => row.highF)
    expect(await highs(atHour(5.99))).toEqual([57])
    expect(await highs(atHour(6))).toEqual([60])
  })

  it('are the same list for as long as the hour lasts', async () => {
    const [first, second] = [source.past(NEW_YORK, DATE, atHour(5)), source.past(NEW_YORK, DATE, atHour(5.9))]
    expect(await rowsOf(first)).toBe(await rowsOf(second))
  })
})

describe('the bundled day', () => {
  it('breaks the look-ahead rule at no quarter of an hour of the play', async () => {
    const source = await openRecordedSource(BUNDLE)
    const date = climateDateOf('2024-12-17')
    let checked = 0
    for (const city of PLAYED) {
      const day = climateDay(city.key, date)
      for (let asOfMs = day.startMs - 14 * 3_600_000; asOfMs < day.endMs; asOfMs += 900_000) {
        const [forecasts, observations, past] = await Promise.all([
          rowsOf(source.forecasts(city, date, asOfMs)),
          rowsOf(source.observations(city, date, asOfMs)),
          rowsOf(source.past(city, date, asOfMs)),
        ])
        assertNothingLater({ city: city.key, date, asOfMs, forecasts, observations, past })
        checked += forecasts.length + observations.length
      }
      expect(await rowsOf(source.past(city, date, day.startMs + 5 * 3_600_000))).toHaveLength(60)
    }
    expect(checked).toBeGreaterThan(1_000)
  })

  it('has its first forecasts at 20:00 the day before where they are widened', () => {
    return openRecordedSource(BUNDLE).then((source) => {
      for (const city of [CITIES.austin, CITIES.denver]) {
        const { startMs } = climateDay(city.key, DATE)
        expect(source.nextAvailableMs(city, DATE, startMs - 24 * 3_600_000)).toBe(startMs - 4 * 3_600_000)
      }
    })
  })
})

describe('a folder of recorded weather that does not hold', () => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'halcyon-weather-'))
    for (const file of ['forecasts.csv.gz', 'observations.csv.gz', 'highs.csv.gz']) {
      await copyFile(join(BUNDLE, file), join(folder, file))
    }
  })
  afterEach(() => rm(folder, { recursive: true }))

  const refusal = async (): Promise<string> => {
    const error: unknown = await loadRecordedWeather(folder).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(OperatingError)
    return String(error)
  }
  const write = (file: string, lines: readonly string[]): Promise<void> =>
    writeFile(join(folder, file), gzipSync(`${lines.join('\n')}\n`))

  it('names a file that is missing', async () => {
    await rm(join(folder, 'highs.csv.gz'))
    expect(await refusal()).toContain(`${join(folder, 'highs.csv.gz')} cannot be read (ENOENT)`)
  })

  it.each([
    ['an impossible temperature', 'austin,2024-12-17,NWS,asOf,warm,2024-12-16T12:00Z,2024-12-16T13:00Z'],
    ['a forecast known before its issue', 'austin,2024-12-17,NWS,asOf,70,2024-12-16T12:00Z,2024-12-16T11:00Z'],
    ['a missing column', 'austin,2024-12-17,NWS,asOf,70,2024-12-16T12:00Z'],
    ['an unknown city', 'boston,2024-12-17,NWS,asOf,70,2024-12-16T12:00Z,2024-12-16T13:00Z'],
  ])('names file and line of %s', async (_what, line) => {
    const good = 'austin,2024-12-17,NWS,asOf,70,2024-12-16T12:00Z,2024-12-16T13:00Z'
    await write('forecasts.csv.gz', ['city,date,source,kind,high_f,issued_utc,available_utc', good, line])
    expect(await refusal()).toContain(`${join(folder, 'forecasts.csv.gz')}, line 3: `)
  })

  it('names file and line of a second high for one day', async () => {
    await write('highs.csv.gz', ['city,date,high_f,source', 'austin,2024-12-16,70,GHCND', 'austin,2024-12-16,71,GHCND'])
    expect(await refusal()).toContain('highs.csv.gz, line 3: a second high for austin 2024-12-16')
  })

  it('refuses a file that is no gzip', async () => {
    await writeFile(join(folder, 'observations.csv.gz'), 'city,station')
    expect(await refusal()).toContain('observations.csv.gz')
  })
})
