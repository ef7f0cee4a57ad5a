import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TransportClock } from '../../clock/clock.ts'
import type { ReplyFate } from '../trading-faults.ts'
import { type Answer, bodyTooLarge, gatewayTimeout, internalError } from './answer.ts'
import { CONTROL_PATH, type ControlScope, handleControl } from './control-endpoint.ts'
import { type HandlerScope, handleRequest, isChangeOf, splitTarget } from './handle-request.ts'
import { readBody } from './read-body.ts'

export interface RestListenerOptions {
  readonly scope: HandlerScope
  readonly control: ControlScope | undefined
  readonly clock: TransportClock
  readonly headersOf: (answer: Answer) => Readonly<Record<string, string | number>>
}

/** Reads a request, answers it, and lets the reply meet its fate on the way out. */
export function restListener(
  options: RestListenerOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  const { scope, control, clock, headersOf } = options
  const answerTo = ({ method = '', url: target = '', headers }: IncomingMessage, body: string): Answer =>
    control && splitTarget(target).path === CONTROL_PATH
      ? handleControl(control, method, body)
      : handleRequest(scope, { method, target, headers, body }, clock.wallMs())

  const send = (response: ServerResponse, answer: Answer, { fate, delayMs }: ReplyFate): void => {
    const out = (): void => {
      if (fate === 'reset') {
        response.destroy()
        return
      }
      const told = fate === 'error' ? internalError() : fate === 'gatewayTimeout' ? gatewayTimeout() : answer
      response.writeHead(told.status, headersOf(told)).end(told.body)
    }
    if (delayMs === 0) out()
    else clock.after(delayMs, out)
  }

  return (request, response) =>
    readBody(request, (body) => {
      const answer = body === undefined ? bodyTooLarge() : answerTo(request, body)
      const isChange = isChangeOf(request.method ?? '', request.url ?? '', answer)
      send(response, answer, scope.faults.fateOf(isChange))
    })
}
