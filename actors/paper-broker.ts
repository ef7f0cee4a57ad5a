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

export interface PaperBroker {
  /** Fills at the shown price at once; the size is already bounded by what is shown (trading rules §7). */
  take(order: RiskApproved<OrderRequest>, terms: PaperTerms): Fill
  rest(order: RiskApproved<OrderRequest>, terms: PaperTerms): PaperOrder
  /** Takes over an order that an earlier session of the account left working. */
  restore(record: OrderRecord, terms: RestoredTerms): void
  trade(trade: Trade): void
  /** Asked for at `atMs`; takes effect the latency later, or at once where nobody will hear the trades until then. */
  cancel(
    id: ClientOrderId,
    cancel: { readonly reason: CancelReason; readonly atMs: number; readonly isNow?: boolean },
  ): void
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
  const { world, portfolio, latencyMs, write } = options
  const orders = new Map<ClientOrderId, PaperOrder>()
  const timers = new Map<ClientOrderId, Timer>()

  const store = (order: PaperOrder): void => {
    orders.set(order.id, order)
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
  const bookFill = (fill: Fill): void => {
    const position = portfolio.applyFill(fill)
    write({ kind: 'fill', row: fillRecordOf(fill) })
    write({ kind: 'position', row: { ...position, updatedMs: fill.tsVenueMs } })
  }
  const end = (order: PaperOrder): void => {
    timers.get(order.id)?.cancel()
    timers.delete(order.id)
    options.onEnd(order)
  }
  const finishCancel = (id: ClientOrderId): void => {
    const before = orders.get(id)
    if (before?.status !== 'cancelPending') return
    const after = confirmCancel(before)
    store(after)
    end(after)
  }
  const forgetOld = (): void => {
    const oldestMs = world.market.nowMs() - LATE_TRADE_MS
    for (const order of orders.values()) {
      if (!isWorking(order) && order.restsUntilMs < oldestMs) orders.delete(order.id)
    }
  }

  return {
    take(order, terms) {
      const { market, side, price, quantity } = order
      const fee = orderFee({ schedule: terms.fees, role: 'taker', price, quantity, side })
      const fill: Fill = {
        order: terms.id,
        market,
        side,
        price,
        quantity,
        liquidity: 'taker',
        fee,
        tsVenueMs: terms.decidedMs,
      }
      write({ kind: 'order', row: takerRecordOf(order, terms) })
      bookFill(fill)
      return fill
    },
    rest(request, terms) {
      forgetOld()
      invariant(orders.size < PAPER_ORDERS_MAX, 'paper orders of a desk stay within their bound')
      const order = openPaperOrder({ ...terms, request, latencyMs })
      store(order)
      return order
    },
    restore(record, terms) {
      // What was being cancelled when the earlier session ended has long been cancelled.
      store(confirmCancel(paperOrderOf(record, terms)))
    },
    trade(trade) {
      for (const before of orders.values()) {
        if (before.request.market !== trade.market || portfolio.isSettled(trade.market)) continue
        const { order: after, fill } = applyTrade(before, trade)
        if (!fill) continue
        bookFill(fill)
        store(after)
        options.onFill(fill, after, !isWorking(before))
        if (isWorking(before) && !isWorking(after)) end(after)
      }
    },
    cancel(id, { reason, atMs, isNow = false }) {
      const before = orders.get(id)
      if (!before || !isWorking(before)) return
      const effectiveMs = isNow ? atMs : atMs + latencyMs
      const after = requestCancel(before, { reason, atMs, effectiveMs })
      if (after !== before) store(after)
      if (isNow || after.restsUntilMs <= world.market.nowMs()) finishCancel(id)
      else if (!timers.has(id))
        timers.set(
          id,
          world.market.at(after.restsUntilMs, () => finishCancel(id)),
        )
    },
    working: () => [...orders.values()].filter(isWorking),
    stop() {
      for (const timer of timers.values()) timer.cancel()
      timers.clear()
    },
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
