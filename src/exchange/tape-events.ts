import { z } from 'zod'
import type { City } from '../domain/city.ts'
import { type ClimateDate, climateDay, parseClimateDate } from '../domain/climate-day.ts'
import { type EventTicker, eventTickerOf, type MarketTicker, type SeriesTicker } from '../domain/ids.ts'
import { isPartition, type Strike, strikeHolds } from '../domain/strike.ts'
import { parseWeatherEventTicker, weatherEventTicker, withCurrentPrefix } from '../domain/ticker.ts'
import { parseDecimal } from '../domain/units.ts'
import { badTapeLine, numberedLines, parseMilliseconds } from './tape-line.ts'

export interface TapeMarket {
  readonly ticker: MarketTicker
  readonly event: EventTicker
  readonly series: SeriesTicker
  readonly strike: Strike
  readonly yesSubTitle: string
  readonly noSubTitle: string
  readonly openMs: number
  readonly closeMs: number
  readonly expectedExpirationMs: number
  readonly latestExpirationMs: number
  readonly settlementTimerSeconds: number
  readonly rulesPrimary: string
  readonly rulesSecondary: string
  readonly canCloseEarly: boolean
  readonly result: 'yes' | 'no'
}

export interface TapeEvent {
  readonly ticker: EventTicker
  readonly series: SeriesTicker
  readonly city: City
  readonly date: ClimateDate
  readonly title: string
  readonly subTitle: string
  readonly category: string
  readonly collateralReturnType: string
  readonly mutuallyExclusive: boolean
  readonly strikeDate?: string
  readonly markets: readonly TapeMarket[]
  /** The settled high in whole °F, as recorded on the winner. */
  readonly highF: number
  /** The same as the venue writes it: "59.00". */
  readonly expirationValue: string
}

const instant = z.string().transform((text, context) => {
  const ms = parseMilliseconds(text)
  if (ms !== undefined) return ms
  context.addIssue({ code: 'custom', message: 'expected a UTC instant such as 2024-12-16T15:00:00Z' })
  return z.NEVER
})

const marketLine = z.object({
  ticker: z.string(),
  event_ticker: z.string(),
  market_type: z.literal('binary'),
  yes_sub_title: z.string(),
  no_sub_title: z.string(),
  open_time: instant,
  close_time: instant,
  expected_expiration_time: instant,
  latest_expiration_time: instant,
  settlement_timer_seconds: z.int().positive(),
  strike_type: z.enum(['less', 'between', 'greater']),
  floor_strike: z.int().optional(),
  cap_strike: z.int().optional(),
  result: z.enum(['yes', 'no']),
  expiration_value: z.string(),
  can_close_early: z.boolean(),
  rules_primary: z.string(),
  rules_secondary: z.string(),
})

const eventLine = z.object({
  event_date: z.string(),
  event: z.object({
    event_ticker: z.string(),
    series_ticker: z.string(),
    title: z.string(),
    sub_title: z.string(),
    category: z.string(),
    collateral_return_type: z.string(),
    mutually_exclusive: z.literal(true),
    strike_date: z.string().optional(),
  }),
  markets: z.array(marketLine).min(2),
})

type MarketLine = z.infer<typeof marketLine>
type EventLine = z.infer<typeof eventLine>
type Refuse = (found: string, expected: string) => never

/**
 * Validates every line of an events file: each must be a settled event of this city with exclusive strikes that cover
 * every whole °F once, and a recorded high that makes exactly the recorded winner hold.
 * @throws OperatingError for the first bad line.
 */
export function parseTapeEvents(text: string, source: { file: string; city: City }): TapeEvent[] {
  const events: TapeEvent[] = []
  for (const { line, text: row } of numberedLines(text)) {
    const refuse: Refuse = (found, expected) => {
      throw badTapeLine({ file: source.file, line }, found, expected)
    }
    const event = tapeEvent(parseLine(row, refuse), source.city, refuse)
    const before = events.at(-1)
    if (before && event.date <= before.date) refuse(`event_date ${event.date} after ${before.date}`, 'ascending dates')
    events.push(event)
  }
  return events
}

function parseLine(row: string, refuse: Refuse): EventLine {
  let value: unknown
  try {
    value = JSON.parse(row)
  } catch {
    // swallowed: the refusal below says all that a person needs about a line that is no JSON.
    return refuse(`"${row}"`, 'one JSON object per line')
  }
  const parsed = eventLine.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  return refuse(`a wrong field ${issue?.path.join('.') ?? ''}`, issue?.message ?? 'a recorded event')
}

