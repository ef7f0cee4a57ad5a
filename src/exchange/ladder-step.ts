import type { BookSide, Level } from '../domain/book.ts'
import { type Price, quantityOf, subtractQuantity, ZERO_QUANTITY } from '../domain/units.ts'
import type { ExchangeTrade } from './core.ts'
import type { Ladder, LadderQuotes } from './ladder.ts'
import { isBetter, type Match, type MatchingBook, opposite } from './matching.ts'
import type { TapeTrade } from './tape-trades.ts'

/** Recorded prints of one market, one microsecond and one taker side: one order that walked the book. */
export interface TapeOrder {
  readonly side: BookSide
  readonly tsUs: number
  /** In the order of the walk: a YES taker's ascending, a NO taker's descending; ties as recorded. */
  readonly prints: readonly [TapeTrade, ...TapeTrade[]]
}

export interface TapeExecution {
  readonly trade: ExchangeTrade
  /** Who was met: the recording's maker or an account's. */
  readonly match: Match
}

const printId = (print: TapeTrade): string => `tape:${print.tradeId}`

/**
 * Plays recorded taker orders into the book of their market. The caller makes each one step: one `ts_ms`, and only the net
 * change of the levels, so that the recorded makers, who never met anybody but this taker, are never on offer to anybody
 * else.
 * 1. The tape's levels that the taker would have met before its last price are withdrawn, and so are those on the other
 *    side that the recorded makers would cross. Accounts' orders stay.
 * 2. For each print a maker of its size appears at its price, ahead of everything there: at its own price the recorded
 *    maker stands before ours. One that would cross an account's resting order trades with it, at that order's price.
 * 3. The taker executes in the matching engine up to its last price: accounts' orders at strictly better prices are met
 *    first, and then the recorded makers have that much left, which is withdrawn.
 * 4. The ladder is quoted anew from this print and those before it; nothing is quoted across an account's order. Levels
 *    that an account's taker had consumed come back here and no earlier.
 */
export interface LadderStep {
  /** Step 1 to 4, in the order of execution. */
  play(order: TapeOrder): readonly TapeExecution[]
  /** Takes every order of the tape out of the book: at the close. */
  withdrawAll(): void
}

const BOTH_SIDES = ['bid', 'ask'] as const

export function createLadderStep(parts: {
  readonly book: MatchingBook
  readonly ladder: Ladder
  /** For executions that the recording does not have: against accounts' orders. */
  readonly newTradeId: () => string
}): LadderStep {
  const { book, ladder, newTradeId } = parts
  let quoted = 0

  const withdrawWhere = (side: BookSide, which: (price: Price) => boolean): void => {
    for (const { price, quantity } of book.ownerLevels('tape', side)) {
      if (which(price)) book.withdraw({ owner: 'tape', side, price }, quantity)
    }
  }

  const enterMaker = (print: TapeTrade, takerSide: BookSide): readonly Match[] => {
    const { price, quantity } = print
    return book.submit({ id: printId(print), owner: 'tape', side: opposite(takerSide), price, quantity }, 'front')
  }

  const quote = (quotes: LadderQuotes): void => {
    const targets = { bid: uncrossed(book, 'bid', quotes.bids), ask: uncrossed(book, 'ask', quotes.asks) }
    for (const side of BOTH_SIDES) {
      const wanted = new Map(targets[side].map((level) => [level.price, level.quantity]))
      for (const { price, quantity } of book.ownerLevels('tape', side)) {
        const excess = subtractQuantity(quantity, wanted.get(price) ?? ZERO_QUANTITY)
        if (excess > 0) book.withdraw({ owner: 'tape', side, price }, excess)
      }
    }
    for (const side of BOTH_SIDES) {
      const standing = new Map(book.ownerLevels('tape', side).map((level) => [level.price, level.quantity]))
      for (const { price, quantity } of targets[side]) {
        const missing = subtractQuantity(quantity, standing.get(price) ?? ZERO_QUANTITY)
        if (missing > 0) book.submit({ id: `ladder:${quoted++}`, owner: 'tape', side, price, quantity: missing })
      }
    }
  }

  return {
    play({ side, prints }) {
      const [first] = prints
      const last = prints.at(-1) ?? first
      const quantity = quantityOf(prints.reduce((sum, print) => sum + print.quantity, 0))
      const executions: TapeExecution[] = []

      withdrawWhere(opposite(side), (price) => isBetter(opposite(side), price, last.price)) // 1
      withdrawWhere(side, (price) => !isBetter(side, first.price, price))
      for (const print of [...prints].reverse()) {
        const crossed = enterMaker(print, side) // 2
        for (const match of crossed) executions.push(executed(match, { ...print, tradeId: newTradeId() }))
      }
      for (const match of book.take({ side, limit: last.price, quantity })) {
        const print = prints.find((candidate) => printId(candidate) === match.makerId) // 3
        executions.push(executed(match, print ?? { ...last, tradeId: newTradeId() }))
      }
      for (const print of prints) book.cancel(printId(print))
      quote(ladder.requote({ price: last.price, quantity, takerSide: side })) // 4
      return executions
    },
    withdrawAll() {
      for (const side of BOTH_SIDES) withdrawWhere(side, () => true)
    },
  }
}

function executed(match: Match, print: TapeTrade): TapeExecution {
  const trade: ExchangeTrade = {
    tradeId: print.tradeId,
    market: print.market,
    price: match.price,
    quantity: match.quantity,
    takerSide: match.takerSide,
    createdTime: print.createdTime,
    tsMs: Math.floor(print.tsUs / 1000),
  }
  return { trade, match }
}

/** The levels that stand on their own side of every account's order. */
function uncrossed(book: MatchingBook, side: BookSide, levels: readonly Level[]): readonly Level[] {
  const limit = book.bestPriceOfOthers('tape', opposite(side))
  return limit === undefined ? levels : levels.filter((level) => isBetter(side, limit, level.price))
}
