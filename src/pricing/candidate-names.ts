import type { Action, BookSide, OutcomeSide } from '../domain/book.ts'
import { complement, type Price } from '../domain/units.ts'
import type { Candidate } from './candidates.ts'

/** What a person calls a book order. The price is that of the outcome named. */
export interface OrderName {
  readonly action: Action
  readonly outcome: OutcomeSide
  readonly price: Price
}

/** The two names of one book order, the BUY name first: it is the one that is shown (trading rules §3). */
export function orderNames(side: BookSide, price: Price): readonly [OrderName, OrderName] {
  return side === 'bid'
    ? [
        { action: 'buy', outcome: 'yes', price },
        { action: 'sell', outcome: 'no', price: complement(price) },
      ]
    : [
        { action: 'buy', outcome: 'no', price: complement(price) },
        { action: 'sell', outcome: 'yes', price },
      ]
}

export interface NamedCandidate {
  readonly name: OrderName
  readonly sameOrderAs: OrderName
  readonly candidate: Candidate
}

/** The rows a person sees, two for each book order. */
export function namedCandidates(candidates: readonly Candidate[]): readonly NamedCandidate[] {
  return candidates.flatMap((candidate) => {
    const [shown, other] = orderNames(candidate.side, candidate.price)
    return [
      { name: shown, sameOrderAs: other, candidate },
      { name: other, sameOrderAs: shown, candidate },
    ]
  })
}
