import type { Level, TopOfBook } from '../domain/book.ts'
import { type ClimateDay, hoursIntoDay } from '../domain/climate-day.ts'
import type { DeskId } from '../domain/ids.ts'
import { invariant } from '../domain/invariant.ts'
import type { FeeSchedule, Market } from '../domain/market.ts'
import type { OrderRequest } from '../domain/order.ts'
import type { NoPredictionReason, Refusal } from '../domain/refusal.ts'
import { type Quantity, quantityFromContracts } from '../domain/units.ts'
import type { PredictionResult } from '../domain/weather.ts'
import { type Candidate, type CandidateInputs, candidatesOf, compareCandidates } from '../pricing/candidates.ts'
import type { RiskApproved } from '../risk/approval.ts'
import {
  type AccountSituation,
  checkEdge,
  checkOrder,
  checkSituation,
  type EventSituation,
  type MarketSituation,
} from '../risk/check-order.ts'
import type { RiskLimits } from '../risk/limits.ts'
import type { Size } from '../risk/sizing.ts'
import { type EventProbabilities, probabilitiesOf } from './event-probabilities.ts'
import type { WeatherEvSettings } from './settings.ts'
import { usablePrediction } from './usable-prediction.ts'

/** One market of the event as the desk knows it at this instant. */
export interface MarketView {
  readonly market: Market
  readonly fees: FeeSchedule
  /** Book live and trading open: what is not is never looked at. */
  readonly isLive: boolean
  readonly closeMs: number
  /** As shown by the venue. */
  readonly top: TopOfBook | undefined
  /** What may still be taken: the shown level less what paper has taken of it. */
  readonly bid: Level | undefined
  readonly ask: Level | undefined
  readonly netQuantity: Quantity
  readonly isOrderWorking: boolean
  readonly isOrderUnacknowledged: boolean
}

export interface WeatherEvView {
  readonly desk: DeskId
  readonly day: ClimateDay
  /** Market time: of the causing frame, or now. */
  readonly nowMs: number
  /** Transport time. */
  readonly nowNs: number
  readonly gate: EventSituation['gate']
  readonly silenceMs: number
  readonly lagMs: number
  readonly prediction: PredictionResult | undefined
  /** In strike order, the order of the prediction's brackets. */
  readonly markets: readonly MarketView[]
  readonly account: AccountSituation
}

/** One book order of one market, and what risk said of it if it was asked. */
export interface CheckedCandidate {
  readonly market: Market
  /** Place of the market in its event, in strike order. */
  readonly index: number
  readonly candidate: Candidate
  /** P(YES) that is traded. */
  readonly probability: number
  readonly refusal?: Refusal
}

interface Considered {
  readonly probabilities: EventProbabilities
  /** Best first. */
  readonly candidates: readonly CheckedCandidate[]
}

export type Decision =
  | (Considered & {
      readonly kind: 'trade'
      /** EV with the fee of the order as sized. */
      readonly choice: CheckedCandidate
      readonly order: RiskApproved<OrderRequest>
      readonly size: Size
    })
  | (Considered & {
      readonly kind: 'pass'
      /** That of the event, or of the best candidate. */
      readonly refusal: Refusal
      readonly noPredictionReason?: NoPredictionReason
      readonly best?: CheckedCandidate
    })

/** Candidates are compared at the fee of this many contracts; fewer round differently, by a hundredth of a cent. */
const EVALUATION_QUANTITY = quantityFromContracts(100)

/**
 * weather-ev (trading rules §7): all candidates of all live brackets, best expected value first, each through size and
 * limits until one passes. Pure: the same view gives the same decision.
 */
export function decideWeatherEv(view: WeatherEvView, settings: WeatherEvSettings, limits: RiskLimits): Decision {
  const usable = usablePrediction(view.prediction, view.nowNs, settings.cancelUnconfirmedMs)
  const prediction = usable.ok ? usable.prediction : undefined
  const probabilities = probabilitiesOf(view.markets, prediction, settings.modelWeight)
  const event: EventSituation = {
    gate: view.gate,
    silenceMs: view.silenceMs,
    lagMs: view.lagMs,
    prediction: prediction && {
      coveredMinutes: prediction.coveredMinutes,
      forecastAgeMs: view.nowMs - prediction.forecastIssuedMs,
      stdF: prediction.stdF,
      intervalF: prediction.q95F - prediction.q05F,
    },
    isMarketProbabilityMissing: prediction !== undefined && probabilities.traded === undefined,
    hoursIntoDay: hoursIntoDay(view.day, view.nowMs),
  }
  const found = candidatesOfEvent(view, probabilities, settings)
  const standing = checkSituation(limits, { event, market: eventAsMarket(view) }, found[0]?.candidate)
  if (standing) {
    const reason = standing === 'noPrediction' && !usable.ok ? { noPredictionReason: usable.reason } : {}
    return pass(probabilities, found, standing, reason)
  }
  const checked: CheckedCandidate[] = []
  for (const entry of found) {
    const outcome = checkCandidate(view, event, entry, settings, limits)
    if (outcome.ok) {
      const candidates = [...checked, outcome.choice, ...found.slice(checked.length + 1)]
      return { kind: 'trade', probabilities, candidates, ...outcome }
    }
    checked.push({ ...entry, refusal: outcome.refusal })
  }
  return pass(probabilities, checked, checked[0]?.refusal ?? 'noCandidate')
}

