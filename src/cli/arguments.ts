import { usageError } from '../domain/operating-error.ts'
import { PRICE_SCALE, type Price, parseDecimal, parsePrice, parseQuantity, type Quantity } from '../domain/units.ts'
import type { OptionValues } from './command.ts'

/** Reads the values of one command's flags; whatever is wrong is the person's error, with the flag and what it takes. */
export interface Arguments {
  text(flag: string): string | undefined
  flag(flag: string): boolean
  required(flag: string, expected: string): string
  /** A whole or decimal number within bounds. */
  number(flag: string, bounds: { readonly min: number; readonly max: number; readonly fallback?: number }): number
  /** Dollars strictly between 0 and 1, at most four decimals. */
  price(flag: string): Price | undefined
  /** A positive number of contracts, at most two decimals. */
  quantity(flag: string, fallback?: Quantity): Quantity
  oneOf<Choice extends string>(flag: string, choices: readonly Choice[], fallback?: Choice): Choice
  fail(flag: string, found: string, expected: string): never
}

/** Digits kept of a number that a person types; a probability or a std needs no more. */
const NUMBER_DECIMALS = 9
/** More than the venue has ever held open. */
const CONTRACTS_MAX = 1_000_000_000

export function argumentsOf(command: string, values: OptionValues): Arguments {
  const fail = (flag: string, found: string, expected: string): never => {
    throw usageError(
      `halcyon ${command}: --${flag} ${found}. Expected ${expected}. Run \`halcyon help ${command}\` for its usage.`,
    )
  }
  const text = (flag: string): string | undefined => {
    const value = values[flag]
    return typeof value === 'string' ? value : undefined
  }
  const required = (flag: string, expected: string): string => text(flag) ?? fail(flag, 'is missing', expected)
  return {
    text,
    flag: (flag) => values[flag] === true,
    required,
    number(flag, { min, max, fallback }) {
      const expected = `a number from ${min} to ${max}`
      if (text(flag) === undefined && fallback !== undefined) return fallback
      const given = required(flag, expected)
      const scaled = parseDecimal(given, NUMBER_DECIMALS)
      const value = scaled === undefined ? undefined : scaled / 10 ** NUMBER_DECIMALS
      if (value === undefined || value < min || value > max) return fail(flag, `is "${given}"`, expected)
      return value
    },
    price(flag) {
      const given = text(flag)
      if (given === undefined) return undefined
      const price = parsePrice(given)
      const expected = 'a price in dollars between 0 and 1 with at most four decimals, such as 0.48'
      if (price === undefined || price <= 0 || price >= PRICE_SCALE) return fail(flag, `is "${given}"`, expected)
      return price
    },
    quantity(flag, fallback) {
      const expected = 'a positive number of contracts with at most two decimals, such as 10'
      if (text(flag) === undefined && fallback !== undefined) return fallback
      const given = required(flag, expected)
      return contracts(given, (found) => fail(flag, found, expected))
    },
    oneOf(flag, choices, fallback) {
      const expected = `one of ${choices.join(', ')}`
      if (text(flag) === undefined && fallback !== undefined) return fallback
      const given = required(flag, expected)
      return choices.find((choice) => choice === given) ?? fail(flag, `is "${given}"`, expected)
    },
    fail,
  }
}

export function contracts(text: string, refuse: (found: string) => never): Quantity {
  const quantity = parseQuantity(text)
  if (quantity === undefined || quantity <= 0 || quantity > CONTRACTS_MAX) return refuse(`is "${text}"`)
  return quantity
}
