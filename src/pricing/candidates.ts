import type { BookSide, Level, LiquiditySide } from '../domain/book.ts'
import { invariant } from '../domain/invariant.ts'
import { type FeeSchedule, nextPrice, type PriceRange } from '../domain/market.ts'
import { PRICE_SCALE, type Price, type Quantity } from '../domain/units.ts'
import { centsPerContract, orderFee } from './fees.ts'

/**
 * The four book orders that one market offers (trading rules §3): buy or sell YES, taking or making. What a person calls
 * "sell NO" is the bid, "buy NO" the ask: the same order and the same money.
 */
export interface Candidate {
  readonly side: BookSide
  readonly role: LiquiditySide
  readonly price: Price
  /** What the book shows at the price; takers only. */
  readonly shownQuantity?: Quantity
  /** Fee of the whole order over its count. */
  readonly feeCents: number
  /** Expected profit of one contract if it is filled. */
  readonly evCents: number
  readonly fillProbability: number
  /** evCents × fillProbability: what candidates are ranked by. */
  readonly expectedValueCents: number
  /** Distance of the probability from the price before fees, in percentage points, positive in the order's favour. */
  readonly edgePoints: number
  /** Collateral of one contract, 1/10,000 $; negative where the order reduces a position and releases money. */
  readonly lockedPerContract: number
}

export interface CandidateInputs {
  /** Best first level of each side, YES axis; absent where the side is empty. */
  readonly bid?: Level | undefined
  readonly ask?: Level | undefined
  /** P(YES). */
  readonly probability: number
  readonly fees: FeeSchedule
  readonly priceRanges: readonly PriceRange[]
  /** The count whose fee is spread over its contracts. */
  readonly quantity: Quantity
  readonly makerFillProbability: number
  /** Signed position in this market; an order against it releases collateral. */
  readonly netQuantity: Quantity
}

/** EV of one contract on one side at one price, in cents (trading rules §3). */
export function evCentsOf(side: BookSide, price: Price, probability: number, feeCents: number): number {
  return edgePointsOf(side, price, probability) - feeCents
}

export function edgePointsOf(side: BookSide, price: Price, probability: number): number {
  const edge = 100 * probability - price / 100
  return side === 'bid' ? edge : -edge
}

/** What one more contract locks (positive) or releases (negative), 1/10,000 $. */
export function lockedPerContractOf(side: BookSide, price: Price, netQuantity: Quantity): number {
  if (side === 'bid') return netQuantity < 0 ? price - PRICE_SCALE : price
  return netQuantity > 0 ? -price : PRICE_SCALE - price
}

/**
 * Where an order that means to make would rest: one tick better than the best of its own side, strictly inside the
 * spread; where the spread is one tick, at the best price. Undefined where its own side is empty.
 */
export function makerPrice(
  inputs: Pick<CandidateInputs, 'bid' | 'ask' | 'priceRanges'>,
  side: BookSide,
): Price | undefined {
  const own = (side === 'bid' ? inputs.bid : inputs.ask)?.price
  if (own === undefined) return undefined
  const other = (side === 'bid' ? inputs.ask : inputs.bid)?.price
  const better = nextPrice(inputs.priceRanges, own, side === 'bid' ? 1 : -1)
  if (better === undefined) return own
  if (other === undefined) return better
  return (side === 'bid' ? better < other : better > other) ? better : own
}

/** At most four, in no order. */
export function candidatesOf(inputs: CandidateInputs): readonly Candidate[] {
  invariant(inputs.probability >= 0 && inputs.probability <= 1, 'a probability lies in 0..1')
  invariant(inputs.quantity > 0, 'a candidate is evaluated for a positive count')
  const found: Candidate[] = []
  if (inputs.ask) found.push(evaluate(inputs, 'bid', 'taker', inputs.ask.price, inputs.ask.quantity))
  const buyMaker = makerPrice(inputs, 'bid')
  if (buyMaker !== undefined) found.push(evaluate(inputs, 'bid', 'maker', buyMaker))
  if (inputs.bid) found.push(evaluate(inputs, 'ask', 'taker', inputs.bid.price, inputs.bid.quantity))
  const sellMaker = makerPrice(inputs, 'ask')
  if (sellMaker !== undefined) found.push(evaluate(inputs, 'ask', 'maker', sellMaker))
  return found
}

function evaluate(
  inputs: CandidateInputs,
  side: BookSide,
  role: LiquiditySide,
  price: Price,
  shownQuantity?: Quantity,
): Candidate {
  const { fees, quantity, probability } = inputs
  const feeCents = centsPerContract(orderFee({ schedule: fees, role, price, quantity, side }), quantity)
  const evCents = evCentsOf(side, price, probability, feeCents)
  const fillProbability = role === 'taker' ? 1 : inputs.makerFillProbability
  return {
    side,
    role,
    price,
    ...(shownQuantity === undefined ? {} : { shownQuantity }),
    feeCents,
    evCents,
    fillProbability,
    expectedValueCents: evCents * fillProbability,
    edgePoints: edgePointsOf(side, price, probability),
    lockedPerContract: lockedPerContractOf(side, price, inputs.netQuantity),
  }
}

/** Below this two expected values are float noise apart, and the ties of §3 decide. */
const TIE_CENTS = 1e-9

/** Best first: expected value, then less capital locked, then maker, then the lower price. */
export function compareCandidates(a: Candidate, b: Candidate): number {
  const gain = b.expectedValueCents - a.expectedValueCents
  if (Math.abs(gain) > TIE_CENTS) return gain
  if (a.lockedPerContract !== b.lockedPerContract) return a.lockedPerContract - b.lockedPerContract
  if (a.role !== b.role) return a.role === 'maker' ? -1 : 1
  return a.price - b.price
}
