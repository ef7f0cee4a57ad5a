import type { BookSide } from '../domain/book.ts'
import type { ClimateDate } from '../domain/climate-day.ts'
import type { FeeSchedule } from '../domain/market.ts'
import { type Price, priceOf, quantityFromContracts } from '../domain/units.ts'
import { edgePointsOf, evCentsOf } from '../pricing/candidates.ts'
import { centsPerContract, orderFee } from '../pricing/fees.ts'
import type { EntryThresholds } from '../risk/limits.ts'
import { type DayBootstrap, dayBootstrap, type Estimate } from './bootstrap.ts'
import type { EvaluatedEvent, EvaluatedRow } from './row.ts'
import { type Group, groupsOf, isInVariant } from './score-table.ts'

/**
 * At which price one contract is decided on and filled. `next`: that of the next trade after the decision, if its taker
 * traded on our side: what a taker really paid. `eitherSide`: that of the next trade whoever took, which also buys at the
 * bid and sells at the ask. `last`: that of the last trade before the decision, which may be gone. The latter two are shown
 * for what they flatter.
 */
export const FILL_RULES = ['next', 'eitherSide', 'last'] as const
export type FillRule = (typeof FILL_RULES)[number]

export interface SimulatedTrade {
  readonly date: ClimateDate
  /** Of the bracket. */
  readonly index: number
  /** Of YES: `ask` is a sale of YES, which is a purchase of NO. */
  readonly side: BookSide
  /** YES price of the fill. */
  readonly yesCents: number
  readonly feeCents: number
  /** After the fee, at the settlement. */
  readonly pnlCents: number
}

export interface SimulationTerms {
  /** Whose probabilities are traded, as they are (model weight 1). */
  readonly packageId: string
  readonly fees: FeeSchedule
  readonly thresholds: Pick<EntryThresholds, 'minEvCents' | 'minEdgePointsTake'>
}

const ONE_CONTRACT = quantityFromContracts(1)

/** One contract as a taker in every bracket whose price leaves an edge after the fee; each is held to the settlement. */
export function simulateRow(row: EvaluatedRow, terms: SimulationTerms, rule: FillRule): readonly SimulatedTrade[] {
  const { date, event } = row
  const probabilities = event?.brackets[terms.packageId]
  if (event === undefined || probabilities === undefined) return []
  return probabilities.flatMap((probability, index): readonly SimulatedTrade[] => {
    for (const side of SIDES) {
      const yesCents = fillPrice(event, { index, side, rule })
      if (yesCents === undefined || !isWorthTaking({ side, yesCents, probability }, terms)) continue
      return [{ date, index, side, yesCents, ...outcomeOf(event, { index, side, yesCents }, terms.fees) }]
    }
    return []
  })
}

const SIDES: readonly BookSide[] = ['bid', 'ask']

interface Fill {
  readonly index: number
  readonly side: BookSide
  readonly yesCents: number
}

/** Undefined where there is none, or at a price at which nothing is left to win or to lose. */
function fillPrice(
  { lastCents, nextTrades }: EvaluatedEvent,
  { index, side, rule }: Omit<Fill, 'yesCents'> & { readonly rule: FillRule },
): number | undefined {
  const next = nextTrades[index]
  const isOurs = rule === 'eitherSide' || next?.takerSide === (side === 'bid' ? 'yes' : 'no')
  const cents = rule === 'last' ? lastCents[index] : isOurs ? next?.yesCents : undefined
  return cents !== undefined && cents > 0 && cents < 100 ? cents : undefined
}

function isWorthTaking(
  { side, yesCents, probability }: Omit<Fill, 'index'> & { readonly probability: number },
  { fees, thresholds }: SimulationTerms,
): boolean {
  const price = priceOfCents(yesCents)
  const evCents = evCentsOf(side, price, probability, takerFeeCents(side, price, fees))
  return evCents >= thresholds.minEvCents && edgePointsOf(side, price, probability) >= thresholds.minEdgePointsTake
}

function outcomeOf(
  { winner }: EvaluatedEvent,
  { index, side, yesCents }: Fill,
  fees: FeeSchedule,
): Pick<SimulatedTrade, 'feeCents' | 'pnlCents'> {
  const feeCents = takerFeeCents(side, priceOfCents(yesCents), fees)
  const valueCents = index === winner ? 100 : 0
  return { feeCents, pnlCents: (side === 'bid' ? valueCents - yesCents : yesCents - valueCents) - feeCents }
}

/** The recorded price on the venue's finest tick. */
const priceOfCents = (cents: number): Price => priceOf(Math.round(cents * 100))

const takerFeeCents = (side: BookSide, price: Price, schedule: FeeSchedule): number =>
  centsPerContract(orderFee({ schedule, role: 'taker', price, quantity: ONE_CONTRACT, side }), ONE_CONTRACT)

/** What each trade of rule `last` gains by not being filled at the next trade, cents; those with a next trade. */
function flatteries(row: EvaluatedRow, terms: SimulationTerms): readonly number[] {
  const { event } = row
  if (event === undefined) return []
  return simulateRow(row, terms, 'last').flatMap((trade) => {
    const yesCents = fillPrice(event, { ...trade, rule: 'eitherSide' })
    return yesCents === undefined
      ? []
      : [trade.pnlCents - outcomeOf(event, { ...trade, yesCents }, terms.fees).pnlCents]
  })
}

