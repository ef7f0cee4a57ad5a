import { fileURLToPath } from 'node:url'
import { seededRandom } from '../../../src/clock/seeded-random.ts'
import { systemRandom, systemTransportClock } from '../../../src/clock/system-clock.ts'
import { EXCHANGE_PLAY_BUFFER_BYTES_MAX } from '../../../src/config/limits.ts'
import { parseClimateDate } from '../../../src/domain/climate-day.ts'
import { seriesTickerOf } from '../../../src/domain/ids.ts'
import { invariant } from '../../../src/domain/invariant.ts'
import { createKeyPair } from '../../../src/exchange/api-keys.ts'
import { BookLog, type BookPoint } from '../../../src/exchange/book-log.ts'
import { createExchangeCore, type PlayedExchange } from '../../../src/exchange/create-core.ts'
import type { FaultRates } from '../../../src/exchange/frame-faults.ts'
import { type ExchangeServer, startExchangeServer } from '../../../src/exchange/server.ts'
import { type Credentials, credentialsFromPem } from '../../../src/kalshi/signing.ts'
import { WireTap } from './wire-tap.ts'

export const BUNDLED_SERIES = ['KXHIGHNY', 'KXHIGHCHI', 'KXHIGHAUS', 'KXHIGHDEN'].map(seriesTickerOf)

const TAPE = fileURLToPath(new URL('../../../src/exchange/tapes/2024-12-17', import.meta.url))
const HEARTBEAT_HASTE = 50
const SOUND: FaultRates = { drop: 0, duplicate: 0, swap: 0 }

export interface PlayedExchangeServer {
  readonly core: PlayedExchange
  readonly server: ExchangeServer
  readonly tap: WireTap
  /** Grows while the day plays. */
  readonly points: readonly BookPoint[]
  readonly credentials: Credentials
  readonly ended: Promise<void>
}

/** The bundled day on a real server on a free loopback port, in this process: what it told can be asked of the tap. */
export async function startPlayedExchange(options: {
  readonly speed: number | 'max'
  readonly rates?: FaultRates
  readonly seed: string
  readonly points: number
  readonly startMs?: number
  readonly stopMs?: number
}): Promise<PlayedExchangeServer> {
  const { speed, rates = SOUND, seed, startMs, stopMs } = options
  const date = parseClimateDate('2024-12-17')
  invariant(date !== undefined, 'the bundled date is a date')
  const transport = systemTransportClock()
  let server: ExchangeServer | undefined
  const core = createExchangeCore({
    tapeFolder: TAPE,
    date,
    speed,
    seed,
    hold: true,
    world: { transport, random: systemRandom() },
    ...(startMs === undefined ? {} : { startMs }),
    ...(stopMs === undefined ? {} : { stopMs }),
    ready: () => server === undefined || server.bufferedBytesMax() <= EXCHANGE_PLAY_BUFFER_BYTES_MAX,
  })
  const points: BookPoint[] = []
  const bookLog = new BookLog({
    core,
    random: seededRandom(`points/${seed}`),
    points: options.points,
    fromMs: core.nowMs(),
    toMs: Math.min(core.endMs, lastCloseMs(core)),
    write: (point) => void points.push(point),
  })
  const tap = new WireTap({ rates, random: seededRandom(`faults/${seed}`), clock: transport })
  const pair = createKeyPair('ed25519', systemRandom())
  // Its heartbeat comes often enough for a client whose clock is moved on by seconds (`jumping-clock.ts`).
  const hasty = { ...transport, every: (ms: number, run: () => void) => transport.every(ms / HEARTBEAT_HASTE, run) }
  const world = { transport: hasty }
  server = await startExchangeServer({ core, port: 0, keys: [pair.key], world, faults: tap, bookLog })
  const ended = new Promise<void>((resolve) => {
    core.listen((happening) => void (happening.kind === 'playEnded' && resolve()))
  })
  const credentials = credentialsFromPem(pair.key.id, pair.privateKeyPem, 'the test')
  return { core, server, tap, points, credentials, ended }
}

export const lastCloseMs = (core: PlayedExchange): number => Math.max(...core.markets().map((market) => market.closeMs))
