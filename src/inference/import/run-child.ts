import { type ChildProcess, fork } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Timer, TransportClock } from '../../clock/clock.ts'
import {
  IMPORT_DEADLINE_MS,
  IMPORT_HEAP_MB,
  IMPORT_MEMORY_POLL_MS,
  IMPORT_RESIDENT_BYTES_MAX,
} from '../../config/limits.ts'
import { OperatingError } from '../../domain/operating-error.ts'
import { type AnyPackage, GENERIC_KIND } from '../package.ts'
import type { ImportAnswer, ImportDraft, ImportRequest } from './protocol.ts'

export interface ChildLimits {
  readonly deadlineMs: number
  readonly heapMb: number
  readonly residentBytesMax: number
}

export interface ChildOptions {
  readonly transport: TransportClock
  readonly signal?: AbortSignal
  readonly limits?: Partial<ChildLimits>
  /** What is said of a file that is refused. */
  readonly verb?: string
  /** The script that answers an `ImportRequest`. */
  readonly script?: string
}

const COMPLAINT_CHARACTERS_MAX = 2_000
const SCRIPT = fileURLToPath(new URL('./import-child.ts', import.meta.url))

/**
 * Parses, checks, rewrites and runs a stranger's model in a process of its own, within limits of time and memory: what a
 * damaged file does to onnxruntime ends there.
 *
 * @throws OperatingError with the reason why the file is not imported; the signal's reason where it was interrupted
 */
export async function examineInChild(request: ImportRequest, options: ChildOptions): Promise<ImportDraft> {
  const limits: ChildLimits = {
    deadlineMs: IMPORT_DEADLINE_MS,
    heapMb: IMPORT_HEAP_MB,
    residentBytesMax: IMPORT_RESIDENT_BYTES_MAX,
    ...options.limits,
  }
  options.signal?.throwIfAborted()
  const child = fork(options.script ?? SCRIPT, [], {
    execArgv: [`--max-old-space-size=${limits.heapMb}`, '--no-warnings'],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  const watches = watch(child, limits, options.transport)
  const abort = (): void => watches.end('was interrupted')
  options.signal?.addEventListener('abort', abort, { once: true })
  try {
    const answered = await answerOf(child, request, watches)
    if (answered.ok) return answered.draft
    options.signal?.throwIfAborted()
    throw new OperatingError(`${request.file} ${options.verb ?? 'is not imported'}: ${answered.message}`)
  } finally {
    watches.stop()
    options.signal?.removeEventListener('abort', abort)
    child.kill('SIGKILL')
  }
}

interface Watches {
  /** Kills the child and keeps why. */
  end(why: string): void
  /** Why the child was killed from here, if it was. */
  reason(): string | undefined
  stop(): void
}

function watch(child: ChildProcess, limits: ChildLimits, transport: TransportClock): Watches {
  let reason: string | undefined
  const end = (why: string): void => {
    reason ??= why
    child.kill('SIGKILL')
  }
  const timers: readonly Timer[] = [
    transport.after(limits.deadlineMs, () => end(`was not done within ${limits.deadlineMs / 1_000} s`)),
    transport.every(IMPORT_MEMORY_POLL_MS, () => {
      void residentBytes(child.pid).then((bytes) => {
        if (bytes > limits.residentBytesMax) end(`took more than ${limits.residentBytesMax / 1024 ** 2} MB of memory`)
      })
    }),
  ]
  return {
    end,
    reason: () => reason,
    stop: () => {
      for (const timer of timers) timer.cancel()
    },
  }
}

/** 0 where the operating system does not tell, as outside Linux: there the limit of the heap stands alone. */
async function residentBytes(pid: number | undefined): Promise<number> {
  try {
    const status = await readFile(`/proc/${pid}/status`, 'utf8')
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024
  } catch {
    // swallowed: the process has ended, or this system has no such file.
    return 0
  }
}

function answerOf(child: ChildProcess, request: ImportRequest, watches: Watches): Promise<ImportAnswer> {
  let complaint = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-COMPLAINT_CHARACTERS_MAX)
  })
  return new Promise((resolve) => {
    // The child is this project's own script, which sends nothing else.
    child.once('message', (message) => resolve(message as ImportAnswer))
    child.once('error', (error) => {
      resolve({ ok: false, message: `the process that checks it could not be started (${error.message}).` })
    })
    // After the last of its words, so that a crash is told with what was said about it.
    child.once('close', (code, signal) => {
      const reason = watches.reason()
      const how = reason === undefined ? `crashed (${signal ?? `exit code ${code}`})` : `${reason} and was ended`
      const said = reason === undefined ? lastLine(complaint) : ''
      resolve({
        ok: false,
        message: `the process that checks it ${how}. The model is broken, or too large or too slow to be served.${said}`,
      })
    })
    child.send(request, (error) => {
      if (error) watches.end(`could not be asked (${error.message})`)
    })
  })
}

function lastLine(complaint: string): string {
  const line = /^.*(?:FATAL|[Ee]rror).*$/m.exec(complaint)?.[0].trim()
  return line ? ` It said: ${line}` : ''
}

const DROPPED = /^output ".*" dropped$/

/**
 * The import's checks on the model of a package, which must not need a rewrite any more.
 *
 * @throws OperatingError with the reason why it would not be imported
 */
export async function recheckInChild({ folder, manifest }: AnyPackage, options: ChildOptions): Promise<void> {
  const file = join(folder, manifest.onnx.file)
  const request: ImportRequest = {
    file,
    id: manifest.id,
    kind: GENERIC_KIND,
    manifestFile: join(folder, 'manifest.json'),
    output: manifest.output.name,
  }
  const draft = await examineInChild(request, { verb: 'does not hold', ...options })
  const needed = draft.manifest.onnx.rewrites.filter((rewrite) => !DROPPED.test(rewrite))
  if (needed.length === 0) return
  throw new OperatingError(
    `${file} does not hold: onnxruntime would misread it without these rewrites: ${needed.join('; ')}. Import it again by halcyon models import.`,
  )
}
