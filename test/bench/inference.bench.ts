import { fileURLToPath } from 'node:url'
import { createPredictor } from '../../actors/predictor.ts'
import type { World } from '../../src/clock/clock.ts'
import { simulatedClock } from '../../src/clock/simulated-clock.ts'
import { systemTransportClock } from '../../src/clock/system-clock.ts'
import { INFERENCE_QUEUE_MAX, INFERENCE_THREADS } from '../../src/config/limits.ts'
import { CITIES, type CityKey } from '../../src/domain/city.ts'
import { climateDateOf, climateDay } from '../../src/domain/climate-day.ts'
import { invariant } from '../../src/domain/invariant.ts'
import type { Strike } from '../../src/domain/strike.ts'
import { weatherEventTicker } from '../../src/domain/ticker.ts'
import type { Inference } from '../../src/inference/index.ts'
import { BUNDLED_MODEL } from '../../src/inference/package.ts'
import { createPool } from '../../src/inference/pool.ts'
import { createLatencyHistogram, type LatencyHistogram, type LatencySummary } from '../../src/telemetry/latency.ts'
import { silentLog } from '../../src/telemetry/log.ts'
import type { WeatherInputs } from '../../src/weather/inputs.ts'
import { hashInputs } from '../../src/weather/predict.ts'
import { openRecordedSource } from '../../src/weather/recorded-source.ts'
import type { WeatherSource } from '../../src/weather/source.ts'
import { createWeatherDesk } from '../../src/weather/weather-desk.ts'
import type { BenchResult } from './result.ts'

const WEATHER = fileURLToPath(new URL('../../src/weather/recorded/2024-12-17', import.meta.url))
const DATE = climateDateOf('2024-12-17')
const PLAYED: readonly CityKey[] = ['new_york', 'chicago', 'austin', 'denver']
const FRESH_RUNS = 2_000
const CACHED_RUNS = 100_000
const STORMS = 20
const HOUR_MS = 3_600_000

const STRIKES: readonly Strike[] = [
  { kind: 'less', cap: 40 },
  { kind: 'between', floor: 40, cap: 45 },
  { kind: 'between', floor: 46, cap: 50 },
  { kind: 'between', floor: 51, cap: 55 },
  { kind: 'between', floor: 56, cap: 60 },
  { kind: 'greater', floor: 60 },
]

function resultOf(name: string, histogram: LatencyHistogram): BenchResult {
  const summary = histogram.summary()
  invariant(summary, 'a benchmark measured something')
  return figuresOf(name, summary)
}

const figuresOf = (name: string, summary: LatencySummary): BenchResult => ({
  name,
  figures: { n: summary.count, p50Ms: summary.p50Ms, p99Ms: summary.p99Ms, maxMs: summary.maxMs },
})

/** The inputs of the four events at every quarter of an hour of the day, so that sizes are those of the play. */
async function inputsOfDay(source: WeatherSource): Promise<readonly WeatherInputs[]> {
  const gathered: WeatherInputs[] = []
  for (const key of PLAYED) {
    const { startMs } = climateDay(key, DATE)
    for (let asOfMs = startMs - 4 * HOUR_MS; asOfMs < startMs + 24 * HOUR_MS; asOfMs += HOUR_MS / 4) {
      const desk = createWeatherDesk({ source, city: CITIES[key], date: DATE, nowMs: () => asOfMs })
      const answer = await desk.gather()
      if (answer.ok && answer.inputs.forecasts.length > 0) gathered.push(answer.inputs)
    }
  }
  return gathered
}

