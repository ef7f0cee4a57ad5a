import type { World } from '../clock/clock.ts'
import {
  FORECASTS_PER_DAY_MAX,
  NWS_FORECAST_CACHE_MS,
  NWS_FORECAST_STALE_MS,
  NWS_OBSERVATION_STALE_MS,
  NWS_OBSERVATIONS_CACHE_MS,
  OBSERVATIONS_PER_DAY_MAX,
} from '../config/limits.ts'
import type { City } from '../domain/city.ts'
import { type ClimateDate, type ClimateDay, climateDay, DAY_MS } from '../domain/climate-day.ts'
import { invariant } from '../domain/invariant.ts'
import type { Forecast, Observation } from '../domain/weather.ts'
import type { PastDay } from './inputs.ts'
import { fahrenheit, isAirTemperature } from './measurements.ts'
import { type Fetched, getJson } from './nws-http.ts'
import { readingValues } from './nws-reading.ts'
import { gridSchema, type NwsGrid, observationsSchema, pointSchema } from './nws-schemas.ts'
import type { WeatherAnswer, WeatherSource } from './source.ts'
import type { WeatherArchive } from './weather-archive.ts'

export const NWS_URL = 'https://api.weather.gov'

/** As which its forecasts are stored. */
const SOURCE = 'NWS'
const READINGS_ASKED = 500
const KEPT_AFTER_END_MS = 2 * DAY_MS

export interface NwsOptions {
  /** Who runs this: a mail address or page. api.weather.gov asks for it in the User-Agent and blocks requests without. */
  readonly contact: string
  readonly world: Pick<World, 'transport' | 'market'>
  readonly baseUrl?: string
  /**
   * Earlier days, and what an earlier session saw of the day's forecasts, which the service no longer has once the day has
   * begun. Without it the features of the trailing errors are missing.
   */
  readonly archive?: Pick<WeatherArchive, 'past' | 'forecasts'>
}

/** An answer and when it came, shared by everyone who asks while it is fresh. */
class Cached<Value> {
  readonly #transport: World['transport']
  readonly #lifetimeMs: number
  #askedNs = Number.NEGATIVE_INFINITY
  #answer: Promise<Fetched<Value>> | undefined

  constructor(transport: World['transport'], lifetimeMs: number) {
    this.#transport = transport
    this.#lifetimeMs = lifetimeMs
  }

