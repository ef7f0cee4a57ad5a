import { type ClimateDate, yearAngle } from '../domain/climate-day.ts'
import { invariant } from '../domain/invariant.ts'
import { type Strike, strikeHolds } from '../domain/strike.ts'

/** How far outside its strike a tail is taken to lie, °F (trading rules §8). */
const TAIL_DISTANCE_F = 1

/** The temperature that stands for a bracket: its middle, a tail one degree outside its strike. */
export function representativeF(strike: Strike): number {
  if (strike.kind === 'less') return strike.cap - TAIL_DISTANCE_F
  if (strike.kind === 'greater') return strike.floor + TAIL_DISTANCE_F
  return (strike.floor + strike.cap) / 2
}

/** Probability-weighted mean and standard deviation of an event's brackets, °F. */
export function impliedTemperature(
  strikes: readonly Strike[],
  probabilities: readonly number[],
): { readonly meanF: number; readonly stdF: number } {
  invariant(strikes.length === probabilities.length, 'a bracket has a probability')
  const points = strikes.map((strike, index) => ({ f: representativeF(strike), p: probabilities[index] ?? 0 }))
  const meanF = points.reduce((sum, { f, p }) => sum + f * p, 0)
  const variance = points.reduce((sum, { f, p }) => sum + p * (f - meanF) ** 2, 0)
  return { meanF, stdF: Math.sqrt(variance) }
}

export interface EdgeView {
  /** Whole local-standard hour of the decision. */
  readonly snapshotHour: number
  readonly date: ClimateDate
  readonly expectedHighF: number
  readonly stdF: number
  /** A partition, lowest first. */
  readonly strikes: readonly Strike[]
  /** Both in the order of the strikes, each summing to 1. */
  readonly model: readonly number[]
  readonly market: readonly number[]
}

export interface EdgeSignal {
  /** Model's expected settlement minus the market's, °F; positive says that the market is too cold. */
  readonly edgeF: number
  readonly marketImpliedF: number
  readonly side: 'buyHigh' | 'buyLow'
  /** In the order of `EDGE_FEATURES`. */
  readonly features: readonly number[]
}

/**
 * What the edge classifiers read, all known at the decision. Its hash is `featureCodeHash` of their packages, so that a
 * package of other features is refused.
 */
export const EDGE_FEATURE_VERSION = 'edge-features-1'
export const EDGE_FEATURES = [
  { name: 'snapshot_hour', unit: 'hours', min: -24, max: 24 },
  { name: 'edge', unit: 'degF', min: -30, max: 30 },
  { name: 'edge_size', unit: 'degF', min: 0, max: 30 },
  { name: 'edge_in_model_deviations', unit: 'ratio', min: -60, max: 60 },
  { name: 'model_deviation', unit: 'degF', min: 0, max: 15 },
  { name: 'market_deviation', unit: 'degF', min: 0, max: 15 },
  { name: 'forecast_bracket_model', unit: 'probability', min: 0, max: 1 },
  { name: 'forecast_bracket_market', unit: 'probability', min: 0, max: 1 },
  { name: 'season_sin', unit: 'ratio', min: -1, max: 1 },
  { name: 'season_cos', unit: 'ratio', min: -1, max: 1 },
] as const

/** The weather-edge signal of one event; undefined where model and market differ by less than the threshold. */
export function edgeSignal(view: EdgeView, thresholdF: number): EdgeSignal | undefined {
  const implied = impliedTemperature(view.strikes, view.market)
  const edgeF = view.expectedHighF - implied.meanF
  if (edgeF === 0 || Math.abs(edgeF) < thresholdF) return undefined
  const bracket = forecastBracket(view.strikes, view.expectedHighF)
  const angle = yearAngle(view.date)
  return {
    edgeF,
    marketImpliedF: implied.meanF,
    side: edgeF > 0 ? 'buyHigh' : 'buyLow',
    features: [
      view.snapshotHour,
      edgeF,
      Math.abs(edgeF),
      edgeF / Math.max(view.stdF, 0.5),
      view.stdF,
      implied.stdF,
      view.model[bracket] ?? 0,
      view.market[bracket] ?? 0,
      Math.sin(angle),
      Math.cos(angle),
    ],
  }
}

/** Index of the bracket that holds the forecast, in whole °F, halves up. */
export function forecastBracket(strikes: readonly Strike[], expectedHighF: number): number {
  const highF = Math.floor(expectedHighF + 0.5)
  const index = strikes.findIndex((strike) => strikeHolds(strike, highF))
  invariant(index >= 0, 'the strikes of an event cover every whole °F')
  return index
}

/** A signal wins where the high settled on its side of what the market implied. */
export const signalWins = (signal: Pick<EdgeSignal, 'side' | 'marketImpliedF'>, highF: number): boolean =>
  signal.side === 'buyHigh' ? highF > signal.marketImpliedF : highF < signal.marketImpliedF
