import type { Level } from '../domain/book.ts'
import { invariant } from '../domain/invariant.ts'
import { PRICE_SCALE } from '../domain/units.ts'

/** With so many empty books of one event there is nothing left to normalise against (trading rules §6). */
const EMPTY_BOOKS_MAX = 2
/** An empty book is worth at least half a cent. */
const EMPTY_SHARE_MIN = 0.005
const CLAMP_MIN = 0.001
const CLAMP_MAX = 0.999

export interface Quotes {
  readonly bid?: Level | undefined
  readonly ask?: Level | undefined
}

/** The market's own probability of YES before normalisation: undefined for an empty book. */
function midProbability({ bid, ask }: Quotes): number | undefined {
  const bidPrice = bid && bid.price / PRICE_SCALE
  const askPrice = ask && ask.price / PRICE_SCALE
  if (bidPrice !== undefined && askPrice !== undefined) return (bidPrice + askPrice) / 2
  if (askPrice !== undefined) return askPrice / 2
  if (bidPrice !== undefined) return (1 + bidPrice) / 2
  return undefined
}

/**
 * P(YES) of every market of one event by its quotes, summing to 1 (trading rules §6): the mean of both sides; of an ask
 * alone its half, of a bid alone half way to 1; empty books share what the others leave of 1, at least half a cent each.
 * Undefined where three or more books are empty.
 */
export function marketProbabilities(quotes: readonly Quotes[]): readonly number[] | undefined {
  const mids = quotes.map(midProbability)
  const empties = mids.filter((mid) => mid === undefined).length
  if (empties > EMPTY_BOOKS_MAX || empties === quotes.length) return undefined
  const quoted = mids.reduce<number>((sum, mid) => sum + (mid ?? 0), 0)
  const share = Math.max(EMPTY_SHARE_MIN, (1 - quoted) / Math.max(1, empties))
  return normalised(mids.map((mid) => mid ?? share))
}

function normalised(values: readonly number[]): readonly number[] {
  const sum = values.reduce((total, value) => total + value, 0)
  invariant(sum > 0, 'probabilities of an event do not all vanish')
  return values.map((value) => value / sum)
}

const logit = (probability: number): number => {
  const clamped = Math.min(CLAMP_MAX, Math.max(CLAMP_MIN, probability))
  return Math.log(clamped / (1 - clamped))
}

/**
 * The probability that is traded: w × logit(model) + (1 − w) × logit(market), then normalised over the event. What the
 * day's readings have ruled out stays 0. With w = 1 it is the model, and the market is not read.
 */
export function blendProbabilities(blend: {
  readonly model: readonly number[]
  readonly market: readonly number[] | undefined
  readonly modelWeight: number
  readonly isRuledOut: readonly boolean[]
}): readonly number[] | undefined {
  const { model, market, modelWeight, isRuledOut } = blend
  invariant(modelWeight >= 0 && modelWeight <= 1, 'the weight of the model lies in 0..1')
  if (modelWeight === 1) return model
  if (market === undefined) return undefined
  invariant(market.length === model.length, 'model and market speak of the same brackets')
  const mixed = model.map((probability, index) => {
    if (isRuledOut[index]) return 0
    const sum = modelWeight * logit(probability) + (1 - modelWeight) * logit(market[index] ?? 0)
    return 1 / (1 + Math.exp(-sum))
  })
  return normalised(mixed)
}
