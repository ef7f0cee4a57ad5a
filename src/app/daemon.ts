import { createActor, fromPromise, toPromise } from 'xstate'
import type { Predictor } from '../../actors/predictor.ts'
import { type TraderOutput, traderMachine } from '../../machines/trader.machine.ts'
import type { World } from '../clock/clock.ts'
import { SHUTDOWN_MS_MAX } from '../config/limits.ts'
import type { Config } from '../config/schema.ts'
import { InvariantError } from '../domain/invariant.ts'
import type { MarketEvent } from '../domain/market.ts'
import { EXIT, type ExitCode, OperatingError } from '../domain/operating-error.ts'
import type { Inference } from '../inference/index.ts'
import type { Credentials } from '../kalshi/signing.ts'
import type { VenueAddress } from '../kalshi/venues.ts'
import { fatalHooks } from '../telemetry/fatal.ts'
import type { Log } from '../telemetry/log.ts'
import type { WeatherSource } from '../weather/source.ts'
import type { Tone } from './announcer.ts'
import { DaemonParts } from './daemon-parts.ts'
import type { SessionReport } from './report.ts'

export interface DaemonOptions {
  readonly config: Config
  readonly address: VenueAddress
  readonly credentials: Credentials
  /** Wall time as market time; replaced by the venue's where the configuration says so. */
  readonly world: World
  readonly log: Log
  /** One line, or a block of lines, for a person. */
  readonly print: (text: string, tone?: Tone) => void
  readonly signal: AbortSignal
  /** Calls the listener whenever the operator wants the model package to be read again; returns the removal. */
  readonly onReload?: (listener: () => void) => () => void
  /**
   * A play: `release` is called when everything is live, to let market time go. The session is complete when its markets
   * have settled, and at the latest when market time has come to `endMs` and the venue is quiet: a play may stop before
   * the settlements, and the line may lose them.
   */
  readonly play?: {
    release(): void
    readonly stays: boolean
    readonly endMs: number
    /** Resolves when the exchange that plays is gone: nothing more will come, so reconnecting would have no end. */
    readonly lost: Promise<OperatingError>
  }
  /** Once trading has begun: what a benchmark drives besides, through the very parts that the session uses. */
  readonly onRunning?: (parts: RunningParts) => void
  /** At the end, or where a play stays, when its last market has settled. */
  readonly onReport: (report: SessionReport) => void
}

export interface RunningParts {
  readonly inference: Inference
  readonly source: WeatherSource
  readonly predictor: Predictor
  readonly world: World
  readonly events: () => readonly MarketEvent[]
}

/** Runs the daemon until it is stopped, its session is complete or a part fails for good. Never leaves a part running. */
export async function runDaemon(options: DaemonOptions): Promise<ExitCode> {
  const parts = new DaemonParts(options)
  const trader = createActor(
    traderMachine.provide({
      actors: {
        findVenue: fromPromise(() => parts.begin(() => parts.findVenue())),
        openLedger: fromPromise(() => parts.begin(() => parts.openLedger())),
        prepareModel: fromPromise(() => parts.begin(() => parts.prepareModel())),
        connectFeed: fromPromise(() => parts.begin(() => parts.connectFeed())),
        drain: fromPromise(() => bounded(options.world, parts)),
      },
    }),
    { systemId: 'trader' },
  )
  parts.onFailure = (error) => trader.send({ type: 'part.failed', error })
  parts.onComplete = () => trader.send({ type: 'session.completed' })
  trader.subscribe((snapshot) => {
    options.log.debug({ state: snapshot.value }, 'Trader state')
    parts.outcome = snapshot.context.outcome
    if (snapshot.matches('running')) parts.startTrading()
  })
  void options.play?.lost.then((error) => {
    if (trader.getSnapshot().status === 'active') parts.onFailure(error)
  })
  const stop = (): void => trader.send({ type: 'operator.stop' })
  options.signal.addEventListener('abort', stop, { once: true })
  // A bug elsewhere must still end the pools before the process: a thread killed inside the model aborts it.
  const removeReload = options.onReload?.(() => parts.reloadModel())
  const removeHook = fatalHooks.add(() => parts.drain('failed'))
  trader.start()
  if (options.signal.aborted) stop()
  try {
    const output = await toPromise(trader)
    return exitCodeOf(output, parts)
  } finally {
    removeHook()
    removeReload?.()
    options.signal.removeEventListener('abort', stop)
  }
}

/** A part that hangs must not keep the process: what is not drained by then is left to the next start's recovery. */
async function bounded(world: World, parts: DaemonParts): Promise<void> {
  const late = Promise.withResolvers<never>()
  const timer = world.transport.after(SHUTDOWN_MS_MAX, () =>
    late.reject(
      new OperatingError(
        `The daemon did not end within ${SHUTDOWN_MS_MAX / 1000} s: ${parts.draining} hangs. What was committed is safe.`,
      ),
    ),
  )
  try {
    await Promise.race([parts.drain(), late.promise])
  } finally {
    timer.cancel()
  }
}

function exitCodeOf(output: TraderOutput, parts: DaemonParts): ExitCode {
  if (output.error !== undefined) throw output.error
  if (output.outcome === 'failed') throw new InvariantError('Invariant: a failed session names its cause')
  return parts.isHalted() ? EXIT.halted : EXIT.done
}