type Outcome =
  | {
      readonly ok: true
      readonly choice: CheckedCandidate
      readonly order: RiskApproved<OrderRequest>
      readonly size: Size
    }
  | { readonly ok: false; readonly refusal: Refusal }

function checkCandidate(
  view: WeatherEvView,
  event: EventSituation,
  entry: CheckedCandidate,
  settings: WeatherEvSettings,
  limits: RiskLimits,
): Outcome {
  const marketView = view.markets[entry.index]
  invariant(marketView?.market === entry.market, 'a candidate belongs to a market of the view')
  const { candidate, probability } = entry
  const { side, role, price } = candidate
  const verdict = checkOrder(
    limits,
    settings,
    { event, market: situationOf(marketView, view.nowMs), account: view.account },
    {
      candidate,
      probability,
      fees: marketView.fees,
      request: { desk: view.desk, market: entry.market.ticker, side, role, price },
    },
  )
  if (!verdict.ok) return verdict
  const sized = candidatesOf({
    ...inputsOf(marketView, probability, settings),
    quantity: verdict.size.quantity,
  }).find((other) => other.side === side && other.role === role)
  const choice = { ...entry, candidate: sized ?? candidate }
  const edge = checkEdge(limits, choice.candidate)
  return edge ? { ok: false, refusal: edge } : { ok: true, choice, order: verdict.order, size: verdict.size }
}

function candidatesOfEvent(
  view: WeatherEvView,
  probabilities: EventProbabilities,
  settings: WeatherEvSettings,
): readonly CheckedCandidate[] {
  const { traded } = probabilities
  if (!traded) return []
  return view.markets
    .flatMap((marketView, index): CheckedCandidate[] => {
      const probability = traded[index]
      if (!marketView.isLive || probability === undefined) return []
      const inputs = { ...inputsOf(marketView, probability, settings), quantity: EVALUATION_QUANTITY }
      return candidatesOf(inputs).map((candidate) => ({ market: marketView.market, index, candidate, probability }))
    })
    .sort((a, b) => compareCandidates(a.candidate, b.candidate))
}

function inputsOf(
  view: MarketView,
  probability: number,
  settings: WeatherEvSettings,
): Omit<CandidateInputs, 'quantity'> {
  return {
    bid: view.bid,
    ask: view.ask,
    probability,
    fees: view.fees,
    priceRanges: view.market.priceRanges,
    makerFillProbability: settings.makerFillProbability,
    netQuantity: view.netQuantity,
  }
}

const situationOf = (view: MarketView, nowMs: number): MarketSituation => ({
  isLive: view.isLive,
  remainingMs: view.closeMs - nowMs,
  isOrderUnacknowledged: view.isOrderUnacknowledged,
  netQuantity: view.netQuantity,
  isOrderWorking: view.isOrderWorking,
})

/** The event refuses by limit 2 or 4 only where each of its live markets would. */
function eventAsMarket(view: WeatherEvView): MarketSituation {
  const live = view.markets.filter(({ isLive }) => isLive).map((market) => situationOf(market, view.nowMs))
  return {
    isLive: live.length > 0,
    remainingMs: live.reduce((longest, { remainingMs }) => Math.max(longest, remainingMs), Number.NEGATIVE_INFINITY),
    isOrderUnacknowledged: live.length > 0 && live.every(({ isOrderUnacknowledged }) => isOrderUnacknowledged),
    netQuantity: quantityFromContracts(0),
    isOrderWorking: false,
  }
}

function pass(
  probabilities: EventProbabilities,
  candidates: readonly CheckedCandidate[],
  refusal: Refusal,
  reason: { readonly noPredictionReason?: NoPredictionReason } = {},
): Decision {
  const best = candidates[0]
  return { kind: 'pass', probabilities, candidates, refusal, ...reason, ...(best ? { best } : {}) }
}
