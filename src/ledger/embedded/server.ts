import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { readFile, rename, rm, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { World } from '../../clock/clock.ts'
import {
  POSTGRES_LOG_BYTES_MAX,
  POSTGRES_START_ATTEMPTS_MAX,
  POSTGRES_START_TIMEOUT_MS,
  POSTGRES_STOP_TIMEOUT_MS,
} from '../../config/limits.ts'
import { OperatingError } from '../../domain/operating-error.ts'
import { DATABASE_NAME, DATABASE_USER, ensureCluster, readPassword } from './cluster.ts'
import { type Place, settlePlace } from './place.ts'
import { eventually, isAlive, isServerOf, pause, readPostmaster } from './postmaster.ts'
import { locatePrograms, programEnvironment, programPath, runProgram } from './programs.ts'

type Tools = Pick<World, 'transport' | 'random'>

export interface EmbeddedServer {
  readonly place: Place
  readonly pid: number
  readonly port: number
  /** With the password: for the driver only. */
  readonly url: string
  /** Running already: another daemon's, or one that a killed daemon left. */
  readonly isAdopted: boolean
}

/** Where the embedded cluster of `folder` is; makes the folder, not the cluster. */
export const settleEmbedded = async (tools: Tools, folder: string): Promise<Place> =>
  settlePlace(tools, folder, await locatePrograms())

/**
 * A running server on the cluster of that place: the one that runs already, or a new one on a free port of the loopback
 * interface. It outlives a killed daemon on purpose; the next start adopts it, and whoever leaves it last stops it
 * (`leaveServer`). PostgreSQL itself keeps a second server off the folder.
 */
export async function ensureServer(tools: Tools, place: Place): Promise<EmbeddedServer> {
  await ensureCluster(tools, place)
  const password = await readPassword(place)
  let isAdopted = true
  for (let attempt = 0; attempt < POSTGRES_START_ATTEMPTS_MAX; attempt++) {
    const running = await settleRunning(tools, place)
    if (running) {
      const url = `postgresql://${DATABASE_USER}:${password}@127.0.0.1:${running.port}/${DATABASE_NAME}`
      return { place, pid: running.pid, port: running.port, url, isAdopted }
    }
    isAdopted = !(await startServer(tools, place))
  }
  throw new OperatingError(
    `The embedded PostgreSQL in ${place.home} does not start: ${await lastLogLines(place)} The whole log is ${logPath(place)}. Move ${place.cluster} away to begin with an empty database, or give the URL of a PostgreSQL 15 or later (\`database.url\`).`,
  )
}

/** Waits until the server that left its mark is ready or gone; clears away a mark without a server, and a stuck server. */
async function settleRunning(tools: Tools, place: Place): Promise<{ pid: number; port: number } | undefined> {
  const first = await readPostmaster(place.data)
  if (!first) return undefined
  if (!(await isServerOf(tools, first.pid, place.data))) {
    // PostgreSQL would take a stranger with the old server's number for a server and refuse to start.
    await rm(join(place.data, 'postmaster.pid'), { force: true })
    return undefined
  }
  let ready: { pid: number; port: number } | undefined
  const isSettled = await eventually(tools, POSTGRES_START_TIMEOUT_MS, async () => {
    const now = await readPostmaster(place.data)
    ready = now?.isReady === true ? now : undefined
    return ready !== undefined || !now || !isAlive(now.pid)
  })
  if (!isSettled) await stopServer(tools, place)
  return ready
}

/** True where the server that runs then is the one started here. */
async function startServer(tools: Tools, place: Place): Promise<boolean> {
  const port = await freePort()
  await rotateLog(place)
  const log = openLog(place)
  try {
    const arguments_ = ['-D', place.data, '-p', String(port)]
    // Detached: Ctrl-C in the terminal must not stop the database before the daemon has flushed its books.
    const child = spawn(programPath(place.programs, 'postgres'), arguments_, {
      cwd: '/',
      detached: true,
      env: programEnvironment(),
      stdio: ['ignore', log, log],
      ...place.runAs,
    })
    let hasEnded = false
    child.on('error', () => {
      hasEnded = true
    })
    child.on('exit', () => {
      hasEnded = true
    })
    child.unref()
    await eventually(tools, POSTGRES_START_TIMEOUT_MS, async () => {
      if (hasEnded) return true
      const now = await readPostmaster(place.data)
      return now?.pid === child.pid && now?.isReady === true
    })
    return !hasEnded
  } finally {
    closeSync(log)
  }
}

/** Ends the server of that place: sessions are cut, what is committed is safe. Resolves once it is gone. */
export async function stopServer(tools: Tools, place: Place): Promise<void> {
  const running = await readPostmaster(place.data)
  if (!running || !isAlive(running.pid)) return
  for (const mode of ['fast', 'immediate']) {
    const seconds = String(POSTGRES_STOP_TIMEOUT_MS / 1_000)
    const arguments_ = ['stop', '-D', place.data, '-m', mode, '-w', '-t', seconds, '-s']
    await runProgram(tools, programPath(place.programs, 'pg_ctl'), arguments_, {
      runAs: place.runAs,
      timeoutMs: POSTGRES_STOP_TIMEOUT_MS * 2,
    })
    if (await isGone(place, running.pid)) return
  }
  throw new OperatingError(
    `The embedded PostgreSQL in ${place.home} (process ${running.pid}) does not stop. End that process, then start Halcyon again.`,
  )
}

const isGone = async (place: Place, pid: number): Promise<boolean> =>
  !isAlive(pid) || (await readPostmaster(place.data))?.pid !== pid

/** For a caller that found the server about to stop. */
export async function awaitStopped(tools: Tools, server: EmbeddedServer): Promise<void> {
  await eventually(tools, POSTGRES_STOP_TIMEOUT_MS, () => isGone(server.place, server.pid))
  await pause(tools, 0)
}

const logPath = (place: Place): string => join(place.home, 'postgres.log')

function openLog(place: Place): number {
  try {
    return openSync(logPath(place), 'a', 0o600)
  } catch (cause) {
    throw new OperatingError(
      `The log of the embedded PostgreSQL cannot be written (${logPath(place)}). Start Halcyon as the user that made it, or remove that file.`,
      1,
      { cause },
    )
  }
}

async function rotateLog(place: Place): Promise<void> {
  const found = await stat(logPath(place)).catch(() => undefined)
  if (found && found.size > POSTGRES_LOG_BYTES_MAX) await rename(logPath(place), `${logPath(place)}.1`)
}

async function lastLogLines(place: Place): Promise<string> {
  const text = await readFile(logPath(place), 'utf8').catch(() => '')
  const failures = text.split('\n').filter((line) => /FATAL|PANIC|ERROR|HINT|could not/.test(line))
  return failures.slice(-3).join(' ').replaceAll(/\s+/g, ' ').slice(-600)
}

/** Another program may take it before PostgreSQL does: then the start fails and is tried again with another one. */
function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer()
    probe.on('error', fail)
    probe.listen({ host: '127.0.0.1', port: 0 }, () => {
      const address = probe.address()
      probe.close(() => done(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
