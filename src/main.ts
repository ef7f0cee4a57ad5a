import process from 'node:process'
import { isatty } from 'node:tty'
import type { CommandContext } from './cli/command.ts'
import { describeFailure } from './cli/failure.ts'
import { runCli } from './cli/index.ts'
import { systemRandom, systemTransportClock, wallMarketClock } from './clock/system-clock.ts'
import { FATAL_DRAIN_MS_MAX, SIGNAL_REPEAT_MS } from './config/limits.ts'
import { EXIT } from './domain/operating-error.ts'
import { fatalHooks } from './telemetry/fatal.ts'

/** Conventional: 128 + SIGINT. Not one of the program's own codes, because a person chose not to wait for those. */
const EXIT_INTERRUPTED = 130

const transport = systemTransportClock()
const interruption = new AbortController()
const reloadListeners = new Set<() => void>()
let isDying = false

/** Exits after what was written has reached the pipe, and without waiting for a handle that somebody forgot to close. */
function exitAfterFlush(exitCode: number): void {
  process.exitCode = exitCode
  process.stdout.write('', () => process.stderr.write('', () => process.exit(exitCode)))
}

/** A bug: show it, let what was registered drain within its bound, exit. A second one while draining exits at once. */
function dieOf(error: unknown): void {
  const { text, exitCode } = describeFailure(error)
  process.stderr.write(text)
  if (isDying) process.exit(exitCode)
  isDying = true
  void fatalHooks.run(transport, FATAL_DRAIN_MS_MAX).then((failures) => {
    for (const failure of failures) process.stderr.write(describeFailure(failure).text)
    exitAfterFlush(exitCode)
  })
}

/** Ctrl-C reaches a program under npm twice, from the terminal and from npm: both are one wish to stop. */
function listenForSignals(): void {
  let firstNs: number | undefined
  const stop = (name: string): void => {
    const nowNs = transport.monotonicNs()
    if (firstNs === undefined) {
      firstNs = nowNs
      interruption.abort(name)
    } else if (nowNs - firstNs > SIGNAL_REPEAT_MS * 1e6) process.exit(EXIT_INTERRUPTED)
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  // A terminal that goes away takes the program with it; a service has none, and is asked to read again what it serves.
  const hasTerminal = [0, 1, 2].some((descriptor) => isatty(descriptor))
  process.on('SIGHUP', (name) => {
    if (hasTerminal || reloadListeners.size === 0) stop(name)
    else for (const listener of reloadListeners) listener()
  })
}

function onReload(listener: () => void): () => void {
  reloadListeners.add(listener)
  return () => void reloadListeners.delete(listener)
}

/** A reader that went away (`halcyon … | head`) is a wish to stop, not a failure. */
function listenForClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') interruption.abort('EPIPE')
      else dieOf(error)
    })
  }
}

/** ONNX Runtime from 1.29 on reports each model to its maker; only the process's own environment, not a thread's, tells it not to. */
function keepModelsPrivate(): void {
  process.env.ORT_DISABLE_TELEMETRY = '1'
}

async function main(): Promise<void> {
  keepModelsPrivate()
  process.on('uncaughtException', dieOf)
  process.on('unhandledRejection', dieOf)
  listenForSignals()
  listenForClosedPipes()
  const context: CommandContext = {
    argv: process.argv.slice(2),
    env: process.env,
    cwd: process.cwd(),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    world: { transport, market: wallMarketClock(transport), random: systemRandom() },
    signal: interruption.signal,
    onReload,
  }
  try {
    exitAfterFlush(await runCli(context))
  } catch (error) {
    if (interruption.signal.aborted && error === interruption.signal.reason) return exitAfterFlush(EXIT_INTERRUPTED)
    const { text, exitCode } = describeFailure(error)
    if (exitCode === EXIT.invariantBroken) return dieOf(error)
    process.stderr.write(text)
    exitAfterFlush(exitCode)
  }
}

await main()
