import type { MarketClock, Timer, TransportClock } from '../clock/clock.ts'
import { wallMarketClock } from '../clock/system-clock.ts'
import { type MarketTimeAnchor, type VenueMarketClock, venueMarketClock } from '../clock/venue-clock.ts'
import { MARKET_TIME_POLL_MS, MARKET_TIME_SKEW_MS_MAX } from '../config/limits.ts'
import type { Config } from '../config/schema.ts'
import { type OperatingError, usageError } from '../domain/operating-error.ts'
import type { RestClient } from '../kalshi/rest.ts'
import { operatingErrorOf } from '../kalshi/rest-error.ts'

type ClockConfig = Pick<Config, 'clock' | 'mode'> & { readonly venue: Pick<Config['venue'], 'name'> }

/** Looks this often until a play that was let go is seen to move. */
const RELEASE_POLL_MS = 25
const RELEASE_POLLS_MAX = 80

export interface MarketTime {
  readonly clock: MarketClock
  readonly kind: 'wall' | 'venue'
  /** Of the play that the venue runs; undefined on a venue that runs on wall time. */
  readonly runId: string | undefined
  /** Takes what any REST answer carried. */
  anchor(anchor: MarketTimeAnchor): void
  /** After the play was let go: market time moves as soon as the venue says so. */
  released(): void
  stop(): void
}

/**
 * Market time of the session (design §3): the wall clock, or the venue's own, read now and every 2 s.
 *
 * @throws OperatingError where the venue cannot be reached, or runs on no clock of its own although it should.
 */
export async function openMarketTime(
  config: ClockConfig,
  rest: RestClient,
  transport: TransportClock,
): Promise<MarketTime> {
  const status = await rest.exchangeStatus()
  if (!status.ok) throw operatingErrorOf(status.error, rest.restUrl)
  const first = rest.marketTime()
  const playsOtherDay = first !== undefined && Math.abs(first.marketMs - transport.wallMs()) > MARKET_TIME_SKEW_MS_MAX
  const mayFollow = config.venue.name === 'local' && config.mode !== 'live'
  if (config.clock === 'wall' || (config.clock === 'auto' && !(playsOtherDay && mayFollow))) {
    if (playsOtherDay) throw refusedDay(rest.restUrl, first)
    return wallTime(transport)
  }
  if (!first) {
    throw usageError(
      `The venue at ${rest.restUrl} does not publish market time, so "clock": "venue" (--clock venue) cannot serve. Use --clock wall, or connect to a local exchange.`,
    )
  }
  return venueTime(venueMarketClock(transport, first), first.runId, rest, transport)
}

const wallTime = (transport: TransportClock): MarketTime => ({
  clock: wallMarketClock(transport),
  kind: 'wall',
  runId: undefined,
  anchor: () => undefined,
  released: () => undefined,
  stop: () => undefined,
})

/** A play judged by the wall clock would trade on days that are long over. */
function refusedDay(restUrl: string, published: MarketTimeAnchor): OperatingError {
  const day = Temporal.Instant.fromEpochMilliseconds(published.marketMs).toString().slice(0, 10)
  return usageError(
    `The exchange at ${restUrl} plays ${day}, and "clock" is "wall". Leave it out, or set it to venue (--clock venue), to run on the exchange's market time.`,
  )
}

function venueTime(clock: VenueMarketClock, runId: string, rest: RestClient, transport: TransportClock): MarketTime {
  // The answer itself carries the anchor; a failed one is tried again at the next turn.
  const read = (): void => void rest.exchangeStatus()
  const polling = transport.every(MARKET_TIME_POLL_MS, read)
  let releasing: Timer | undefined
  const pollUntilMoving = (left: number): void => {
    if (left === 0 || clock.rate() > 0) return
    read()
    releasing = transport.after(RELEASE_POLL_MS, () => pollUntilMoving(left - 1))
  }
  return {
    clock,
    kind: 'venue',
    runId,
    anchor: (anchor) => clock.anchor(anchor),
    released: () => pollUntilMoving(RELEASE_POLLS_MAX),
    stop() {
      polling.cancel()
      releasing?.cancel()
    },
  }
}
