import type { ClimateDay } from '../src/domain/climate-day.ts'
import type { DeskId, MarketTicker } from '../src/domain/ids.ts'
import type { Market } from '../src/domain/market.ts'
import { moneyOf } from '../src/domain/units.ts'
import type { ShownLiquidity } from '../src/portfolio/shown-liquidity.ts'
import type { MarketView, WeatherEvView } from '../src/strategy/weather-ev.ts'
import type { DeskOptions } from './desk-options.ts'
import type { MarketActor } from './market.ts'

/** Everything a decision may read, gathered at one instant from those who own it. */
export interface DeskViews {
  event(nowMs: number): WeatherEvView
  markets(nowMs: number): readonly MarketView[]
}

export function createDeskViews(parts: {
  readonly options: DeskOptions
  readonly desk: DeskId
  readonly day: ClimateDay
  readonly marketOf: (market: MarketTicker) => MarketActor
  readonly shown: ShownLiquidity
}): DeskViews {
  const { options, desk, day, marketOf, shown } = parts
  const { event, feed, feesOf, gate, limits, portfolio, predictor, world } = options

  const marketView = (market: Market, nowMs: number): MarketView => {
    const { ticker } = market
    const actor = marketOf(ticker)
    const isLive = actor.isTradable() && feed.isLive(ticker)
    const top = isLive ? feed.top(ticker) : undefined
    return {
      market,
      fees: feesOf(market, nowMs),
      isLive,
      closeMs: actor.closeMs(),
      top,
      bid: shown.remaining(ticker, 'bid', top?.bid),
      ask: shown.remaining(ticker, 'ask', top?.ask),
      netQuantity: portfolio.position(ticker).netQuantity,
      isOrderWorking: portfolio.workingIn(ticker).length > 0,
      // A paper order is acknowledged by its own booking.
      isOrderUnacknowledged: false,
    }
  }
  const markets = (nowMs: number): readonly MarketView[] => event.markets.map((market) => marketView(market, nowMs))

  return {
    markets,
    event: (nowMs) => ({
      desk,
      day,
      nowMs,
      nowNs: world.transport.monotonicNs(),
      gate: gate.state(),
      silenceMs: feed.silenceMs(),
      lagMs: feed.lagMs(),
      prediction: predictor.latest(event.ticker),
      markets: markets(nowMs),
      account: {
        eventPositions: portfolio.openMarketsOf(event.ticker),
        openPositions: portfolio.openMarkets(),
        exposureRoom: moneyOf(limits.maxTotalExposure - portfolio.exposure()),
        dailyPnl: portfolio.dailyPnl(nowMs),
        // Paper orders cost no tokens of the venue's rate budget.
        canAffordOrderAndCancel: true,
        isLedgerAccepting: options.acceptsOrders(),
      },
    }),
  }
}