  get(ask: () => Promise<Fetched<Value>>): Promise<Fetched<Value>> {
    const nowNs = this.#transport.monotonicNs()
    if (this.#answer && nowNs - this.#askedNs < this.#lifetimeMs * 1e6) return this.#answer
    this.#askedNs = nowNs
    const answer = ask()
    this.#answer = answer
    void answer.then((fetched) => {
      // A failure is not kept: the next look asks again.
      if (!fetched.ok && this.#answer === answer) this.#answer = undefined
    })
    return answer
  }
}

interface DayState {
  readonly day: ClimateDay
  readonly readings: Cached<readonly Observation[]>
  /** When each reading was first seen: nothing is known before it came. */
  readonly firstSeenMs: Map<string, number>
  /** Every forecast seen for this day, by issue. */
  readonly forecasts: Map<string, Forecast>
}

/** The maximum whose interval has its middle in the climate day, in °F; undefined where the grid has none that can be. */
export function gridMaximumF({ maxTemperature }: NwsGrid, day: ClimateDay): number | undefined {
  const highs = maxTemperature.values.flatMap(({ validTime, value }) => {
    const middleMs = (validTime.startMs + validTime.endMs) / 2
    return value !== null && isAirTemperature(value) && middleMs >= day.startMs && middleMs < day.endMs ? [value] : []
  })
  return highs.length === 0 ? undefined : fahrenheit(Math.max(...highs))
}

/** Station readings and the official forecast from api.weather.gov: no key, a User-Agent that says whom to write to. */
export function nwsSource(options: NwsOptions): WeatherSource {
  return new NwsSource(options)
}

class NwsSource implements WeatherSource {
  readonly name = 'nws'
  readonly #options: NwsOptions
  readonly #baseUrl: string
  readonly #userAgent: string
  readonly #days = new Map<string, DayState>()
  readonly #grids = new Map<string, Cached<NwsGrid>>()
  readonly #cells = new Map<string, string>()

  constructor(options: NwsOptions) {
    invariant(options.contact.trim() !== '', 'the service is told whom to write to')
    this.#options = options
    this.#baseUrl = (options.baseUrl ?? NWS_URL).replace(/\/$/, '')
    this.#userAgent = `halcyon (${options.contact})`
  }

  async observations(city: City, date: ClimateDate, asOfMs: number): Promise<WeatherAnswer<Observation>> {
    const state = this.#stateOf(city, date)
    if (asOfMs < state.day.startMs) return { ok: true, rows: [] }
    const fetched = await state.readings.get(() => this.#fetchReadings(city, state))
    if (!fetched.ok) return fetched
    const newestMs = fetched.value.reduce((newest, row) => Math.max(newest, row.validMs), state.day.startMs)
    const ageMs = Math.min(asOfMs, state.day.endMs) - newestMs
    if (ageMs > NWS_OBSERVATION_STALE_MS) {
      return stale(`The newest reading of ${city.station} is ${Math.round(ageMs / 60_000)} minutes old`, newestMs)
    }
    return { ok: true, rows: fetched.value }
  }

  async forecasts(city: City, date: ClimateDate, asOfMs: number): Promise<WeatherAnswer<Forecast>> {
    const state = this.#stateOf(city, date)
    let cached = this.#grids.get(city.key)
    if (!cached) {
      cached = new Cached(this.#options.world.transport, NWS_FORECAST_CACHE_MS)
      this.#grids.set(city.key, cached)
    }
    const fetched = await cached.get(() => this.#fetchGrid(city))
    if (!fetched.ok) return fetched
    const grid = fetched.value
    if (asOfMs - grid.updateTime > NWS_FORECAST_STALE_MS) {
      return stale(`The forecast of ${city.name} was last updated more than a day ago`, grid.updateTime)
    }
    this.#keepForecast(city, state, grid)
    return { ok: true, rows: [...state.forecasts.values()] }
  }

  async past(city: City, date: ClimateDate, asOfMs: number): Promise<WeatherAnswer<PastDay>> {
    return { ok: true, rows: this.#options.archive?.past(city, date, asOfMs) ?? [] }
  }

  nextAvailableMs(): undefined {
    return undefined
  }

  #stateOf(city: City, date: ClimateDate): DayState {
    const key = `${city.key} ${date}`
    let state = this.#days.get(key)
    if (!state) {
      this.#forgetOldDays()
      state = {
        day: climateDay(city.key, date),
        readings: new Cached(this.#options.world.transport, NWS_OBSERVATIONS_CACHE_MS),
        firstSeenMs: new Map(),
        forecasts: this.#seenBefore(city, date),
      }
      this.#days.set(key, state)
    }
    return state
  }

  #seenBefore(city: City, date: ClimateDate): Map<string, Forecast> {
    const rows = this.#options.archive?.forecasts(city, date) ?? []
    return new Map(rows.filter(({ source }) => source === SOURCE).map((row) => [issueOf(row), row]))
  }

  #forgetOldDays(): void {
    const nowMs = this.#options.world.market.nowMs()
    for (const [key, { day }] of this.#days) if (nowMs - day.endMs > KEPT_AFTER_END_MS) this.#days.delete(key)
  }

  #get<Schema extends Parameters<typeof getJson>[1]>(path: string, schema: Schema) {
    const { transport } = this.#options.world
    return getJson(`${this.#baseUrl}${path}`, schema, { userAgent: this.#userAgent, transport })
  }

  async #fetchReadings(city: City, { day, firstSeenMs }: DayState): Promise<Fetched<readonly Observation[]>> {
    const from = Temporal.Instant.fromEpochMilliseconds(day.startMs).toString()
    const to = Temporal.Instant.fromEpochMilliseconds(day.endMs).toString()
    const path = `/stations/${city.station}/observations?start=${from}&end=${to}&limit=${READINGS_ASKED}`
    const fetched = await this.#get(path, observationsSchema)
    if (!fetched.ok) return fetched
    const nowMs = this.#options.world.market.nowMs()
    const rows: Observation[] = []
    for (const { properties } of fetched.value.features) {
      const validMs = properties.timestamp
      const values = readingValues(properties)
      const isInDay = validMs >= day.startMs && validMs < day.endMs
      // A station whose clock is ahead of ours is heard once its time has come.
      if (!values || !isInDay || validMs > nowMs) continue
      const key = `${validMs} ${JSON.stringify(values)}`
      const availableMs = firstSeenMs.get(key) ?? nowMs
      firstSeenMs.set(key, availableMs)
      rows.push({ city: city.key, station: city.station, kind: 'station', validMs, availableMs, ...values })
    }
    if (rows.length > OBSERVATIONS_PER_DAY_MAX || firstSeenMs.size > 2 * OBSERVATIONS_PER_DAY_MAX) {
      return { ok: false, failure: { kind: 'malformed', detail: `Too many readings of ${city.station} in one day` } }
    }
    return { ok: true, value: rows.sort((a, b) => a.validMs - b.validMs) }
  }

  async #fetchGrid(city: City): Promise<Fetched<NwsGrid>> {
    const cell = await this.#cellOf(city)
    if (!cell.ok) return cell
    const fetched = await this.#get(`/gridpoints/${cell.value}`, gridSchema)
    // Offices are moved between grids now and then: the cell is looked up again next time.
    if (!fetched.ok && fetched.failure.kind === 'missingStation') this.#cells.delete(city.key)
    return fetched.ok ? { ok: true, value: fetched.value.properties } : fetched
  }

  async #cellOf(city: City): Promise<Fetched<string>> {
    const known = this.#cells.get(city.key)
    if (known !== undefined) return { ok: true, value: known }
    const fetched = await this.#get(`/points/${city.latitude},${city.longitude}`, pointSchema)
    if (!fetched.ok) return fetched
    const { gridId, gridX, gridY } = fetched.value.properties
    const cell = `${gridId}/${gridX},${gridY}`
    this.#cells.set(city.key, cell)
    return { ok: true, value: cell }
  }

  /** The grid drops a day's maximum once its hours have begun; what was seen of it stays. */
  #keepForecast(city: City, { day, forecasts }: DayState, grid: NwsGrid): void {
    const highF = gridMaximumF(grid, day)
    if (highF === undefined) return
    const issuedMs = grid.updateTime
    const key = issueOf({ issuedMs, highF })
    if (forecasts.has(key) || forecasts.size >= FORECASTS_PER_DAY_MAX) return
    const availableMs = Math.max(this.#options.world.market.nowMs(), issuedMs)
    forecasts.set(key, { city: city.key, date: day.date, source: SOURCE, kind: 'asOf', highF, issuedMs, availableMs })
  }
}

const issueOf = ({ issuedMs, highF }: Pick<Forecast, 'issuedMs' | 'highF'>): string => `${issuedMs} ${highF}`

const stale = (detail: string, newestMs: number): WeatherAnswer<never> => ({
  ok: false,
  failure: { kind: 'stale', detail, newestMs },
})
