import type { World } from '../src/clock/clock.ts'
import { FEED_START_TIMEOUT_MS } from '../src/config/limits.ts'
import { EXIT, OperatingError } from '../src/domain/operating-error.ts'

/** The first connection decides whether there is a feed at all; later ones are retried for as long as it takes. */
export interface FeedStart {
  /** @throws OperatingError where the venue does not let us in or cannot be reached. */
  readonly finished: Promise<void>
  done(): void
  /** The upgrade was answered by an HTTP status that no repetition cures. */
  refuse(status: number): void
}

export function createFeedStart(options: {
  readonly world: World
  readonly wsUrl: string
  readonly isConnected: () => boolean
}): FeedStart {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const deadline = options.world.transport.after(FEED_START_TIMEOUT_MS, () => {
    if (options.isConnected()) resolve()
    else reject(unreachable(options.wsUrl))
  })
  return {
    finished: promise.finally(() => deadline.cancel()),
    done: resolve,
    refuse: (status) => reject(refused(options.wsUrl, status)),
  }
}

const unreachable = (wsUrl: string): OperatingError =>
  new OperatingError(
    `The WebSocket at ${wsUrl} cannot be reached. Check the address, the network and that the exchange is running.`,
    EXIT.venueUnreachable,
  )

const refused = (wsUrl: string, status: number): OperatingError =>
  new OperatingError(
    `The venue at ${wsUrl} refused the WebSocket with HTTP status ${status}. Check that the key id (--key-id) belongs to the key file (--key-file), that the key is of this environment, and this machine's clock.`,
  )
