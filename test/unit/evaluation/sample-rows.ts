import { climateDateOf, climateDay } from '../../../src/domain/climate-day.ts'
import type { Strike } from '../../../src/domain/strike.ts'
import type { EvaluatedRow } from '../../../src/evaluation/row.ts'

const STRIKES: readonly Strike[] = [
  { kind: 'less', cap: 51 },
  { kind: 'between', floor: 51, cap: 52 },
  { kind: 'greater', floor: 52 },
]

export interface RowSketch {
  readonly date?: string
  readonly city?: EvaluatedRow['city']
  readonly hour?: number
  readonly variant?: EvaluatedRow['variant']
  readonly highF?: number
  /** P(50), P(51), P(52), P(53) by package. */
  readonly packages?: Readonly<Record<string, readonly number[]>>
  /** P of below 51, 51 to 52, above 52. */
  readonly market?: readonly number[] | undefined
}

/** A row whose packages speak of 50 to 53 °F, with an event of three brackets. */
export function sketchRow(sketch: RowSketch = {}): EvaluatedRow {
  const { city = 'new_york', hour = -4, variant = 'as-of', highF = 52, market } = sketch
  const packages = sketch.packages ?? { model: [0.1, 0.2, 0.4, 0.3] }
  const date = climateDateOf(sketch.date ?? '2025-03-05')
  const bracketsOf = ([a = 0, b = 0, c = 0, d = 0]: readonly number[]): readonly number[] => [a, b + c, d]
  return {
    city,
    date,
    decisionHour: hour,
    asOfMs: climateDay(city, date).startMs + hour * 3_600_000,
    variant,
    forecastKind: 'asOf',
    baseF: 51,
    highF,
    distributions: Object.fromEntries(
      Object.entries(packages).map(([id, probabilities]) => [id, { firstHighF: 50, probabilities }]),
    ),
    event: {
      eventTicker: 'KXHIGHNY-25MAR05',
      strikes: STRIKES,
      tickers: ['a', 'b', 'c'],
      winner: highF < 51 ? 0 : highF < 53 ? 1 : 2,
      brackets: Object.fromEntries(Object.entries(packages).map(([id, value]) => [id, bracketsOf(value)])),
      market,
      priceAgeMs: 7_200_000,
      lastCents: [undefined, undefined, undefined],
      nextTrades: [undefined, undefined, undefined],
    },
  }
}
