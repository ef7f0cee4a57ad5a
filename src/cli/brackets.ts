import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { TAPE_FILE_BYTES_MAX } from '../config/limits.ts'
import { CITIES, type City } from '../domain/city.ts'
import { EXIT, type ExitCode, usageError } from '../domain/operating-error.ts'
import { compareStrikes, strikeHolds, strikeLabel } from '../domain/strike.ts'
import { parseWeatherEventTicker } from '../domain/ticker.ts'
import { parseTapeEvents, type TapeEvent, type TapeMarket } from '../exchange/tape-events.ts'
import { argumentsOf } from './arguments.ts'
import { type Command, type CommandContext, parseOptions, printJson } from './command.ts'

const BUNDLED_TAPE = fileURLToPath(new URL('../exchange/tapes/2024-12-17', import.meta.url))

const USAGE = `Usage: halcyon brackets --event KXHIGHCHI-24DEC17 --high 39 [--tape <folder>]

The markets of a recorded event with their strikes, and which of them a high makes win.

  --event <ticker>  as on a tape, such as KXHIGHCHI-24DEC17
  --high <°F>       a whole number; without it the recorded high
  --tape <folder>   default: the bundled day
  --json            {"event":"…","city":"chicago","date":"2024-12-17","highF":39,"recordedHighF":39,"winner":"…",
                     "markets":[{"ticker":"…","strikeType":"between","floorStrike":38,"capStrike":39,"label":"38° to 39°","result":"yes"}]}
`

const OPTIONS = {
  event: { type: 'string' },
  high: { type: 'string' },
  tape: { type: 'string' },
  json: { type: 'boolean' },
} as const

/** Hotter and colder than the surface of the earth has ever been. */
const HIGH_F_MIN = -150
const HIGH_F_MAX = 200

export const command: Command = {
  name: 'brackets',
  summary: 'Markets of a recorded event, and who wins at a given high',
  usage: USAGE,
  async run(context): Promise<ExitCode> {
    const args = argumentsOf(this.name, parseOptions(this, context.argv, OPTIONS).values)
    const ticker = args.required('event', 'an event ticker, such as KXHIGHCHI-24DEC17')
    const name = parseWeatherEventTicker(ticker)
    if (!name)
      args.fail('event', `is "${ticker}"`, `a daily high of one of ${seriesNames()}, such as KXHIGHCHI-24DEC17`)
    const tape = args.text('tape')
    const folder = tape === undefined ? BUNDLED_TAPE : resolve(context.cwd, tape)
    const event = eventOnTape(folder, ticker)
    const highF = args.number('high', { min: HIGH_F_MIN, max: HIGH_F_MAX, fallback: event.highF })
    if (!Number.isInteger(highF)) args.fail('high', `is ${highF}`, 'a whole number of °F, as highs are settled')
    show(context, event, highF, args.flag('json'))
    return EXIT.done
  },
}

const seriesNames = (): string =>
  Object.values(CITIES)
    .map(({ series }) => series)
    .join(', ')

function eventOnTape(folder: string, ticker: string): TapeEvent {
  if (!existsSync(folder)) throw usageError(`halcyon brackets: the tape folder ${folder} does not exist.`)
  const events = Object.values(CITIES).flatMap((city) => eventsOf(folder, city))
  const event = events.find((candidate) => candidate.ticker === ticker)
  if (event) return event
  const found = events.length > 0 ? `It has ${summaryOf(events)}.` : `It has ${readdirSync(folder).length} other files.`
  throw usageError(`halcyon brackets: the tape ${folder} has no event ${ticker}. ${found}`)
}

/** Of many events, the first and last of each series: a person needs the range, not a thousand names. */
function summaryOf(events: readonly TapeEvent[]): string {
  const bySeries = Map.groupBy(events, ({ series }) => series)
  return [...bySeries.values()]
    .map((list) => {
      const [first, last] = [list[0]?.ticker, list.at(-1)?.ticker]
      return first === last ? `${first}` : `${first} to ${last} (${list.length})`
    })
    .join(', ')
}

function eventsOf(folder: string, city: City): readonly TapeEvent[] {
  const file = join(folder, `${city.series.toLowerCase()}_events.jsonl.gz`)
  if (!existsSync(file)) return []
  let text: string
  try {
    text = gunzipSync(readFileSync(file), { maxOutputLength: TAPE_FILE_BYTES_MAX }).toString('utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw usageError(`halcyon brackets: the tape file ${file} cannot be read (${reason}).`)
  }
  return parseTapeEvents(text, { file, city })
}

function show(context: CommandContext, event: TapeEvent, highF: number, isJson: boolean): void {
  const inOrder = [...event.markets].sort((a, b) => compareStrikes(a.strike, b.strike))
  const markets = inOrder.map((market) => rowOf(market, highF))
  const winner = markets.find(({ result }) => result === 'yes')
  if (isJson) {
    printJson(context, {
      event: event.ticker,
      city: event.city.key,
      date: event.date,
      highF,
      recordedHighF: event.highF,
      winner: winner?.ticker ?? null,
      markets,
    })
    return
  }
  const lines = markets.map(({ ticker, label, result }) => `  ${ticker.padEnd(28)} ${label.padEnd(16)} ${result}`)
  const settled = highF === event.highF ? 'the recorded high' : `recorded: ${event.highF} °F`
  context.stdout.write(`${event.city.name}, ${event.date}, high ${highF} °F (${settled})\n${lines.join('\n')}\n`)
}

function rowOf({ ticker, strike }: TapeMarket, highF: number) {
  return {
    ticker,
    strikeType: strike.kind,
    floorStrike: strike.kind === 'less' ? null : strike.floor,
    capStrike: strike.kind === 'greater' ? null : strike.cap,
    label: strikeLabel(strike),
    result: strikeHolds(strike, highF) ? ('yes' as const) : ('no' as const),
  }
}
