import { invariant } from './invariant.ts'

/**
 * Integers at one declared scale (design: numbers). Price 1/10,000 $, Quantity 1/100 contract, Money 1/1,000,000 $,
 * so that price × quantity is exactly money. Venue strings are parsed digit by digit, never through a float.
 */
declare const unit: unique symbol
type Unit<Name extends string> = number & { readonly [unit]: Name }

/** A price on the YES axis in 1/10,000 dollar. A tradable price is 1..9,999; 0 and 10,000 appear as edges only. */
export type Price = Unit<'Price'>
/** Contracts in 1/100; deltas may be negative. */
export type Quantity = Unit<'Quantity'>
/** Dollars in 1/1,000,000; may be negative. */
export type Money = Unit<'Money'>

export const PRICE_SCALE = 10_000
export const QUANTITY_SCALE = 100
export const MONEY_SCALE = 1_000_000
export const PRICE_ONE_DOLLAR = PRICE_SCALE as Price

export function priceOf(value: number): Price {
  invariant(Number.isInteger(value) && value >= 0 && value <= PRICE_SCALE, 'a price is an integer in 0..10000')
  return value as Price
}

export function quantityOf(value: number): Quantity {
  invariant(Number.isSafeInteger(value), 'a quantity is a safe integer')
  return value as Quantity
}

export function moneyOf(value: number): Money {
  invariant(Number.isSafeInteger(value), 'money is a safe integer')
  return value as Money
}

export const ZERO_QUANTITY = 0 as Quantity
export const ZERO_MONEY = 0 as Money

export const priceFromCents = (cents: number): Price => priceOf(cents * 100)
export const quantityFromContracts = (contracts: number): Quantity => quantityOf(contracts * QUANTITY_SCALE)

/** The same contract seen from the other outcome: NO price of a YES price and back. */
export const complement = (price: Price): Price => (PRICE_SCALE - price) as Price

export function notional(price: Price, quantity: Quantity): Money {
  const product = price * quantity
  invariant(Number.isSafeInteger(product), 'price × quantity fits a safe integer')
  return product as Money
}

export const addQuantity = (a: Quantity, b: Quantity): Quantity => quantityOf(a + b)
export const subtractQuantity = (a: Quantity, b: Quantity): Quantity => quantityOf(a - b)
export const minQuantity = (a: Quantity, b: Quantity): Quantity => (a < b ? a : b)
export const addMoney = (a: Money, b: Money): Money => moneyOf(a + b)
export const subtractMoney = (a: Money, b: Money): Money => moneyOf(a - b)
export const negateMoney = (a: Money): Money => (a === 0 ? a : moneyOf(-a))

const CODE_0 = 48
const CODE_9 = 57
const CODE_DOT = 46
const CODE_MINUS = 45

/**
 * Reads a decimal string into an integer with `decimals` implied places; further places must be zeros.
 * Returns undefined for anything that is not a plain decimal: no exponent, no blanks, no sign but a leading minus.
 */
export function parseDecimal(text: string, decimals: number): number | undefined {
  const negative = text.charCodeAt(0) === CODE_MINUS
  let index = negative ? 1 : 0
  let value = 0
  let places = -1
  let digits = 0
  for (; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === CODE_DOT && places < 0) {
      places = 0
      continue
    }
    if (code < CODE_0 || code > CODE_9) return undefined
    digits++
    if (places < 0) value = value * 10 + (code - CODE_0)
    else if (places < decimals) {
      value = value * 10 + (code - CODE_0)
      places++
    } else if (code !== CODE_0) return undefined
  }
  if (digits === 0 || text.charCodeAt(text.length - 1) === CODE_DOT) return undefined
  for (let place = Math.max(places, 0); place < decimals; place++) value *= 10
  if (!Number.isSafeInteger(value)) return undefined
  return negative && value !== 0 ? -value : value
}

/** "0.3200" → 3200. Undefined where the text is no decimal, is finer than 1/10,000 or lies outside 0..1. */
export function parsePrice(text: string): Price | undefined {
  const value = parseDecimal(text, 4)
  return value === undefined || value < 0 || value > PRICE_SCALE ? undefined : (value as Price)
}

/** "-45.50" → -4550. Undefined where the text is no decimal or is finer than 1/100 contract. */
export const parseQuantity = (text: string): Quantity | undefined => parseDecimal(text, 2) as Quantity | undefined

/** "0.159300" → 159300. */
export const parseMoney = (text: string): Money | undefined => parseDecimal(text, 6) as Money | undefined

function formatScaled(value: number, scale: number, places: number): string {
  const magnitude = Math.abs(value)
  const whole = Math.trunc(magnitude / scale)
  const fraction = String(magnitude % scale).padStart(places, '0')
  return `${value < 0 ? '-' : ''}${whole}.${fraction}`
}

/** Venue form, four places: "0.3200". */
export const formatPrice = (price: Price): string => formatScaled(price, PRICE_SCALE, 4)
/** Venue form, two places: "45.50". */
export const formatQuantity = (quantity: Quantity): string => formatScaled(quantity, QUANTITY_SCALE, 2)
/** Six places: "0.174800". */
export const formatMoney = (money: Money): string => formatScaled(money, MONEY_SCALE, 6)

/** For people: 46¢, 46.5¢. */
export const formatCents = (price: Price): string => `${price / 100}¢`
/** For people: $49.68, −$3.20. */
export const formatDollars = (money: Money): string =>
  `${money < 0 ? '−' : ''}$${(Math.abs(money) / MONEY_SCALE).toFixed(2)}`
