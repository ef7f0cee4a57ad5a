import { isCityKey } from '../domain/city.ts'
import { type ClimateDate, climateDateOf } from '../domain/climate-day.ts'
import { invariant } from '../domain/invariant.ts'
import { type SettledMarket, settledHighs } from '../domain/settled-high.ts'
import type { Kept, StoredWeather } from '../domain/stored-weather.ts'
import type { Forecast, Observation, OfficialHigh } from '../domain/weather.ts'
import type { JudgedBooks, JudgedPrediction, JudgedQuery, WeatherPast } from './history.ts'
import type { LedgerOrm } from './orm.ts'

const queryOf =
  (orm: LedgerOrm) =>
  <Row>(sql: string, values: readonly unknown[] = []): Promise<readonly Row[]> =>
    orm.em.getConnection().execute<Row[]>(sql, [...values])

const msOf = (column: string): string => `(extract(epoch from ${column}) * 1000)::float8`

const FORECASTS = `
  select f.city, f.climate_date::text as date, f.source, f.kind, f.high_f, ${msOf('f.issued_at')} as issued_ms,
    ${msOf('f.available_at')} as available_ms, a.run_id is not null as is_play
  from wx.forecasts f join trading.accounts a on a.id = f.account_id`

const READINGS = `
  select o.city, o.station, o.kind, ${msOf('o.valid_at')} as valid_ms, ${msOf('o.available_at')} as available_ms,
    o.temperature_f, o.reported_precision as precision, o.dewpoint_f, o.pressure_hpa, o.wind_ms,
    a.run_id is not null as is_play
  from wx.observations o join trading.accounts a on a.id = o.account_id`

const SETTLEMENTS = `
  select s.event, s.market, s.result, s.expiration_value, a.run_id is not null as is_play
  from trading.settlements s join trading.accounts a on a.id = s.account_id`

interface ForecastRow {
  readonly city: string
  readonly date: string
  readonly source: string
  readonly kind: string
  readonly high_f: number
  readonly issued_ms: number
  readonly available_ms: number
  readonly is_play: boolean
}

interface ReadingRow {
  readonly city: string
  readonly station: string
  readonly kind: string
  readonly valid_ms: number
  readonly available_ms: number
  readonly temperature_f: number
  readonly precision: string
  readonly dewpoint_f: number | null
  readonly pressure_hpa: number | null
  readonly wind_ms: number | null
  readonly is_play: boolean
}

interface SettlementRow {
  readonly event: string
  readonly market: string
  readonly result: string
  readonly expiration_value: string | null
  readonly is_play: boolean
}

interface PredictionRow {
  readonly city: string
  readonly date: string
  readonly hour: number
  readonly model_id: string
  readonly model_version: string
  readonly first_high_f: number
  readonly probabilities: readonly number[]
}

/** Everything, for an export. */
export async function weatherBooks(orm: LedgerOrm): Promise<StoredWeather> {
  const query = queryOf(orm)
  const forecasts = await query<ForecastRow>(FORECASTS)
  const readings = await query<ReadingRow>(READINGS)
  const settlements = await query<SettlementRow>(SETTLEMENTS)
  return {
    forecasts: forecasts.map((row) => kept(row, forecastOf(row))),
    readings: readings.map((row) => kept(row, readingOf(row))),
    settlements: settlements.map((row) => kept(row, settlementOf(row))),
  }
}

/** Of the days from `since` on. */
export async function weatherPast(orm: LedgerOrm, since: ClimateDate): Promise<WeatherPast> {
  const query = queryOf(orm)
  const forecasts = await query<ForecastRow>(
    `${FORECASTS} where a.run_id is null and f.kind = 'asOf' and f.climate_date >= ?::date
     order by f.city, f.climate_date, f.available_at, f.source`,
    [since],
  )
  return { forecasts: forecasts.map(forecastOf), highs: await highsSince(orm, since) }
}

async function highsSince(orm: LedgerOrm, since: ClimateDate): Promise<readonly OfficialHigh[]> {
  const settlements = await queryOf(orm)<SettlementRow>(`${SETTLEMENTS} where a.run_id is null`)
  return settledHighs(settlements.map(settlementOf)).highs.filter(({ date }) => date >= since)
}

