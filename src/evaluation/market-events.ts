import { z } from 'zod'
import type { CityKey } from '../domain/city.ts'
import type { ClimateDate } from '../domain/climate-day.ts'
import { type EventTicker, type MarketTicker, marketTickerOf } from '../domain/ids.ts'
import { settledHighOf } from '../domain/settled-high.ts'
import { compareStrikes, isPartition, type Strike, strikeHolds } from '../domain/strike.ts'
import { parseWeatherEventTicker, withCurrentPrefix } from '../domain/ticker.ts'
import { numberedLines } from '../exchange/tape-line.ts'
import { badLine, readGzip } from './data-files.ts'

/** One market day whose strikes are known. Strikes and markets are in the same order, lowest first. */
export interface RecordedEvent {
  readonly city: CityKey
  readonly date: ClimateDate
  readonly ticker: EventTicker
  readonly strikes: readonly Strike[]
  readonly markets: readonly MarketTicker[]
  /** As the venue settled it, whole °F; undefined where only trades were recorded. */
  readonly settledHighF: number | undefined
  /** True where the strikes come from the numbers in the tickers: the venue's own description was not recorded. */
  readonly isReconstructed: boolean
}

export interface SkippedEvent {
  /** Under today's name. */
  readonly ticker: string
  /** With the date; neither where the event is of no city of ours. */
  readonly city?: CityKey | undefined
  readonly date?: ClimateDate | undefined
  readonly reason: string
}

export const foreignEvent = (ticker: string): SkippedEvent => ({ ticker, reason: 'market: of no city of ours' })

const marketLine = z.object({
  ticker: z.string().min(1),
  strike_type: z.string().nullish(),
  floor_strike: z.number().nullish(),
  cap_strike: z.number().nullish(),
  result: z.string().nullish(),
  expiration_value: z.string().nullish(),
})
const eventLine = z.object({
  event: z.object({ event_ticker: z.string().min(1) }),
  markets: z.array(marketLine),
})
type MarketLine = z.infer<typeof marketLine>

/**
 * Every event of one file, one JSON object per line as the venue answered. What cannot be scored is told apart from what
 * is broken: a skip has a reason, a broken line ends the command.
 *
 * @throws OperatingError naming file and line
 */
export function readEvents(path: string): readonly (RecordedEvent | SkippedEvent)[] {
  return [...numberedLines(readGzip(path))].flatMap(({ line, text }): readonly (RecordedEvent | SkippedEvent)[] => {
    if (text.trim() === '') return []
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      // swallowed: the refusal says all that a person needs about a line that is no JSON.
      return badLine({ path, line }, `"${text}"`, 'one JSON object per line')
    }
    const parsed = eventLine.safeParse(value)
    if (!parsed.success) {
      const issue = parsed.error.issues[0]
      return badLine({ path, line }, `a wrong field ${issue?.path.join('.') ?? ''}`, issue?.message ?? 'an event')
    }
    const current = withCurrentPrefix(parsed.data.event.event_ticker)
    const name = parseWeatherEventTicker(current)
    if (name === undefined) return [foreignEvent(current)]
    const { date, ticker } = name
    const read = readMarkets(parsed.data.markets)
    if ('reason' in read) return [{ ticker, city: name.city.key, date, reason: read.reason }]
    return [{ city: name.city.key, date, ticker, ...read, isReconstructed: false }]
  })
}

export const isSkipped = (event: RecordedEvent | SkippedEvent): event is SkippedEvent => 'reason' in event

type Read = Pick<RecordedEvent, 'strikes' | 'markets' | 'settledHighF'> | { readonly reason: string }

function readMarkets(lines: readonly MarketLine[]): Read {
  const markets = lines.flatMap((line) => {
    const strike = strikeOf(line)
    return strike === undefined ? [] : [{ line, strike }]
  })
  const strikes = markets.map(({ strike }) => strike)
  if (markets.length < lines.length || !isPartition(strikes)) {
    return { reason: 'market: the strikes do not cover every degree once' }
  }
  const odd = lines.find(({ result }) => !['', 'yes', 'no'].includes(result ?? ''))
  if (odd !== undefined) return { reason: `market: settled as ${odd.result}` }
  const winners = markets.filter(({ line }) => line.result === 'yes')
  const [winner] = winners
  if (winner === undefined) return { reason: 'market: no result yet' }
  if (winners.length > 1) return { reason: 'market: several winners' }
  const settledHighF = settledHighOf(winner.line.expiration_value ?? undefined)
  if (settledHighF === undefined) return { reason: 'market: settled in prose, not by a whole degree' }
  if (!strikeHolds(winner.strike, settledHighF)) return { reason: 'market: settled against its own strike' }
  const sorted = markets.toSorted((a, b) => compareStrikes(a.strike, b.strike))
  return {
    strikes: sorted.map(({ strike }) => strike),
    markets: sorted.map(({ line }) => withCurrentPrefix(line.ticker)),
    settledHighF,
  }
}

/** From the venue's strike fields, never from the letter in the ticker. */
function strikeOf({ strike_type: kind, floor_strike: floor, cap_strike: cap }: MarketLine): Strike | undefined {
  const isWhole = (value: number | null | undefined): value is number => Number.isInteger(value)
  if (kind === 'less' && isWhole(cap)) return { kind, cap }
  if (kind === 'greater' && isWhole(floor)) return { kind, floor }
  if (kind === 'between' && isWhole(floor) && isWhole(cap) && floor <= cap) return { kind, floor, cap }
  return undefined
}

/**
 * Strikes of an event of which only trades were recorded, from the numbers in its tickers: B51.5 is 51 to 52, the lowest T
 * is the lower tail, the highest the upper. Undefined unless they cover every whole degree once: a bracket that nobody
 * traded leaves a gap.
 */
export function reconstructStrikes(
  markets: readonly MarketTicker[],
): Pick<RecordedEvent, 'strikes' | 'markets'> | undefined {
  const named = markets.map((market) => ({ market, match: /-([TB])(-?\d+(?:\.\d)?)$/.exec(market) }))
  const tails = named.flatMap(({ match }) => (match?.[1] === 'T' ? [Number(match[2])] : []))
  if (tails.length !== 2) return undefined
  const lowest = Math.min(...tails)
  const parsed = named.flatMap(({ market, match }): { market: MarketTicker; strike: Strike }[] => {
    const value = Number(match?.[2])
    if (match === null) return []
    if (match[1] === 'B') {
      return [{ market, strike: { kind: 'between', floor: Math.floor(value), cap: Math.floor(value) + 1 } }]
    }
    return [{ market, strike: value === lowest ? { kind: 'less', cap: value } : { kind: 'greater', floor: value } }]
  })
  if (parsed.length < markets.length || !isPartition(parsed.map(({ strike }) => strike))) return undefined
  const sorted = parsed.toSorted((a, b) => compareStrikes(a.strike, b.strike))
  return {
    strikes: sorted.map(({ strike }) => strike),
    markets: sorted.map(({ market }) => marketTickerOf(market)),
  }
}
