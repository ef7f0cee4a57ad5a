import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { EXCHANGE_BOOK_LOG_POINTS_MAX } from '../config/limits.ts'
import { type ClimateDate, parseClimateDate } from '../domain/climate-day.ts'
import { usageError } from '../domain/operating-error.ts'
import { MONEY_SCALE, type Money, moneyOf, parseDecimal, parseMoney } from '../domain/units.ts'
import type { KeyType } from '../exchange/api-keys.ts'
import type { FaultRates } from '../exchange/frame-faults.ts'
import { TIERS } from '../exchange/rate-buckets.ts'
import { KNOB_NAMES, type KnobName, type TradingFaultKnobs } from '../exchange/trading-faults.ts'
import { type Command, type CommandContext, parseOptions } from './command.ts'

const BUNDLED_DATE = '2024-12-17'
const BUNDLED_TAPE = fileURLToPath(new URL(`../exchange/tapes/${BUNDLED_DATE}`, import.meta.url))
const SPEED_STANDARD = 1600
const BOOK_LOG_POINTS_STANDARD = 300
const PORT_MAX = 65_535

export interface ExchangeCommandOptions {
  readonly port: number
  readonly host: string
  readonly tapeFolder: string
  readonly dates: readonly ClimateDate[]
  readonly speed: number | 'max'
  readonly startMs?: number
  readonly stopMs?: number
  readonly seed: string
  readonly tier: string
  readonly keysFolder: string
  readonly keyType: KeyType
  readonly hold: boolean
  readonly parentPipe: boolean
  readonly exitAtEnd: boolean
  readonly json: boolean
  readonly bookLog?: { readonly file: string; readonly seed: string; readonly points: number }
  /** What every account starts with. */
  readonly balance?: Money
  readonly controls: boolean
  readonly tradingFaults?: { readonly knobs: Partial<TradingFaultKnobs>; readonly seed: string }
  readonly faults?: { readonly rates: FaultRates; readonly seed: string; readonly file?: string }
}

const FLAGS = {
  port: { type: 'string' },
  host: { type: 'string' },
  tape: { type: 'string' },
  date: { type: 'string' },
  speed: { type: 'string' },
  start: { type: 'string' },
  stop: { type: 'string' },
  seed: { type: 'string' },
  tier: { type: 'string' },
  keys: { type: 'string' },
  'key-type': { type: 'string' },
  'book-log': { type: 'string' },
  'book-log-seed': { type: 'string' },
  'book-log-points': { type: 'string' },
  faults: { type: 'string' },
  'faults-log': { type: 'string' },
  balance: { type: 'string' },
  'trading-faults': { type: 'string' },
  controls: { type: 'boolean' },
  hold: { type: 'boolean' },
  'parent-pipe': { type: 'boolean' },
  'exit-at-end': { type: 'boolean' },
  json: { type: 'boolean' },
} as const

type TextFlag = {
  [Name in keyof typeof FLAGS]: (typeof FLAGS)[Name]['type'] extends 'string' ? Name : never
}[keyof typeof FLAGS]

const wrong = (name: string, text: string, expected: string) =>
  usageError(`halcyon exchange: --${name} "${text}" is not valid. Expected ${expected}.`)

/** @throws OperatingError naming the flag, what it was and what was expected. */
export function exchangeOptions(command: Pick<Command, 'name'>, context: CommandContext): ExchangeCommandOptions {
  const { values } = parseOptions(command, context.argv, FLAGS)
  const text = (name: TextFlag): string | undefined => {
    const value = values[name]
    return typeof value === 'string' ? value : undefined
  }
  const path = (name: TextFlag): string | undefined => {
    const value = text(name)
    return value === undefined ? undefined : resolve(context.cwd, value)
  }
  const instant = (name: 'start' | 'stop'): number | undefined => {
    const value = text(name)
    return value === undefined ? undefined : parseInstant(name, value)
  }
  const tape = path('tape')
  const startMs = instant('start')
  const stopMs = instant('stop')
  const bookLogFile = path('book-log')
  const faults = text('faults')
  const faultsFile = path('faults-log')
  const balance = text('balance')
  const tradingFaults = text('trading-faults')
  return {
    port: parseWhole('port', text('port') ?? '0', PORT_MAX),
    host: text('host') ?? '127.0.0.1',
    tapeFolder: tape ?? BUNDLED_TAPE,
    dates: parseDates(text('date'), tape === undefined),
    speed: parseSpeed(text('speed')),
    ...(startMs === undefined ? {} : { startMs }),
    ...(stopMs === undefined ? {} : { stopMs }),
    seed: text('seed') ?? '1',
    tier: parseWord('tier', text('tier') ?? 'advanced', Object.keys(TIERS)),
    keysFolder: path('keys') ?? resolve(context.cwd, '.halcyon/exchange-keys'),
    keyType: parseWord('key-type', text('key-type') ?? 'rsa', ['rsa', 'ed25519'] as const),
    hold: values.hold === true,
    parentPipe: values['parent-pipe'] === true,
    exitAtEnd: values['exit-at-end'] === true,
    json: values.json === true,
    controls: values.controls === true,
    ...(balance === undefined ? {} : { balance: parseBalance(balance) }),
    ...(tradingFaults === undefined ? {} : { tradingFaults: parseTradingFaults(tradingFaults) }),
    ...(bookLogFile === undefined
      ? {}
      : {
          bookLog: {
            file: bookLogFile,
            seed: text('book-log-seed') ?? '1',
            points: parseWhole(
              'book-log-points',
              text('book-log-points') ?? String(BOOK_LOG_POINTS_STANDARD),
              EXCHANGE_BOOK_LOG_POINTS_MAX,
            ),
          },
        }),
    ...(faults === undefined
      ? {}
      : { faults: { ...parseFaults(faults), ...(faultsFile === undefined ? {} : { file: faultsFile }) } }),
  }
}

