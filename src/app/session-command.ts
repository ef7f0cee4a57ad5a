import { styleText } from 'node:util'
import type { World } from '../clock/clock.ts'
import type { Config } from '../config/schema.ts'
import type { ExitCode } from '../domain/operating-error.ts'
import type { Credentials } from '../kalshi/signing.ts'
import type { VenueAddress } from '../kalshi/venues.ts'
import { createLogger } from '../telemetry/logger.ts'
import type { Tone } from './announcer.ts'
import { type DaemonOptions, runDaemon } from './daemon.ts'
import type { SessionReport } from './report.ts'
import { renderReport } from './report-text.ts'

export interface SessionConsole {
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  /** The report as one JSON document on standard output, everything else on standard error. */
  readonly asJson: boolean
  /** Lines for a person; without them the log is all there is (a service under systemd). */
  readonly isReadable: boolean
}

export interface SessionOptions extends Pick<DaemonOptions, 'play' | 'onRunning' | 'onReload'> {
  readonly config: Config
  readonly address: VenueAddress
  readonly credentials: Credentials
  readonly world: World
  readonly signal: AbortSignal
  readonly console: SessionConsole
}

/** Runs the daemon with its log, its console and its report. */
export async function runSession(options: SessionOptions): Promise<ExitCode> {
  const { config, world, console: shown } = options
  const { stdout, stderr, asJson, isReadable } = shown
  const lines = asJson ? stderr : stdout
  const log = await createLogger({
    // A person reads the lines; what the log adds for them is what went wrong.
    level: isReadable && config.log.level === 'info' ? 'warn' : config.log.level,
    console: isReadable || asJson ? stderr : stdout,
    folder: config.log.folder,
    clock: world.transport,
  })
  try {
    return await runDaemon({
      ...options,
      log,
      print: isReadable ? (text, tone) => void lines.write(`${coloured(text, tone, lines)}\n`) : () => undefined,
      onReport: (report: SessionReport) => {
        if (asJson) stdout.write(`${JSON.stringify(report)}\n`)
        else if (isReadable) stdout.write(`\n${renderReport(report)}`)
        log.info({ report }, 'Session report')
      },
    })
  } finally {
    await log.close()
  }
}

const COLOURS = { trade: 'cyan', pass: 'gray', fill: 'green', cancel: 'magenta', settlement: 'yellow' } as const

/** On a terminal that shows colours, and where `NO_COLOR` does not ask for none. */
const coloured = (text: string, tone: Tone | undefined, stream: NodeJS.WriteStream): string =>
  tone === undefined ? text : styleText(COLOURS[tone], text, { stream })
