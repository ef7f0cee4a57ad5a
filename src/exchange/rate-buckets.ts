import type { TransportClock } from '../clock/clock.ts'

/** Tokens per second and capacity of one bucket. */
export interface BucketLimit {
  readonly refillRate: number
  readonly bucketCapacity: number
}

export interface TierLimits {
  readonly read: BucketLimit
  readonly write: BucketLimit
}

const limits = (read: number, readSeconds: number, write: number, writeSeconds: number): TierLimits => ({
  read: { refillRate: read, bucketCapacity: read * readSeconds },
  write: { refillRate: write, bucketCapacity: write * writeSeconds },
})

/**
 * Kalshi-api §3.7. Advanced is as observed on 2026-10-06 (read 300/s with 900 of capacity); where only the refill is known,
 * the capacity follows the same rule: one second at Basic, else three of reads and two of writes.
 */
export const TIERS: Readonly<Record<string, TierLimits>> = {
  basic: limits(200, 1, 100, 1),
  advanced: limits(300, 3, 300, 2),
  premier: limits(1_000, 3, 1_000, 2),
  paragon: limits(2_000, 3, 2_000, 2),
  prime: limits(4_000, 3, 4_000, 2),
  prestige: limits(10_000, 3, 8_000, 2),
}

export const DEFAULT_COST = 10

export interface EndpointCost {
  readonly method: string
  readonly path: string
  readonly cost: number
}

/** What does not cost the default. */
export const ENDPOINT_COSTS: readonly EndpointCost[] = [
  { method: 'DELETE', path: '/trade-api/v2/portfolio/events/orders/:order_id', cost: 2 },
  // Per item.
  { method: 'DELETE', path: '/trade-api/v2/portfolio/events/orders/batched', cost: 2 },
  // "Reduced" is all that is known (kalshi-api §3.7).
  { method: 'DELETE', path: '/trade-api/v2/portfolio/events/orders', cost: 5 },
  { method: 'GET', path: '/trade-api/v2/portfolio/orders/:order_id', cost: 2 },
]

/** A token bucket on transport time: rate limits are wall-clock limits also in a play. */
export class TokenBucket {
  readonly #limit: BucketLimit
  readonly #clock: TransportClock
  #tokens: number
  #refilledNs: number

  constructor(limit: BucketLimit, clock: TransportClock) {
    this.#limit = limit
    this.#clock = clock
    this.#tokens = limit.bucketCapacity
    this.#refilledNs = clock.monotonicNs()
  }

  /** Takes all of `cost` or nothing. */
  take(cost: number): boolean {
    const nowNs = this.#clock.monotonicNs()
    const refill = ((nowNs - this.#refilledNs) / 1e9) * this.#limit.refillRate
    this.#tokens = Math.min(this.#limit.bucketCapacity, this.#tokens + refill)
    this.#refilledNs = nowNs
    if (this.#tokens < cost) return false
    this.#tokens -= cost
    return true
  }
}

export interface RateBuckets {
  takeRead(owner: string, cost: number): boolean
  takeWrite(owner: string, cost: number): boolean
}

/** Two buckets per key; unsigned callers share theirs. The owners are the registered keys, so the maps are bounded by them. */
export function rateBuckets(tier: TierLimits, clock: TransportClock): RateBuckets {
  const taking = (limit: BucketLimit) => {
    const buckets = new Map<string, TokenBucket>()
    return (owner: string, cost: number): boolean => {
      const bucket = buckets.get(owner) ?? new TokenBucket(limit, clock)
      buckets.set(owner, bucket)
      return bucket.take(cost)
    }
  }
  return { takeRead: taking(tier.read), takeWrite: taking(tier.write) }
}