function parseWhole(name: string, text: string, max: number): number {
  const value = /^\d+$/.test(text) ? parseDecimal(text, 0) : undefined
  if (value === undefined || value > max) throw wrong(name, text, `a whole number from 0 to ${max}`)
  return value
}

function parseWord<Word extends string>(name: string, text: string, words: readonly Word[]): Word {
  const word = words.find((candidate) => candidate === text)
  if (word === undefined) throw wrong(name, text, `one of ${words.join(', ')}`)
  return word
}

function parseDates(text: string | undefined, isBundled: boolean): readonly ClimateDate[] {
  if (text === undefined && !isBundled) throw usageError('halcyon exchange: --tape needs --date <YYYY-MM-DD>.')
  return (text ?? BUNDLED_DATE).split(',').map((one) => {
    const date = parseClimateDate(one)
    if (date === undefined) throw wrong('date', one, 'a calendar date such as 2024-12-17, several separated by commas')
    return date
  })
}

function parseSpeed(text: string | undefined): number | 'max' {
  if (text === undefined) return SPEED_STANDARD
  if (text === 'max') return 'max'
  const thousandths = parseDecimal(text, 3)
  if (thousandths === undefined || thousandths <= 0)
    throw wrong('speed', text, 'a positive number such as 1600, or max')
  return thousandths / 1000
}

function parseInstant(name: string, text: string): number {
  try {
    return Temporal.Instant.from(text).epochMilliseconds
  } catch {
    // swallowed: the person is told which flag was wrong and what was expected.
    throw wrong(name, text, 'an instant with its offset, such as 2024-12-17T12:00:00Z')
  }
}

const RATE_SCALE = 1_000_000

const BALANCE_MAX = moneyOf(1_000_000_000 * MONEY_SCALE)
/** Balances move in steps of $0.0001. */
const BALANCE_GRID = 100

function parseBalance(text: string): Money {
  const value = parseMoney(text)
  if (value === undefined || value < 0 || value > BALANCE_MAX || value % BALANCE_GRID !== 0) {
    throw wrong('balance', text, 'dollars such as 10000 or 250.50')
  }
  return value
}

/** Chances with six places, times in whole milliseconds; their ranges are the knobs' own. */
function parseTradingFaults(text: string): { readonly knobs: Partial<TradingFaultKnobs>; readonly seed: string } {
  const expected = `readLagMs=400,acceptedThenError=0.01,seed=1: of ${KNOB_NAMES.join(', ')} and a seed`
  const knobs: Partial<Record<KnobName, number>> = {}
  let seed = '1'
  for (const part of text.split(',')) {
    const [name = '', value = ''] = part.split('=')
    const knob = KNOB_NAMES.find((known) => known === name)
    const scale = name.endsWith('Ms') ? 1 : RATE_SCALE
    const scaled = parseDecimal(value, scale === 1 ? 0 : 6)
    if (name === 'seed') seed = value
    else if (knob === undefined || scaled === undefined) throw wrong('trading-faults', text, expected)
    else knobs[knob] = scaled / scale
  }
  return { knobs, seed }
}

function parseFaults(text: string): { readonly rates: FaultRates; readonly seed: string } {
  const expected = 'drop=0.002,duplicate=0.002,swap=0.002,seed=1: rates from 0 to 1 that add up to at most 1'
  const given = new Map(
    text.split(',').map((part): [string, string] => [part.split('=')[0] ?? '', part.slice(part.indexOf('=') + 1)]),
  )
  const rate = (name: string): number => {
    const value = given.get(name)
    given.delete(name)
    if (value === undefined) return 0
    const scaled = parseDecimal(value, 6)
    if (scaled === undefined || scaled < 0 || scaled > RATE_SCALE) throw wrong('faults', text, expected)
    return scaled / RATE_SCALE
  }
  const rates = { drop: rate('drop'), duplicate: rate('duplicate'), swap: rate('swap') }
  const seed = given.get('seed') ?? '1'
  given.delete('seed')
  if (given.size > 0 || rates.drop + rates.duplicate + rates.swap > 1) throw wrong('faults', text, expected)
  return { rates, seed }
}
