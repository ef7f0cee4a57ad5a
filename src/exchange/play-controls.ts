import type { EventTicker, MarketTicker } from '../domain/ids.ts'
import { usageError } from '../domain/operating-error.ts'
import type { Price } from '../domain/units.ts'
import type { ExchangeEventInfo, ExchangeHappening, FeeOverride } from './core.ts'
import type { Play } from './play.ts'
import type { MarketTicks, PlayMarket } from './play-market.ts'
import { settlementLater, settlementPaying } from './settlement.ts'
import type { AccountEngine } from './trading/account-engine.ts'
import type { PauseLevel, Trading } from './trading/trading.ts'

/**
 * What an operator of the exchange does that the recording does not have (kalshi-api §4.2, §9.5). Each takes effect at once,
 * as one step, and is told as the venue tells it. While the exchange or a market is paused the tape's orders are left out.
 * @throws OperatingError where the market or event is not there, or not in a state for it.
 */
export interface ExchangeControls {
  pause(level: PauseLevel): void
  deactivate(market: MarketTicker): void
  /** With an empty book: all orders are cancelled. */
  activate(market: MarketTicker): void
  closeEarly(market: MarketTicker): void
  changeTicks(market: MarketTicker, ticks: MarketTicks): void
  /** Undefined: the series' fees apply again. */
  changeFees(event: EventTicker, override: FeeOverride | undefined): void
  /** Pays `value` for a YES contract, whatever was recorded or determined so far. */
  settleAs(market: MarketTicker, value: Price): void
  /** Determines and settles that much later, market time; never after the end of the play. */
  delaySettlement(market: MarketTicker, ms: number): void
}

export interface ControlParts {
  readonly known: (ticker: MarketTicker) => PlayMarket | undefined
  readonly events: () => readonly ExchangeEventInfo[]
  readonly play: Play
  readonly trading: Trading
  readonly engine: AccountEngine
  readonly fees: Map<EventTicker, FeeOverride>
  readonly tell: (step: readonly ExchangeHappening[]) => void
}

export function createControls(parts: ControlParts): ExchangeControls {
  const { known, play, trading, engine, fees, tell, events } = parts
  const marketOf = (ticker: MarketTicker, needs: string, isReady: (market: PlayMarket) => boolean): PlayMarket => {
    play.catchUp()
    const market = known(ticker)
    if (!market) throw usageError(`The exchange has no market ${ticker}. GET /markets lists them.`)
    if (!isReady(market)) throw usageError(`${ticker} is ${market.at(play.nowMs()).status}: it must be ${needs}.`)
    return market
  }
  const lifecycle = (market: MarketTicker, type: Lifecycle['type']): Lifecycle => {
    return { kind: 'lifecycle', market, type, tsMs: play.nowMs() }
  }
  return {
    pause: (level) => trading.setPause(level),
    deactivate(ticker) {
      marketOf(ticker, 'active', (market) => market.isTrading).deactivate()
      tell([lifecycle(ticker, 'deactivated')])
    },
    activate(ticker) {
      const market = marketOf(ticker, 'paused', ({ isTrading, isClosed }) => !isTrading && !isClosed)
      engine.cancelMarket(ticker, 'HaltCancel')
      const changes = market.activate(play.nowMs())
      tell([lifecycle(ticker, 'activated'), { kind: 'bookChanged', market: ticker, changes, tsMs: play.nowMs() }])
      engine.commit()
    },
    closeEarly(ticker) {
      const market = marketOf(ticker, 'open', ({ isClosed }) => !isClosed)
      const tsMs = play.nowMs()
      market.moveClose(tsMs)
      engine.cancelMarket(ticker, 'CloseCancel')
      const changes = market.close(tsMs)
      tell([lifecycle(ticker, 'closeDateUpdated'), { kind: 'bookChanged', market: ticker, changes, tsMs }])
      engine.commit()
    },
    changeTicks(ticker, ticks) {
      marketOf(ticker, 'open', ({ isClosed }) => !isClosed).changeTicks(ticks)
      tell([lifecycle(ticker, 'priceLevelStructureUpdated')])
    },
    changeFees(event, override) {
      play.catchUp()
      if (!events().some(({ ticker }) => ticker === event)) {
        throw usageError(`The exchange has no event ${event}. GET /events lists them.`)
      }
      if (override) fees.set(event, override)
      else fees.delete(event)
      tell([{ kind: 'feesChanged', event, tsMs: play.nowMs() }])
    },
    settleAs(ticker, value) {
      const market = marketOf(ticker, 'not settled yet', ({ isFinalized }) => !isFinalized)
      market.changeSettlement(settlementPaying(market.settlement, value))
      if (market.isDetermined) tell([lifecycle(ticker, 'determined')])
    },
    delaySettlement(ticker, ms) {
      const market = marketOf(ticker, 'not determined yet', ({ isDetermined }) => !isDetermined)
      market.changeSettlement(settlementLater(market.settlement, ms))
    },
  }
}

type Lifecycle = Extract<ExchangeHappening, { kind: 'lifecycle' }>
