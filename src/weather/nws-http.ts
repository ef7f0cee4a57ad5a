import type { z } from 'zod'
import type { TransportClock } from '../clock/clock.ts'
import { NWS_TIMEOUT_MS, WEATHER_BODY_BYTES_MAX } from '../config/limits.ts'
import type { WeatherFailure } from './source.ts'

export type Fetched<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly failure: WeatherFailure }

const failed = (kind: 'unavailable' | 'missingStation' | 'malformed', detail: string): Fetched<never> => ({
  ok: false,
  failure: { kind, detail },
})

/** Undefined where the body is longer than the bound, whatever its `content-length` says. */
async function readBounded(response: Response): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength
    if (length > WEATHER_BODY_BYTES_MAX) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/**
 * One GET, its answer checked by the schema. Every failure is a value: 404 is `missingStation`, another status, a timeout or
 * a broken connection `unavailable`, a body that is too long, no JSON or of another shape `malformed`.
 */
export async function getJson<Schema extends z.ZodType>(
  url: string,
  schema: Schema,
  options: { readonly userAgent: string; readonly transport: TransportClock },
): Promise<Fetched<z.infer<Schema>>> {
  const abort = new AbortController()
  const timer = options.transport.after(NWS_TIMEOUT_MS, () => abort.abort())
  try {
    const response = await fetch(url, {
      headers: { 'user-agent': options.userAgent, accept: 'application/geo+json' },
      signal: abort.signal,
    })
    if (!response.ok) {
      await response.body?.cancel()
      return failed(response.status === 404 ? 'missingStation' : 'unavailable', `HTTP ${response.status} from ${url}`)
    }
    const body = await readBounded(response)
    if (body === undefined) return failed('malformed', `More than ${WEATHER_BODY_BYTES_MAX} bytes from ${url}`)
    return parseBody(body, schema, url)
  } catch (error) {
    if (abort.signal.aborted) return failed('unavailable', `No answer within ${NWS_TIMEOUT_MS} ms from ${url}`)
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    return failed('unavailable', `${cause instanceof Error ? cause.message : String(cause)} (${url})`)
  } finally {
    timer.cancel()
  }
}

function parseBody<Schema extends z.ZodType>(body: Uint8Array, schema: Schema, url: string): Fetched<z.infer<Schema>> {
  let document: unknown
  try {
    document = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    // swallowed: the typed failure says all there is to say
    return failed('malformed', `No JSON from ${url}`)
  }
  const parsed = schema.safeParse(document)
  if (parsed.success) return { ok: true, value: parsed.data }
  const [issue] = parsed.error.issues
  return failed('malformed', `Unexpected form at ${issue?.path.join('.')} (${issue?.message}) from ${url}`)
}
