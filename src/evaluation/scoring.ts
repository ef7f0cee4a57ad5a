import { invariant } from '../domain/invariant.ts'
import { type HighDistribution, summariseHigh } from '../weather/predict.ts'

/** A probability below this counts as this: one impossible day must not make a mean infinite. 13.8 nats. */
const PROBABILITY_MIN = 1e-6

/** Scores of a distribution of the high against what it became. Lower is better for the first three. */
export interface HighScores {
  /** −ln P(high), nats; a high beyond the outermost class is in that class, which is open. */
  readonly logLoss: number
  /**
   * Σ over whole °F k of (P(H ≤ k) − 1{high ≤ k})², °F. On whole degrees the continuous and the discrete ranked
   * probability score are the same number, so it is given once, as CRPS.
   */
  readonly crps: number
  /** |median − high|, °F. */
  readonly absoluteError: number
  /** Whether the 90 % interval of the trading limits (q05 to q95, both included) holds the high. */
  readonly isCovered: boolean
  /** What the interval promised to hold: at least .9, because its ends are whole degrees. */
  readonly intervalMass: number
  /** q95 − q05, °F. */
  readonly width: number
  readonly std: number
  /** P(H < high) and P(H ≤ high): the probability integral transform of a discrete outcome is the span between them. */
  readonly pit: readonly [number, number]
}

export function scoreHigh(high: HighDistribution, highF: number): HighScores {
  const { firstHighF, probabilities } = high
  invariant(probabilities.length > 0 && Number.isInteger(highF), 'a distribution is scored against whole degrees')
  const lastHighF = firstHighF + probabilities.length - 1
  const inside = Math.min(Math.max(highF, firstHighF), lastHighF)
  const summary = summariseHigh(high)
  let cumulative = 0
  let crps = Math.max(0, firstHighF - highF) + Math.max(0, highF - lastHighF)
  let below = 0
  let upTo = 0
  let medianF = lastHighF
  let intervalMass = 0
  for (const [index, probability] of probabilities.entries()) {
    const degree = firstHighF + index
    if (degree === inside) below = cumulative
    if (cumulative < 0.5 && cumulative + probability >= 0.5) medianF = degree
    cumulative += probability
    if (degree === inside) upTo = cumulative
    if (degree >= summary.q05F && degree <= summary.q95F) intervalMass += probability
    if (degree < lastHighF) crps += (cumulative - (highF <= degree ? 1 : 0)) ** 2
  }
  return {
    logLoss: -Math.log(Math.max(PROBABILITY_MIN, probabilities[inside - firstHighF] ?? 0)),
    crps,
    absoluteError: Math.abs(medianF - highF),
    isCovered: highF >= summary.q05F && highF <= summary.q95F,
    intervalMass,
    width: summary.q95F - summary.q05F,
    std: summary.stdF,
    pit: [Math.min(1, below), Math.min(1, upTo)],
  }
}

/** Scores of the brackets of one event. Lower is better. */
export interface BracketScores {
  /** Mean over the brackets of (probability − outcome)²; six equal ones give .139. */
  readonly brier: number
  /** −ln P(winner), nats. */
  readonly logLoss: number
  /** Ranked probability score over the brackets in order, divided by their number less one: 0 to 1. */
  readonly rps: number
}

export function scoreBrackets(probabilities: readonly number[], winner: number): BracketScores {
  invariant(winner >= 0 && winner < probabilities.length && probabilities.length > 1, 'one bracket of several won')
  let brier = 0
  let rps = 0
  let cumulative = 0
  for (const [index, probability] of probabilities.entries()) {
    brier += (probability - (index === winner ? 1 : 0)) ** 2
    cumulative += probability
    if (index < probabilities.length - 1) rps += (cumulative - (winner <= index ? 1 : 0)) ** 2
  }
  return {
    brier: brier / probabilities.length,
    logLoss: -Math.log(Math.max(PROBABILITY_MIN, probabilities[winner] ?? 0)),
    rps: rps / (probabilities.length - 1),
  }
}

/**
 * How the outcomes fall into tenths of the predicted distribution, as shares that sum to 1; a tenth each where it is
 * calibrated. A discrete outcome spreads its one count evenly over its span (no dice, so the same rows give the same bars).
 */
export function pitHistogram(spans: readonly (readonly [number, number])[], bins = 10): readonly number[] {
  const shares = new Array<number>(bins).fill(0)
  for (const [low, high] of spans) {
    for (let bin = 0; bin < bins; bin++) {
      const from = bin / bins
      const to = (bin + 1) / bins
      const isHere = low >= from && (low < to || bin === bins - 1)
      const share = high > low ? Math.max(0, Math.min(high, to) - Math.max(low, from)) / (high - low) : Number(isHere)
      shares[bin] = (shares[bin] ?? 0) + share / spans.length
    }
  }
  return shares
}

export interface ReliabilityBin {
  readonly from: number
  /** Excluded, but for the last bin. */
  readonly to: number
  readonly count: number
  /** Of what was predicted; null in an empty bin. */
  readonly meanProbability: number | null
  /** How often it became true; null in an empty bin. */
  readonly frequency: number | null
}

/** Predicted probabilities of brackets against how often they won. */
export function reliability(
  brackets: readonly { readonly probabilities: readonly number[]; readonly winner: number }[],
  bins = 10,
): readonly ReliabilityBin[] {
  const sums = Array.from({ length: bins }, () => ({ count: 0, probability: 0, won: 0 }))
  for (const { probabilities, winner } of brackets) {
    for (const [index, probability] of probabilities.entries()) {
      const bin = sums[Math.min(bins - 1, Math.floor(probability * bins + 1e-9))]
      if (bin === undefined) continue
      bin.count++
      bin.probability += probability
      bin.won += Number(index === winner)
    }
  }
  return sums.map(({ count, probability, won }, index) => ({
    from: index / bins,
    to: (index + 1) / bins,
    count,
    meanProbability: count === 0 ? null : probability / count,
    frequency: count === 0 ? null : won / count,
  }))
}

/**
 * Two-sided exact binomial test: the probability, if every one of `trials` independent trials succeeds with `chance`, of a
 * count that is no more likely than `successes`.
 */
export function binomialTest(successes: number, trials: number, chance: number): number {
  invariant(successes >= 0 && successes <= trials, 'successes are among the trials')
  if (chance >= 1) return successes === trials ? 1 : 0
  const logs = [0]
  for (let value = 1; value <= trials; value++) logs.push((logs[value - 1] ?? 0) + Math.log(value))
  const logOf = (count: number): number => logs[count] ?? 0
  const likelihood = (count: number): number =>
    Math.exp(
      logOf(trials) -
        logOf(count) -
        logOf(trials - count) +
        count * Math.log(chance) +
        (trials - count) * Math.log1p(-chance),
    )
  const seen = likelihood(successes) * (1 + 1e-7)
  let total = 0
  for (let count = 0; count <= trials; count++) {
    const value = likelihood(count)
    if (value <= seen) total += value
  }
  return Math.min(1, total)
}
