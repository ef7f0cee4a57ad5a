import type { Level } from '../domain/book.ts'
import { cityOfSeries } from '../domain/city.ts'
import { deskIdOf, eventTickerOf, marketTickerOf } from '../domain/ids.ts'
import type { FeeSchedule, FeeType, PriceRange } from '../domain/market.ts'
import { EXIT, type ExitCode } from '../domain/operating-error.ts'
import type { Refusal } from '../domain/refusal.ts'
import {
  formatMoney,
  formatPrice,
  PRICE_ONE_DOLLAR,
  type Price,
  parsePrice,
  priceOf,
  QUANTITY_SCALE,
  quantityFromContracts,
  ZERO_MONEY,
  ZERO_QUANTITY,
} from '../domain/units.ts'
import { type NamedCandidate, namedCandidates, type OrderName } from '../pricing/candidate-names.ts'
import { type Candidate, candidatesOf, compareCandidates } from '../pricing/candidates.ts'
import { unroundedFeeCents } from '../pricing/fees.ts'
import { checkOrder, type Situation } from '../risk/check-order.ts'
import { DEFAULT_RISK_LIMITS, moneyFromDollars } from '../risk/limits.ts'
import { fullKelly, type KellySettings } from '../risk/sizing.ts'
import { DEFAULT_BANKROLL_DOLLARS, DEFAULT_WEATHER_EV_SETTINGS } from '../strategy/settings.ts'
import { type Arguments, argumentsOf } from './arguments.ts'
import { type Command, parseOptions, printJson } from './command.ts'
import { scheduleOf } from './fees.ts'

const TICKS = ['0.01', '0.005', '0.002', '0.001', '0.0001'] as const

const USAGE = `Usage: halcyon evaluate --prob 0.60 --bid 0.45 --ask 0.48 [options]

Every order that one market offers, by all four names, taking and making: expected value, size, and what the default
limits say of it. Best expected value first.

  --prob <probability>   of YES, 0 to 1
  --bid <dollars>        best YES bid; leave out where there is none
  --ask <dollars>        best YES ask; leave out where there is none
  --count <contracts>    whose fee is spread over its contracts, default 100; also the size shown at both prices
  --series <ticker>      for its kind of fees: a daily-high series (default) or KXNFLGAME
  --type, --multiplier   of the fees, instead of those of the series
  --std <°F>             settlement std, default 0
  --bankroll <dollars>   default 10000
  --tick <dollars>       ${TICKS.join(', ')}; default 0.01
  --json                 {"candidates":[{"action":"buy","outcome":"yes","role":"taker","priceDollars":"0.4800",…}],"best":{…}}
`

const OPTIONS = {
  prob: { type: 'string' },
  bid: { type: 'string' },
  ask: { type: 'string' },
  count: { type: 'string' },
  series: { type: 'string' },
  type: { type: 'string' },
  multiplier: { type: 'string' },
  std: { type: 'string' },
  bankroll: { type: 'string' },
  tick: { type: 'string' },
  json: { type: 'boolean' },
} as const

/** Shown figures are rounded here, so that 12 − 1.7472 does not read 10.252800000000002. */
const SHOWN_DECIMALS = 8
const shown = (value: number): number => Number(value.toFixed(SHOWN_DECIMALS))

interface Row {
  readonly action: string
  readonly outcome: string
  readonly role: string
  readonly priceDollars: string
  readonly feeCents: number
  readonly evCents: number
  readonly fillProbability: number
  readonly expectedValueCents: number
  /** Full Kelly f* on the unrounded fee; the configured part of it, the std and the limits show in `contracts`. */
  readonly kellyFraction: number
  readonly contracts: number
  readonly lockedDollars: string
  readonly sameOrderAs: string
  readonly refusal: Refusal | null
}

interface Question {
  readonly probability: number
  readonly fees: FeeSchedule
  readonly stdF: number
  readonly kelly: KellySettings
}

export const command: Command = {
  name: 'evaluate',
  summary: 'All candidates of one market: expected value, size, refusal',
  usage: USAGE,
  async run(context): Promise<ExitCode> {
    const args = argumentsOf(this.name, parseOptions(this, context.argv, OPTIONS).values)
    const probability = args.number('prob', { min: 0, max: 1 })
    const quotes = quotesOf(args)
    const question: Question = {
      probability,
      fees: scheduleOf(args, feeTypeOf(args)),
      stdF: args.number('std', { min: 0, max: 100, fallback: 0 }),
      kelly: { ...DEFAULT_WEATHER_EV_SETTINGS, bankroll: bankrollOf(args) },
    }
    const candidates = candidatesOf({
      ...quotes,
      probability,
      fees: question.fees,
      quantity: args.quantity('count', quantityFromContracts(100)),
      makerFillProbability: DEFAULT_WEATHER_EV_SETTINGS.makerFillProbability,
      netQuantity: ZERO_QUANTITY,
    })
    const ranked = [...candidates].sort(compareCandidates)
    const rows = namedCandidates(ranked).map((named) => rowOf(named, question))
    const [best] = rows
    if (args.flag('json')) printJson(context, { candidates: rows, best: best ?? null })
    else context.stdout.write(tableOf(rows))
    return EXIT.done
  },
}

