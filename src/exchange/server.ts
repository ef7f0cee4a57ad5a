import { createServer, type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { TransportClock } from '../clock/clock.ts'
import { seededRandom } from '../clock/seeded-random.ts'
import { formatMarketTime, MARKET_TIME_HEADER } from '../clock/venue-clock.ts'
import { EXCHANGE_HTTP_CONNECTIONS_MAX } from '../config/limits.ts'
import { invariant } from '../domain/invariant.ts'
import { OperatingError, usageError } from '../domain/operating-error.ts'
import type { ApiKey } from './api-keys.ts'
import type { BookLog } from './book-log.ts'
import type { FrameFaults } from './frame-faults.ts'
import type { ExchangeControls } from './play-controls.ts'
import { rateBuckets, TIERS } from './rate-buckets.ts'
import type { Answer } from './rest/answer.ts'
import { REST_PREFIX } from './rest/handle-request.ts'
import { restListener } from './rest/rest-listener.ts'
import type { ServedExchange } from './rest/route.ts'
import { PortfolioViews } from './trading/portfolio-views.ts'
import { TradingFaults } from './trading-faults.ts'
import { AccountData } from './ws/account-data.ts'
import { MarketData } from './ws/market-data.ts'
import { createSocketServer, WS_PATH } from './ws/socket-server.ts'

export interface ExchangeServerOptions {
  readonly core: ServedExchange
  /** 0 = any free port. */
  readonly port: number
  /** 127.0.0.1 by default: nobody else's exchange. */
  readonly host?: string
  readonly keys: readonly ApiKey[]
  /** Of the rate buckets, `advanced` by default (kalshi-api §3.7). */
  readonly tier?: string
  readonly world: { readonly transport: TransportClock }
  readonly faults?: FrameFaults
  readonly bookLog?: BookLog
  /** Sound where there are none. */
  readonly tradingFaults?: TradingFaults
  /** Of every account's location, Unix seconds; never attested and not asked for by default. */
  readonly attestedUntilTs?: number
  /** Opens `/halcyon/controls`, unsigned, to whoever reaches the port. */
  readonly controls?: ExchangeControls
}

export interface ExchangeServer {
  /** REST base, with its prefix. */
  readonly url: string
  readonly wsUrl: string
  readonly port: number
  /** What the slowest WebSocket reader has not taken yet. */
  bufferedBytesMax(): number
  close(): Promise<void>
}

/**
 * REST and WebSocket of one exchange on one port. It serves until `close()`; the play itself is the core's.
 * @throws OperatingError where the port cannot be bound.
 */
export async function startExchangeServer(options: ExchangeServerOptions): Promise<ExchangeServer> {
  const { core, world, host = '127.0.0.1', tier = 'advanced' } = options
  const clock = world.transport
  const limits = TIERS[tier]
  if (!limits) throw usageError(`Unknown tier "${tier}". Known: ${Object.keys(TIERS).join(', ')}.`)
  const keys = new Map(options.keys.map((key) => [key.id, key]))
  const tradingFaults = options.tradingFaults ?? new TradingFaults({ random: seededRandom('sound'), clock })
  const accounts = accountServices(core, clock, tradingFaults)
  const { portfolios, accountData } = accounts
  const attestation = { expirationTs: options.attestedUntilTs }
  const buckets = rateBuckets(limits, clock)
  const scope = { core, tier, limits, keys, portfolios, attestation, faults: tradingFaults, buckets }
  const marketData = new MarketData(core, options.bookLog)

  const marketTime = (): string =>
    formatMarketTime({ marketMs: core.nowMs(), wallMs: clock.wallMs(), rate: core.rate(), runId: core.runId })
  const headersOf = ({ status, body, contentType }: Answer): Record<string, string | number> => ({
    // A 204 has no body to describe (RFC 9110 §8.6).
    ...(status === 204 ? {} : { 'content-type': contentType, 'content-length': Buffer.byteLength(body) }),
    [MARKET_TIME_HEADER]: marketTime(),
  })

  // Some clients offer HTTP/2 in the same header with every plain request: that is no WebSocket, and is served as it is.
  const shouldUpgradeCallback = ({ headers }: IncomingMessage): boolean =>
    headers.upgrade?.toLowerCase() === 'websocket'
  const sockets = createSocketServer({
    core,
    marketData,
    accountData,
    keys,
    clock,
    ...(options.faults ? { faults: options.faults } : {}),
    refuse: (socket, answer) => refuseUpgrade(socket, answer, headersOf(answer), clock.wallMs()),
  })
  const { controls } = options
  const pauseLevel = (): string => core.trading.pause
  const control = controls && {
    controls,
    faults: tradingFaults,
    frameFaults: options.faults,
    attestation,
    sockets,
    pauseLevel,
  }
  const http = createServer({ shouldUpgradeCallback }, restListener({ scope, control, clock, headersOf }))
  http.maxConnections = EXCHANGE_HTTP_CONNECTIONS_MAX
  http.on('upgrade', (request, socket, head) => sockets.upgrade(request, socket, head))

  const port = await listen(http, options.port, host)
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`
  return {
    url: `http://${authority}${REST_PREFIX}`,
    wsUrl: `ws://${authority}${WS_PATH}`,
    port,
    bufferedBytesMax: sockets.bufferedBytesMax,
    async close() {
      accounts.close()
      marketData.close()
      await sockets.close()
      const closed = new Promise<void>((resolve) => http.close(() => resolve()))
      http.closeAllConnections()
      await closed
    },
  }
}

