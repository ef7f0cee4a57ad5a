import { createActor } from 'xstate'
import { type MarketMachineEvent, marketMachine } from '../machines/market.machine.ts'
import type { MarketClock, Timer } from '../src/clock/clock.ts'
import { unreachable } from '../src/domain/invariant.ts'
import type { MarketLifecycle } from '../src/domain/lifecycle.ts'
import type { Market } from '../src/domain/market.ts'
import { marketId } from './ids.ts'

/** One market's life: the machine bound to market time, because the venue says nothing when a market opens or closes. */
export interface MarketActor {
  readonly market: Market
  closeMs(): number
  /** Trading is open and the book is live: the only markets that a strategy looks at. */
  isTradable(): boolean
  isBookLive(): boolean
  /** Closed for good, unless the venue moves the close. */
  isOver(): boolean
  isDetermined(): boolean
  isSettled(): boolean
  setBookLive(isLive: boolean): void
  lifecycle(event: MarketLifecycle): void
  stop(): void
}

export interface MarketActorOptions {
  readonly market: Market
  readonly clock: MarketClock
  /** How long before the close the market counts as closing. */
  readonly closeGuardMs: number
  readonly isBookLive: boolean
  readonly onClosed: () => void
}

export function createMarketActor(options: MarketActorOptions): MarketActor {
  const { market, clock } = options
  const actor = createActor(marketMachine, {
    input: { ticker: market.ticker, closeMs: market.closeMs },
    systemId: marketId(market.ticker),
  })
  let timers: Timer[] = []
  const closeMs = (): number => actor.getSnapshot().context.closeMs

  const cancelTimers = (): void => {
    for (const timer of timers) timer.cancel()
    timers = []
  }
  const close = (): void => {
    actor.send({ type: 'market.closed' })
    options.onClosed()
  }
  /** What is due already happens now: a daemon that starts late is where it would have been. */
  const armTimers = (): void => {
    cancelTimers()
    const nowMs = clock.nowMs()
    const runAt = (atMs: number, run: () => void): void => {
      if (atMs <= nowMs) run()
      else timers.push(clock.at(atMs, run))
    }
    runAt(market.openMs, () => actor.send({ type: 'market.opened' }))
    runAt(closeMs() - options.closeGuardMs, () => actor.send({ type: 'market.closing' }))
    runAt(closeMs(), close)
  }

  actor.start()
  if (options.isBookLive) actor.send({ type: 'book.live' })
  armTimers()
  if (market.status === 'paused') actor.send({ type: 'market.paused' })
  if (market.status === 'closed') actor.send({ type: 'market.closed' })

  const hasTag = (tag: 'tradable' | 'live' | 'over' | 'determined'): boolean => actor.getSnapshot().hasTag(tag)
  return {
    market,
    closeMs,
    isTradable: () => hasTag('tradable') && hasTag('live'),
    isBookLive: () => hasTag('live'),
    isOver: () => hasTag('over'),
    isDetermined: () => hasTag('determined'),
    isSettled: () => actor.getSnapshot().matches({ trading: 'settled' }),
    setBookLive: (isLive) => actor.send({ type: isLive ? 'book.live' : 'book.notLive' }),
    lifecycle(event) {
      actor.send(machineEventOf(event))
      if (event.type === 'closeDateUpdated') armTimers()
      if (event.type === 'determined' || event.type === 'settled') cancelTimers()
    },
    stop() {
      cancelTimers()
      actor.stop()
    },
  }
}

function machineEventOf(event: MarketLifecycle): MarketMachineEvent {
  switch (event.type) {
    case 'activated':
      return { type: 'market.resumed' }
    case 'deactivated':
      return { type: 'market.paused' }
    case 'closeDateUpdated':
      return { type: 'market.closeDateMoved', closeMs: event.closeMs }
    case 'determined':
      return { type: 'market.determined' }
    case 'settled':
      return { type: 'market.settled' }
    default:
      return unreachable(event)
  }
}
