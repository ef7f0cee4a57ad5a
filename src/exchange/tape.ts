import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { TAPE_FILE_BYTES_MAX } from '../config/limits.ts'
import { CITIES, type City } from '../domain/city.ts'
import type { ClimateDate } from '../domain/climate-day.ts'
import { invariant } from '../domain/invariant.ts'
import { usageError } from '../domain/operating-error.ts'
import { parseTapeEvents, type TapeEvent } from './tape-events.ts'
import { parseTapeTrades, type TapeTrade } from './tape-trades.ts'

/**
 * A recorded market day: real trades and real events, in today's units and names. Layout of a tape folder, per city:
 * `<series in lower case>_trades.csv.gz` and `<series in lower case>_events.jsonl.gz`; other files are ignored.
 */
export interface Tape {
  readonly folder: string
  /** Ascending. */
  readonly dates: readonly ClimateDate[]
  readonly events: readonly TapeEvent[]
  /** By time to the microsecond; ties in recorded order. */
  readonly trades: readonly TapeTrade[]
}

interface TapeFiles {
  readonly city: City
  readonly eventsFile: string
  readonly tradesFile: string
}

/**
 * Reads a tape folder and keeps the named dates. Every line of every tape file in it is validated, also of other dates:
 * a tape with one bad line is refused whole.
 * @throws OperatingError naming file, line, what was found and what was expected; or the missing folder, file or date.
 */
export function loadTape(folder: string, dates: ClimateDate | readonly ClimateDate[]): Tape {
  const wanted = [...new Set(typeof dates === 'string' ? [dates] : dates)].sort()
  invariant(wanted.length > 0, 'a tape is loaded for at least one date')
  const events: TapeEvent[] = []
  const trades: TapeTrade[] = []
  const known = new Set<ClimateDate>()
  for (const { city, eventsFile, tradesFile } of tapeFiles(folder)) {
    const recorded = parseTapeEvents(readGzip(eventsFile), { file: eventsFile, city })
    for (const event of recorded) {
      known.add(event.date)
      if (wanted.includes(event.date)) events.push(event)
    }
    const source = { file: tradesFile, city, events: recorded }
    for (const trade of parseTapeTrades(readGzip(tradesFile), source, wanted)) trades.push(trade)
  }
  for (const date of wanted) requireDate(folder, date, { known, events, trades })
  events.sort((a, b) => (a.date === b.date ? 0 : a.date < b.date ? -1 : 1))
  trades.sort((a, b) => a.tsUs - b.tsUs)
  return { folder, dates: wanted, events, trades }
}

function tapeFiles(folder: string): TapeFiles[] {
  const layout =
    'Expected <series>_events.jsonl.gz and <series>_trades.csv.gz per city, such as kxhighny_events.jsonl.gz.'
  if (!existsSync(folder)) throw usageError(`The tape folder ${folder} does not exist. ${layout}`)
  if (!statSync(folder).isDirectory()) throw usageError(`The tape ${folder} is not a folder. ${layout}`)
  const names = new Set(readdirSync(folder))
  const found: TapeFiles[] = []
  for (const city of Object.values(CITIES)) {
    const stem = city.series.toLowerCase()
    const [eventsName, tradesName] = [`${stem}_events.jsonl.gz`, `${stem}_trades.csv.gz`]
    if (!names.has(eventsName) && !names.has(tradesName)) continue
    for (const name of [eventsName, tradesName]) {
      if (!names.has(name)) throw usageError(`The tape folder ${folder} has no ${name}, but its counterpart. ${layout}`)
    }
    found.push({ city, eventsFile: join(folder, eventsName), tradesFile: join(folder, tradesName) })
  }
  if (found.length === 0) throw usageError(`The folder ${folder} holds no tape. ${layout}`)
  return found
}

function readGzip(file: string): string {
  try {
    return gunzipSync(readFileSync(file), { maxOutputLength: TAPE_FILE_BYTES_MAX }).toString('utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw usageError(
      `The tape file ${file} cannot be read (${reason}). Expected a gzip file of at most ${TAPE_FILE_BYTES_MAX} bytes of text.`,
    )
  }
}

function requireDate(
  folder: string,
  date: ClimateDate,
  read: { known: ReadonlySet<ClimateDate>; events: readonly TapeEvent[]; trades: readonly TapeTrade[] },
): void {
  const sorted = [...read.known].sort()
  const [first, last] = [sorted[0] ?? 'no date', sorted.at(-1)]
  const range = sorted.length > 1 ? `${sorted.length} dates from ${first} to ${last}` : first
  const named = read.events.filter((event) => event.date === date)
  if (named.length === 0) {
    throw usageError(
      `The tape ${folder} has no events for ${date}. It has events for ${range}. Name one of its dates with --date.`,
    )
  }
  const tickers = new Set(named.map((event) => event.ticker))
  if (!read.trades.some((trade) => tickers.has(trade.event))) {
    throw usageError(`The tape ${folder} has no trades for ${date}, so there is nothing to play. It has ${range}.`)
  }
}
