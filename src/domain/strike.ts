import { unreachable } from './invariant.ts'

/**
 * What makes a market YES, on whole °F. Read from the market's strike fields, never from its ticker: both tails carry a `T`.
 * Tails are strict, bands include both ends.
 */
export type Strike =
  | { readonly kind: 'less'; readonly cap: number }
  | { readonly kind: 'between'; readonly floor: number; readonly cap: number }
  | { readonly kind: 'greater'; readonly floor: number }

export function strikeHolds(strike: Strike, highF: number): boolean {
  switch (strike.kind) {
    case 'less':
      return highF < strike.cap
    case 'between':
      return highF >= strike.floor && highF <= strike.cap
    case 'greater':
      return highF > strike.floor
    default:
      return unreachable(strike)
  }
}

/** Lowest to highest along the temperature axis. */
export function compareStrikes(a: Strike, b: Strike): number {
  return strikeLowerBound(a) - strikeLowerBound(b)
}

/** The lowest whole °F that makes the strike hold; −Infinity for the lower tail. */
export function strikeLowerBound(strike: Strike): number {
  if (strike.kind === 'less') return Number.NEGATIVE_INFINITY
  return strike.kind === 'between' ? strike.floor : strike.floor + 1
}

/** The highest whole °F that makes the strike hold; +Infinity for the upper tail. */
export function strikeUpperBound(strike: Strike): number {
  if (strike.kind === 'greater') return Number.POSITIVE_INFINITY
  return strike.kind === 'between' ? strike.cap : strike.cap - 1
}

/** True where the strikes, in any order, cover every whole °F exactly once. */
export function isPartition(strikes: readonly Strike[]): boolean {
  const sorted = [...strikes].sort(compareStrikes)
  let next = Number.NEGATIVE_INFINITY
  for (const strike of sorted) {
    if (strikeLowerBound(strike) !== next) return false
    next = strikeUpperBound(strike) + 1
  }
  return sorted.length > 0 && next === Number.POSITIVE_INFINITY
}

/** "52° or below", "53° to 54°", "61° or above": as the venue subtitles its markets. */
export function strikeLabel(strike: Strike): string {
  switch (strike.kind) {
    case 'less':
      return `${strike.cap - 1}° or below`
    case 'between':
      return `${strike.floor}° to ${strike.cap}°`
    case 'greater':
      return `${strike.floor + 1}° or above`
    default:
      return unreachable(strike)
  }
}
