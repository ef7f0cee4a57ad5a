import type { Timer, World } from '../src/clock/clock.ts'
import { LATE_TRADE_MS, PAPER_ORDERS_MAX } from '../src/config/limits.ts'
import type { Trade } from '../src/domain/book.ts'
import type { ClientOrderId, DecisionId, DeskId, EventTicker } from '../src/domain/ids.ts'
import { invariant } from '../src/domain/invariant.ts'
import type { FeeSchedule } from '../src/domain/market.ts'
import type { CancelReason, Fill, OrderRequest, OrderStatus } from '../src/domain/order.ts'
import type { FillRecord, LedgerRecord, OrderRecord } from '../src/ledger/records.ts'
import {
  applyTrade,
  confirmCancel,
  isWorking,
  openPaperOrder,
  type PaperOrder,
  remainingOf,
  requestCancel,
} from '../src/portfolio/paper-order.ts'
import type { Portfolio } from '../src/portfolio/portfolio.ts'
import { EMPTY_FEE_ACCUMULATOR, orderFee } from '../src/pricing/fees.ts'
import type { RiskApproved } from '../src/risk/approval.ts'

/** What came with an approved order. */
export interface PaperTerms {
  readonly id: ClientOrderId
  readonly decision: DecisionId
  readonly event: EventTicker
  readonly fees: FeeSchedule
  /** Market time of the decision. */
  readonly decidedMs: number
  readonly closeMs: number
}

export interface RestoredTerms extends Pick<PaperTerms, 'fees' | 'closeMs'> {
  readonly desk: DeskId
}

export interface PaperCancel {
  readonly reason: CancelReason
  readonly atMs: number
  readonly isNow?: boolean
}

export interface PaperBroker {
  /** Fills at the shown price at once; the size is already bounded by what is shown (trading rules §7). */
  take(order: RiskApproved<OrderRequest>, terms: PaperTerms): Fill
  rest(order: RiskApproved<OrderRequest>, terms: PaperTerms): PaperOrder
  /** Takes over an order that an earlier session of the account left working. */
  restore(record: OrderRecord, terms: RestoredTerms): void
  trade(trade: Trade): void
  /** Asked for at `atMs`; takes effect the latency later, or at once where nobody will hear the trades until then. */
  cancel(id: ClientOrderId, cancel: PaperCancel): void
  /** Those that can still fill. */
  working(): readonly PaperOrder[]
  stop(): void
}

export interface PaperBrokerOptions {
  readonly world: Pick<World, 'market'>
  readonly portfolio: Portfolio
  readonly latencyMs: number
  readonly write: (record: LedgerRecord) => void
  /** `isLate`: the order had ended before its print was heard of. */
  readonly onFill: (fill: Fill, order: PaperOrder, isLate: boolean) => void
  /** Filled or gone: nothing of it works any more. */
  readonly onEnd: (order: PaperOrder) => void
}

/** A paper taker has no public print behind it; unique with the order. */
const SHOWN_BOOK = 'shown-book'

/**
 * Paper orders of one desk: plain transitions of `paper-order.ts`, bound to market time, the portfolio and the ledger.
 * Orders that have ended are kept a while, because a print that was made before the end may be heard of after it.
 */
export function createPaperBroker(options: PaperBrokerOptions): PaperBroker {
  return new DeskPaperBroker(options)
}

class DeskPaperBroker implements PaperBroker {
  readonly #options: PaperBrokerOptions
  readonly #orders = new Map<ClientOrderId, PaperOrder>()
  readonly #timers = new Map<ClientOrderId, Timer>()

  constructor(options: PaperBrokerOptions) {
    this.#options = options
  }

  take(order: RiskApproved<OrderRequest>, terms: PaperTerms): Fill {
    const { market, side, price, quantity } = order
    const fee = orderFee({ schedule: terms.fees, role: 'taker', price, quantity, side })
    const shared = { order: terms.id, market, side, price, quantity, fee }
    const fill: Fill = { ...shared, liquidity: 'taker', tsVenueMs: terms.decidedMs }
    this.#options.write({ kind: 'order', row: takerRecordOf(order, terms) })
    this.#bookFill(fill)
    return fill
  }

