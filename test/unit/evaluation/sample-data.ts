import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { addDays, type ClimateDate, climateDateOf } from '../../../src/domain/climate-day.ts'

/**
 * A data folder of a year that no package has seen, in the layout of the public archives: New York with as-of forecasts,
 * Austin with archived ones to widen, and a market week in New York.
 */
export const FIRST_DAY = climateDateOf('2025-02-01')
export const MARKET_DAY = climateDateOf('2025-03-05')
export const LAST_DAY = climateDateOf('2025-03-10')

export const days = (from: ClimateDate, to: ClimateDate): readonly ClimateDate[] => {
  const found: ClimateDate[] = []
  for (let date = from; date <= to; date = addDays(date, 1)) found.push(date)
  return found
}

/** Deterministic and not smooth, so that a shifted day shows. */
export const highOf = (date: ClimateDate): number =>
  50 + (((Number(date.slice(5, 7)) * 31 + Number(date.slice(8))) * 7) % 9)

const ALL_DAYS = days(FIRST_DAY, LAST_DAY)
const before = (date: ClimateDate): ClimateDate => addDays(date, -1)

const weather = {
  'ghcnd_official_daily_4stations.csv.gz': [
    'city,station,ghcnd_id,date,tmax_f,tmin_f,prcp_in',
    ...ALL_DAYS.flatMap((date) => [
      `NYC,KNYC,USW00094728,${date},${highOf(date)},30,0.0`,
      // A blank is a missing high, never 0.
      `AUS,KAUS,USW00013904,${date},${date === MARKET_DAY ? '' : highOf(date) + 20},50,0.0`,
    ]),
  ],
  'daily_high_obs_and_forecasts_7cities.csv.gz': [
    'city,obs_station,date,nws_high,fcst_gfs_seamless,fcst_ecmwf_ifs025,fcst_icon_seamless,fcst_gem_seamless,fcst_jma_seamless,fcst_hrrr,kalshi_settled_high_f',
    ...ALL_DAYS.map(
      (date) => `AUS,KAUS,${date},${highOf(date) + 20},${highOf(date) + 19.4},,${highOf(date) + 20.1},,,,`,
    ),
    `CHI,KORD(!),${MARKET_DAY},40,41.0,,,,,,"40. Although the report, as of 4 PM"`,
  ],
  'forecasts_asof_mos_dayahead.csv.gz': [
    'city,station,model,issued_utc,available_utc_est,valid_date,high_f,lead_hours,tmp_max_f,obs_high_f,src',
    ...ALL_DAYS.flatMap((date) => [
      `NYC,KNYC,GFS_MOS,${before(date)}T12:00Z,${before(date)}T16:30Z,${date},${highOf(date) + 1}.0,32,,,LS`,
      `NYC,KNYC,NAM_MOS,${before(date)}T12:00Z,${before(date)}T15:30Z,${date},${highOf(date) - 2}.0,32,,,LS`,
      `NYC,KLGA,GFS_MOS,${before(date)}T12:00Z,${before(date)}T16:30Z,${date},99.0,32,,,LS`,
    ]),
  ],
  'asos_metar_readings.csv.gz': [
    'station,valid_utc,report,temp_c,precision,isd_qc,dewpoint_c,wind_dir_deg,wind_ms,gust_ms,slp_hpa,altimeter_hpa,max6h_c,min6h_c,max24h_c,min24h_c,metar,source',
    `KNYC,${MARKET_DAY} 10:51,METAR,8.9,0.1C,1,2.0,,2.1,,1015.0,,,,,,METAR,iem`,
    `KNYC,${MARKET_DAY} 12:51,METAR,60.0,0.1C,3,2.0,,2.1,,1015.0,,,,,,METAR SUSPECT,iem`,
    `KNYC,${MARKET_DAY} 18:51,METAR,11.7,0.1C,1,2.0,,2.1,,1015.0,,,,,,METAR,iem`,
    `KLGA,${MARKET_DAY} 10:51,METAR,30.0,0.1C,1,2.0,,2.1,,1015.0,,,,,,METAR,isd`,
  ],
}

export interface SampleMarket {
  readonly ticker: string
  readonly strike_type: string
  readonly floor_strike?: number
  readonly cap_strike?: number
  readonly result: string
  readonly expiration_value: string
}

