import type { CityKey } from '../domain/city.ts'
import type { ClimateDay } from '../domain/climate-day.ts'
import { invariant } from '../domain/invariant.ts'
import table from './diurnal-rise.json' with { type: 'json' }

/** How much the temperature still rises after some instant of a climate day, °F. */
export interface TypicalRise {
  readonly meanF: number
  readonly deviationF: number
}

/** Of one month: by whole hour 0…23 of the local-standard clock. */
export interface RiseMonth {
  readonly meanF: readonly number[]
  readonly deviationF: readonly number[]
}

/** By city; months in order, January first. Made by `halcyon models diurnal-rise` (`training-rise.ts`). */
export type RiseTable = Readonly<Record<CityKey, readonly RiseMonth[]>>

export const RISE_TABLE: RiseTable = table.cities

const LAST_HOUR = 23

/**
 * What is typical for that city and month, linear between the whole hours. From 23:00 on nothing more rises.
 *
 * @param hour of the climate day's clock, 0 ≤ hour < 24
 */
export function typicalRise(day: ClimateDay, hour: number): TypicalRise {
  const month = RISE_TABLE[day.city][Number(day.date.slice(5, 7)) - 1]
  invariant(month !== undefined && hour >= 0 && hour < 24, 'the table has every month and hour of a climate day')
  const at = (values: readonly number[]): number => {
    const before = Math.min(Math.floor(hour), LAST_HOUR)
    const from = values[before] ?? Number.NaN
    const to = values[Math.min(before + 1, LAST_HOUR)] ?? Number.NaN
    return from + (to - from) * (hour - before)
  }
  return { meanF: at(month.meanF), deviationF: at(month.deviationF) }
}
