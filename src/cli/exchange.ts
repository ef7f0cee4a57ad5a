import { createInterface } from 'node:readline'
import type { TransportClock } from '../clock/clock.ts'
import { seededRandom } from '../clock/seeded-random.ts'
import { EXCHANGE_PLAY_BUFFER_BYTES_MAX } from '../config/limits.ts'
import { EXIT } from '../domain/operating-error.ts'
import { BookLog } from '../exchange/book-log.ts'
import { createExchangeCore, type PlayedExchange } from '../exchange/create-core.ts'
import { FrameFaults } from '../exchange/frame-faults.ts'
import { type JsonLinesFile, openJsonLines } from '../exchange/json-lines-file.ts'
import { type KeyFolder, openKeyFolder } from '../exchange/key-folder.ts'
import { type ExchangeServer, startExchangeServer } from '../exchange/server.ts'
import { TradingFaults } from '../exchange/trading-faults.ts'
import { type Command, type CommandContext, printJson } from './command.ts'
import { type ExchangeCommandOptions, exchangeOptions } from './exchange-options.ts'

const usage = `Usage: halcyon exchange [options]

Plays a recorded market day as a local exchange that speaks Kalshi's protocol: REST and WebSocket on one port. Trades are
real; the order books around them are reconstructed. Stays up after the play until Ctrl-C.

  --port <n>             port, 0 for any free one (0)
  --host <address>       address to listen on (127.0.0.1)
  --tape <folder>        recorded markets (the bundled day)
  --date <YYYY-MM-DD>    day of the tape; several separated by commas (2024-12-17 for the bundled tape)
  --speed <n|max>        market seconds per second (1600), or as fast as the readers keep up
  --start, --stop <iso>  play only this part of the day
  --seed <text>          of the reconstructed books (1)
  --tier <name>          rate limits: basic, advanced, premier, paragon, prime, prestige (advanced)
  --keys <folder>        <key id>.pem files that may sign in; a pair is made where none is (.halcyon/exchange-keys)
  --key-type <type>      of the pair that is shown: rsa or ed25519 (rsa)
  --hold                 market time stands until the line "play" comes on standard input
  --parent-pipe          as a child: ends as soon as standard input ends
  --exit-at-end          ends when the play has ended
  --book-log <file>      writes the exchange's books at seeded points of each connection's stream, as JSON lines
  --book-log-seed <text>, --book-log-points <n>   (1, 300)
  --faults <rates>       damages sequenced frames: drop=0.002,duplicate=0.002,swap=0.002,seed=1
  --balance <dollars>    what every account starts with (10000)
  --trading-faults <k=v> chances and times of what goes wrong with orders: readLagMs=400,acceptedThenError=0.01,seed=1
  --controls             opens /halcyon/controls, unsigned: knobs, pauses and settlements while it runs
  --faults-log <file>    writes every injected fault, as JSON lines
  --json                 one JSON line with url, wsUrl, keyId, keyFile, runId and endMs (market time) instead of text
`

export const command: Command = {
  name: 'exchange',
  summary: 'Play a recorded market day as a local exchange',
  usage,
  async run(context) {
    const options = exchangeOptions(command, context)
    const keys = openKeyFolder(options.keysFolder, options.keyType, context.world.random)
    const exchange = await start(context, options, keys)
    try {
      announce(context, options, exchange, keys)
      await untilOver(context, options, exchange.core)
    } finally {
      exchange.core.stop()
      await exchange.server.close()
      for (const log of exchange.logs) log.close()
    }
    return EXIT.done
  },
}

interface RunningExchange {
  readonly core: PlayedExchange
  readonly server: ExchangeServer
  readonly logs: readonly JsonLinesFile[]
}

