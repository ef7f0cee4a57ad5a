import { z } from 'zod'

/**
 * What both sides of the wire share. The exchange writes prices, counts and fees as decimal strings (kalshi-api §3.1), and a
 * JSON number in their place is an error: it is what the fields removed in 2026 looked like.
 */
export const decimal = z.string().regex(/^-?\d+(?:\.\d+)?$/, 'expected a decimal string')

/** `[price, count]`; the order of levels in a list is not promised. */
export const level = z.tuple([decimal, decimal])

/** Unix milliseconds, seconds, or a number that counts from 0. */
export const whole = z.int().nonnegative()

/** RFC 3339, always with an offset; fractions of any length. */
export const timestamp = z.iso.datetime({ offset: true })

export const priceRange = z.looseObject({ start: decimal, end: decimal, step: decimal })

export type WireLevel = z.infer<typeof level>
export type WirePriceRange = z.infer<typeof priceRange>
