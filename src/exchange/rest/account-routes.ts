import { type BucketLimit, DEFAULT_COST, ENDPOINT_COSTS } from '../rate-buckets.ts'
import { type Answer, failure, ok, plainNotFound } from './answer.ts'
import type { RestRequest, Route } from './route.ts'

const bucket = ({ refillRate, bucketCapacity }: BucketLimit) => ({
  refill_rate: refillRate,
  bucket_capacity: bucketCapacity,
})

function limits({ tier, limits: { read, write } }: RestRequest): Answer {
  return ok({
    usage_tier: tier,
    read: bucket(read),
    write: bucket(write),
    grants: [{ exchange_instance: 'event_contract', level: tier, source: 'manual' }],
  })
}

function apiKeys({ keys, attestation: { expirationTs } }: RestRequest): Answer {
  return ok({
    api_keys: [...keys.values()].map(({ id, name, scopes }) => ({ api_key_id: id, name, scopes })),
    ...(expirationTs === undefined ? {} : { api_key_region_expiration_ts: expirationTs }),
  })
}

/** Legacy order mutations are gone for good (kalshi-api §3.5, §8). */
const gone = (): Answer => failure(410, 'deprecated_v1_order_endpoint', 'use POST /portfolio/events/orders')

const LEGACY: readonly (readonly [Route['method'], string])[] = [
  ['POST', '/portfolio/orders'],
  ['POST', '/portfolio/orders/batched'],
  ['DELETE', '/portfolio/orders/batched'],
  ['DELETE', '/portfolio/orders/:order'],
  ['POST', '/portfolio/orders/:order/amend'],
  ['POST', '/portfolio/orders/:order/decrease'],
]

export const ACCOUNT_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/account/limits', access: 'signed', answer: limits },
  {
    method: 'GET',
    path: '/account/endpoint_costs',
    access: 'public',
    answer: () => ok({ default_cost: DEFAULT_COST, endpoint_costs: ENDPOINT_COSTS }),
  },
  { method: 'GET', path: '/api_keys', access: 'signed', answer: apiKeys },
  // The only path of the venue that does not exist in plain text (kalshi-api §3.2).
  { method: 'GET', path: '/portfolio/events/orders', access: 'signed', answer: plainNotFound },
  ...LEGACY.map(([method, path]): Route => ({ method, path, access: 'signed', answer: gone })),
]