  rest(request: RiskApproved<OrderRequest>, terms: PaperTerms): PaperOrder {
    this.#forgetOld()
    invariant(this.#orders.size < PAPER_ORDERS_MAX, 'paper orders of a desk stay within their bound')
    const order = openPaperOrder({ ...terms, request, latencyMs: this.#options.latencyMs })
    this.#store(order)
    return order
  }

  restore(record: OrderRecord, terms: RestoredTerms): void {
    // What was being cancelled when the earlier session ended has long been cancelled.
    this.#store(confirmCancel(paperOrderOf(record, terms)))
  }

  trade(trade: Trade): void {
    if (this.#options.portfolio.isSettled(trade.market)) return
    for (const before of this.#orders.values()) {
      const { order: after, fill } = applyTrade(before, trade)
      if (!fill) continue
      this.#bookFill(fill)
      this.#store(after)
      this.#options.onFill(fill, after, !isWorking(before))
      if (isWorking(before) && !isWorking(after)) this.#end(after)
    }
  }

  cancel(id: ClientOrderId, { reason, atMs, isNow = false }: PaperCancel): void {
    const { latencyMs, world } = this.#options
    const before = this.#orders.get(id)
    if (!before || !isWorking(before)) return
    const after = requestCancel(before, { reason, atMs, effectiveMs: isNow ? atMs : atMs + latencyMs })
    if (after !== before) this.#store(after)
    if (isNow || after.restsUntilMs <= world.market.nowMs()) this.#finishCancel(id)
    else if (!this.#timers.has(id)) {
      this.#timers.set(
        id,
        world.market.at(after.restsUntilMs, () => this.#finishCancel(id)),
      )
    }
  }

  working(): readonly PaperOrder[] {
    return [...this.#orders.values()].filter(isWorking)
  }

  stop(): void {
    for (const timer of this.#timers.values()) timer.cancel()
    this.#timers.clear()
  }

  #store(order: PaperOrder): void {
    const { portfolio, write } = this.#options
    this.#orders.set(order.id, order)
    write({ kind: 'order', row: recordOf(order) })
    if (!isWorking(order)) {
      portfolio.removeWorking(order.id)
      return
    }
    const { market, side, price } = order.request
    const remaining = remainingOf(order)
    const fee = orderFee({ schedule: order.fees, role: 'maker', price, quantity: remaining, side })
    portfolio.setWorking({ id: order.id, market, side, price, remaining, fee })
  }

  #bookFill(fill: Fill): void {
    const { portfolio, write } = this.#options
    const position = portfolio.applyFill(fill)
    write({ kind: 'fill', row: fillRecordOf(fill) })
    write({ kind: 'position', row: { ...position, updatedMs: fill.tsVenueMs } })
  }

  #finishCancel(id: ClientOrderId): void {
    const before = this.#orders.get(id)
    if (before?.status !== 'cancelPending') return
    const after = confirmCancel(before)
    this.#store(after)
    this.#end(after)
  }

  #end(order: PaperOrder): void {
    this.#timers.get(order.id)?.cancel()
    this.#timers.delete(order.id)
    this.#options.onEnd(order)
  }

  #forgetOld(): void {
    const oldestMs = this.#options.world.market.nowMs() - LATE_TRADE_MS
    for (const order of this.#orders.values()) {
      if (!isWorking(order) && order.restsUntilMs < oldestMs) this.#orders.delete(order.id)
    }
  }
}

function recordOf(order: PaperOrder): OrderRecord {
  const { id, decision, event, request, filledQuantity, status, createdMs, cancelReason, history } = order
  const { market, side, role, price, quantity } = request
  return {
    id,
    decision,
    event,
    market,
    side,
    role,
    price,
    quantity,
    filledQuantity,
    status,
    createdMs,
    ...(cancelReason ? { cancelReason } : {}),
    history,
  }
}

function takerRecordOf(order: OrderRequest, { id, decision, event, decidedMs }: PaperTerms): OrderRecord {
  const { market, side, role, price, quantity } = order
  return {
    id,
    decision,
    event,
    market,
    side,
    role,
    price,
    quantity,
    filledQuantity: quantity,
    status: 'filled',
    createdMs: decidedMs,
    history: [
      { status: 'submitting', atMs: decidedMs },
      { status: 'filled', atMs: decidedMs },
    ],
  }
}

function fillRecordOf({ tradeId, order, market, side, liquidity, price, quantity, fee, tsVenueMs }: Fill): FillRecord {
  return {
    tradeId: tradeId ?? SHOWN_BOOK,
    order,
    market,
    side,
    liquidity,
    price,
    quantity,
    fee,
    filledMs: tsVenueMs,
  }
}

/** The rounding that the order has paid so far is not in the ledger: it starts anew, by less than one step of the grid. */
function paperOrderOf(record: OrderRecord, terms: RestoredTerms): PaperOrder {
  const { id, decision, event, market, side, role, price, quantity, filledQuantity, status, createdMs, history } =
    record
  const since = (wanted: OrderStatus): number | undefined => history.find((entry) => entry.status === wanted)?.atMs
  return {
    id,
    decision,
    event,
    request: { desk: terms.desk, market, side, role, price, quantity },
    fees: terms.fees,
    status,
    filledQuantity,
    accumulator: EMPTY_FEE_ACCUMULATOR,
    createdMs,
    restsFromMs: since('resting') ?? createdMs,
    restsUntilMs: since('cancelPending') ?? terms.closeMs,
    ...(record.cancelReason ? { cancelReason: record.cancelReason } : {}),
    history,
    tradeIds: [],
  }
}
