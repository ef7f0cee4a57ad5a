import { join } from 'node:path'
import { seededRandom } from '../../../src/clock/seeded-random.ts'
import { type SimulatedClock, simulatedClock } from '../../../src/clock/simulated-clock.ts'
import { climateDateOf } from '../../../src/domain/climate-day.ts'
import type { ExchangeHappening } from '../../../src/exchange/core.ts'
import { createExchangeCore, type ExchangeCoreOptions, type PlayedExchange } from '../../../src/exchange/create-core.ts'

export const BUNDLED = join(import.meta.dirname, '../../../src/exchange/tapes/2024-12-17')

export interface PlayedDay {
  readonly core: PlayedExchange
  readonly clock: SimulatedClock
  readonly happenings: readonly ExchangeHappening[]
}

/** The bundled day on simulated time, held, with everything it tells collected. */
export function heldDay(options: Partial<ExchangeCoreOptions> = {}): PlayedDay {
  const clock = simulatedClock({ startMs: 0 })
  const core = createExchangeCore({
    tapeFolder: BUNDLED,
    date: climateDateOf('2024-12-17'),
    speed: 'max',
    seed: 'test',
    hold: true,
    world: { transport: clock.transport, random: seededRandom('run') },
    ...options,
  })
  const happenings: ExchangeHappening[] = []
  core.listen((happening) => happenings.push(happening))
  return { core, clock, happenings }
}
