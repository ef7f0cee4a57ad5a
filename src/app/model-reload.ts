import { OperatingError } from '../domain/operating-error.ts'
import type { Inference, ServedModel } from '../inference/index.ts'
import type { Log } from '../telemetry/log.ts'

export interface ModelReloadOptions {
  readonly inference: Pick<Inference, 'swap'>
  readonly packageFolder: string
  /** Another package predicts from now on. */
  readonly onSwapped: () => void
  /** A bug, not a package that does not hold. */
  readonly onFailure: (error: unknown) => void
  readonly log: Log
  /** A line for a person. */
  readonly print: (text: string) => void
}

export interface ModelReload {
  /** Reads the folder again. What is asked during a reading is one more after it: the folder may have changed meanwhile. */
  request(): void
  /** Tells nothing any more. */
  stop(): void
}

const nameOf = ({ id, version, manifestHash }: ServedModel): string =>
  `${id} ${version} (manifest ${manifestHash.slice(0, 12)})`

/** The operator's wish to serve what the package's folder holds now. */
export function createModelReload(options: ModelReloadOptions): ModelReload {
  const { inference, packageFolder, log, print } = options
  let isReading = false
  let isAskedAgain = false
  let isStopped = false

  async function read(): Promise<void> {
    log.info({ packageFolder }, 'Reading the model package')
    try {
      const { before, now } = await inference.swap(packageFolder)
      if (isStopped) return
      log.info({ before, now, packageFolder }, 'Model package taken over')
      print(`Model: ${nameOf(now)} takes over from ${nameOf(before)}.`)
      options.onSwapped()
    } catch (error) {
      if (isStopped) return
      if (!(error instanceof OperatingError)) return options.onFailure(error)
      log.error({ error, packageFolder }, 'Model package refused; the one before serves on')
      print(`Model: the package was refused and the one before serves on. ${error.message}`)
    }
  }

  async function readUntilDone(): Promise<void> {
    isReading = true
    do {
      isAskedAgain = false
      await read()
    } while (isAskedAgain && !isStopped)
    isReading = false
  }

  return {
    request() {
      if (isReading) isAskedAgain = true
      else void readUntilDone()
    },
    stop() {
      isStopped = true
    },
  }
}
