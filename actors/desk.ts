import { type Actor, createActor } from 'xstate'
import { type DeskActorRef, deskMachine } from '../machines/desk.machine.ts'
import type { TopOfBook, Trade } from '../src/domain/book.ts'
import { climateDay } from '../src/domain/climate-day.ts'
import { type DeskId, deskIdOf, type EventTicker, type MarketTicker } from '../src/domain/ids.ts'
import { invariant } from '../src/domain/invariant.ts'
import type { MarketLifecycle } from '../src/domain/lifecycle.ts'
import type { Market } from '../src/domain/market.ts'
import type { CancelReason, Fill } from '../src/domain/order.ts'
import { parseWeatherEventTicker } from '../src/domain/ticker.ts'
import type { PredictionResult } from '../src/domain/weather.ts'
import type { DecisionRecord } from '../src/ledger/records.ts'
import { isWorking, type PaperOrder } from '../src/portfolio/paper-order.ts'
import { createShownLiquidity } from '../src/portfolio/shown-liquidity.ts'
import { isDailyLossReached } from '../src/risk/check-order.ts'
import { clientOrderId } from '../src/risk/client-order-id.ts'
import { cancelLine, decisionLine, fillLine } from '../src/strategy/decision-line.ts'
import { probabilitiesOf } from '../src/strategy/event-probabilities.ts'
import { usablePrediction } from '../src/strategy/usable-prediction.ts'
import { type Decision, decideWeatherEv, type WeatherEvView } from '../src/strategy/weather-ev.ts'
import { reviewWorkingOrder } from '../src/strategy/working-order.ts'
import { DeskCounters } from './desk-counters.ts'
import { createDecisionLog, type DecisionCause, decisionIdFrom, decisionRecordOf } from './desk-decisions.ts'
import { createWorkingOrderGuard, type WorkingOrderGuard } from './desk-guard.ts'
import type { Desk, DeskOptions, DeskStats } from './desk-options.ts'
import { createDeskSettlement, type DeskSettlement } from './desk-settlement.ts'
import { createDeskViews, type DeskViews } from './desk-view.ts'
import { deskActorId } from './ids.ts'
import { createMarketActor, type MarketActor } from './market.ts'
import { createPaperBroker, type PaperBroker } from './paper-broker.ts'

/** @throws InvariantError where the event is no daily high of a known city. */
export function createDesk(options: DeskOptions): Desk {
  return new WeatherEvDesk(options)
}

class WeatherEvDesk implements Desk {
  readonly id: DeskId
  readonly event: EventTicker
  readonly #options: DeskOptions
  readonly #views: DeskViews
  readonly #settlement: DeskSettlement
  readonly #shown = createShownLiquidity()
  readonly #decisions: ReturnType<typeof createDecisionLog>
  readonly #broker: PaperBroker
  readonly #guard: WorkingOrderGuard
  readonly #actor: Actor<typeof deskMachine>
  readonly #markets = new Map<MarketTicker, MarketActor>()
  readonly #counters = new DeskCounters()
  readonly #stopListening: () => void
  #observedMaxF: number | undefined
  #confirmedNs: number
  /** Refusal of the last line that a person saw. */
  #announcedRefusal: string | undefined

