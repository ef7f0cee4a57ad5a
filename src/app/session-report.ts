import type { FeedStats } from '../../actors/feed-counts.ts'
import type { PredictorStats } from '../../actors/predictor-options.ts'
import { CITIES, type CityKey } from '../domain/city.ts'
import { strikeLabel } from '../domain/strike.ts'
import { parseWeatherEventTicker } from '../domain/ticker.ts'
import type { Forecast, ForecastKind, Observation, ObservationKind } from '../domain/weather.ts'
import type { LedgerReport } from '../ledger/index.ts'
import type { SessionRecord } from '../ledger/records.ts'
import type { EventLoopReport } from '../telemetry/event-loop.ts'
import type { LatencySummary } from '../telemetry/latency.ts'
import { readMemory } from '../telemetry/memory.ts'
import type { StrategyModes } from './demotion.ts'
import type { FollowedEvent } from './desk-router.ts'
import {
  type CityReport,
  type DurationSummary,
  type SessionReport,
  totalsByForecastKind,
  totalsOfRole,
  tradeTotals,
} from './report.ts'
import type { BrierScore } from './score.ts'

/** Which kinds of weather data a city's decisions rested on. */
export interface SessionNotes {
  forecast(row: Forecast): void
  observation(row: Observation): void
  forecastKinds(city: CityKey): readonly ForecastKind[]
  observationKinds(city: CityKey): readonly ObservationKind[]
}

export function createSessionNotes(): SessionNotes {
  const forecasts = new Map<CityKey, Set<ForecastKind>>()
  const observations = new Map<CityKey, Set<ObservationKind>>()
  return {
    forecast: ({ city, kind }) => note(forecasts, city, kind),
    observation: ({ city, kind }) => note(observations, city, kind),
    forecastKinds: (city) => [...(forecasts.get(city) ?? [])].sort(),
    observationKinds: (city) => [...(observations.get(city) ?? [])].sort(),
  }
}

function note<Kind>(notes: Map<CityKey, Set<Kind>>, city: CityKey, kind: Kind): void {
  const kinds = notes.get(city)
  if (kinds) kinds.add(kind)
  else notes.set(city, new Set([kind]))
}

export interface SessionReportParts {
  readonly record: SessionRecord
  readonly outcome: string
  readonly quotes: SessionReport['quotes']
  readonly ledger: LedgerReport
  readonly events: readonly FollowedEvent[]
  readonly notes: SessionNotes
  readonly score: BrierScore | undefined
  readonly feed: FeedStats
  readonly predictor: PredictorStats
  readonly tickToDecision: LatencySummary | undefined
  readonly eventLoop: EventLoopReport
  readonly modes: Pick<StrategyModes, 'mode' | 'demotion'>
  readonly wallSeconds: number
}

export function sessionReport(parts: SessionReportParts): SessionReport {
  const { record, ledger, eventLoop } = parts
  const { trades } = ledger
  return {
    session: record.id,
    account: record.account,
    mode: record.mode,
    outcome: parts.outcome,
    strategies: [
      { strategy: 'weather-ev', mode: parts.modes.mode(), demotedBecause: parts.modes.demotion()?.reason ?? null },
    ],
    isHypothetical: true,
    quotes: parts.quotes,
    cities: parts.events.flatMap((followed) => cityReport(followed, parts.notes)),
    decisionsByReason: ledger.decisionsByReason,
    trades,
    takers: totalsOfRole(trades, 'taker'),
    makers: totalsOfRole(trades, 'maker'),
    total: tradeTotals(trades),
    byForecastKind: totalsByForecastKind(trades),
    brier: parts.score,
    rows: ledger.rows,
    feed: feedFigures(parts.feed),
    tickToDecision: durations(parts.tickToDecision),
    predictionsFresh: durations(parts.predictor.fresh),
    predictionsCached: durations(parts.predictor.cached),
    eventLoop: { idleP99Ms: eventLoop.idle.p99Ms, overIdle: eventLoop.overIdle },
    memoryPeakMb: readMemory().residentBytesMax / (1024 * 1024),
    wallSeconds: parts.wallSeconds,
  }
}

function cityReport({ event, winner, expirationValue }: FollowedEvent, notes: SessionNotes): CityReport[] {
  const name = parseWeatherEventTicker(event.ticker)
  if (!name) return []
  const strike = winner === undefined ? undefined : event.markets[winner]?.strike
  return [
    {
      city: CITIES[name.city.key].name,
      event: event.ticker,
      forecastKinds: notes.forecastKinds(name.city.key),
      observationKinds: notes.observationKinds(name.city.key),
      settledHighF: expirationValue,
      winner: strike && strikeLabel(strike),
    },
  ]
}

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, value) => total + value, 0)

function feedFigures(feed: FeedStats): Readonly<Record<string, number>> {
  const { frames, gaps, lost, duplicates, malformed, unknown, resyncs, probes, connections, reconnects } = feed
  return {
    frames,
    gaps,
    lost,
    duplicates,
    malformed: sum(malformed),
    unknown: sum(unknown),
    resyncs,
    probes,
    connections,
    reconnects,
  }
}

function durations(summary: LatencySummary | undefined): DurationSummary {
  if (!summary) return { n: 0, p50Ms: 0, p99Ms: 0, maxMs: 0 }
  const { count, p50Ms, p99Ms, maxMs } = summary
  return { n: count, p50Ms, p99Ms, maxMs }
}