/** The six markets of an event: below 50, 50–51, …, 56–57, above 57. The letters of the tails are alike, as the venue's. */
export function sampleMarkets(event: string, winner: number, value: string): readonly SampleMarket[] {
  const of = (name: string, index: number, strike: Omit<SampleMarket, 'ticker' | 'result' | 'expiration_value'>) => ({
    ticker: `${event}-${name}`,
    ...strike,
    result: index === winner ? 'yes' : 'no',
    expiration_value: index === winner ? value : '',
  })
  return [
    of('T57', 5, { strike_type: 'greater', floor_strike: 57 }),
    of('T50', 0, { strike_type: 'less', cap_strike: 50 }),
    of('B50.5', 1, { strike_type: 'between', floor_strike: 50, cap_strike: 51 }),
    of('B52.5', 2, { strike_type: 'between', floor_strike: 52, cap_strike: 53 }),
    of('B54.5', 3, { strike_type: 'between', floor_strike: 54, cap_strike: 55 }),
    of('B56.5', 4, { strike_type: 'between', floor_strike: 56, cap_strike: 57 }),
  ]
}

const eventLine = (event: string, markets: readonly SampleMarket[]): string =>
  JSON.stringify({ event: { event_ticker: event }, markets })

/** Index of the market that a high satisfies. */
export const winnerOf = (highF: number): number => (highF < 50 ? 0 : highF > 57 ? 5 : 1 + Math.floor((highF - 50) / 2))

const name = (day: number): string => `KXHIGHNY-25MAR0${day}`
const settled = (day: number): readonly SampleMarket[] => {
  const highF = highOf(climateDateOf(`2025-03-0${day}`))
  return sampleMarkets(name(day), winnerOf(highF), `${highF}.00`)
}

/** 5th and 6th are whole; 7th is settled in prose, 8th not at all, 9th has a bracket missing. */
const events = [
  eventLine(name(5), settled(5)),
  eventLine(name(6), settled(6)),
  eventLine(name(7), sampleMarkets(name(7), 2, '53. Although the report, as of 4 PM')),
  eventLine(name(8), sampleMarkets(name(8), -1, '')),
  eventLine(name(9), settled(9).slice(1)),
]

export const TRADE_HEADER = 'event_date,ticker,created_time,trade_id,yes_price,no_price,count,taker_side'

export const tradeLine = (
  ticker: string,
  time: string,
  yes: number,
  { count = 1, side = 'yes' }: { readonly count?: number; readonly side?: 'yes' | 'no' } = {},
): string => `2025-03-05,${ticker},${time},id,${yes},${100 - yes},${count},${side}`

/** Decision at 20:00 of the 4th is 01:00 UTC of the 5th. */
const trades = [
  TRADE_HEADER,
  tradeLine('KXHIGHNY-25MAR05-B50.5', '2025-03-04T20:00:00Z', 30),
  tradeLine('KXHIGHNY-25MAR05-B54.5', '2025-03-04T20:00:00.5Z', 20),
  tradeLine('KXHIGHNY-25MAR05-T50', '2025-03-04T20:00:01Z', 5),
  // One taker order over three levels: the middle one of its eight contracts was paid 42.
  tradeLine('KXHIGHNY-25MAR05-B52.5', '2025-03-05T00:59:59.999999Z', 44, { count: 2 }),
  tradeLine('KXHIGHNY-25MAR05-B52.5', '2025-03-05T00:59:59.999999Z', 40, { count: 3 }),
  tradeLine('KXHIGHNY-25MAR05-B52.5', '2025-03-05T00:59:59.999999Z', 42, { count: 3 }),
  tradeLine('KXHIGHNY-25MAR05-B52.5', '2025-03-05T01:00:00.000001Z', 60, { count: 4, side: 'no' }),
  tradeLine('KXHIGHNY-25MAR05-B56.5', '2025-03-05T02:00:00Z', 9),
]

export type SampleFiles = Readonly<Record<string, readonly string[] | undefined>>

export const SAMPLE_FILES: SampleFiles = {
  ...Object.fromEntries(Object.entries(weather).map(([file, lines]) => [`weather/${file}`, lines])),
  'kalshi-markets/kxhighny_events.jsonl.gz': events,
  'kalshi-markets/kxhighny_trades.csv.gz': trades,
}

/** @param over files to write otherwise; undefined leaves one out */
export function writeSample(folder: string, over: SampleFiles = {}): string {
  for (const [file, lines] of Object.entries({ ...SAMPLE_FILES, ...over })) {
    mkdirSync(join(folder, file, '..'), { recursive: true })
    if (lines !== undefined) writeFileSync(join(folder, file), gzipSync(`${lines.join('\n')}\n`))
  }
  return folder
}
