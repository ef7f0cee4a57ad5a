import type { z } from 'zod'
import type { World } from '../clock/clock.ts'
import { MARKET_TIME_HEADER, type MarketTimeAnchor, parseMarketTime } from '../clock/venue-clock.ts'
import {
  REST_ATTEMPTS_MAX,
  REST_BODY_BYTES_MAX,
  REST_DELAY_MS_MAX,
  REST_DELAY_MS_MIN,
  REST_TIMEOUT_MS,
} from '../config/limits.ts'
import { backOffCeilingMs, fullJitterMs } from '../domain/back-off.ts'
import { isTransient, type RestError, type RestResult, restErrorOf, restFailure, restOk } from './rest-error.ts'
import { type Credentials, signedHeaders } from './signing.ts'

export interface VenueHttpOptions {
  /** Including `/trade-api/v2`, no trailing slash. */
  readonly restUrl: string
  /** Without credentials only public endpoints answer. */
  readonly credentials?: Credentials
  readonly world: World
  /** Ends what is under way, and every wait between attempts. */
  readonly signal?: AbortSignal
  /** Called with each answer that carries market time (only the local exchange's do). */
  readonly onMarketTime?: (anchor: MarketTimeAnchor) => void
}

export type QueryValue = string | number | boolean | undefined

interface Answer {
  readonly status: number
  readonly body: string
}

/**
 * Signed GET requests with a deadline, a bound on the body, and full-jitter back-off on 429, 5xx and network failures.
 * Connections are kept alive by the platform's fetch. Only reads live here: repeating them changes nothing.
 */
export class VenueHttp {
  readonly #options: VenueHttpOptions
  #marketTime: MarketTimeAnchor | undefined
  #skewMs: number | undefined

  constructor(options: VenueHttpOptions) {
    this.#options = options
  }

  /** The market time of the latest answer that carried one. */
  marketTime(): MarketTimeAnchor | undefined {
    return this.#marketTime
  }

  /** Our wall clock minus the venue's, by the `Date` header of the latest answer: exact to about a second. */
  clockSkewMs(): number | undefined {
    return this.#skewMs
  }

  async get<Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    query: Readonly<Record<string, QueryValue>> = {},
  ): Promise<RestResult<z.infer<Schema>>> {
    const request = `GET ${path}`
    const url = new URL(`${this.#options.restUrl}${path}`)
    for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(key, String(value))
    for (let attempt = 1; ; attempt++) {
      const result = await this.#attempt(request, url, schema)
      if (result.ok || !isTransient(result.error) || attempt >= REST_ATTEMPTS_MAX) return result
      const isStopped = await this.#backOff(attempt)
      if (isStopped) return restFailure({ ...result.error, kind: 'aborted' })
    }
  }

  async #attempt<Schema extends z.ZodType>(
    request: string,
    url: URL,
    schema: Schema,
  ): Promise<RestResult<z.infer<Schema>>> {
    const answer = await this.#fetch(request, url)
    if (!answer.ok) return answer
    const { status, body } = answer.value
    if (status < 200 || status > 299) return restFailure(restErrorOf(request, status, body))
    const malformed = (text: string): RestResult<never> =>
      restFailure({ kind: 'malformed', request, status, code: undefined, text })
    let json: unknown
    try {
      json = JSON.parse(body)
    } catch {
      // swallowed: becomes a typed error; the parser's message would quote the body.
      return malformed('the body is not JSON')
    }
    const parsed = schema.safeParse(json)
    if (parsed.success) return restOk(parsed.data)
    const issue = parsed.error.issues[0]
    return malformed(`${issue?.path.map(String).join('.') || 'the body'}: ${issue?.message ?? 'unexpected shape'}`)
  }

  async #fetch(request: string, url: URL): Promise<RestResult<Answer>> {
    const { world, credentials, signal } = this.#options
    const controller = new AbortController()
    let isTimedOut = false
    const stop = (): void => controller.abort()
    const deadline = world.transport.after(REST_TIMEOUT_MS, () => {
      isTimedOut = true
      stop()
    })
    signal?.addEventListener('abort', stop, { once: true })
    if (signal?.aborted) stop()
    const failure = (kind: RestError['kind'], text: string): RestResult<never> =>
      restFailure({ kind, request, status: undefined, code: undefined, text })
    try {
      const headers = credentials ? signedHeaders(credentials, world.transport.wallMs(), 'GET', url) : {}
      const response = await fetch(url, {
        headers: { accept: 'application/json', ...headers },
        // A redirect would carry the signature to another host.
        redirect: 'manual',
        signal: controller.signal,
      })
      this.#noteHeaders(response.headers)
      const body = await readBounded(response)
      if (body === undefined) return failure('malformed', `the body is larger than ${REST_BODY_BYTES_MAX} bytes`)
      return restOk({ status: response.status, body })
    } catch (error) {
      if (signal?.aborted) return failure('aborted', 'stopped')
      if (isTimedOut) return failure('timedOut', `no answer within ${REST_TIMEOUT_MS / 1_000} s`)
      return failure('unreachable', networkReason(error))
    } finally {
      deadline.cancel()
      signal?.removeEventListener('abort', stop)
    }
  }

  #noteHeaders(headers: Headers): void {
    const anchor = parseMarketTime(headers.get(MARKET_TIME_HEADER))
    if (anchor) {
      this.#marketTime = anchor
      this.#options.onMarketTime?.(anchor)
    }
    const venueMs = Date.parse(headers.get('date') ?? '')
    if (!Number.isNaN(venueMs)) this.#skewMs = this.#options.world.transport.wallMs() - venueMs
  }

  /** True where waiting was cut short because we are stopping. */
  #backOff(failures: number): Promise<boolean> {
    const { world, signal } = this.#options
    const ceilingMs = backOffCeilingMs({ failures, minMs: REST_DELAY_MS_MIN, maxMs: REST_DELAY_MS_MAX })
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve(true)
      const onAbort = (): void => {
        timer.cancel()
        resolve(true)
      }
      const timer = world.transport.after(fullJitterMs(ceilingMs, world.random.next()), () => {
        signal?.removeEventListener('abort', onAbort)
        resolve(false)
      })
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }
}

/** Undefined where the body passes the bound; the rest of it is not read. */
async function readBounded(response: Response): Promise<string | undefined> {
  if (!response.body) return ''
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body) {
    bytes += chunk.byteLength
    if (bytes > REST_BODY_BYTES_MAX) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** The system's own word (`ECONNREFUSED`) where there is one: fetch hides it behind "fetch failed". */
function networkReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  if (cause instanceof Error) return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message
  return error.message
}
