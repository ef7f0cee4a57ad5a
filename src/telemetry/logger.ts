import { mkdir } from 'node:fs/promises'
import pino from 'pino'
import { prettyFactory } from 'pino-pretty'
import type { TransportClock } from '../clock/clock.ts'
import { LOG_FILE_BYTES_MAX, LOG_FILES_KEPT, LOG_FLUSH_TIMEOUT_MS } from '../config/limits.ts'
import { REDACTED, redactUrls } from '../config/redact.ts'
import { OperatingError } from '../domain/operating-error.ts'
import type { Log, LogFields } from './log.ts'
import type { LogFilesOptions } from './log-files.worker.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

export interface LoggerOptions {
  /** Least level on the console; the files hold everything from info on, or from `level` where that is lower. */
  readonly level: LogLevel
  /** Standard output, or standard error where the command's result is JSON on standard output. */
  readonly console: NodeJS.WritableStream & { readonly isTTY?: boolean }
  /** Of `trader.log`, `trades.jsonl`, `errors.jsonl`; without it there are no files and no thread. */
  readonly folder?: string
  readonly clock: TransportClock
}

export interface Logger extends Log {
  /** Resolves when every line so far is in the files, or after its bound. */
  flush(): Promise<void>
  /** Flushes and ends the thread. What is logged after it reaches the console only. */
  close(): Promise<void>
}

/** Field names that never reach a log, whatever object they come in. */
const SECRET_FIELDS = ['privateKey', 'password', 'secret', 'token', 'authorization', 'KALSHI-ACCESS-SIGNATURE']

/** @throws OperatingError where the log folder cannot be made. */
export async function createLogger(options: LoggerOptions): Promise<Logger> {
  const { clock } = options
  const files = options.folder === undefined ? undefined : await openFiles(options.folder, options)
  const fileLevel = options.level === 'debug' ? 'debug' : 'info'
  const streams: pino.StreamEntry[] = [{ level: options.level, stream: consoleStream(options.console) }]
  if (files) streams.push({ level: fileLevel, stream: files.stream })
  const root = pino(
    {
      level: fileLevel,
      base: null,
      messageKey: 'message',
      timestamp: () => `,"timeMs":${clock.wallMs()}`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: describeError },
      redact: { paths: secretPaths(), censor: REDACTED },
    },
    pino.multistream(streams),
  )
  return {
    ...logOf(root),
    flush: async () => files?.flush(),
    close: async () => files?.close(),
  }
}

function logOf(logger: pino.Logger): Log {
  const trades = logger.child({ channel: 'trade' })
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    trade: (fields, message) => trades.info(fields, message),
    child: (bindings: LogFields) => logOf(logger.child(bindings)),
  }
}

const secretPaths = (): string[] =>
  SECRET_FIELDS.flatMap((name) => {
    const step = /^\w+$/.test(name) ? name : undefined
    return step === undefined ? [`["${name}"]`, `*["${name}"]`] : [step, `*.${step}`, `*.*.${step}`]
  })

/** Libraries put addresses into their messages, and an address may hold a password. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const described = pino.stdSerializers.err(error)
  return { ...described, message: redactUrls(described.message), stack: redactUrls(described.stack) }
}

function consoleStream(stream: LoggerOptions['console']): pino.DestinationStream {
  if (stream.isTTY !== true) return { write: (line) => void stream.write(line) }
  const pretty = prettyFactory({
    colorize: true,
    messageKey: 'message',
    timestampKey: 'timeMs',
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'channel',
    singleLine: true,
  })
  return { write: (line) => void stream.write(pretty(line)) }
}

interface LogFiles {
  readonly stream: pino.DestinationStream
  flush(): Promise<void>
  close(): Promise<void>
}

async function openFiles(folder: string, options: LoggerOptions): Promise<LogFiles> {
  try {
    await mkdir(folder, { recursive: true })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    throw new OperatingError(
      `the log folder ${folder} cannot be made (${code}). Set log.folder to one that this user may write to.`,
    )
  }
  const fileOptions: LogFilesOptions = { folder, bytesMax: LOG_FILE_BYTES_MAX, kept: LOG_FILES_KEPT }
  const thread = pino.transport({
    target: new URL('./log-files.worker.ts', import.meta.url).href,
    options: fileOptions,
  })
  let isOpen = true
  // A full disk must not stop trading: the console goes on, and says so once.
  thread.on('error', (error: Error) => {
    if (isOpen) options.console.write(`halcyon: the log files in ${folder} are off: ${error.message}\n`)
    isOpen = false
  })
  const flush = (): Promise<void> =>
    isOpen ? within(options.clock, (done) => thread.flush(() => done())) : Promise.resolve()
  return {
    stream: {
      write(line) {
        if (isOpen) thread.write(line)
      },
    },
    flush,
    async close() {
      await flush()
      if (!isOpen) return
      isOpen = false
      await within(options.clock, (done) => {
        thread.once('close', done)
        thread.end()
      })
    },
  }
}

/** Whatever the thread does, a shutdown is not held up for longer than the bound. */
function within(clock: TransportClock, run: (done: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const bound = clock.after(LOG_FLUSH_TIMEOUT_MS, resolve)
    run(() => {
      bound.cancel()
      resolve()
    })
  })
}