export interface DayPnl {
  readonly date: ClimateDate
  readonly trades: number
  readonly cents: number
}

export interface SimulatedRule {
  readonly trades: number
  readonly winners: number
  readonly feeCents: number
  /** After fees; null where nothing was traded. */
  readonly centsPerContract: Estimate
  readonly totalCents: Estimate
}

export interface SimulationCell {
  readonly group: Pick<Group, 'variant' | 'city' | 'hour'>
  /** Days with an event, traded or not: the blocks of the intervals. */
  readonly days: number
  readonly decisions: number
  readonly rules: Readonly<Record<FillRule, SimulatedRule>>
  /** What a fill at the last price flatters: the trades of rule `last`, filled there and at the next trade, cents a contract. */
  readonly illusionCents: Estimate
  /** Of rule `next`; only where all cities and hours are together. */
  readonly byDay: readonly DayPnl[]
}

export const SIMULATION_SEED = 'halcyon-simulation'

/** By variant, city and hour, as far as there are events. */
export function simulate(rows: readonly EvaluatedRow[], terms: SimulationTerms): readonly SimulationCell[] {
  const bootstrap = dayBootstrap(SIMULATION_SEED)
  const priced = rows.filter(({ event }) => event !== undefined)
  const decided = priced.map((row): Decided => {
    const trades = Object.fromEntries(FILL_RULES.map((rule) => [rule, simulateRow(row, terms, rule)]))
    return { row, trades: trades as Decided['trades'], flatteries: flatteries(row, terms) }
  })
  return groupsOf(priced)
    .filter(({ season }) => season === 'all')
    .map(({ variant, city, hour }) => {
      const here = decided.filter(
        ({ row }) =>
          isInVariant(row, variant) &&
          (city === 'all' || row.city === city) &&
          (hour === 'all' || row.decisionHour === hour),
      )
      return cellOf({ variant, city, hour }, here, bootstrap)
    })
    .filter(({ decisions }) => decisions > 0)
}

interface Decided {
  readonly row: EvaluatedRow
  readonly trades: Readonly<Record<FillRule, readonly SimulatedTrade[]>>
  readonly flatteries: readonly number[]
}

function cellOf(group: SimulationCell['group'], decided: readonly Decided[], bootstrap: DayBootstrap): SimulationCell {
  const days = [...Map.groupBy(decided, ({ row }) => row.date)].sort(([a], [b]) => (a < b ? -1 : 1))
  const tradesOf = (day: readonly Decided[], rule: FillRule) => day.flatMap(({ trades }) => trades[rule])
  const ruleOf = (rule: FillRule): SimulatedRule => {
    const blocks = days.map(([, day]) => tradesOf(day, rule))
    const trades = blocks.flat()
    return {
      trades: trades.length,
      winners: trades.filter(({ pnlCents }) => pnlCents > 0).length,
      feeCents: trades.reduce((sum, { feeCents }) => sum + feeCents, 0),
      centsPerContract: bootstrap.estimate(blocks.map((day) => ({ above: pnlOf(day), below: day.length }))),
      totalCents: bootstrap.estimate(blocks.map((day) => ({ above: pnlOf(day) * days.length, below: 1 }))),
    }
  }
  const illusion = days.map(([, day]) => day.flatMap((one) => one.flatteries))
  const isPooled = group.city === 'all' && group.hour === 'all'
  return {
    group,
    days: days.length,
    decisions: decided.length,
    rules: { next: ruleOf('next'), eitherSide: ruleOf('eitherSide'), last: ruleOf('last') },
    illusionCents: bootstrap.estimate(illusion.map((day) => ({ above: sum(day), below: day.length }))),
    byDay: isPooled
      ? days.map(([date, day]) => ({ date, trades: tradesOf(day, 'next').length, cents: pnlOf(tradesOf(day, 'next')) }))
      : [],
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

const pnlOf = (trades: readonly SimulatedTrade[]): number => sum(trades.map(({ pnlCents }) => pnlCents))

export interface Placebo {
  /** True where the interval of the mean does not lie above zero. */
  readonly earnsNothing: boolean
  readonly days: number
  readonly trades: number
  readonly centsPerContract: Estimate
  readonly totalCents: Estimate
  /** By city and hour: how many there are with a trade, and of how many the interval lies above zero. */
  readonly cells: number
  readonly cellsAbove: number
}

/**
 * A strategy that knows no forecast of the day must not earn: if it does, the simulator is wrong. Undefined where the
 * strict variant was not evaluated on days with a market.
 */
export function placeboOf(cells: readonly SimulationCell[]): Placebo | undefined {
  const strict = cells.filter(({ group }) => group.variant === 'strict')
  const all = strict.find(({ group }) => group.city === 'all' && group.hour === 'all')
  if (all === undefined) return undefined
  const { trades, centsPerContract, totalCents } = all.rules.next
  const single = strict
    .filter(({ group }) => group.city !== 'all' && group.hour !== 'all')
    .map(({ rules }) => rules.next.centsPerContract)
    .filter(({ value }) => value !== null)
  return {
    earnsNothing: !isAboveZero(centsPerContract) && !isAboveZero(totalCents),
    days: all.days,
    trades,
    centsPerContract,
    totalCents,
    cells: single.length,
    cellsAbove: single.filter(isAboveZero).length,
  }
}

const isAboveZero = ({ low }: Estimate): boolean => low !== null && low > 0
