import type { LiquiditySide } from '../domain/book.ts'
import type { FeeSchedule, FeeType } from '../domain/market.ts'
import { EXIT, type ExitCode } from '../domain/operating-error.ts'
import {
  addMoney,
  formatMoney,
  formatPrice,
  formatQuantity,
  type Quantity,
  quantityOf,
  ZERO_MONEY,
} from '../domain/units.ts'
import {
  centsPerContract,
  EMPTY_FEE_ACCUMULATOR,
  FEE_GRID_DIRECT,
  FEE_GRID_NON_DIRECT,
  type FeeGrid,
  fillFee,
  multiplierFraction,
} from '../pricing/fees.ts'
import { type Arguments, argumentsOf, contracts } from './arguments.ts'
import { type Command, parseOptions, printJson } from './command.ts'

const USAGE = `Usage: halcyon fees --price 0.52 --count 10 [options]

What Kalshi charges for one order: the model fee of its type, rounded fill by fill as the exchange does it.

  --price <dollars>        price of the contract, YES or NO: the fee is the same
  --count <contracts>      contracts of the whole order; may be left out where --fills is given
  --role taker|maker       default taker
  --type <fee type>        quadratic (default), quadratic_with_maker_fees or quadratic_with_combo_maker_fees
  --multiplier <number>    of the series, default 1
  --grid 0.0001|0.01       step of the balance: direct members (default), others
  --fills 3,3,4            the order fills in these parts, in this order
  --json                   {"feeDollars":"0.174800","perContractCents":1.748,"fills":[{"count":"10.00","feeDollars":"0.174800"}]}
`

const OPTIONS = {
  price: { type: 'string' },
  count: { type: 'string' },
  role: { type: 'string' },
  type: { type: 'string' },
  multiplier: { type: 'string' },
  grid: { type: 'string' },
  fills: { type: 'string' },
  json: { type: 'boolean' },
} as const

const ROLES: readonly LiquiditySide[] = ['taker', 'maker']
export const FEE_TYPES: readonly FeeType[] = [
  'quadratic',
  'quadratic_with_maker_fees',
  'quadratic_with_combo_maker_fees',
]
const GRIDS: Readonly<Record<'0.0001' | '0.01', FeeGrid>> = { '0.0001': FEE_GRID_DIRECT, '0.01': FEE_GRID_NON_DIRECT }
/** Shown per contract: finer than the grid spread over a thousand contracts. */
const CENTS_DECIMALS = 6
const FILLS_MAX = 10_000

export const command: Command = {
  name: 'fees',
  summary: 'Fee of one order, whole and fill by fill',
  usage: USAGE,
  async run(context): Promise<ExitCode> {
    const args = argumentsOf(this.name, parseOptions(this, context.argv, OPTIONS).values)
    const price = args.price('price') ?? args.fail('price', 'is missing', 'a price in dollars, such as 0.52')
    const role = args.oneOf('role', ROLES, 'taker')
    const grid = GRIDS[args.oneOf('grid', ['0.0001', '0.01'], '0.0001')]
    const schedule = scheduleOf(args)
    let accumulator = EMPTY_FEE_ACCUMULATOR
    let total = ZERO_MONEY
    const counts = fillsOf(args)
    const fills = counts.map((quantity) => {
      const filled = fillFee(accumulator, { schedule, role, price, quantity, grid })
      accumulator = filled.accumulator
      total = addMoney(total, filled.fee)
      return { count: formatQuantity(quantity), feeDollars: formatMoney(filled.fee) }
    })
    const count = sumOf(counts)
    const perContractCents = Number(centsPerContract(total, count).toFixed(CENTS_DECIMALS))
    if (args.flag('json')) printJson(context, { feeDollars: formatMoney(total), perContractCents, fills })
    else {
      const parts =
        fills.length > 1 ? fills.map((fill) => `  ${fill.count} contracts: $${fill.feeDollars}\n`).join('') : ''
      const order = `${formatQuantity(count)} contracts at $${formatPrice(price)} as a ${role}, ${schedule.type} × ${schedule.multiplier}`
      context.stdout.write(`${order}\nfee $${formatMoney(total)}, ${perContractCents}¢ per contract\n${parts}`)
    }
    return EXIT.done
  },
}

export function scheduleOf(args: Arguments, type: FeeType = 'quadratic'): FeeSchedule {
  const multiplier = args.number('multiplier', { min: 0, max: 100, fallback: 1 })
  if (!multiplierFraction(multiplier)) args.fail('multiplier', `is ${multiplier}`, 'a decimal number from 0 to 100')
  return { type: args.oneOf('type', FEE_TYPES, type), multiplier, source: 'series' }
}

function fillsOf(args: Arguments): readonly Quantity[] {
  const listed = args.text('fills')
  if (listed === undefined) return [args.quantity('count')]
  const expected = 'contracts separated by commas, such as 3,3,4'
  const counts = listed.split(',').map((part) => contracts(part.trim(), (found) => args.fail('fills', found, expected)))
  if (counts.length > FILLS_MAX) args.fail('fills', `names ${counts.length} fills`, `at most ${FILLS_MAX}`)
  const total = sumOf(counts)
  if (args.text('count') !== undefined && args.quantity('count') !== total) {
    args.fail('fills', `adds up to ${formatQuantity(total)}`, `the same as --count ${args.text('count')}`)
  }
  return counts
}

const sumOf = (counts: readonly Quantity[]): Quantity => quantityOf(counts.reduce((sum, count) => sum + count, 0))