async function start(
  { world }: CommandContext,
  options: ExchangeCommandOptions,
  { keys }: KeyFolder,
): Promise<RunningExchange> {
  let server: ExchangeServer | undefined
  const { tapeFolder, dates, speed, seed, startMs, stopMs, bookLog, faults, port, host, tier } = options
  const core = createExchangeCore({
    tapeFolder,
    date: dates,
    speed,
    seed,
    hold: true,
    world,
    ...(startMs === undefined ? {} : { startMs }),
    ...(stopMs === undefined ? {} : { stopMs }),
    ...(options.balance === undefined ? {} : { trading: { startingCash: options.balance } }),
    ready: () => server === undefined || server.bufferedBytesMax() <= EXCHANGE_PLAY_BUFFER_BYTES_MAX,
  })
  const bookFile = bookLog && openJsonLines(bookLog.file)
  const faultFile = faults?.file === undefined ? undefined : openJsonLines(faults.file)
  server = await startExchangeServer({
    core,
    port,
    host,
    keys,
    tier,
    world,
    tradingFaults: tradingFaultsOf(options, world.transport),
    ...(options.controls ? { controls: core.controls } : {}),
    ...(bookLog && bookFile ? { bookLog: bookLogOf(core, bookLog, bookFile) } : {}),
    ...(faults
      ? {
          faults: new FrameFaults({
            rates: faults.rates,
            random: seededRandom(`faults/${faults.seed}`),
            clock: world.transport,
            log: (injection) => faultFile?.write(injection),
          }),
        }
      : {}),
  })
  return { core, server, logs: [bookFile, faultFile].filter((file) => file !== undefined) }
}

function tradingFaultsOf({ tradingFaults }: ExchangeCommandOptions, clock: TransportClock): TradingFaults {
  const { knobs = {}, seed = '1' } = tradingFaults ?? {}
  const faults = new TradingFaults({ random: seededRandom(`trading-faults/${seed}`), clock })
  faults.set(knobs)
  return faults
}

/** The points lie between now and the last close: after it all books are empty. */
function bookLogOf(
  core: PlayedExchange,
  { seed, points }: NonNullable<ExchangeCommandOptions['bookLog']>,
  file: JsonLinesFile,
): BookLog {
  const lastCloseMs = Math.max(...core.markets().map((market) => market.closeMs))
  const fromMs = core.nowMs()
  return new BookLog({
    core,
    random: seededRandom(`book-log/${seed}`),
    points,
    fromMs,
    toMs: Math.max(fromMs, Math.min(core.endMs, lastCloseMs)),
    write: (point) => file.write(point),
  })
}

function announce(
  context: CommandContext,
  options: ExchangeCommandOptions,
  { core, server }: RunningExchange,
  { keyId, keyFile }: KeyFolder,
): void {
  if (options.json) {
    printJson(context, { url: server.url, wsUrl: server.wsUrl, keyId, keyFile, runId: core.runId, endMs: core.endMs })
    return
  }
  const speed = options.speed === 'max' ? 'as fast as the readers keep up' : `at ${options.speed}×`
  context.stdout.write(
    [
      `Playing ${options.dates.join(', ')} ${speed}${options.hold ? ', held until the line "play"' : ''}.`,
      'Trades are recorded, order books are reconstructed around them.',
      `  REST       ${server.url}`,
      `  WebSocket  ${server.wsUrl}`,
      `  Key id     ${keyId}`,
      `  Key file   ${keyFile}`,
      '',
    ].join('\n'),
  )
}

/** Until Ctrl-C, until the parent is gone, or with `--exit-at-end` until the play has ended. */
async function untilOver(
  { signal, stdin, stderr }: CommandContext,
  options: ExchangeCommandOptions,
  core: PlayedExchange,
): Promise<void> {
  const over = Promise.withResolvers<void>()
  signal.addEventListener('abort', () => over.resolve(), { once: true })
  if (signal.aborted) over.resolve()
  core.listen((happening) => {
    if (happening.kind !== 'playEnded') return
    if (options.exitAtEnd) over.resolve()
    else if (!options.json) stderr.write('The play has ended; the exchange stays up. Ctrl-C ends it.\n')
  })
  const lines = options.hold || options.parentPipe ? createInterface({ input: stdin }) : undefined
  lines?.on('line', (line) => {
    if (line.trim() === 'play') core.play()
  })
  if (options.parentPipe) lines?.on('close', () => over.resolve())
  if (!options.hold) core.play()
  await over.promise
  lines?.close()
}
