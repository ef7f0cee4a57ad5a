import type { BookSide, LiquiditySide } from '../domain/book.ts'
import { invariant } from '../domain/invariant.ts'
import type { Refusal } from '../domain/refusal.ts'
import {
  complement,
  MONEY_SCALE,
  type Money,
  moneyOf,
  notional,
  type Price,
  QUANTITY_SCALE,
  type Quantity,
  quantityFromContracts,
} from '../domain/units.ts'
import type { RiskLimits } from './limits.ts'

/** How much of the bankroll one order may stake (trading rules §4). */
export interface KellySettings {
  readonly bankroll: Money
  readonly kellyFraction: number
  /** Settlement std up to which the stake is whole, then what is taken off per degree. */
  readonly fullStakeStdF: number
  readonly stakeReductionPerF: number
}

export interface KellyTerms {
  readonly side: BookSide
  /** YES axis. */
  readonly price: Price
  /** P(YES). */
  readonly probability: number
  /** Fee before rounding, cents per contract. */
  readonly unroundedFeeCents: number
}

/** What one contract of the side bought costs, without fee. */
export const collateralPrice = (side: BookSide, price: Price): Price => (side === 'bid' ? price : complement(price))

/** All-in cost of one contract of the side bought, in dollars. */
const allInCost = ({ side, price, unroundedFeeCents }: KellyTerms): number =>
  (collateralPrice(side, price) / 100 + unroundedFeeCents) / 100

/** f* = (w − c)/(1 − c) of the side bought: binary Kelly on the all-in price. Not below 0. */
export function fullKelly(terms: KellyTerms): number {
  const cost = allInCost(terms)
  const win = terms.side === 'bid' ? terms.probability : 1 - terms.probability
  return cost >= 1 ? 0 : Math.max(0, (win - cost) / (1 - cost))
}

/** 1 while the settlement is known well enough, then less by each degree of its std, not below 0. */
export function uncertaintyFactor(settings: KellySettings, stdF: number): number {
  return Math.min(1, Math.max(0, 1 - Math.max(0, stdF - settings.fullStakeStdF) * settings.stakeReductionPerF))
}

/** Whole contracts that the Kelly stake buys. `kellyFraction` is the part of the bankroll staked, before the limits. */
export function kellySize(
  settings: KellySettings,
  terms: KellyTerms,
  stdF: number,
): { readonly kellyFraction: number; readonly contracts: number } {
  const kellyFraction = fullKelly(terms) * settings.kellyFraction * uncertaintyFactor(settings, stdF)
  const stakeDollars = (kellyFraction * settings.bankroll) / MONEY_SCALE
  const contracts = Math.floor(stakeDollars / allInCost(terms))
  invariant(contracts >= 0, 'a stake buys no negative number of contracts')
  return { kellyFraction, contracts }
}

export interface SizeTerms extends KellyTerms {
  readonly role: LiquiditySide
  readonly stdF: number
  /** What the book shows at the price, less what we have taken of it; takers only. */
  readonly shownQuantity?: Quantity | undefined
  /** What limit 15 leaves. */
  readonly exposureRoom: Money
}

export interface Size {
  readonly quantity: Quantity
  /** Collateral, without fee. */
  readonly locked: Money
  readonly kellyFraction: number
}

export type Sizing =
  | { readonly ok: true; readonly size: Size }
  | { readonly ok: false; readonly refusal: Refusal; readonly kellyFraction: number }

/**
 * Kelly, then the smallest of limits 11 (takers), 12, 15 and the shown size (takers). Where less than one contract is
 * left, the refusal is that of the limit which cut it, the first one in the order of §5 if several did.
 */
export function sizeOrder(settings: KellySettings, limits: RiskLimits, terms: SizeTerms): Sizing {
  const { kellyFraction, contracts } = kellySize(settings, terms, terms.stdF)
  const riskPerContract = moneyAtRiskPerContract(terms)
  const caps: readonly (readonly [Refusal, number])[] = [
    ['belowOneContractByKelly', contracts],
    [
      'belowOneContractByMarketLimit',
      terms.role === 'taker' ? limits.maxContractsPerMarket / QUANTITY_SCALE : Infinity,
    ],
    ['belowOneContractByShownSize', terms.role === 'taker' ? (terms.shownQuantity ?? 0) / QUANTITY_SCALE : Infinity],
    ['belowOneContractByOrderRisk', limits.maxOrderRisk / riskPerContract],
    ['totalExposure', Math.max(0, terms.exposureRoom) / riskPerContract],
  ]
  const cut = caps.find(([, cap]) => cap < 1)
  if (cut) return { ok: false, refusal: cut[0], kellyFraction }
  const quantity = quantityFromContracts(Math.floor(Math.min(...caps.map(([, cap]) => cap))))
  invariant(quantity >= QUANTITY_SCALE, 'an order has at least one contract')
  return {
    ok: true,
    size: { quantity, locked: notional(collateralPrice(terms.side, terms.price), quantity), kellyFraction },
  }
}

/** Collateral and expected fee of one contract, rounded up: what limits 12 and 15 count. */
export function moneyAtRiskPerContract(terms: KellyTerms): Money {
  return moneyOf(
    notional(collateralPrice(terms.side, terms.price), quantityFromContracts(1)) +
      Math.ceil((terms.unroundedFeeCents * MONEY_SCALE) / 100),
  )
}
