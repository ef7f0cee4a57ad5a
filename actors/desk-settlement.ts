import type { MarketTicker } from '../src/domain/ids.ts'
import type { MarketLifecycle } from '../src/domain/lifecycle.ts'
import type { SettlementRecord } from '../src/ledger/records.ts'
import { settlementLine } from '../src/strategy/decision-line.ts'
import type { DeskOptions } from './desk-options.ts'

/** Books the end of each market once, also where nothing was held in it: the outcome is part of the day's record. */
export interface DeskSettlement {
  /** Pays the position out. */
  determined(event: MarketLifecycle & { readonly type: 'determined' }): void
  /** Determined is not settled: only now has the money moved at the venue. */
  settled(market: MarketTicker, settledMs: number): void
}

export function createDeskSettlement(
  options: Pick<DeskOptions, 'event' | 'portfolio' | 'write' | 'announce'>,
): DeskSettlement {
  const { portfolio, write, announce } = options
  const event = options.event.ticker
  const rows = new Map<MarketTicker, SettlementRecord>()
  return {
    determined({ market, result, settlementValue, expirationValue, determinedMs }) {
      const before = portfolio.position(market)
      const settled = portfolio.settle({ market, settlementValue })
      // An earlier session of the account has booked it.
      if (!settled) return
      const row: SettlementRecord = {
        market,
        event,
        result,
        settlementValue,
        ...(expirationValue === undefined ? {} : { expirationValue }),
        determinedMs,
        netQuantity: before.netQuantity,
        payout: settled.payout,
        pnl: settled.pnl,
      }
      rows.set(market, row)
      write({ kind: 'settlement', row })
      const wasTraded = before.netQuantity !== 0 || before.fees !== 0 || before.realizedPnl !== 0
      if (!wasTraded) return
      write({ kind: 'position', row: { ...settled.position, updatedMs: determinedMs } })
      announce({ kind: 'settlement', event, text: settlementLine(row), settlement: row })
    },
    settled(market, settledMs) {
      const row = rows.get(market)
      if (row) write({ kind: 'settlement', row: { ...row, settledMs } })
    },
  }
}
