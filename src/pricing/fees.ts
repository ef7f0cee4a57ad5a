import type { BookSide, LiquiditySide } from '../domain/book.ts'
import { invariant } from '../domain/invariant.ts'
import type { FeeSchedule, FeeType } from '../domain/market.ts'
import {
  addMoney,
  MONEY_SCALE,
  type Money,
  moneyOf,
  notional,
  PRICE_SCALE,
  type Price,
  QUANTITY_SCALE,
  type Quantity,
  ZERO_MONEY,
} from '../domain/units.ts'

/**
 * Kalshi's fee model and rounding (kalshi-api.md §5.1 and §5.2). C contracts at price P cost M × rate × C × P × (1 − P);
 * every fill is rounded by the venue's five steps, which `fillFee` numbers. The estimate serves decisions and paper fills;
 * of a real fill, its own `fee_cost` is the truth.
 */

/** 1/10,000: the taker's 0.07 is 700. */
const RATES: Readonly<Record<FeeType, Readonly<Record<LiquiditySide, number>>>> = {
  quadratic: { taker: 700, maker: 0 },
  quadratic_with_maker_fees: { taker: 700, maker: 175 },
  quadratic_with_combo_maker_fees: { taker: 700, maker: 350 },
}
const RATE_SCALE = 10_000

/** Balances of direct members move in steps of $0.0001, those of others in whole cents. */
export type FeeGrid = 100 | 10_000
export const FEE_GRID_DIRECT: FeeGrid = 100
export const FEE_GRID_NON_DIRECT: FeeGrid = 10_000

/** More decimals than the venue ever sent; a finer multiplier cannot be told from a float's noise. */
const MULTIPLIER_DECIMALS_MAX = 9
const MULTIPLIER_MAX = 100

export interface FeeTerms {
  readonly schedule: FeeSchedule
  readonly role: LiquiditySide
  readonly price: Price
  readonly quantity: Quantity
  /** Decides the sign of the revenue that is rounded; matters for fractional contracts only. */
  readonly side?: BookSide
  readonly grid?: FeeGrid
}

/** Rounding that an order has paid so far and not got back. One per order, taker and maker fills together. */
export interface FeeAccumulator {
  readonly rounding: Money
}

export const EMPTY_FEE_ACCUMULATOR: FeeAccumulator = { rounding: ZERO_MONEY }

/**
 * The multiplier as an exact fraction: the decimal that the venue wrote, not its binary neighbour.
 * Where it is no decimal of at most nine places in 0..100, undefined.
 */
export function multiplierFraction(multiplier: number): { numerator: bigint; denominator: bigint } | undefined {
  if (!Number.isFinite(multiplier) || multiplier < 0 || multiplier > MULTIPLIER_MAX) return undefined
  const match = /^(\d+)(?:\.(\d+))?$/.exec(String(multiplier))
  if (!match) return undefined
  const [, whole = '', decimals = ''] = match
  if (decimals.length > MULTIPLIER_DECIMALS_MAX) return undefined
  return { numerator: BigInt(whole + decimals), denominator: 10n ** BigInt(decimals.length) }
}

/** The model fee of one execution, rounded up to $0.000001 (step 1). */
export function tradeFee({ schedule, role, price, quantity }: FeeTerms): Money {
  invariant(quantity >= 0, 'a fee is asked for a quantity that is not negative')
  const fraction = multiplierFraction(schedule.multiplier)
  invariant(fraction !== undefined, 'a fee multiplier is a decimal of at most nine places in 0..100')
  const product =
    BigInt(RATES[schedule.type][role]) *
    BigInt(quantity) *
    BigInt(price) *
    BigInt(PRICE_SCALE - price) *
    fraction.numerator
  const scale =
    (BigInt(RATE_SCALE) * BigInt(QUANTITY_SCALE) * BigInt(PRICE_SCALE) * BigInt(PRICE_SCALE) * fraction.denominator) /
    BigInt(MONEY_SCALE)
  return moneyOf(Number((product + scale - 1n) / scale))
}

/**
 * The fee of one fill of an order by the venue's steps, and the order's accumulator after it. The rounding is charged
 * even where the model fee is nothing.
 */
export function fillFee(accumulator: FeeAccumulator, terms: FeeTerms): { fee: Money; accumulator: FeeAccumulator } {
  const grid = terms.grid ?? FEE_GRID_DIRECT
  const cost = notional(terms.price, terms.quantity)
  const revenue = (terms.side ?? 'bid') === 'bid' ? -cost : cost
  const modelFee = tradeFee(terms) // 1
  const beforeRounding = revenue - modelFee
  const target = Math.floor(beforeRounding / grid) * grid // 2
  const roundingFee = moneyOf(beforeRounding - target) // 3
  invariant(roundingFee >= 0 && roundingFee < grid, 'a rounding fee is less than one step of the grid')
  const collected = addMoney(accumulator.rounding, roundingFee)
  const charged = addMoney(modelFee, roundingFee)
  const rebate = Math.floor(Math.min(collected, charged) / grid) * grid // 4
  const fee = moneyOf(charged - rebate) // 5
  invariant(fee >= 0, 'a fee is not negative')
  return { fee, accumulator: { rounding: moneyOf(collected - rebate) } }
}

/** The fee of an order that fills at once. */
export const orderFee = (terms: FeeTerms): Money => fillFee(EMPTY_FEE_ACCUMULATOR, terms).fee

/** The model fee before any rounding, cents per contract: what Kelly works with. */
export function unroundedFeeCents({ schedule, role, price }: Omit<FeeTerms, 'quantity'>): number {
  const probability = price / PRICE_SCALE
  const rate = RATES[schedule.type][role] / RATE_SCALE
  return 100 * schedule.multiplier * rate * probability * (1 - probability)
}

/** Money spread over contracts, in cents for one. */
export const centsPerContract = (money: Money, quantity: Quantity): number =>
  (money * 100 * QUANTITY_SCALE) / (MONEY_SCALE * quantity)
