/**
 * Two clocks (design §3). Transport time is the machine's: pings, silence, back-off, deadlines, latencies.
 * Market time is the venue's: open and close, climate day, cache, ages, timeouts of orders. Live, both are the wall clock.
 */
export interface Timer {
  cancel(): void
}

export interface TransportClock {
  /** Unix milliseconds, for records and signatures. */
  wallMs(): number
  /** Nanoseconds since an arbitrary start, for durations. */
  monotonicNs(): number
  after(delayMs: number, run: () => void): Timer
  every(intervalMs: number, run: () => void): Timer
  /** Runs in a later turn of the loop, after the I/O that is pending now. */
  soon(run: () => void): Timer
}

export interface MarketClock {
  /** Market milliseconds. Never goes back. */
  nowMs(): number
  /** Runs once `nowMs()` has reached `atMs`. */
  at(atMs: number, run: () => void): Timer
  after(delayMs: number, run: () => void): Timer
  /** A frame's `ts_ms` later than our estimate pulls it forward. */
  advanceTo(tsVenueMs: number): void
  /** Market milliseconds per transport millisecond: 1 live, 0 flat out (frames alone drive it). */
  rate(): number
}

export interface Random {
  /** Uniform in [0, 1). */
  next(): number
  uuid(): string
}

export interface World {
  readonly transport: TransportClock
  readonly market: MarketClock
  readonly random: Random
}