/** What the accounts read and what they are told, both from what happens to them. */
function accountServices(core: ServedExchange, clock: TransportClock, faults: TradingFaults) {
  const { startingCash } = core
  const portfolios = new PortfolioViews({ startingCash, clock, lagMs: () => faults.knobs.readLagMs })
  const accountData = new AccountData(faults)
  const close = core.listenAccounts((happening) => {
    portfolios.take(happening)
    accountData.tell(happening)
  })
  return { portfolios, accountData, close }
}

function listen(http: ReturnType<typeof createServer>, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, port, host)))
    http.listen(port, host, () => {
      const address = http.address()
      invariant(typeof address === 'object' && address !== null, 'a listening server has a port')
      resolve(address.port)
    })
  })
}

function listenError(error: NodeJS.ErrnoException, port: number, host: string): OperatingError {
  const at = `${host}:${port}`
  if (error.code === 'EADDRINUSE') {
    return new OperatingError(`Port ${at} is in use. Stop the program that has it, or choose another with --port.`)
  }
  if (error.code === 'EACCES') {
    return new OperatingError(`Port ${at} may not be bound by this user. Choose one above 1023 with --port.`)
  }
  return new OperatingError(`The exchange cannot listen on ${at}: ${error.message}. Check --host and --port.`)
}

/** A refused upgrade is plain HTTP: there are no WebSocket frames yet. */
function refuseUpgrade(
  socket: Duplex,
  answer: Answer,
  headers: Readonly<Record<string, string | number>>,
  wallMs: number,
): void {
  const lines = Object.entries({ ...headers, date: httpDate(wallMs), connection: 'close' })
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  // swallowed: a client that is gone needs no refusal.
  socket.on('error', () => undefined)
  socket.end(`HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status]}\r\n${head}\r\n${answer.body}`)
}

const HTTP_DATE = new Intl.DateTimeFormat('en-US', {
  timeZone: 'UTC',
  weekday: 'short',
  day: '2-digit',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})

/** RFC 9110: `Tue, 15 Nov 1994 08:12:31 GMT`. */
function httpDate(wallMs: number): string {
  const part = Object.fromEntries(HTTP_DATE.formatToParts(wallMs).map(({ type, value }) => [type, value]))
  return `${part.weekday}, ${part.day} ${part.month} ${part.year} ${part.hour}:${part.minute}:${part.second} GMT`
}
