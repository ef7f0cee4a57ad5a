import type { PriceRange } from '../domain/market.ts'
import { parsePrice } from '../domain/units.ts'
import type { WirePriceRange } from './schemas/decimal.ts'

/** The tick bands of a market. Undefined where one is no price, runs backwards, has no step, or none is given. */
export function parsePriceRanges(ranges: readonly WirePriceRange[]): readonly PriceRange[] | undefined {
  const parsed: PriceRange[] = []
  for (const range of ranges) {
    const start = parsePrice(range.start)
    const end = parsePrice(range.end)
    const step = parsePrice(range.step)
    if (start === undefined || end === undefined || step === undefined || step === 0 || start >= end) return undefined
    parsed.push({ start, end, step })
  }
  return parsed.length > 0 ? parsed : undefined
}
