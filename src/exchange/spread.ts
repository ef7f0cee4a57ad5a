import { invariant } from '../domain/invariant.ts'
import fitted from './spread-distribution.json' with { type: 'json' }

/** How wide real quotes stood around one price: counts of rows per spread in whole cents. */
export interface SpreadBand {
  /** Mid price in cents, inclusive. */
  readonly fromCents: number
  /** Exclusive. */
  readonly toCents: number
  /** [spread in cents, rows], ascending. */
  readonly rows: readonly (readonly [number, number])[]
}

export type SpreadDistribution = readonly SpreadBand[]

/** Fitted by `spread-fit.ts` to the best quotes of 13 real market days; the file names its source, rows and median. */
export const FITTED_SPREADS: SpreadDistribution = fitted.bands.map(({ fromCents, toCents, rows }) => ({
  fromCents,
  toCents,
  rows: rows.map(([spread, count]) => {
    invariant(spread !== undefined && count !== undefined, 'a row of the distribution is a spread and its count')
    return [spread, count] as const
  }),
}))

/** The smallest spread in cents with more than `share` of the bands' rows at or below it: 0.5 gives the median. */
export function spreadQuantile(bands: SpreadDistribution, share: number): number {
  const counts = new Map<number, number>()
  let total = 0
  for (const [spread, count] of bands.flatMap((band) => band.rows)) {
    counts.set(spread, (counts.get(spread) ?? 0) + count)
    total += count
  }
  invariant(total > 0 && share >= 0 && share < 1, 'a quantile is asked of rows, for a share in [0, 1)')
  let seen = 0
  for (const [spread, count] of [...counts].sort(([a], [b]) => a - b)) {
    seen += count
    if (seen > share * total) return spread
  }
  invariant(false, 'the rows of a distribution add up to its total')
}

/** Inverse-transform draw for a price in cents: `uniform` in [0, 1) chooses among the rows of the price's band. */
export function drawSpreadCents(bands: SpreadDistribution, priceCents: number, uniform: number): number {
  const band = bands.find((candidate) => priceCents >= candidate.fromCents && priceCents < candidate.toCents)
  invariant(band !== undefined, 'the spread bands cover every price')
  let total = 0
  for (const [, count] of band.rows) total += count
  let left = uniform * total
  for (const [spread, count] of band.rows) {
    left -= count
    if (left < 0) return spread
  }
  invariant(false, 'a uniform number lies below 1')
}
