import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { simulatedClock } from '../../src/clock/simulated-clock.ts'
import { systemTransportClock } from '../../src/clock/system-clock.ts'
import {
  NWS_FORECAST_CACHE_MS,
  NWS_OBSERVATIONS_CACHE_MS,
  NWS_TIMEOUT_MS,
  WEATHER_BODY_BYTES_MAX,
} from '../../src/config/limits.ts'
import { CITIES } from '../../src/domain/city.ts'
import { nwsSource } from '../../src/weather/nws.ts'
import type { WeatherSource } from '../../src/weather/source.ts'
import { createWeatherArchive } from '../../src/weather/weather-archive.ts'
import { createWeatherDesk } from '../../src/weather/weather-desk.ts'
import { atHour, DATE } from '../support/inference/fixtures.ts'
import {
  answerJson,
  gridDocument,
  type NwsServer,
  observationsDocument,
  POINT_DOCUMENT,
  startNwsServer,
} from '../support/nws-server.ts'

const NEW_YORK = CITIES.new_york
const STATION = '/stations/KNYC/observations'
const GRID = '/gridpoints/OKX/33,37'
/** 2024-12-17 11:00 Eastern standard time. */
const NOW_MS = atHour(11)
const at = (hour: number): string => Temporal.Instant.fromEpochMilliseconds(atHour(hour)).toString()
const DAYTIME = { validTime: '2024-12-17T12:00:00+00:00/PT13H', value: 13.88888888888889 }

let server: NwsServer
let clock = simulatedClock({ startMs: NOW_MS })
let source: WeatherSource

beforeEach(async () => {
  server = await startNwsServer()
  clock = simulatedClock({ startMs: NOW_MS })
  source = nwsSource({ contact: 'ops@example.org', world: clock, baseUrl: server.url })
  server.routes.set('/points/40.7794,-73.9692', answerJson(POINT_DOCUMENT))
  server.routes.set(GRID, answerJson(gridDocument(at(4), [DAYTIME])))
  server.routes.set(STATION, answerJson(observationsDocument([{ timestamp: at(10.85), celsius: 10.6 }])))
})
afterEach(() => server.close())

const observations = () => source.observations(NEW_YORK, DATE, clock.market.nowMs())
const forecasts = () => source.forecasts(NEW_YORK, DATE, clock.market.nowMs())

describe('readings from api.weather.gov', () => {
  it('asks for the climate day in standard time and says whom to write to', async () => {
    await observations()
    expect(server.requests).toEqual([
      {
        path: `${STATION}?start=2024-12-17T05:00:00Z&end=2024-12-18T05:00:00Z&limit=500`,
        userAgent: 'halcyon (ops@example.org)',
      },
    ])
  })

  it('turns them into °F with the precision they were reported in, known when they came', async () => {
    const metar = 'KNYC 171551Z AUTO VRB03KT 10SM OVC055 11/04 A3012 RMK AO2 SLP190 T01100044'
    server.routes.set(
      STATION,
      answerJson(
        observationsDocument([
          { timestamp: at(10.85), celsius: 11, rawMessage: metar },
          { timestamp: at(10), celsius: 10.6 },
          { timestamp: at(9.5), celsius: 10 },
        ]),
      ),
    )
    const common = { city: 'new_york', station: 'KNYC', kind: 'station', availableMs: NOW_MS }
    expect(await observations()).toEqual({
      ok: true,
      rows: [
        { ...common, validMs: atHour(9.5), temperatureF: 50, precision: '1C' },
        { ...common, validMs: atHour(10), temperatureF: 51.08, precision: '0.1C' },
        { ...common, validMs: atHour(10.85), temperatureF: 51.8, precision: '0.1C' },
      ],
    })
  })

  it('leaves out what is null, refused by quality control, impossible, of another day or of the future', async () => {
    server.routes.set(
      STATION,
      answerJson(
        observationsDocument([
          { timestamp: at(10), celsius: 10 },
          { timestamp: at(9), celsius: null, qualityControl: 'Z' },
          { timestamp: at(8), celsius: 31, qualityControl: 'X' },
          { timestamp: at(8.2), celsius: 31, qualityControl: 'Q' },
          { timestamp: at(8.4), celsius: 31, qualityControl: 'B' },
          { timestamp: at(7), celsius: 99 },
          { timestamp: at(-0.1), celsius: 20 },
          { timestamp: at(11.01), celsius: 20 },
        ]),
      ),
    )
    expect(await observations()).toMatchObject({ ok: true, rows: [{ validMs: atHour(10) }] })
  })

  it('keeps the instant at which a reading was first seen, and takes a correction as the truth from then on', async () => {
    await observations()
    server.routes.set(
      STATION,
      answerJson(
        observationsDocument([
          { timestamp: at(10.85), celsius: 10.6 },
          { timestamp: at(10.9), celsius: 12 },
        ]),
      ),
    )
    clock.advance(NWS_OBSERVATIONS_CACHE_MS)
    const laterMs = NOW_MS + NWS_OBSERVATIONS_CACHE_MS
    expect(await observations()).toMatchObject({ rows: [{ availableMs: NOW_MS }, { availableMs: laterMs }] })
    server.routes.set(STATION, answerJson(observationsDocument([{ timestamp: at(10.85), celsius: 9.4 }])))
    clock.advance(NWS_OBSERVATIONS_CACHE_MS)
    expect(await observations()).toMatchObject({
      rows: [{ temperatureF: 48.92, availableMs: laterMs + NWS_OBSERVATIONS_CACHE_MS }],
    })
  })

  it('asks once for all who look within a minute', async () => {
    await Promise.all([observations(), observations()])
    clock.advance(NWS_OBSERVATIONS_CACHE_MS - 1)
    await observations()
    expect(server.requests).toHaveLength(1)
  })

  it('needs none before the climate day begins', async () => {
    expect(await source.observations(NEW_YORK, DATE, atHour(-1))).toEqual({ ok: true, rows: [] })
    expect(server.requests).toHaveLength(0)
  })
})

