import { invariant } from '../domain/invariant.ts'

/**
 * Weight of the model against the market in the traded probability (trading rules §6), 0 to 1: one for all hours, or by
 * the whole snapshot hour of the prediction (-4 is 20:00 of the day before) with one for the hours that are not named.
 */
export type ModelWeight = number | ModelWeightTable

export interface ModelWeightTable {
  readonly default: number
  readonly [snapshotHour: string]: number
}

export function modelWeightAt(weight: ModelWeight, snapshotHour: number): number {
  invariant(Number.isInteger(snapshotHour), 'a weight is looked up by a whole hour')
  return typeof weight === 'number' ? weight : (weight[String(snapshotHour)] ?? weight.default)
}
