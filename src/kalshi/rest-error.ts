import { EXIT, OperatingError } from '../domain/operating-error.ts'
import { errorBody } from './schemas/rest.ts'

export type RestErrorKind =
  /** No answer at all: name, route, port or TLS. */
  | 'unreachable'
  | 'timedOut'
  /** 401: the key, its signature or the clock. */
  | 'unauthorized'
  /** 403: the key is good but may not do this. */
  | 'forbidden'
  | 'notFound'
  | 'rateLimited'
  /** Any other 4xx: the request itself. */
  | 'rejected'
  | 'venueFailed'
  /** An answer that does not have the documented shape; never turned into defaults. */
  | 'malformed'
  /** We are stopping. */
  | 'aborted'

/** An operating error of one request, as data. Carries no key and no signature. */
export interface RestError {
  readonly kind: RestErrorKind
  /** e.g. `GET /markets`. */
  readonly request: string
  readonly status: number | undefined
  /** The venue's own word, e.g. `authentication_error`. */
  readonly code: string | undefined
  readonly text: string
}

export type RestResult<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: RestError }

export const restOk = <T>(value: T): RestResult<T> => ({ ok: true, value })
export const restFailure = (error: RestError): { readonly ok: false; readonly error: RestError } => ({
  ok: false,
  error,
})

/** The same question may be answered later. */
export function isTransient(error: RestError): boolean {
  return ['unreachable', 'timedOut', 'rateLimited', 'venueFailed'].includes(error.kind)
}

const TEXT_LENGTH_MAX = 300

/** What an answer with an error status says: one of the venue's four bodies, or text that is no JSON. */
export function restErrorOf(request: string, status: number, body: string): RestError {
  const { code, text } = readErrorBody(body)
  return { kind: kindOf(status), request, status, code, text: text.slice(0, TEXT_LENGTH_MAX) }
}

function kindOf(status: number): RestErrorKind {
  if (status === 401) return 'unauthorized'
  if (status === 403) return 'forbidden'
  if (status === 404) return 'notFound'
  if (status === 429) return 'rateLimited'
  return status >= 500 ? 'venueFailed' : 'rejected'
}

function readErrorBody(body: string): { readonly code: string | undefined; readonly text: string } {
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch {
    // swallowed: proxies and unknown routes answer in plain text, which is what we show.
    return { code: undefined, text: body.trim() || 'no body' }
  }
  const parsed = errorBody.safeParse(json)
  if (!parsed.success) return { code: undefined, text: body }
  const value = parsed.data
  if ('error' in value) {
    const { error } = value
    if (typeof error === 'string') return { code: undefined, text: error }
    if (isDetailed(error)) return detailed(error)
  }
  if (isDetailed(value)) return detailed(value)
  return { code: undefined, text: 'msg' in value ? String(value.msg) : body }
}

interface Detailed {
  readonly code: string
  readonly message?: string | undefined
  readonly details?: string | undefined
}

const isDetailed = (value: unknown): value is Detailed =>
  typeof value === 'object' && value !== null && 'code' in value && typeof value.code === 'string'

const detailed = ({ code, message, details }: Detailed): { readonly code: string; readonly text: string } => ({
  code,
  text: [message, details].filter((part) => typeof part === 'string' && part !== '').join(': ') || code,
})

/** What a person is told when the program cannot go on without the answer. */
export function operatingErrorOf(error: RestError, restUrl: string): OperatingError {
  const answer = `${error.request} answered ${error.status ?? 'nothing'}${error.code ? ` ${error.code}` : ''}: ${error.text}`
  switch (error.kind) {
    case 'unreachable':
    case 'timedOut':
      return new OperatingError(
        `The venue at ${restUrl} cannot be reached (${error.request}: ${error.text}). Check the address, the network and that the exchange is running.`,
        EXIT.venueUnreachable,
      )
    case 'venueFailed':
    case 'rateLimited':
      return new OperatingError(
        `The venue at ${restUrl} does not serve now (${answer}). It may be in maintenance: try again later.`,
        EXIT.venueUnreachable,
      )
    case 'unauthorized':
      return new OperatingError(`The venue at ${restUrl} does not accept the API key (${answer}). ${keyAdvice(error)}`)
    case 'forbidden':
      return new OperatingError(
        `The API key may not do this at ${restUrl} (${answer}). Check the key's scopes in the account settings.`,
      )
    case 'malformed':
      return new OperatingError(
        `The venue at ${restUrl} gave an answer that this program does not understand (${error.request}: ${error.text}). Check that the address is a Kalshi Trade API v2.`,
      )
    default:
      return new OperatingError(`The venue at ${restUrl} refused a request (${answer}).`)
  }
}

function keyAdvice(error: RestError): string {
  if (error.code === 'header_timestamp_expired') {
    return "The time of the signature is too far from the venue's: set this machine's clock."
  }
  return 'Check that the key id (--key-id) belongs to the key file (--key-file) and that the key is of this environment: keys of demo and prod are not interchangeable.'
}
