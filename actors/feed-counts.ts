import type { Log } from '../src/telemetry/log.ts'
import type { ConnectionStats } from './connection.ts'
import type { MarketBooksStats } from './market-books.ts'

export interface FeedStats {
  readonly frames: number
  readonly gaps: number
  /** Numbers skipped over in gaps. */
  readonly lost: number
  readonly duplicates: number
  /** By what is wrong, e.g. `orderbook_delta.price_dollars`. */
  readonly malformed: Readonly<Record<string, number>>
  readonly unknown: Readonly<Record<string, number>>
  /** Books that needed a snapshot although no frame was missing. */
  readonly resyncs: number
  /** Questions whether the last frames of a quiet stream were lost. */
  readonly probes: number
  readonly venueErrors: number
  readonly connections: number
  readonly reconnects: number
  readonly connectionFailures: number
  readonly silences: number
  /** Frames on ended streams, and changes of books that waited for their snapshot. */
  readonly ignored: number
  readonly lagMs: number
  readonly unexpectedEvents: number
}

/** Kinds by name are a closed list in practice; a venue that invents names without end must not fill the memory. */
const KINDS_MAX = 200

/** What the feed counts beside its books and its connection. Each new kind is logged once. */
export class FeedCounts {
  readonly #log: Log
  readonly #malformed = new Map<string, number>()
  readonly #unknown = new Map<string, number>()
  resyncs = 0
  probes = 0
  venueErrors = 0

  constructor(log: Log) {
    this.#log = log
  }

  malformed(reason: string): void {
    if (count(this.#malformed, reason)) this.#log.error({ reason }, 'Malformed frame')
  }

  unknown(type: string): void {
    if (count(this.#unknown, type)) this.#log.warn({ type }, 'Frame of an unknown type')
  }

  stats(parts: {
    readonly books: MarketBooksStats
    readonly connection: ConnectionStats
    readonly lagMs: number
    readonly unexpectedEvents: number
  }): FeedStats {
    const { books, connection } = parts
    return {
      frames: books.frames,
      gaps: books.gaps,
      lost: books.lost,
      duplicates: books.duplicates,
      malformed: Object.fromEntries(this.#malformed),
      unknown: Object.fromEntries(this.#unknown),
      resyncs: this.resyncs,
      probes: this.probes,
      venueErrors: this.venueErrors,
      connections: connection.connections,
      reconnects: Math.max(0, connection.connections - 1),
      connectionFailures: connection.failures,
      silences: connection.silences,
      ignored: books.ignored + books.dead,
      lagMs: parts.lagMs,
      unexpectedEvents: parts.unexpectedEvents + connection.unexpectedEvents,
    }
  }
}

/** True for the first of its kind. */
function count(counts: Map<string, number>, kind: string): boolean {
  const before = counts.get(kind) ?? 0
  const key = before === 0 && counts.size >= KINDS_MAX ? 'other' : kind
  counts.set(key, (counts.get(key) ?? 0) + 1)
  return before === 0 && key === kind
}
