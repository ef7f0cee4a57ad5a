import { seededRandom } from '../../../src/clock/seeded-random.ts'
import type { CityKey } from '../../../src/domain/city.ts'
import { addDays, climateDateOf } from '../../../src/domain/climate-day.ts'
import type { BlendSample } from '../../../src/evaluation/blend-sample.ts'
import { blendProbabilities } from '../../../src/pricing/market-probability.ts'

const BRACKETS = 6
const NONE_RULED_OUT = new Array<boolean>(BRACKETS).fill(false)
export const FIRST_DATE = climateDateOf('2025-01-01')

export interface Mixture {
  readonly seed: string
  readonly days: number
  /** Weight of the model in what is true: winners are drawn from that blend. */
  readonly trueWeight: number
  readonly cities?: readonly CityKey[]
  readonly hours?: readonly number[]
}

/** Days on which model and market are both noise, and the blend of a known weight is the truth. */
export function mixtureSamples({
  seed,
  days,
  trueWeight,
  cities = ['new_york'],
  hours = [-4],
}: Mixture): BlendSample[] {
  const random = seededRandom(seed)
  const probabilities = (): readonly number[] => {
    const odds = Array.from({ length: BRACKETS }, () => Math.exp(3 * (random.next() - 0.5)))
    const total = odds.reduce((sum, value) => sum + value, 0)
    return odds.map((value) => value / total)
  }
  return Array.from({ length: days }, (_, day) => addDays(FIRST_DATE, day)).flatMap((date) =>
    cities.flatMap((city) =>
      hours.map((hour): BlendSample => {
        const [model, market] = [probabilities(), probabilities()]
        const truth = blendProbabilities({ model, market, modelWeight: trueWeight, isRuledOut: NONE_RULED_OUT }) ?? []
        return { city, date, hour, model, market, isRuledOut: NONE_RULED_OUT, winner: drawn(truth, random.next()) }
      }),
    ),
  )
}

function drawn(probabilities: readonly number[], level: number): number {
  let cumulative = 0
  const index = probabilities.findIndex((probability) => {
    cumulative += probability
    return level < cumulative
  })
  return index < 0 ? probabilities.length - 1 : index
}

/** The same days, but from the given one on the model was as good as certain of another bracket. */
export const mangledFrom = (samples: readonly BlendSample[], date: string): BlendSample[] =>
  samples.map((sample) => {
    if (sample.date < date) return sample
    const wrong = (sample.winner + 1) % BRACKETS
    return { ...sample, model: sample.model.map((_, index) => (index === wrong ? 0.9995 : 0.0001)) }
  })
