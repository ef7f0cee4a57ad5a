import type { IncomingMessage } from 'node:http'
import { EXCHANGE_BODY_BYTES_MAX } from '../../config/limits.ts'

/** Calls back once with the whole body, or undefined where it is too large. A request that breaks off is never answered. */
export function readBody(request: IncomingMessage, done: (body: string | undefined) => void): void {
  // A GET is answered without waiting for a body that nothing reads.
  if (request.method === 'GET' || request.method === 'HEAD') {
    request.resume()
    done('')
    return
  }
  const chunks: Buffer[] = []
  let bytes = 0
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= EXCHANGE_BODY_BYTES_MAX) chunks.push(chunk)
  })
  request.on('end', () => done(bytes > EXCHANGE_BODY_BYTES_MAX ? undefined : Buffer.concat(chunks).toString('utf8')))
  // swallowed: a client that broke off waits for no answer.
  request.on('error', () => undefined)
}