/** Inputs handed over, threads compute features, model and brackets, answer back. One at a time, as new data comes. */
async function benchFresh(
  pool: Inference,
  days: readonly WeatherInputs[],
  world: Pick<World, 'transport'>,
): Promise<BenchResult[]> {
  const whole = createLatencyHistogram()
  const inThread = createLatencyHistogram()
  const hashing = createLatencyHistogram()
  for (let run = 0; run < FRESH_RUNS; run++) {
    const inputs = days[run % days.length]
    invariant(inputs, 'the day has inputs')
    const startedNs = world.transport.monotonicNs()
    hashInputs(inputs)
    const hashedNs = world.transport.monotonicNs()
    const result = await pool.predict(inputs, STRIKES)
    whole.record(world.transport.monotonicNs() - hashedNs)
    hashing.record(hashedNs - startedNs)
    invariant(result.ok, 'a benchmarked prediction is one')
    inThread.record(result.computeNs)
  }
  return [
    resultOf('prediction fresh, through the pool', whole),
    resultOf('  of it features, model and brackets on the thread', inThread),
    resultOf('inputs hashed on the main thread', hashing),
  ]
}

async function benchCached(
  pool: Inference,
  source: WeatherSource,
  world: Pick<World, 'transport'>,
): Promise<BenchResult> {
  const { market } = simulatedClock({ startMs: climateDay('new_york', DATE).startMs + 6 * HOUR_MS })
  const event = weatherEventTicker('new_york', DATE)
  const predictor = createPredictor({
    inference: pool,
    source,
    world: { transport: world.transport, market },
    sessionSeed: 'bench',
    events: [{ event, city: 'new_york', date: DATE, strikes: STRIKES }],
    onPrediction: () => undefined,
    onForecast: () => undefined,
    onObservation: () => undefined,
    log: silentLog,
  })
  const { computed } = pool.stats()
  // Before there is a prediction, too: they all wait for the one computation that runs.
  while (predictor.request(event).kind !== 'prediction') {
    await new Promise<void>((resolve) => world.transport.soon(resolve))
  }
  for (let run = 0; run < CACHED_RUNS; run++) predictor.request(event)
  const { cached, confirmations } = predictor.stats()
  invariant(cached, 'the cache was asked')
  await predictor.close()
  const { figures } = figuresOf('', cached)
  const computations = pool.stats().computed - computed
  return {
    name: 'prediction cached',
    figures: { ...figures, hits: cached.count - computations - confirmations, computations, confirmations },
  }
}

/** As many at once as the queue and the threads take, and some more: all are answered, the others refused at once. */
async function benchStorm(
  pool: Inference,
  days: readonly WeatherInputs[],
  { transport }: Pick<World, 'transport'>,
): Promise<BenchResult> {
  const latency = createLatencyHistogram()
  const before = pool.stats()
  const startedNs = transport.monotonicNs()
  for (let storm = 0; storm < STORMS; storm++) {
    const asked = Array.from({ length: INFERENCE_QUEUE_MAX + INFERENCE_THREADS + 10 }, async (_, index) => {
      const inputs = days[(storm * 7 + index) % days.length]
      invariant(inputs, 'the day has inputs')
      const askedNs = transport.monotonicNs()
      const { ok } = await pool.predict(inputs, STRIKES)
      if (ok) latency.record(transport.monotonicNs() - askedNs)
    })
    await Promise.all(asked)
  }
  const wallSeconds = (transport.monotonicNs() - startedNs) / 1e9
  const { computed, refused, failed } = pool.stats()
  const { figures } = resultOf('', latency)
  return {
    name: `prediction storm, ${INFERENCE_QUEUE_MAX + INFERENCE_THREADS + 10} at once`,
    figures: {
      ...figures,
      perSecond: (computed - before.computed) / wallSeconds,
      refused: refused - before.refused,
      failed: failed - before.failed,
    },
  }
}

/** Fresh predictions of the bundled model over the bundled day, and cached ones. */
export async function benchInference(): Promise<BenchResult[]> {
  const transport = systemTransportClock()
  const world = { transport }
  const source = await openRecordedSource(WEATHER)
  const pool = await createPool({ packageFolder: BUNDLED_MODEL, threads: INFERENCE_THREADS, world })
  try {
    await pool.ready()
    const days = await inputsOfDay(source)
    // Threads compile their code during the first runs.
    for (const inputs of days.slice(0, 200)) await pool.predict(inputs, STRIKES)
    return [
      ...(await benchFresh(pool, days, world)),
      await benchCached(pool, source, world),
      await benchStorm(pool, days, world),
    ]
  } finally {
    await pool.close()
  }
}