describe('the forecast of api.weather.gov', () => {
  it('is the daily maximum of the grid cell of the station, with its update as issue time', async () => {
    server.routes.set(
      GRID,
      answerJson(
        gridDocument(at(4), [
          { validTime: '2024-12-16T12:00:00+00:00/PT13H', value: 8 },
          DAYTIME,
          { validTime: '2024-12-18T12:00:00+00:00/P0DT13H', value: 3 },
        ]),
      ),
    )
    expect(await forecasts()).toEqual({
      ok: true,
      rows: [
        {
          city: 'new_york',
          date: DATE,
          source: 'NWS',
          kind: 'asOf',
          highF: 57,
          issuedMs: atHour(4),
          availableMs: NOW_MS,
        },
      ],
    })
    expect(server.requests.map(({ path }) => path)).toEqual(['/points/40.7794,-73.9692', GRID])
  })

  it('knows after a restart what an earlier session saw of a day that the grid has dropped', async () => {
    const archive = createWeatherArchive()
    const [evening, morning] = [atHour(-4), atHour(4)]
    const seen = { city: NEW_YORK.key, date: DATE, kind: 'asOf', availableMs: atHour(5) } as const
    archive.addForecast({ ...seen, source: 'NWS', highF: 56, issuedMs: evening })
    archive.addForecast({ ...seen, source: 'NWS', highF: 57, issuedMs: morning })
    archive.addForecast({ ...seen, source: 'GFS_MOS', highF: 70, issuedMs: morning })
    source = nwsSource({ contact: 'ops@example.org', world: clock, baseUrl: server.url, archive })
    // Of what it still has, the service tells once more what is known: as it was first known.
    server.routes.set(GRID, answerJson(gridDocument(at(4), [DAYTIME])))
    expect(await forecasts()).toEqual({
      ok: true,
      rows: [
        { ...seen, source: 'NWS', highF: 56, issuedMs: evening },
        { ...seen, source: 'NWS', highF: 57, issuedMs: morning },
      ],
    })
    clock.advance(NWS_FORECAST_CACHE_MS)
    server.routes.set(GRID, answerJson(gridDocument(at(10), [])))
    expect(await forecasts()).toMatchObject({ ok: true, rows: [{ highF: 56 }, { highF: 57 }] })
  })

  it.each([-999, 57])('is none where it cannot be (%d °C)', async (value) => {
    server.routes.set(GRID, answerJson(gridDocument(at(4), [{ ...DAYTIME, value }])))
    expect(await forecasts()).toEqual({ ok: true, rows: [] })
  })

  it('keeps earlier issues, also when the grid has dropped the day', async () => {
    await forecasts()
    server.routes.set(GRID, answerJson(gridDocument(at(10), [{ ...DAYTIME, value: null }])))
    clock.advance(600_000)
    expect(await forecasts()).toMatchObject({ ok: true, rows: [{ issuedMs: atHour(4) }] })
  })

  it('looks the grid cell up again after it was moved', async () => {
    await forecasts()
    server.routes.delete(GRID)
    clock.advance(600_000)
    expect(await forecasts()).toMatchObject({ ok: false, failure: { kind: 'missingStation' } })
    server.routes.set('/points/40.7794,-73.9692', answerJson({ properties: { gridId: 'OKX', gridX: 34, gridY: 38 } }))
    server.routes.set('/gridpoints/OKX/34,38', answerJson(gridDocument(at(10), [DAYTIME])))
    expect(await forecasts()).toMatchObject({ ok: true })
  })
})