function tapeEvent(line: EventLine, city: City, refuse: Refuse): TapeEvent {
  const date = parseClimateDate(line.event_date) ?? refuse(`event_date "${line.event_date}"`, 'a calendar date')
  const ticker = eventTickerOf(withCurrentPrefix(line.event.event_ticker))
  if (parseWeatherEventTicker(ticker)?.ticker !== weatherEventTicker(city.key, date)) {
    refuse(`event_ticker "${line.event.event_ticker}"`, `${weatherEventTicker(city.key, date)}`)
  }
  const markets = line.markets.map((market) => tapeMarket(market, ticker, city, refuse))
  if (new Set(markets.map((market) => market.ticker)).size !== markets.length) {
    refuse(`a market of ${ticker} twice`, 'each market once')
  }
  if (!isPartition(markets.map((market) => market.strike))) {
    refuse(`strikes of ${ticker} with a gap or an overlap`, 'strikes that cover every whole degree exactly once')
  }
  const endMs = climateDay(city.key, date).endMs
  for (const { ticker: name, openMs, closeMs } of markets) {
    if (openMs >= closeMs || closeMs > endMs) {
      refuse(`open_time and close_time of ${name}`, 'an open before the close, and a close within the climate day')
    }
  }
  const { highF, expirationValue } = settledHigh(line, markets, refuse)
  return {
    ticker,
    series: city.series,
    city,
    date,
    title: line.event.title,
    subTitle: line.event.sub_title,
    category: line.event.category,
    collateralReturnType: line.event.collateral_return_type,
    mutuallyExclusive: line.event.mutually_exclusive,
    ...(line.event.strike_date === undefined ? {} : { strikeDate: line.event.strike_date }),
    markets,
    highF,
    expirationValue,
  }
}

function settledHigh(
  line: EventLine,
  markets: readonly TapeMarket[],
  refuse: Refuse,
): { highF: number; expirationValue: string } {
  const winners = line.markets.filter((market) => market.result === 'yes')
  const winner = winners[0]
  if (winners.length !== 1 || !winner) return refuse(`${winners.length} markets with result yes`, 'exactly one winner')
  const expirationValue = winner.expiration_value
  const highF = parseDecimal(expirationValue, 0)
  if (highF === undefined) {
    return refuse(`expiration_value "${expirationValue}" of ${winner.ticker}`, 'a whole high in °F, such as 59.00')
  }
  for (const { ticker, expiration_value: value } of line.markets) {
    if (value !== '' && value !== expirationValue) {
      refuse(`expiration_value "${value}" of ${ticker}`, `${expirationValue} as on the winner, or nothing`)
    }
  }
  for (const { ticker, strike, result } of markets) {
    if (strikeHolds(strike, highF) !== (result === 'yes')) {
      refuse(`result ${result} of ${ticker} at a high of ${highF}`, 'the result that its strike gives')
    }
  }
  return { highF, expirationValue }
}

function tapeMarket(line: MarketLine, event: EventTicker, city: City, refuse: Refuse): TapeMarket {
  const ticker = withCurrentPrefix(line.ticker)
  if (withCurrentPrefix(line.event_ticker) !== (event as string) || !ticker.startsWith(`${event}-`)) {
    refuse(`ticker "${line.ticker}" of event "${line.event_ticker}"`, `a market of ${event}`)
  }
  return {
    ticker,
    event,
    series: city.series,
    strike: strikeOf(line, refuse),
    yesSubTitle: line.yes_sub_title,
    noSubTitle: line.no_sub_title,
    openMs: line.open_time,
    closeMs: line.close_time,
    expectedExpirationMs: line.expected_expiration_time,
    latestExpirationMs: line.latest_expiration_time,
    settlementTimerSeconds: line.settlement_timer_seconds,
    rulesPrimary: line.rules_primary,
    rulesSecondary: line.rules_secondary,
    canCloseEarly: line.can_close_early,
    result: line.result,
  }
}

function strikeOf(line: MarketLine, refuse: Refuse): Strike {
  const { strike_type: kind, floor_strike: floor, cap_strike: cap } = line
  if (kind === 'less' && cap !== undefined && floor === undefined) return { kind, cap }
  if (kind === 'greater' && floor !== undefined && cap === undefined) return { kind, floor }
  if (kind === 'between' && floor !== undefined && cap !== undefined && floor <= cap) return { kind, floor, cap }
  const found = `strike_type ${kind} of ${line.ticker} with floor_strike ${floor ?? 'absent'} and cap_strike ${cap ?? 'absent'}`
  return refuse(found, 'less with a cap, greater with a floor, between with floor and cap')
}
