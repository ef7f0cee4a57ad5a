import type { EventTicker, MarketTicker } from '../domain/ids.ts'
import { invariant } from '../domain/invariant.ts'
import type { FeeSchedule } from '../domain/market.ts'
import type { ExchangeHappening, FeeOverride } from './core.ts'
import type { Play } from './play.ts'
import type { PlayMarket } from './play-market.ts'
import type { TradingFloor } from './trading/floor.ts'
import type { AccountHappening } from './trading/happenings.ts'

/** The weather series': takers only, multiplier 1 (kalshi-api §5.4). */
const SERIES_FEES: FeeSchedule = { type: 'quadratic', multiplier: 1, source: 'series' }

/** Trading on a played tape: accounts' orders stand in the same books as the tape's. */
export function playFloor(parts: {
  /** Asked for late: the play applies what lies before its start while it is made. */
  readonly play: () => Pick<Play, 'stepMs' | 'catchUp' | 'schedule'>
  readonly known: (ticker: MarketTicker) => PlayMarket | undefined
  readonly feeOverride: (event: EventTicker) => FeeOverride | undefined
  readonly newId: () => string
  readonly tell: (step: readonly ExchangeHappening[], accounts: readonly AccountHappening[]) => void
}): TradingFloor {
  const { play, known, feeOverride, newId, tell } = parts
  const marketOf = (ticker: MarketTicker): PlayMarket => {
    const market = known(ticker)
    invariant(market, 'accounts trade in markets that exist')
    return market
  }
  return {
    nowMs: () => play().stepMs(),
    catchUp: () => play().catchUp(),
    market: (ticker) => known(ticker)?.at(play().stepMs()),
    book: (ticker) => marketOf(ticker).book,
    schedule(ticker) {
      const override = feeOverride(marketOf(ticker).tape.event)
      return override ? { ...override, source: 'event' } : SERIES_FEES
    },
    at: (atMs, run) => play().schedule(atMs, run),
    newId,
    commit({ markets, trades, happenings, cause }) {
      const told: ExchangeHappening[] = []
      const [trade] = trades
      if (trade) told.push({ kind: 'traded', trades, tsMs: trade.tsMs })
      for (const ticker of markets) {
        const tsMs = play().stepMs()
        const own = trades.filter((one) => one.market === ticker)
        const changes = marketOf(ticker).record(own, tsMs)
        if (changes.length > 0)
          told.push({ kind: 'bookChanged', market: ticker, changes, tsMs, ...(cause && { cause }) })
      }
      tell(told, happenings)
    },
  }
}
