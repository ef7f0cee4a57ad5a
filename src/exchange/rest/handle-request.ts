import type { IncomingHttpHeaders } from 'node:http'
import { accountIdOf } from '../../domain/ids.ts'
import { type Authentication, authenticate, isSigned } from '../authentication.ts'
import { DEFAULT_COST, ENDPOINT_COSTS, type RateBuckets } from '../rate-buckets.ts'
import { ACCOUNT_ROUTES } from './account-routes.ts'
import { type Answer, failure, notFound, serviceUnavailable, tooManyRequests } from './answer.ts'
import { CANDLE_ROUTES } from './candle-routes.ts'
import { EVENT_ROUTES } from './event-routes.ts'
import { EXCHANGE_ROUTES } from './exchange-routes.ts'
import { GROUP_ROUTES } from './group-routes.ts'
import { MARKET_ROUTES } from './market-routes.ts'
import { batchTooLarge, ORDER_ROUTES } from './order-routes.ts'
import { PORTFOLIO_ROUTES } from './portfolio-routes.ts'
import { matchRoute, type RestScope, type Route } from './route.ts'

export const REST_PREFIX = '/trade-api/v2'

/** Fixed paths before those with names in them. */
const ROUTES: readonly Route[] = [
  ...EXCHANGE_ROUTES,
  ...CANDLE_ROUTES,
  ...MARKET_ROUTES,
  ...EVENT_ROUTES,
  ...ACCOUNT_ROUTES,
  ...ORDER_ROUTES,
  ...PORTFOLIO_ROUTES,
  ...GROUP_ROUTES,
]

/** Everything below these asks for a signature before it says whether it exists. */
const PORTFOLIO = '/portfolio'
const SIGNED_PREFIXES = [PORTFOLIO, '/account', '/api_keys', '/communications', '/historical/fills']

/** Unsigned callers share one bucket. */
const ANONYMOUS = 'anonymous'

export interface IncomingRequest {
  readonly method: string
  /** As in the request line. */
  readonly target: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export type HandlerScope = RestScope & { readonly buckets: RateBuckets }

/** Authentication, then the rate limit, then the path: in the venue's order (kalshi-api §9.3). */
export function handleRequest(scope: HandlerScope, request: IncomingRequest, wallMs: number): Answer {
  const { path, query } = splitTarget(request.target)
  const below = path.startsWith(`${REST_PREFIX}/`) ? path.slice(REST_PREFIX.length) : undefined
  if (below === undefined) return notFound()
  // A HEAD is answered as its GET, of which the server leaves out the body (RFC 9110 §9.3.2).
  const method = request.method === 'HEAD' ? 'GET' : request.method
  const match = matchRoute(ROUTES, method, below)
  const isPrivate =
    match.kind === 'found'
      ? match.route.access === 'signed'
      : SIGNED_PREFIXES.some((prefix) => below.startsWith(prefix))

  const route = match.kind === 'found' ? match.route : undefined
  let owner = ANONYMOUS
  if (isPrivate || isSigned(request.headers)) {
    const authentication = authenticate({ method: request.method, path, headers: request.headers }, scope.keys, wallMs)
    if (!authentication.ok) return unauthorized(authentication)
    owner = authentication.key.id
    if (isWrite(method) && !authentication.key.scopes.includes('write')) {
      return failure(403, 'insufficient_scope', 'the API key has no write scope')
    }
  }
  const cost = costOf(method, route)
  const items = route?.items?.(request.body) ?? 1
  const itemsMax = Math.floor(scope.limits.write.bucketCapacity / cost)
  if (items > itemsMax) return batchTooLarge(itemsMax)
  const isPaid = isWrite(method) ? scope.buckets.takeWrite(owner, cost * items) : scope.buckets.takeRead(owner, cost)
  const isPortfolio = below.startsWith(PORTFOLIO)
  if (!isPaid || (isPortfolio && scope.faults.happens('tooManyRequests'))) return tooManyRequests()
  if (isPortfolio && scope.faults.happens('unavailable')) return serviceUnavailable()
  if (match.kind === 'none') return notFound()
  if (match.kind === 'otherMethod') return failure(405, 'method_not_allowed', `${request.method} is not allowed here`)
  return match.route.answer({
    ...scope,
    account: accountIdOf(owner),
    params: match.params,
    query,
    body: request.body,
    wallMs,
  })
}

/** What has changed something of an account by the time that it is answered. */
export const isChangeOf = (method: string, target: string, { status }: Answer): boolean =>
  isWrite(method) && target.startsWith(`${REST_PREFIX}${PORTFOLIO}`) && status < 300

/** What may change something is paid from the write bucket and needs the scope. */
const isWrite = (method: string): boolean => method !== 'GET'

export function unauthorized({ error }: Extract<Authentication, { ok: false }>): Answer {
  return failure(401, error.code, error.message, error.details)
}

/** The path is what was signed, so it is taken as it came: nothing is decoded or resolved. */
export function splitTarget(target: string): { readonly path: string; readonly query: URLSearchParams } {
  const mark = target.indexOf('?')
  return mark < 0
    ? { path: target, query: new URLSearchParams() }
    : { path: target.slice(0, mark), query: new URLSearchParams(target.slice(mark + 1)) }
}

function costOf(method: string, route: Route | undefined): number {
  const path = route && REST_PREFIX + route.path
  return ENDPOINT_COSTS.find((entry) => entry.method === method && entry.path === path)?.cost ?? DEFAULT_COST
}
