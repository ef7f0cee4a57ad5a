import type { TopOfBook } from '../domain/book.ts'
import { invariant } from '../domain/invariant.ts'
import type { Market } from '../domain/market.ts'
import { strikeUpperBound } from '../domain/strike.ts'
import type { Prediction } from '../domain/weather.ts'
import { blendProbabilities, marketProbabilities } from '../pricing/market-probability.ts'
import { type ModelWeight, modelWeightAt } from './model-weight.ts'

/** P(YES) of each market of one event, in strike order; all three are recorded with a decision (trading rules §6). */
export interface EventProbabilities {
  readonly model: readonly number[] | undefined
  /** Undefined where a book is not live or too many are empty. */
  readonly market: readonly number[] | undefined
  readonly traded: readonly number[] | undefined
}

interface QuotedMarket {
  readonly market: Pick<Market, 'strike'>
  readonly isLive: boolean
  readonly top: Pick<TopOfBook, 'bid' | 'ask'> | undefined
}

export function probabilitiesOf(
  markets: readonly QuotedMarket[],
  prediction: Prediction | undefined,
  weight: ModelWeight,
): EventProbabilities {
  // A book that is not live tells nothing, and what it used to say would shift all the others by normalisation.
  const market = markets.every(({ isLive }) => isLive)
    ? marketProbabilities(markets.map(({ top }) => top ?? {}))
    : undefined
  if (!prediction) return { model: undefined, market, traded: undefined }
  const model = prediction.brackets
  invariant(model.length === markets.length, 'a prediction has one bracket for each market of its event')
  const floorF = prediction.floorF ?? Number.NEGATIVE_INFINITY
  const isRuledOut = markets.map((quoted) => strikeUpperBound(quoted.market.strike) < floorF)
  const modelWeight = modelWeightAt(weight, prediction.snapshotHour)
  return { model, market, traded: blendProbabilities({ model, market, modelWeight, isRuledOut }) }
}