  constructor(options: DeskOptions) {
    const { event, world, settings, portfolio, gate } = options
    const name = parseWeatherEventTicker(event.ticker)
    invariant(name, 'a weather desk trades the daily high of a known city')
    this.id = deskIdOf('weather-ev', event.ticker)
    this.event = event.ticker
    this.#options = options
    this.#settlement = createDeskSettlement(options)
    this.#views = createDeskViews({
      options,
      desk: this.id,
      day: climateDay(name.city.key, name.date),
      marketOf: (market) => this.#marketOf(market),
      shown: this.#shown,
    })
    this.#confirmedNs = world.transport.monotonicNs()
    this.#decisions = createDecisionLog(options.write)
    const tickers = event.markets.map(({ ticker }) => ticker)
    portfolio.registerEvent(event.ticker, tickers, event.mutuallyExclusive)
    this.#broker = createPaperBroker({
      world,
      portfolio,
      latencyMs: settings.paperLatencyMs,
      write: options.write,
      onFill: (fill, order, isLate) => this.#filled(fill, order, isLate),
      onEnd: (order) => this.#orderEnded(order),
    })
    this.#guard = createWorkingOrderGuard({
      transport: world.transport,
      notLiveMs: settings.cancelNotLiveMs,
      unconfirmedMs: settings.cancelUnconfirmedMs,
      isLive: (market) => options.feed.isLive(market) && this.#marketOf(market).isTradable(),
      confirmedNs: () => this.#lastConfirmedNs(),
      onNotLive: (market) => this.#cancelWorking('marketNotLive', { market }),
      onUnconfirmed: () => this.#cancelWorking('predictionNotConfirmed'),
    })
    const restored = this.#restoreOrders()
    this.#actor = createActor(deskMachine, {
      input: { isOrderWorking: restored.length > 0, isPositionOpen: tickers.some((ticker) => this.#isHeld(ticker)) },
      systemId: deskActorId(this.id),
    })
    this.#actor.start()
    for (const market of event.markets) this.#markets.set(market.ticker, this.#marketActor(market))
    // A market that closed meanwhile has ended its order already.
    for (const order of this.#broker.working()) this.#orderStarted(order)
    this.#marketEnded()
    this.#stopListening = gate.onHalted(() => this.#cancelWorking('tradingHalted'))
  }

  get actorRef(): DeskActorRef {
    return this.#actor
  }

  topChanged(top: TopOfBook): void {
    if (this.#isOver()) return
    this.#marketOf(top.market).setBookLive(true)
    this.#options.portfolio.mark(top)
    this.#checkDailyLoss()
    this.#options.predictor.request(this.event)
    this.#decide('book', top)
  }

  marketLive(market: MarketTicker): void {
    if (this.#isOver()) return
    this.#marketOf(market).setBookLive(true)
    this.#guard.marketLive(market)
  }

  marketNotLive(market: MarketTicker): void {
    if (this.#isOver()) return
    this.#marketOf(market).setBookLive(false)
    this.#guard.marketNotLive(market)
  }

  trade(trade: Trade): void {
    if (this.#isOver()) return
    this.#broker.trade(trade)
  }

  prediction(result: PredictionResult): void {
    if (this.#isOver()) return
    const { transport } = this.#options.world
    const usable = usablePrediction(result, transport.monotonicNs(), this.#options.settings.cancelUnconfirmedMs)
    this.#actor.send({ type: usable.ok ? 'prediction.arrived' : 'prediction.lost' })
    this.#reviewWorking(result)
    if (result.kind === 'prediction' && result.observedMaxF !== undefined) {
      this.#observedMaxF = Math.max(this.#observedMaxF ?? Number.NEGATIVE_INFINITY, result.observedMaxF)
    }
    this.#decide('prediction')
  }

  lifecycle(event: MarketLifecycle): void {
    if (this.#isOver()) return
    this.#marketOf(event.market).lifecycle(event)
    if (event.type === 'deactivated') this.#guard.marketNotLive(event.market)
    if (event.type === 'activated') this.#guard.marketLive(event.market)
    if (event.type === 'determined') {
      this.#cancelWorking('marketClosed', { market: event.market, isNow: true })
      this.#settlement.determined(event)
      this.#checkDailyLoss()
    }
    if (event.type === 'settled') this.#settlement.settled(event.market, event.settledMs)
    this.#marketEnded()
  }

  shutdown(): void {
    if (this.#isOver()) return
    this.#cancelWorking('shutdown', { isNow: true })
    this.#actor.send({ type: 'desk.shutdown' })
    this.#decisions.flush()
    this.#stop()
  }

  stats(): DeskStats {
    return this.#counters.stats()
  }

  #marketOf(market: MarketTicker): MarketActor {
    const actor = this.#markets.get(market)
    invariant(actor, 'a desk hears of the markets of its event only')
    return actor
  }

  #marketActor(market: Market): MarketActor {
    return createMarketActor({
      market,
      clock: this.#options.world.market,
      closeGuardMs: this.#options.limits.closeGuardMs,
      isBookLive: this.#options.feed.isLive(market.ticker),
      onClosed: () => this.#marketClosed(market.ticker),
    })
  }

  #isHeld(market: MarketTicker): boolean {
    return this.#options.portfolio.position(market).netQuantity !== 0
  }

  #isEnded(): boolean {
    return this.#actor.getSnapshot().hasTag('ended')
  }

  /** Shut down or settled: whatever is still told changes nothing any more. */
  #isOver(): boolean {
    return this.#actor.getSnapshot().hasTag('over')
  }

  #lastConfirmedNs(): number {
    const latest = this.#options.predictor.latest(this.event)
    if (latest.kind === 'prediction') this.#confirmedNs = Math.max(this.#confirmedNs, latest.confirmedNs)
    return this.#confirmedNs
  }

  #decide(kind: DecisionCause['kind'], frame?: Pick<TopOfBook, 'tsVenueMs' | 'tsReceivedNs'>): void {
    if (this.#isEnded()) return
    const { world, settings, limits, session, event, feed } = this.#options
    const marketMs = world.market.nowMs()
    const view = this.#views.event(Math.max(marketMs, frame?.tsVenueMs ?? marketMs))
    const decision = decideWeatherEv(view, settings, limits)
    const latencyNs = frame && world.transport.monotonicNs() - frame.tsReceivedNs
    if (latencyNs !== undefined) this.#options.onLatency?.(latencyNs)
    const sequence = this.#options.nextSequence()
    const row = decisionRecordOf({
      id: decisionIdFrom(session, sequence),
      sequence,
      event: event.ticker,
      cause: {
        kind,
        decidedMs: frame?.tsVenueMs ?? marketMs,
        decidedWallMs: world.transport.wallMs(),
        ...(latencyNs === undefined ? {} : { latencyNs }),
      },
      view,
      streamSeqs: event.markets.map(({ ticker }) => feed.streamSeq(ticker)),
      decision,
    })
    if (decision.kind === 'pass') this.#pass(decision, row, view)
    else this.#enter(decision, row, view)
  }

  #pass(decision: Decision & { readonly kind: 'pass' }, row: DecisionRecord, view: WeatherEvView): void {
    const { refusal, noPredictionReason } = decision
    const isRepeated = !this.#decisions.record(row)
    this.#counters.pass(refusal, isRepeated)
    if (isRepeated) return
    // A held event refuses its own market and the others by two names for one reason: to a person it is one.
    const reason = refusal === 'positionInMarket' ? 'positionInEvent' : refusal
    const announced = `${reason} ${noPredictionReason ?? ''}`
    if (announced === this.#announcedRefusal) return
    this.#announcedRefusal = announced
    this.#announceDecision(decision, row, view)
  }

  /** The decision is written before the order that follows from it. */
  #enter(decision: Decision & { readonly kind: 'trade' }, passed: DecisionRecord, view: WeatherEvView): void {
    const { account, session } = this.#options
    const { order, choice } = decision
    const { market } = order
    const id = clientOrderId({
      account,
      session,
      desk: this.id,
      market,
      decisionSequence: passed.sequence,
      attempt: 1,
    })
    const row: DecisionRecord = { ...passed, order: id }
    this.#decisions.record(row)
    this.#counters.trade()
    this.#announcedRefusal = undefined
    this.#announceDecision(decision, row, view)
    const terms = {
      id,
      decision: row.id,
      event: this.event,
      fees: this.#options.feesOf(choice.market, view.nowMs),
      decidedMs: row.decidedMs,
      closeMs: this.#marketOf(market).closeMs(),
    }
    if (order.role === 'taker') {
      const fill = this.#broker.take(order, terms)
      this.#shown.take(market, order.side === 'bid' ? 'ask' : 'bid', order.price, order.quantity)
      this.#actor.send({ type: 'order.filled' })
      this.#noteFill(fill)
      return
    }
    this.#orderStarted(this.#broker.rest(order, terms))
    this.#actor.send({ type: 'order.placed' })
  }

  #announceDecision(decision: Decision, row: DecisionRecord, view: WeatherEvView): void {
    const stdF = view.prediction?.kind === 'prediction' ? view.prediction.stdF : undefined
    const text = decisionLine(decision, this.event, stdF)
    this.#options.announce({ kind: 'decision', event: this.event, text, decision: row })
  }

  #restoreOrders(): readonly PaperOrder[] {
    const { event, feesOf, world } = this.#options
    for (const record of this.#options.workingOrders ?? []) {
      const market = event.markets.find(({ ticker }) => ticker === record.market)
      if (!market) continue
      const fees = feesOf(market, world.market.nowMs())
      this.#broker.restore(record, { desk: this.id, fees, closeMs: market.closeMs })
    }
    return this.#broker.working()
  }

  #orderStarted(order: PaperOrder): void {
    this.#options.predictor.setResting(this.event, true)
    this.#guard.orderStarted(order.request.market)
  }

  #orderEnded(order: PaperOrder): void {
    const { market } = order.request
    this.#guard.orderEnded(market)
    this.#options.predictor.setResting(this.event, this.#broker.working().length > 0)
    if (order.status === 'filled') this.#actor.send({ type: 'order.filled' })
    else this.#actor.send({ type: 'order.canceled', isPositionOpen: this.#isHeld(market) })
  }

  #filled(fill: Fill, order: PaperOrder, isLate: boolean): void {
    // A print that was heard of late fills an order that the desk has already seen end.
    if (isLate && !this.#actor.getSnapshot().hasTag('orderWorking')) this.#actor.send({ type: 'order.filled' })
    invariant(isLate || isWorking(order) || order.status === 'filled', 'a fill meets an order that worked')
    this.#noteFill(fill)
  }

  #noteFill(fill: Fill): void {
    this.#counters.fill()
    this.#options.announce({ kind: 'fill', event: this.event, text: fillLine(fill), fill })
    this.#checkDailyLoss()
  }

  #cancelWorking(
    reason: CancelReason,
    only: { readonly market?: MarketTicker; readonly atMs?: number; readonly isNow?: boolean } = {},
  ): void {
    const atMs = only.atMs ?? this.#options.world.market.nowMs()
    for (const order of this.#broker.working()) {
      if (only.market !== undefined && order.request.market !== only.market) continue
      if (order.status !== 'cancelPending') {
        this.#counters.cancel(reason)
        this.#options.announce({
          kind: 'cancel',
          event: this.event,
          text: cancelLine(order.request, reason),
          order,
          reason,
        })
        this.#actor.send({ type: 'order.cancelRequested', reason })
      }
      this.#broker.cancel(order.id, { reason, atMs, isNow: only.isNow ?? false })
    }
  }

  #reviewWorking(result: PredictionResult): void {
    const working = this.#broker.working()
    if (working.length === 0) return
    const { event, limits, settings, world } = this.#options
    const views = this.#views.markets(world.market.nowMs())
    const prediction = result.kind === 'prediction' ? result : undefined
    const { traded } = probabilitiesOf(views, prediction, settings.modelWeight)
    for (const { request, fees } of working) {
      const index = event.markets.findIndex(({ ticker }) => ticker === request.market)
      const observedMaxF = this.#observedMaxF
      const probability = traded?.[index]
      const reason = reviewWorkingOrder({ request, fees, result, observedMaxF, probability }, limits)
      if (reason) this.#cancelWorking(reason, { market: request.market })
    }
  }

  #checkDailyLoss(): void {
    const { gate, limits, portfolio, world } = this.#options
    if (gate.state() === 'halted') return
    if (isDailyLossReached(limits, portfolio.dailyPnl(world.market.nowMs()))) gate.halt('dailyLoss')
  }

  #marketClosed(market: MarketTicker): void {
    const atMs = this.#markets.get(market)?.closeMs()
    this.#cancelWorking('marketClosed', { market, isNow: true, ...(atMs === undefined ? {} : { atMs }) })
    this.#marketEnded()
  }

  #marketEnded(): void {
    const actors = [...this.#markets.values()]
    if (actors.length < this.#options.event.markets.length || !actors.every((actor) => actor.isOver())) return
    if (!this.#isEnded()) this.#actor.send({ type: 'event.closed' })
    this.#decisions.flush()
    if (!actors.every((actor) => actor.isSettled())) return
    this.#actor.send({ type: 'event.settled' })
    this.#stop()
  }

  #stop(): void {
    this.#guard.stop()
    this.#broker.stop()
    this.#stopListening?.()
    for (const actor of this.#markets.values()) actor.stop()
  }
}
