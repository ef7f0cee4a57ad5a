import type { EventTicker } from '../domain/ids.ts'
import { invariant } from '../domain/invariant.ts'

/** Model and market looked at the same instant; probabilities of YES in the event's strike order. */
export interface ScoredInstant {
  readonly event: EventTicker
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

/** Both are scored at the same instants, or the comparison would favour whoever kept silent when it was hard. */
export function scoreInstants(
  instants: readonly ScoredInstant[],
  winners: ReadonlyMap<EventTicker, number>,
): BrierScore | undefined {
  let count = 0
  let model = 0
  let market = 0
  let withoutMarket = 0
  let withoutModel = 0
  for (const instant of instants) {
    const winner = winners.get(instant.event)
    if (winner === undefined) continue
    if (!instant.market) withoutMarket++
    else if (!instant.model) withoutModel++
    else {
      count++
      model += bracketBrier(instant.model, winner)
      market += bracketBrier(instant.market, winner)
    }
  }
  if (count === 0) return undefined
  return { instants: count, model: model / count, market: market / count, withoutMarket, withoutModel }
}

/** Every full hour from the start of the climate day to the close of its markets, both included where they are full hours. */
export function scoringInstants(dayStartMs: number, closeMs: number): number[] {
  const instants: number[] = []
  for (let atMs = dayStartMs; atMs <= closeMs; atMs += 3_600_000) instants.push(atMs)
  return instants
}