const bankrollOf = (args: Arguments) =>
  moneyFromDollars(args.number('bankroll', { min: 0.01, max: 1e8, fallback: DEFAULT_BANKROLL_DOLLARS }))

/** The kinds of fees of the series that the program trades (kalshi-api.md §5.4); a daemon reads them from the venue. */
function feeTypeOf(args: Arguments): FeeType {
  const series = args.text('series')
  if (series === undefined || cityOfSeries(series)) return 'quadratic'
  if (series === 'KXNFLGAME') return 'quadratic_with_maker_fees'
  return args.fail('series', `is "${series}"`, 'a daily-high series such as KXHIGHCHI, or KXNFLGAME')
}

function quotesOf(args: Arguments) {
  const step = parsePrice(args.oneOf('tick', TICKS, '0.01')) ?? priceOf(100)
  const priceRanges: readonly PriceRange[] = [{ start: priceOf(0), end: PRICE_ONE_DOLLAR, step }]
  const bid = args.price('bid')
  const ask = args.price('ask')
  if (bid === undefined && ask === undefined) args.fail('bid', 'and --ask are both missing', 'at least one of the two')
  for (const [flag, price] of [['bid', bid] as const, ['ask', ask] as const]) {
    if (price === undefined || price % step === 0) continue
    args.fail(flag, `is ${formatPrice(price)}`, `a multiple of ${formatPrice(step)}, or a finer --tick`)
  }
  if (bid !== undefined && ask !== undefined && bid >= ask) {
    args.fail('bid', `is ${formatPrice(bid)}`, `less than the ask of ${formatPrice(ask)}: such a book is crossed`)
  }
  const quantity = args.quantity('count', quantityFromContracts(100))
  const level = (price: Price | undefined): Level | undefined => (price === undefined ? undefined : { price, quantity })
  return { bid: level(bid), ask: level(ask), priceRanges }
}

const MARKET = marketTickerOf('BY-HAND')
const DESK = deskIdOf('weather-ev', eventTickerOf('BY-HAND'))

/** Nothing stands against the order but its own figures: a live book, a good prediction, a flat account. */
const situationOf = (stdF: number): Situation => ({
  event: {
    gate: 'active',
    silenceMs: 0,
    lagMs: 0,
    prediction: { coveredMinutes: DEFAULT_RISK_LIMITS.minObservationMinutes, forecastAgeMs: 0, stdF, intervalF: 0 },
    isMarketProbabilityMissing: false,
    hoursIntoDay: 0,
  },
  market: {
    isLive: true,
    remainingMs: Number.POSITIVE_INFINITY,
    isOrderUnacknowledged: false,
    netQuantity: ZERO_QUANTITY,
    isOrderWorking: false,
  },
  account: {
    eventPositions: 0,
    openPositions: 0,
    exposureRoom: DEFAULT_RISK_LIMITS.maxTotalExposure,
    dailyPnl: ZERO_MONEY,
    canAffordOrderAndCancel: true,
    isLedgerAccepting: true,
  },
})

function rowOf({ name, sameOrderAs, candidate }: NamedCandidate, question: Question): Row {
  const { fees, kelly, probability, stdF } = question
  const { side, role, price } = candidate
  const verdict = checkOrder(DEFAULT_RISK_LIMITS, kelly, situationOf(stdF), {
    candidate,
    probability,
    fees,
    request: { desk: DESK, market: MARKET, side, role, price },
  })
  const terms = { side, price, probability, unroundedFeeCents: unroundedFeeCents({ schedule: fees, role, price }) }
  return {
    action: name.action,
    outcome: name.outcome,
    role,
    priceDollars: formatPrice(name.price),
    ...figuresOf(candidate),
    kellyFraction: shown(fullKelly(terms)),
    contracts: verdict.ok ? verdict.size.quantity / QUANTITY_SCALE : 0,
    lockedDollars: formatMoney(verdict.ok ? verdict.size.locked : ZERO_MONEY),
    sameOrderAs: nameText(sameOrderAs),
    refusal: verdict.ok ? null : verdict.refusal,
  }
}

const figuresOf = ({ feeCents, evCents, fillProbability, expectedValueCents }: Candidate) => ({
  feeCents: shown(feeCents),
  evCents: shown(evCents),
  fillProbability,
  expectedValueCents: shown(expectedValueCents),
})

const nameText = ({ action, outcome }: OrderName): string => `${action} ${outcome}`

function tableOf(rows: readonly Row[]): string {
  const header = ['order', 'role', 'price', 'fee¢', 'EV¢', 'expected¢', 'Kelly', 'contracts', 'locked', 'refusal']
  const cells = rows.map((row) => [
    `${row.action} ${row.outcome}`,
    row.role,
    row.priceDollars,
    row.feeCents.toFixed(4),
    row.evCents.toFixed(2),
    row.expectedValueCents.toFixed(2),
    `${(100 * row.kellyFraction).toFixed(2)}%`,
    String(row.contracts),
    `$${row.lockedDollars.slice(0, -4)}`,
    row.refusal ?? '',
  ])
  const widths = header.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)))
  const isText = (column: number): boolean => column < 2 || column === header.length - 1
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd()
  return `${[header, ...cells].map(line).join('\n')}\n`
}
