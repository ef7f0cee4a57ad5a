import type { AccountId } from '../../domain/ids.ts'
import type { ApiKey } from '../api-keys.ts'
import type { ExchangeCore } from '../core.ts'
import type { PlayedExchange } from '../create-core.ts'
import type { TierLimits } from '../rate-buckets.ts'
import type { PortfolioViews } from '../trading/portfolio-views.ts'
import type { TradingFaults } from '../trading-faults.ts'
import type { Answer } from './answer.ts'

/** What REST answers from: the core with the history of its quotes and its accounts' trading. */
export type ServedExchange = ExchangeCore &
  Pick<PlayedExchange, 'quotes' | 'trading' | 'startingCash' | 'listenAccounts'>

export interface RestScope {
  readonly core: ServedExchange
  readonly tier: string
  readonly limits: TierLimits
  readonly keys: ReadonlyMap<string, ApiKey>
  readonly portfolios: PortfolioViews
  readonly faults: TradingFaults
  readonly attestation: Attestation
}

/** Until when the account's location is attested, Unix seconds of wall time; undefined: it never was and is not asked for. */
export interface Attestation {
  expirationTs: number | undefined
}

export interface RestRequest extends RestScope {
  /** Who signed; on a public path perhaps nobody. Every key is an account of its own. */
  readonly account: AccountId
  readonly wallMs: number
  /** As it came; empty where there is none. */
  readonly body: string
  /** Decoded values of the `:name` segments. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below `/trade-api/v2`. */
  readonly path: string
  /** `signed` without a valid signature is a 401; a public one is checked only where the client signed it. */
  readonly access: 'public' | 'signed'
  readonly answer: (request: RestRequest) => Answer
  /** Of a batch: how many items its body holds, each of which costs what the route does. */
  readonly items?: (body: string) => number
}

export type RouteMatch =
  | { readonly kind: 'found'; readonly route: Route; readonly params: Readonly<Record<string, string>> }
  | { readonly kind: 'otherMethod' }
  | { readonly kind: 'none' }

/** The first route whose method and segments fit; fixed segments are listed before named ones. */
export function matchRoute(routes: readonly Route[], method: string, path: string): RouteMatch {
  const segments = path.split('/')
  let otherMethod = false
  for (const route of routes) {
    const params = matchSegments(route.path.split('/'), segments)
    if (!params) continue
    if (route.method === method) return { kind: 'found', route, params }
    otherMethod = true
  }
  return { kind: otherMethod ? 'otherMethod' : 'none' }
}

function matchSegments(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, expected] of pattern.entries()) {
    const actual = segments[index] ?? ''
    if (!expected.startsWith(':')) {
      if (expected !== actual) return undefined
      continue
    }
    const decoded = decodeSegment(actual)
    if (decoded === undefined || decoded === '') return undefined
    params[expected.slice(1)] = decoded
  }
  return params
}

function decodeSegment(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    // swallowed: a broken percent sequence names nothing that exists.
    return undefined
  }
}
