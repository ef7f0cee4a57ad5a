/** What a handler gives back; the server adds the headers that every answer has. */
export interface Answer {
  readonly status: number
  readonly contentType: 'application/json' | 'text/plain' | 'text/html'
  readonly body: string
}

const json = (status: number, body: unknown): Answer => ({
  status,
  contentType: 'application/json',
  body: JSON.stringify(body),
})

export const ok = (body: unknown): Answer => json(200, body)

export const created = (body: unknown): Answer => json(201, body)

export const noContent = (): Answer => ({ status: 204, contentType: 'application/json', body: '' })

/** The venue's four error bodies (kalshi-api §3.6), each where the venue uses it. */
export function failure(status: number, code: string, message: string, details?: string): Answer {
  return json(status, { error: { code, message, ...(details === undefined ? {} : { details }) } })
}

/** A parameter that cannot be read. */
export const badRequest = (message: string): Answer => json(400, { code: 'bad_request', message })

export const limitTooHigh = (limitMax: number): Answer => json(400, { msg: `limit must be at most ${limitMax}` })

/** No Retry-After and no rate-limit headers: the venue sends none. */
export const tooManyRequests = (): Answer => json(429, { error: 'too many requests' })

export const bodyTooLarge = (): Answer => json(413, { code: 'bad_request', message: 'the body is too large' })

export const notFound = (): Answer => failure(404, 'not_found', 'not found')

export const plainNotFound = (): Answer => ({ status: 404, contentType: 'text/plain', body: '404 page not found\n' })

export const internalError = (): Answer => failure(500, 'internal_server_error', 'internal server error')

/** What stands in front of the venue answers in its own words, not in JSON. */
const gateway = (status: number, words: string): Answer => ({
  status,
  contentType: 'text/html',
  body: `<html><head><title>${status} ${words}</title></head></html>\n`,
})

export const serviceUnavailable = (): Answer => gateway(503, 'Service Temporarily Unavailable')

export const gatewayTimeout = (): Answer => gateway(504, 'Gateway Time-out')
