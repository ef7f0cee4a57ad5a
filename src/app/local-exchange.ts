import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { TransportClock } from '../clock/clock.ts'
import { EXCHANGE_START_MS, EXCHANGE_STOP_MS } from '../config/limits.ts'
import { EXIT, type ExitCode, OperatingError } from '../domain/operating-error.ts'

export interface LocalExchange {
  readonly url: string
  readonly wsUrl: string
  readonly keyId: string
  readonly keyFile: string
  readonly runId: string
  /** Market time at which the play ends by itself. */
  readonly endMs: number
  /** Resolves when the exchange is gone, whatever the reason. */
  readonly lost: Promise<OperatingError>
  /** Lets the held market time go. */
  play(): void
  /** Closes the pipe, which is what tells the exchange to end, and waits for it. */
  stop(): Promise<void>
}

/**
 * Starts `halcyon exchange` as a child on a free loopback port. The child lives in a process group of its own, so that
 * Ctrl-C reaches only the daemon, which then ends in order; it ends when the pipe to its parent closes, so that a killed
 * parent leaves nothing behind.
 */
export async function startLocalExchange(args: readonly string[], transport: TransportClock): Promise<LocalExchange> {
  const main = fileURLToPath(new URL('../main.ts', import.meta.url))
  const child = spawn(
    process.execPath,
    [main, 'exchange', '--port', '0', '--parent-pipe', '--hold', '--json', ...args],
    {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    },
  )
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-4_000)
  })
  // The pipe breaks when the child dies first; its exit, not the write, is what is reported.
  child.stdin.on('error', () => undefined)

  const exited = once(child, 'exit').then(([code, signal]) => `exit code ${code ?? signal}`)
  // Its own words and its own exit code: they say more than that it ended.
  const complained = (): OperatingError | undefined =>
    complaint.trim() ? new OperatingError(complaint.trim().replace(/^halcyon: /, ''), exitCodeOf(child)) : undefined
  const lines = createInterface({ input: child.stdout })
  const announced = once(lines, 'line').then(([line]) => parseAnnouncement(String(line)))
  const tooLate = new Promise<never>((_, reject) => {
    const timer = transport.after(EXCHANGE_START_MS, () =>
      reject(new OperatingError(`The local exchange did not start within ${EXCHANGE_START_MS / 1000} s. ${complaint}`)),
    )
    void Promise.race([announced, exited]).then(() => timer.cancel())
  })
  const died = exited.then((how): never => {
    throw complained() ?? new OperatingError(`The local exchange ended with ${how} before it was ready.`)
  })
  const announcement = await Promise.race([announced, died, tooLate])
  died.catch(() => undefined)
  const lost = exited.then(
    (how) => new OperatingError(`The local exchange ended with ${how} before the play was over. ${complaint}`.trim()),
  )

  return {
    ...announcement,
    lost,
    play: () => child.stdin.write('play\n'),
    async stop() {
      child.stdin.end()
      const timer = transport.after(EXCHANGE_STOP_MS, () => child.kill('SIGKILL'))
      await exited
      timer.cancel()
    },
  }
}

function parseAnnouncement(line: string): Omit<LocalExchange, 'lost' | 'play' | 'stop'> {
  const { url, wsUrl, keyId, keyFile, runId, endMs } = JSON.parse(line) as Record<string, unknown>
  for (const value of [url, wsUrl, keyId, keyFile, runId]) {
    if (typeof value !== 'string') throw wrongAnnouncement(line)
  }
  if (typeof endMs !== 'number') throw wrongAnnouncement(line)
  return { url: `${url}`, wsUrl: `${wsUrl}`, keyId: `${keyId}`, keyFile: `${keyFile}`, runId: `${runId}`, endMs }
}

const exitCodeOf = ({ exitCode }: ChildProcess): ExitCode =>
  Object.values(EXIT).find((code) => code === exitCode && code !== EXIT.done) ?? EXIT.failed

const wrongAnnouncement = (line: string): OperatingError =>
  new OperatingError(`The local exchange announced itself wrongly: ${line}`)
