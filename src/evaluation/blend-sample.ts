import type { CityKey } from '../domain/city.ts'
import type { ClimateDate } from '../domain/climate-day.ts'
import { invariant } from '../domain/invariant.ts'
import { strikeUpperBound } from '../domain/strike.ts'
import { blendProbabilities } from '../pricing/market-probability.ts'
import type { EvaluatedRow } from './row.ts'
import { scoreBrackets } from './scoring.ts'

/** Model and market of one event at one instant, and which bracket won; from history or from the ledger. */
export interface BlendSample {
  readonly city: CityKey
  readonly date: ClimateDate
  /** Local standard hours into the climate day; of the ledger the whole snapshot hour. */
  readonly hour: number
  /** P(YES) by bracket, lowest strike first, each list summing to 1. */
  readonly model: readonly number[]
  readonly market: readonly number[]
  /** By the day's readings; stays at nothing whatever the weight. */
  readonly isRuledOut: readonly boolean[]
  readonly winner: number
}

/** The decisions at which both had a probability; the model is the named package. */
export function samplesOf(rows: readonly EvaluatedRow[], packageId: string): readonly BlendSample[] {
  return rows.flatMap(({ city, date, decisionHour: hour, floorF, event }): readonly BlendSample[] => {
    const model = event?.brackets[packageId]
    if (event?.market === undefined || model === undefined) return []
    const { market, winner, strikes } = event
    const isRuledOut = strikes.map((strike) => floorF !== undefined && strikeUpperBound(strike) < floorF)
    return [{ city, date, hour, model, market, isRuledOut, winner }]
  })
}

/** The weights of the model that are tried. */
export const WEIGHTS: readonly number[] = Array.from({ length: 51 }, (_, index) => index / 50)

/** Losses of one or more decisions, summed, at each of `WEIGHTS`. */
export interface LossCurve {
  /** −ln P(winner), nats. */
  readonly logLoss: Float64Array
  /** Mean over the brackets. */
  readonly brier: Float64Array
}

/** What each weight would have lost on one decision, blended by the code that trades. */
export function lossCurve({ model, market, isRuledOut, winner }: BlendSample): LossCurve {
  const curve = { logLoss: new Float64Array(WEIGHTS.length), brier: new Float64Array(WEIGHTS.length) }
  for (const [index, modelWeight] of WEIGHTS.entries()) {
    const traded = blendProbabilities({ model, market, modelWeight, isRuledOut })
    invariant(traded !== undefined, 'a sample has a market')
    const { logLoss, brier } = scoreBrackets(traded, winner)
    curve.logLoss[index] = logLoss
    curve.brier[index] = brier
  }
  return curve
}
