import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { type RunningParts, runDaemon } from '../../src/app/daemon.ts'
import { startLocalExchange } from '../../src/app/local-exchange.ts'
import type { SessionReport } from '../../src/app/report.ts'
import { systemRandom, systemTransportClock, wallMarketClock } from '../../src/clock/system-clock.ts'
import { loadConfig } from '../../src/config/load.ts'
import { CITIES } from '../../src/domain/city.ts'
import { parseWeatherEventTicker } from '../../src/domain/ticker.ts'
import { loadCredentials } from '../../src/kalshi/signing.ts'
import { createLatencyHistogram, type LatencySummary } from '../../src/telemetry/latency.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { type OpenedPackages, openPackages } from './packages.bench.ts'
import type { BenchResult } from './result.ts'

/** Forced recomputations a second, on top of what the session asks for: about 1,400 over the day. */
const FORCED_PER_SECOND = 16
/** Cached answers a second. */
const CACHED_PER_SECOND = 200

/**
 * The bundled day at full speed through real sockets, threads and database, with predictions forced under way, and with
 * every package there is held on two further threads, for the memory of a daemon that serves them all.
 */
export async function benchPlay(folder: string): Promise<readonly BenchResult[]> {
  const transport = systemTransportClock()
  const world = { transport, market: wallMarketClock(transport), random: systemRandom() }
  const exchange = await startLocalExchange(['--keys', join(folder, 'keys')], transport)
  const packages = await openPackages()
  const fresh = createLatencyHistogram()
  const cached = createLatencyHistogram()
  const stopping: (() => void)[] = []
  let report: SessionReport | undefined
  const log = await createLogger({
    level: 'warn',
    console: new PassThrough().resume(),
    folder: join(folder, 'log'),
    clock: transport,
  })
  try {
    const { url: restUrl, wsUrl, keyId, keyFile } = exchange
    const { config } = await loadConfig({
      cwd: folder,
      env: {},
      fixed: { clock: 'venue', 'venue.restUrl': restUrl, 'database.folder': join(folder, 'postgres') },
    })
    await runDaemon({
      config,
      address: { restUrl, wsUrl },
      credentials: await loadCredentials({ keyId, keyFile }),
      world,
      log,
      print: () => undefined,
      signal: new AbortController().signal,
      play: { release: () => exchange.play(), stays: false, endMs: exchange.endMs, lost: exchange.lost },
      onReport: (made) => {
        report = made
        for (const stop of stopping) stop()
      },
      onRunning(parts) {
        stopping.push(
          forcePredictions(parts, (ns) => fresh.record(ns)),
          askCached(parts, (ns) => cached.record(ns)),
        )
      },
    })
  } finally {
    for (const stop of stopping) stop()
    await packages.close()
    await log.close()
    await exchange.stop()
  }
  return resultsOf(report, fresh.summary(), cached.summary(), packages)
}

/** Features and model of each event in turn, past every cache. */
function forcePredictions(
  { inference, source, world, events }: RunningParts,
  record: (ns: number) => void,
): () => void {
  let turn = 0
  const timer = world.transport.every(1_000 / FORCED_PER_SECOND, () => {
    const event = events()[turn++ % events().length]
    const name = event && parseWeatherEventTicker(event.ticker)
    if (!event || !name) return
    const asOfMs = world.market.nowMs()
    const city = CITIES[name.city.key]
    void Promise.all([
      source.forecasts(city, name.date, asOfMs),
      source.observations(city, name.date, asOfMs),
      source.past(city, name.date, asOfMs),
    ]).then(async ([forecasts, observations, past]) => {
      if (!forecasts.ok || !observations.ok || !past.ok || forecasts.rows.length === 0) return
      const inputs = {
        city: city.key,
        date: name.date,
        asOfMs,
        forecasts: forecasts.rows,
        observations: observations.rows,
        past: past.rows,
      }
      const startedNs = world.transport.monotonicNs()
      const answer = await inference.predict(
        inputs,
        event.markets.map(({ strike }) => strike),
      )
      if (answer.ok) record(world.transport.monotonicNs() - startedNs)
    })
  })
  return () => timer.cancel()
}

function askCached({ predictor, world, events }: RunningParts, record: (ns: number) => void): () => void {
  let turn = 0
  const timer = world.transport.every(1_000 / CACHED_PER_SECOND, () => {
    const event = events()[turn++ % events().length]
    if (!event) return
    const startedNs = world.transport.monotonicNs()
    predictor.latest(event.ticker)
    record(world.transport.monotonicNs() - startedNs)
  })
  return () => timer.cancel()
}

const durations = (summary: LatencySummary | undefined): BenchResult['figures'] =>
  summary ? { n: summary.count, 'p50 ms': summary.p50Ms, 'p99 ms': summary.p99Ms, 'max ms': summary.maxMs } : { n: 0 }

function resultsOf(
  report: SessionReport | undefined,
  fresh: LatencySummary | undefined,
  cached: LatencySummary | undefined,
  { packages, residentMb }: OpenedPackages,
): readonly BenchResult[] {
  if (!report) return [{ name: 'the play', figures: { report: 'none' } }]
  const { eventLoop, tickToDecision, feed } = report
  return [
    { name: 'prediction, forced fresh', figures: durations(fresh) },
    { name: 'prediction, cached', figures: durations(cached) },
    {
      name: 'tick to decision',
      figures: {
        n: tickToDecision.n,
        'p50 ms': tickToDecision.p50Ms,
        'p99 ms': tickToDecision.p99Ms,
        'max ms': tickToDecision.maxMs,
      },
    },
    {
      name: 'event loop over idle',
      figures: {
        'p50 ms': eventLoop.overIdle.p50Ms,
        'p99 ms': eventLoop.overIdle.p99Ms,
        'max ms': eventLoop.overIdle.maxMs,
        'idle p99 ms': eventLoop.idleP99Ms,
      },
    },
    { name: 'memory of the process', figures: { 'peak MB': report.memoryPeakMb } },
    {
      name: `  of it all ${packages.length} packages on two threads more`,
      figures: { 'resident MB': residentMb },
    },
    { name: 'feed', figures: { frames: feed.frames ?? 0, gaps: feed.gaps ?? 0 } },
    { name: 'whole session', figures: { 'wall s': report.wallSeconds } },
  ]
}
