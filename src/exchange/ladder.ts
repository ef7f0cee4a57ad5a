import { seededRandom } from '../clock/seeded-random.ts'
import type { BookSide, Level } from '../domain/book.ts'
import type { MarketTicker } from '../domain/ids.ts'
import { invariant } from '../domain/invariant.ts'
import { type Price, priceFromCents, QUANTITY_SCALE, type Quantity, quantityFromContracts } from '../domain/units.ts'
import { drawSpreadCents, FITTED_SPREADS, type SpreadDistribution } from './spread.ts'

/**
 * The reconstructed ladder: what stood in the book between two trades is not in the recording, so it is drawn, seeded,
 * from what the market had printed up to then. Pure: the same market, seed and past prints give the same quotes, and
 * nothing here can see the next print. Whole cents, as the recorded markets had (`linear_cent`).
 *
 * After each recorded taker order (last price p, contracts n):
 * 1. Spread s: a fresh draw from the distribution fitted to real quotes around p, times `spreadScale`, at least 1 c.
 * 2. Best prices: the side that was hit stands at p, the other one s away: a YES taker leaves ask p and bid p − s, a NO
 *    taker bid p and ask p + s. So it is in the recording, where of all prints between 20 and 80 c the next one of the
 *    same taker side has the same price (median of the difference 0 c) and the next one of the other side lies a spread
 *    away (4 to 5 c). A ladder with p in its middle would sell half a spread below and buy half a spread above the market.
 *    A best price outside 1..99 c means that side is empty, as at the ends of real books.
 * 3. From each best price outwards, at most `levels` levels within `reachCents`; the best one always stands, any other
 *    price is a gap with probability `gapProbability`.
 * 4. A level's contracts: the median of the market's last `memory` taker orders × an exponential draw × a slope that
 *    grows outwards. Draws stay with their price while it stays on the ladder, so that a re-quote changes what it must
 *    and no more; a price that left and comes back is drawn anew.
 */
export interface LadderConfig {
  readonly levels: number
  readonly reachCents: number
  readonly spreadScale: number
  readonly gapProbability: number
  /** Taker orders that the size of a level remembers. */
  readonly memory: number
  readonly contractsMax: number
  readonly spreads: SpreadDistribution
}

export const LADDER_DEFAULTS: LadderConfig = {
  levels: 6,
  reachCents: 15,
  spreadScale: 1,
  gapProbability: 0.3,
  memory: 50,
  contractsMax: 5_000,
  spreads: FITTED_SPREADS,
}

export interface LadderQuotes {
  /** Best first. */
  readonly bids: readonly Level[]
  readonly asks: readonly Level[]
}

export interface LadderPrint {
  readonly price: Price
  readonly quantity: Quantity
  readonly takerSide: BookSide
}

export interface Ladder {
  /** Step 1 to 4 for one recorded taker order: its last price, its whole quantity. */
  requote(print: LadderPrint): LadderQuotes
}

const ONE_CENT = priceFromCents(1)
const CENTS_MIN = 1
const CENTS_MAX = 99
/** Floor of the exponential draw: a level that stands shows something. */
const QUANTITY_FLOOR = 0.25
const QUANTITY_SLOPE = 0.5

export function createLadder(market: MarketTicker, seed: string, config: LadderConfig = LADDER_DEFAULTS): Ladder {
  checkConfig(config)
  // A stream per market: what one market prints never moves another's quotes.
  const random = seededRandom(`${seed}/ladder/${market}`)
  const recent: number[] = []
  const drawn: Record<BookSide, Map<number, number>> = { bid: new Map(), ask: new Map() }

  const contractsAt = (rank: number): number => {
    const typical = medianOf(recent)
    const draw = QUANTITY_FLOOR - Math.log(1 - random.next())
    const contracts = Math.round(typical * draw * (1 + QUANTITY_SLOPE * rank))
    return Math.min(Math.max(contracts, 1), config.contractsMax)
  }

  const sideFrom = (side: BookSide, bestCents: number): readonly Level[] => {
    const step = side === 'bid' ? -1 : 1
    const previous = drawn[side]
    const current = new Map<number, number>()
    const levels: Level[] = []
    for (let distance = 0; distance < config.reachCents && levels.length < config.levels; distance++) {
      const cents = bestCents + step * distance
      if (cents < CENTS_MIN || cents > CENTS_MAX) break
      let contracts = previous.get(cents) ?? (random.next() < config.gapProbability ? 0 : contractsAt(levels.length))
      if (contracts === 0 && distance === 0) contracts = contractsAt(0)
      current.set(cents, contracts)
      if (contracts > 0) levels.push({ price: priceFromCents(cents), quantity: quantityFromContracts(contracts) })
    }
    drawn[side] = current
    return levels
  }

  return {
    requote({ price, quantity, takerSide }) {
      const cents = price / ONE_CENT
      invariant(Number.isInteger(cents) && cents >= CENTS_MIN && cents <= CENTS_MAX, 'the tape prints whole cents')
      recent.push(quantity / QUANTITY_SCALE)
      if (recent.length > config.memory) recent.shift()
      const drawnSpread = drawSpreadCents(config.spreads, cents, random.next())
      const spread = Math.max(1, Math.round(drawnSpread * config.spreadScale))
      const bidCents = takerSide === 'bid' ? cents - spread : cents
      return { bids: sideFrom('bid', bidCents), asks: sideFrom('ask', bidCents + spread) }
    },
  }
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted[Math.floor((sorted.length - 1) / 2)]
  invariant(middle !== undefined, 'a ladder is quoted after a print only')
  return middle
}

function checkConfig(config: LadderConfig): void {
  invariant(Number.isInteger(config.levels) && config.levels > 0, 'a ladder has at least one level a side')
  invariant(Number.isInteger(config.reachCents) && config.reachCents >= config.levels, 'a ladder reaches its levels')
  invariant(config.spreadScale > 0, 'the spread scale is positive')
  invariant(config.gapProbability >= 0 && config.gapProbability < 1, 'a gap has a probability below 1')
  invariant(Number.isInteger(config.memory) && config.memory > 0, 'a ladder remembers at least one order')
  invariant(Number.isInteger(config.contractsMax) && config.contractsMax > 0, 'a level holds at least one contract')
}