describe('a failure of api.weather.gov is a value', () => {
  it.each([
    [500, 'unavailable'],
    [503, 'unavailable'],
    [429, 'unavailable'],
    [404, 'missingStation'],
  ])('HTTP %i: %s', async (status, kind) => {
    server.routes.set(STATION, answerJson({ title: 'Error' }, status))
    expect(await observations()).toMatchObject({
      ok: false,
      failure: { kind, detail: expect.stringContaining(`${status}`) },
    })
  })

  it('no connection: unavailable', async () => {
    await server.close()
    expect(await observations()).toMatchObject({ ok: false, failure: { kind: 'unavailable' } })
  })

  it('no answer in time, also in the middle of the body: unavailable', async () => {
    const turns = systemTransportClock()
    for (const begins of [false, true]) {
      let isAsked = false
      server.routes.set(STATION, (_request, response) => {
        if (begins) response.writeHead(200).write('{"features": [')
        isAsked = true
      })
      const asked = observations()
      while (!isAsked) await new Promise<void>((resolve) => turns.after(5, resolve))
      await new Promise<void>((resolve) => turns.after(20, resolve))
      clock.advance(NWS_TIMEOUT_MS)
      expect(await asked).toMatchObject({
        ok: false,
        failure: { kind: 'unavailable', detail: expect.stringContaining(`${NWS_TIMEOUT_MS} ms`) },
      })
    }
  })

  it.each([
    ['no JSON', '<html>Down for maintenance</html>'],
    ['another shape', JSON.stringify({ features: [{ properties: { timestamp: 'yesterday' } }] })],
    [
      'an unknown unit',
      JSON.stringify(observationsDocument([{ timestamp: at(10), celsius: 51, unitCode: 'wmoUnit:degF' }])),
    ],
    ['a cut document', JSON.stringify(observationsDocument([{ timestamp: at(10), celsius: 10 }])).slice(0, -20)],
  ])('%s: malformed', async (_what, body) => {
    server.routes.set(STATION, (_request, response) => {
      response.writeHead(200).end(body)
    })
    expect(await observations()).toMatchObject({ ok: false, failure: { kind: 'malformed' } })
  })

  it('a body over the bound: malformed, and it is not read to its end', async () => {
    server.routes.set(STATION, (_request, response) => {
      response.writeHead(200)
      const piece = Buffer.alloc(1024 * 1024, 32)
      const send = (): void => {
        while (!response.destroyed && response.write(piece));
        response.once('drain', send)
      }
      send()
    })
    expect(await observations()).toMatchObject({
      ok: false,
      failure: { kind: 'malformed', detail: expect.stringContaining(`${WEATHER_BODY_BYTES_MAX}`) },
    })
  })

  it('readings that have stopped: stale, with the newest time', async () => {
    server.routes.set(STATION, answerJson(observationsDocument([{ timestamp: at(7.9), celsius: 10 }])))
    expect(await observations()).toMatchObject({ ok: false, failure: { kind: 'stale', newestMs: atHour(7.9) } })
  })

  it('a forecast of more than a day ago: stale', async () => {
    server.routes.set(GRID, answerJson(gridDocument(at(-13.1), [DAYTIME])))
    expect(await forecasts()).toMatchObject({ ok: false, failure: { kind: 'stale', newestMs: atHour(-13.1) } })
  })

  it('is asked for again at the next look', async () => {
    server.routes.set(STATION, answerJson({}, 503))
    await observations()
    server.routes.set(STATION, answerJson(observationsDocument([{ timestamp: at(10), celsius: 10 }])))
    expect(await observations()).toMatchObject({ ok: true })
  })
})

describe('a decision on the live source', () => {
  it('is made after what it rests on has come', async () => {
    const desk = createWeatherDesk({ source, city: NEW_YORK, date: DATE, nowMs: () => clock.market.nowMs() })
    const gathered = await desk.gather()
    expect(gathered).toMatchObject({ ok: true, laterCount: 0, inputs: { asOfMs: NOW_MS, past: [] } })
    expect(gathered.ok && [gathered.inputs.forecasts.length, gathered.inputs.observations.length]).toEqual([1, 1])
  })
})
