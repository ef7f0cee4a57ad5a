import { createPredictor, type Predictor } from '../../../actors/predictor.ts'
import { type SimulatedClock, simulatedClock } from '../../../src/clock/simulated-clock.ts'
import { systemTransportClock } from '../../../src/clock/system-clock.ts'
import { type EventTicker, eventTickerOf } from '../../../src/domain/ids.ts'
import type { Forecast, Observation, OfficialHigh, PredictionResult } from '../../../src/domain/weather.ts'
import { createInProcess } from '../../../src/inference/in-process.ts'
import type { Inference, InferenceResult } from '../../../src/inference/index.ts'
import { silentLog } from '../../../src/telemetry/log.ts'
import type { WeatherInputs } from '../../../src/weather/inputs.ts'
import { recordedSource } from '../../../src/weather/recorded-source.ts'
import type { WeatherSource } from '../../../src/weather/source.ts'
import { atHour, DATE, forecast, STRIKES, TINY_PACKAGE } from '../../support/inference/fixtures.ts'

export const NY = eventTickerOf('KXHIGHNY-24DEC17')
export const CHICAGO = eventTickerOf('KXHIGHCHI-24DEC17')
const model = await createInProcess({ packageFolder: TINY_PACKAGE, world: simulatedClock({ startMs: 0 }) })

export interface Rig {
  readonly clock: SimulatedClock
  readonly predictor: Predictor
  /** Its `swap` takes the version that predictions carry from then on. */
  readonly inference: Inference
  readonly told: PredictionResult[]
  readonly forecasts: Forecast[]
  readonly observations: Observation[]
  /** Inputs of every computation, in order. */
  readonly computed: WeatherInputs[]
  /** Lets what is pending in promises happen, then moves time. */
  pass(ms: number): Promise<void>
  /** Where set, answers stay open until it is called. */
  release: () => void
}

export interface RigOptions {
  readonly startMs?: number
  readonly rate?: number
  readonly rows?: readonly Forecast[]
  readonly readings?: readonly Observation[]
  readonly highs?: readonly OfficialHigh[]
  readonly isHeld?: boolean
  readonly answer?: (inputs: WeatherInputs) => InferenceResult | undefined
  readonly source?: (recorded: WeatherSource) => WeatherSource
  readonly events?: readonly EventTicker[]
}

const STEP_MS = 1_000
const turns = systemTransportClock()

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn++) await new Promise<void>((resolve) => turns.soon(resolve))
}

export async function rig(options: RigOptions = {}): Promise<Rig> {
  const clock = simulatedClock({ startMs: options.startMs ?? atHour(6), rate: options.rate ?? 1 })
  const recorded = recordedSource({
    forecasts: options.rows ?? [forecast()],
    observations: options.readings ?? [],
    highs: options.highs ?? [],
  })
  const told: PredictionResult[] = []
  const forecasts: Forecast[] = []
  const observations: Observation[] = []
  const computed: WeatherInputs[] = []
  const held: (() => void)[] = []
  let served = model.model
  const inference: Inference = {
    get model() {
      return served
    },
    ready: () => model.ready(),
    stats: () => model.stats(),
    close: () => model.close(),
    async swap(version) {
      const before = served
      served = { ...before, version, manifestHash: `hash of ${version}` }
      return { before, now: served }
    },
    async predict(inputs, strikes) {
      computed.push(inputs)
      const { version: modelVersion, manifestHash } = served
      const answer = options.answer?.(inputs) ?? (await model.predict(inputs, strikes))
      if (options.isHeld) await new Promise<void>((resolve) => held.push(resolve))
      return answer.ok ? { ...answer, output: { ...answer.output, modelVersion }, manifestHash } : answer
    },
  }
  const predictor = createPredictor({
    inference,
    source: options.source?.(recorded) ?? recorded,
    world: clock,
    sessionSeed: 'seed',
    events: (options.events ?? [NY]).map((event) => ({
      event,
      city: event === CHICAGO ? 'chicago' : 'new_york',
      date: DATE,
      strikes: STRIKES,
    })),
    onPrediction: (result) => told.push(result),
    onForecast: (row) => forecasts.push(row),
    onObservation: (row) => observations.push(row),
    log: silentLog,
  })
  await settle()
  const release = (): void => {
    for (const resolve of held.splice(0)) resolve()
  }
  const pass = async (ms: number): Promise<void> => {
    await settle()
    // In steps shorter than any deadline, so that a look that begins on the way can also end on it.
    for (let left = ms; left > 0; left -= STEP_MS) {
      clock.advance(Math.min(left, STEP_MS))
      await settle()
    }
  }
  return { clock, predictor, inference, told, forecasts, observations, computed, pass, release }
}
