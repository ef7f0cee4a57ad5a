import { invariant } from '../domain/invariant.ts'

/** Model and market of one event, looked at in the same instant; probabilities of YES in strike order. */
export interface ScoredInstant {
  readonly atMs: number
  readonly model: readonly number[] | undefined
  readonly market: readonly number[] | undefined
}

export interface BrierScore {
  readonly instants: number
  readonly model: number
  readonly market: number
  /** Left out for both, because one of the two had no probability. */
  readonly withoutMarket: number
  readonly withoutModel: number
}

/** Brier (1950), averaged over the brackets of an event and then over instants: 0 is perfect, lower is better. */
export function bracketBrier(probabilities: readonly number[], winner: number): number {
  invariant(winner >= 0 && winner < probabilities.length, 'the winner is one of the brackets')
  let sum = 0
  for (const [index, probability] of probabilities.entries()) sum += (probability - (index === winner ? 1 : 0)) ** 2
  return sum / probabilities.length
}

/**
 * Both are scored at the same instants, or the comparison would favour whoever kept silent when it was hard. `winner` is
 * an index in strike order.
 */
export function scoreInstants(instants: readonly ScoredInstant[], winner: number): BrierScore {
  let count = 0
  let model = 0
  let market = 0
  let withoutMarket = 0
  let withoutModel = 0
  for (const instant of instants) {
    if (!instant.market) withoutMarket++
    else if (!instant.model) withoutModel++
    else {
      count++
      model += bracketBrier(instant.model, winner)
      market += bracketBrier(instant.market, winner)
    }
  }
  const mean = (sum: number): number => (count === 0 ? 0 : sum / count)
  return { instants: count, model: mean(model), market: mean(market), withoutMarket, withoutModel }
}

/** Of the instants of both, each counting alike. */
export function addScores(a: BrierScore | undefined, b: BrierScore): BrierScore {
  if (!a) return b
  const instants = a.instants + b.instants
  const mean = (ofA: number, ofB: number): number =>
    instants === 0 ? 0 : (ofA * a.instants + ofB * b.instants) / instants
  return {
    instants,
    model: mean(a.model, b.model),
    market: mean(a.market, b.market),
    withoutMarket: a.withoutMarket + b.withoutMarket,
    withoutModel: a.withoutModel + b.withoutModel,
  }
}

/** Every full hour from the start of the climate day to the close of its markets, both included where they are full hours. */
export function scoringInstants(dayStartMs: number, closeMs: number): number[] {
  const instants: number[] = []
  for (let atMs = dayStartMs; atMs <= closeMs; atMs += 3_600_000) instants.push(atMs)
  return instants
}
