import type { CancelReason, Fill, OrderRequest } from '../domain/order.ts'
import type { Settlement } from '../domain/position.ts'
import { formatCents, formatDollars, type Money, QUANTITY_SCALE, type Quantity, quantityOf } from '../domain/units.ts'
import { orderNames } from '../pricing/candidate-names.ts'
import type { Candidate } from '../pricing/candidates.ts'
import type { CheckedCandidate, Decision } from './weather-ev.ts'

/**
 * One line for a person (trading rules §7):
 * `[DRY-RUN] BUY YES @ 46¢ (maker) | 108x @ $49.68 | KXHIGHCHI-25NOV28-B33.5 | model=60.0% mkt=46.5% EV=14.00¢ std=2.50°F`.
 * Of an order's two names the BUY name is shown; both percentages are those of YES, whichever side is bought.
 */
export function decisionLine(decision: Decision, event: string, stdF: number | undefined): string {
  if (decision.kind === 'trade') {
    const { choice, size } = decision
    const amount = `${formatContracts(size.quantity)}x @ ${formatDollars(size.locked)}`
    return [`[DRY-RUN] ${orderText(choice.candidate)}`, amount, ...described(decision, choice, stdF)].join(' | ')
  }
  const { best } = decision
  const reason = decision.noPredictionReason ? ` (${decision.noPredictionReason})` : ''
  const refusal = `[DRY-RUN] PASS ${decision.refusal}${reason}`
  if (!best) return `${refusal} | ${event}`
  return [refusal, `best ${orderText(best.candidate)}`, ...described(decision, best, stdF)].join(' | ')
}

export function orderText({ side, price, role }: Pick<Candidate, 'side' | 'price' | 'role'>): string {
  const [name] = orderNames(side, price)
  return `${name.action.toUpperCase()} ${name.outcome.toUpperCase()} @ ${formatCents(name.price)} (${role})`
}

/** `[DRY-RUN] FILL BUY YES @ 46¢ (maker) | 20x | KXHIGHCHI-25NOV28-B33.5 | fee=$0.00` */
export function fillLine(fill: Fill): string {
  const order = orderText({ side: fill.side, price: fill.price, role: fill.liquidity })
  return `[DRY-RUN] FILL ${order} | ${formatContracts(fill.quantity)}x | ${fill.market} | fee=${formatDollars(fill.fee)}`
}

/** `[DRY-RUN] CANCEL BUY YES @ 46¢ (maker) | KXHIGHCHI-25NOV28-B33.5 | newObservedMaximum` */
export const cancelLine = (
  order: Pick<OrderRequest, 'side' | 'price' | 'role' | 'market'>,
  reason: CancelReason,
): string => `[DRY-RUN] CANCEL ${orderText(order)} | ${order.market} | ${reason}`

/** `[DRY-RUN] SETTLED KXHIGHCHI-25NOV28-B33.5 yes | 20x YES | paid $20.00 | earned $10.80` */
export function settlementLine(settlement: SettledMarket): string {
  const { market, result, netQuantity, payout, pnl } = settlement
  const held = `${formatContracts(quantityOf(Math.abs(netQuantity)))}x ${netQuantity < 0 ? 'NO' : 'YES'}`
  return `[DRY-RUN] SETTLED ${market} ${result} | ${held} | paid ${formatDollars(payout)} | earned ${formatDollars(pnl)}`
}

export interface SettledMarket extends Pick<Settlement, 'market' | 'result'> {
  readonly netQuantity: Quantity
  readonly payout: Money
  readonly pnl: Money
}

/** Whole contracts without decimals. */
export const formatContracts = (quantity: Quantity): string => String(quantity / QUANTITY_SCALE)

function described(
  { probabilities }: Decision,
  { market, index, candidate, probability }: CheckedCandidate,
  stdF: number | undefined,
): readonly string[] {
  const quoted = probabilities.market?.[index]
  const figures = [
    `model=${percent(probabilities.model?.[index] ?? probability)}`,
    `mkt=${quoted === undefined ? '–' : percent(quoted)}`,
    `EV=${candidate.evCents.toFixed(2)}¢`,
    ...(stdF === undefined ? [] : [`std=${stdF.toFixed(2)}°F`]),
  ]
  return [market.ticker, figures.join(' ')]
}

const percent = (probability: number): string => `${(100 * probability).toFixed(1)}%`
