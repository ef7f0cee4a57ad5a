import { type CityKey, isCityKey } from '../domain/city.ts'
import { type ClimateDate, climateDateOf } from '../domain/climate-day.ts'
import { invariant } from '../domain/invariant.ts'
import type { LedgerOrm } from './orm.ts'
import type { DecisionBook } from './records.ts'

export interface BlendQuery {
  /** Climate days, both included; undefined is without a bound. */
  readonly from?: ClimateDate | undefined
  readonly to?: ClimateDate | undefined
  /** Whether accounts of plays count, and with them forecasts and readings that nobody issued. */
  readonly withPlays: boolean
}

/**
 * Model and market of one settled event, as the first decision within the hour at which both had a probability saw them; of
 * several accounts the first one. Probabilities are P(YES) by market, in strike order.
 */
export interface SettledInstant {
  readonly city: CityKey
  readonly date: ClimateDate
  /** Whole hour of the prediction, on the climate day's own clock. */
  readonly hour: number
  readonly modelId: string
  readonly model: readonly number[]
  readonly market: readonly number[]
  readonly isRuledOut: readonly boolean[]
  /** Index of the market that settled as YES. */
  readonly winner: number
}

export interface SettledInstants {
  readonly instants: readonly SettledInstant[]
  /** Hours of events that were left out. */
  readonly leftOut: { readonly ofPlays: number; readonly notIssued: number; readonly notSettled: number }
}

interface InstantRow {
  readonly event: string
  readonly city: string
  readonly date: string
  readonly hour: number
  readonly model_id: string
  readonly has_floor: boolean
  readonly books: readonly DecisionBook[]
}

/** A probability of the market is there for all markets of a decision or for none, and so is one of the model. */
const BLENDABLE = `d.books->0->'marketProbability' is not null and d.books->0->'modelProbability' is not null
  and (?::date is null or p.climate_date >= ?::date) and (?::date is null or p.climate_date <= ?::date)`
const IS_ISSUED = `p.forecast_kind = 'asOf' and (p.observation_kind is null or p.observation_kind = 'station')`
const JOINED = `
  from trading.decisions d join trading.accounts a on a.id = d.account_id
  join wx.predictions p on p.session_id = d.session_id and p.id = d.prediction_id`

export async function settledInstants(orm: LedgerOrm, { from, to, withPlays }: BlendQuery): Promise<SettledInstants> {
  const query = <Row>(sql: string, values: readonly unknown[]): Promise<readonly Row[]> =>
    orm.em.getConnection().execute<Row[]>(sql, [...values])
  const days = [from ?? null, from ?? null, to ?? null, to ?? null]
  const rows = await query<InstantRow>(
    `select distinct on (p.model_id, d.event, p.snapshot_hour)
       d.event, p.city, p.climate_date::text as date, p.snapshot_hour as hour, p.model_id,
       p.floor_f is not null as has_floor, d.books
     ${JOINED} where ${BLENDABLE} and (?::boolean or (a.run_id is null and ${IS_ISSUED}))
     order by p.model_id, d.event, p.snapshot_hour, d.decided_at, d.session_id, d.sequence`,
    [...days, withPlays],
  )
  const [counts] = await query<{ of_plays: string; not_issued: string }>(
    `select count(distinct (d.event, p.snapshot_hour)) filter (where a.run_id is not null) as of_plays,
       count(distinct (d.event, p.snapshot_hour)) filter (where a.run_id is null and not (${IS_ISSUED})) as not_issued
     ${JOINED} where ${BLENDABLE}`,
    days,
  )
  const winners = await query<{ market: string }>(
    `select distinct market from trading.settlements where result = 'yes' and event = any(?::text[])`,
    [`{${[...new Set(rows.map(({ event }) => event))].join(',')}}`],
  )
  const won = new Set(winners.map(({ market }) => market))
  const instants = rows.flatMap((row): readonly SettledInstant[] => {
    const yes = row.books.filter(({ market }) => won.has(market))
    const [winner] = yes
    return winner === undefined || yes.length > 1 ? [] : [instantOf(row, row.books.indexOf(winner))]
  })
  return {
    instants,
    leftOut: {
      ofPlays: withPlays ? 0 : Number(counts?.of_plays ?? 0),
      notIssued: withPlays ? 0 : Number(counts?.not_issued ?? 0),
      notSettled: rows.length - instants.length,
    },
  }
}

function instantOf(
  { city, date, hour, model_id: modelId, has_floor, books }: InstantRow,
  winner: number,
): SettledInstant {
  invariant(isCityKey(city), 'the ledger holds events of known cities')
  const model = books.map(({ modelProbability = 0 }) => modelProbability)
  return {
    city,
    date: climateDateOf(date),
    hour,
    modelId,
    model,
    market: books.map(({ marketProbability = 0 }) => marketProbability),
    // Readings put a bracket at exactly nothing, and no model does.
    isRuledOut: model.map((probability) => has_floor && probability === 0),
    winner,
  }
}