const ASKED = `p.climate_date >= ?::date and (?::text is null or p.model_id = ?) and (?::text is null or p.model_version = ?)`
const IS_ISSUED = `p.forecast_kind = 'asOf' and (p.observation_kind is null or p.observation_kind = 'station')`

/** Predictions of settled days, one for each package, city, day and hour. */
export async function judgedPredictions(orm: LedgerOrm, asked: JudgedQuery): Promise<JudgedBooks> {
  const query = queryOf(orm)
  const { id = null, version = null } = asked.model ?? {}
  const values = [asked.since, id, id, version, version]
  const hours = asked.hours.map(() => '?').join(', ')
  invariant(asked.hours.length > 0, 'predictions are judged at some hour')
  const rows = await query<PredictionRow>(
    `select distinct on (p.model_id, p.model_version, p.city, p.climate_date, p.snapshot_hour)
       p.city, p.climate_date::text as date, p.snapshot_hour as hour, p.model_id, p.model_version, p.first_high_f,
       p.probabilities
     from wx.predictions p join trading.accounts a on a.id = p.account_id
     where ${ASKED} and p.snapshot_hour in (${hours}) and a.run_id is null and ${IS_ISSUED}
     order by p.model_id, p.model_version, p.city, p.climate_date, p.snapshot_hour, p.as_of, p.session_id, p.id`,
    [...values, ...asked.hours],
  )
  const [counts] = await query<{ of_plays: string; not_issued: string }>(
    `select count(*) filter (where a.run_id is not null) as of_plays,
       count(*) filter (where a.run_id is null and not (${IS_ISSUED})) as not_issued
     from wx.predictions p join trading.accounts a on a.id = p.account_id where ${ASKED}`,
    values,
  )
  const highs = await highsSince(orm, asked.since)
  const highOfDay = new Map(highs.map(({ city, date, highF }) => [`${city} ${date}`, highF]))
  const predictions = rows.flatMap((row): JudgedPrediction[] => {
    const settled = highOfDay.get(`${row.city} ${row.date}`)
    return settled === undefined ? [] : [judgedOf(row, settled)]
  })
  return {
    predictions,
    leftOut: {
      ofPlays: Number(counts?.of_plays ?? 0),
      notIssued: Number(counts?.not_issued ?? 0),
      notSettled: rows.length - predictions.length,
    },
  }
}

const kept = <Row>({ is_play: isPlay }: { readonly is_play: boolean }, row: Row): Kept<Row> => ({ row, isPlay })

/** Words that this program wrote itself come back as the closed lists they were. */
const cityOf = (text: string) => {
  invariant(isCityKey(text), 'the ledger holds weather of known cities')
  return text
}

const forecastOf = (row: ForecastRow): Forecast => ({
  city: cityOf(row.city),
  date: climateDateOf(row.date),
  source: row.source,
  kind: row.kind as Forecast['kind'],
  highF: row.high_f,
  issuedMs: row.issued_ms,
  availableMs: row.available_ms,
})

const readingOf = (row: ReadingRow): Observation => ({
  city: cityOf(row.city),
  station: row.station,
  kind: row.kind as Observation['kind'],
  validMs: row.valid_ms,
  availableMs: row.available_ms,
  temperatureF: row.temperature_f,
  precision: row.precision as Observation['precision'],
  ...(row.dewpoint_f === null ? {} : { dewpointF: row.dewpoint_f }),
  ...(row.pressure_hpa === null ? {} : { pressureHpa: row.pressure_hpa }),
  ...(row.wind_ms === null ? {} : { windMs: row.wind_ms }),
})

const settlementOf = (row: SettlementRow): SettledMarket => ({
  event: row.event,
  market: row.market,
  result: row.result,
  ...(row.expiration_value === null ? {} : { expirationValue: row.expiration_value }),
})

const judgedOf = (row: PredictionRow, highF: number): JudgedPrediction => ({
  city: cityOf(row.city),
  date: climateDateOf(row.date),
  hour: row.hour,
  modelId: row.model_id,
  modelVersion: row.model_version,
  firstHighF: row.first_high_f,
  probabilities: row.probabilities,
  highF,
})
